"""The tree against the vectors that the Certificate Transparency project publishes with RFC 6962 and 9162."""

from hypothesis import given
from hypothesis import strategies as st

from dure.foundation.ledger import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    proves_consistency,
    proves_inclusion,
    root,
)

# github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc: inputs, roots, paths, proofs.
INPUTS = [
    bytes.fromhex(written)
    for written in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
PROOFS = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
LEAVES = [leaf_hash(content) for content in INPUTS]

trees = st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=70).map(
    lambda contents: [leaf_hash(content) for content in contents]
)


def test_the_empty_tree_and_the_eight_published_trees_have_their_roots():
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [root(LEAVES[:size]).hex() for size in range(1, 9)] == ROOTS


def test_the_published_inclusion_paths_are_found():
    assert {
        (index, size): [step.hex() for step in inclusion_proof(LEAVES[:size], index)] for index, size in PATHS
    } == PATHS


def test_the_published_consistency_proofs_are_found():
    assert {
        (old, size): [step.hex() for step in consistency_proof(LEAVES[:size], old)] for old, size in PROOFS
    } == PROOFS


@given(trees, st.data())
def test_every_leaf_is_proved_and_no_other_leaf_or_place_is(leaves, drawn):
    index = drawn.draw(st.integers(0, len(leaves) - 1))
    other = drawn.draw(
        st.integers(0, len(leaves) - 1).filter(lambda place: leaves[place] != leaves[index]) | st.none()
    )
    proof, whole = inclusion_proof(leaves, index), root(leaves)
    assert proves_inclusion(leaves[index], index, len(leaves), proof, whole)
    assert not proves_inclusion(leaf_hash(b"nowhere in it"), index, len(leaves), proof, whole)
    assert not proves_inclusion(leaves[index], index, len(leaves), [*proof, whole], whole)
    if other is not None:
        assert not proves_inclusion(leaves[other], index, len(leaves), proof, whole)


@given(trees, st.data())
def test_a_tree_that_grew_is_consistent_and_a_rewritten_one_is_not(leaves, drawn):
    earlier = drawn.draw(st.integers(1, len(leaves)))
    proof, before, now = consistency_proof(leaves, earlier), root(leaves[:earlier]), root(leaves)
    assert proves_consistency(earlier, len(leaves), before, now, proof)
    changed = [leaf_hash(b"rewritten!"), *leaves[1:]]
    rewritten = consistency_proof(changed, earlier)
    assert not proves_consistency(earlier, len(leaves), before, root(changed), rewritten)


@given(trees)
def test_the_growing_edge_has_the_root_of_the_whole_tree(leaves):
    edge = Frontier()
    for size, leaf in enumerate(leaves, start=1):
        edge = edge.plus(leaf)
        assert edge.root == root(leaves[:size])
