"""Chunks are their hashes, and the root is RFC 9162's over them."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.foundation.ledger import leaf_hash, node_hash
from dure.sharing.delivery import Manifest, ManifestWrong, cut, cut_bytes, name_of

CHUNK = 1_024


def parts(content: bytes) -> list[bytes]:
    return [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)]


def made(content: bytes) -> Manifest:
    return cut_bytes(parts(content), CHUNK)


@given(st.binary(max_size=5_000))
def test_a_manifest_comes_back_as_it_was_sent(content: bytes) -> None:
    manifest = made(content)
    assert Manifest.from_json(manifest.to_json(), root=manifest.root) == manifest
    assert sum(manifest.bytes_of(i) for i in range(len(manifest.chunks))) == manifest.size == len(content)
    for index, part in enumerate(parts(content)):
        assert manifest.proves(part, index, manifest.proof(index))
        assert not manifest.proves(part + b"x", index, manifest.proof(index))


def test_the_root_is_the_tree_over_the_names() -> None:
    content = bytes(CHUNK) + b"a" * CHUNK + b"end"
    one, two, three = (leaf_hash(hashlib.sha256(part).digest()) for part in parts(content))
    assert made(content).root == node_hash(node_hash(one, two), three).hex()


def test_a_file_is_cut_as_its_bytes_are(tmp_path) -> None:
    file = tmp_path / "rows"
    file.write_bytes(bytes(range(256)) * 11)
    assert cut(file, CHUNK) == made(file.read_bytes())
    file.write_bytes(b"")
    assert cut(file, CHUNK).chunks == ()


def test_another_root_than_the_agreed_is_refused() -> None:
    with pytest.raises(ManifestWrong, match="not the one that was agreed"):
        Manifest.from_json(made(b"1").to_json(), root=made(b"2").root)


@pytest.mark.parametrize(
    "change",
    [
        {"chunks": ["../../etc/passwd"]}, {"chunks": ["A" * 64]}, {"chunks": []}, {"chunks": "x"}, {"chunks": [1]}, {"chunks": None},
        {"size": -1}, {"size": 10**18}, {"size": True}, {"size": "1"}, {"chunk": 0}, {"chunk": 1 << 40}, {"root": "00"},
        {"root": 7}, {"mediaType": "a/b\r\nSet-Cookie: x"}, {"mediaType": 1}, {"type": "other"},
    ],
)  # fmt: skip
def test_a_manifest_that_contradicts_itself_is_refused(change) -> None:
    told = {**json.loads(made(b"rows").to_json()), **change}
    with pytest.raises(ManifestWrong):
        Manifest.from_json(json.dumps(told).encode())


@settings(max_examples=40)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
            lambda one: json.dumps(one).encode()
        ),
    )
)
def test_what_is_no_manifest_is_refused(rubbish: bytes) -> None:
    with pytest.raises(ManifestWrong):
        Manifest.from_json(rubbish)


def test_deep_json_is_refused() -> None:
    with pytest.raises(ManifestWrong):
        Manifest.from_json(b"[" * 200_000)


def test_a_name_is_a_sha_256() -> None:
    assert name_of(b"") == hashlib.sha256().hexdigest()
