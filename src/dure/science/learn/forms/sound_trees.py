"""LightGBM's text form, read before the C library reads it: a text from elsewhere must not lead it astray.

The library trusts its text: a child that is no node, a column that no row has, a size that points past the end are
followed into memory that is not the model's. So every tree is checked here to be one: whole numbers where places stand,
children that lie behind their parents (no circle can be walked for ever), finite thresholds and answers, and the sizes
that tell where each tree begins.
"""

import re
from collections.abc import Container, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tree = Mapping[bytes, bytes]

MOST_COLUMNS, MOST_CLASSES = 20_000, 200
_TREE = re.compile(rb"^Tree=(\d{1,6})$", re.MULTILINE)
_NUMBER = re.compile(rb"-?\d{1,20}(\.\d{0,30})?(e[-+]?\d{1,3})?")
_HEAD = {
    b"version": rb"v\d", b"num_class": rb"\d{1,3}", b"num_tree_per_iteration": rb"\d{1,3}", b"label_index": rb"\d{1,6}",
    b"max_feature_idx": rb"\d{1,6}", b"objective": rb"(regression|regression_l1|huber|quantile|poisson|binary|multiclass|multiclassova)( [a-z_]+:[0-9.]+)*", b"feature_names": rb"[^\0]*",
    b"feature_infos": rb"[-+:.e0-9\[\] naoinf]*", b"tree_sizes": rb"[0-9 ]*",
}  # fmt: skip
_SETS = (b"cat_boundaries", b"cat_threshold")
# Of each part of a tree: how many fewer numbers it holds than there are leaves.
_PARTS = {
    b"split_feature": 1, b"threshold": 1, b"decision_type": 1, b"left_child": 1, b"right_child": 1, b"leaf_value": 0,
}  # fmt: skip
_ASIDE = {
    b"split_gain": 1, b"leaf_weight": 0, b"leaf_count": 0, b"internal_value": 1, b"internal_weight": 1, b"internal_count": 1,
}  # fmt: skip
_WHOLE = {b"split_feature", b"decision_type", b"left_child", b"right_child", *_SETS}
_ONE = (b"Tree", b"num_leaves", b"num_cat", b"is_linear", b"shrinkage")
_TAIL = re.compile(
    rb"\nend of trees\n\nfeature_importances:\n([^\n=]+=\d+\n)*\n*(pandas_categorical:(null|\[\])\n*)?"
)


def fault_in(content: bytes) -> str:
    r"""What is wrong with a LightGBM text, in a few words; "" if it is sound.

    >>> fault_in(b"tree\nversion=v4\nnum_class=1\nmax_feature_idx=0\n")
    'no trees'
    """
    try:
        _require(content)
    except (ValueError, KeyError, OverflowError) as fault:
        return str(fault)[:80]
    return ""


def _require(content: bytes) -> None:
    begins = [found.start() for found in _TREE.finditer(content)]
    end = content.find(b"\nend of trees")
    if not begins or end < begins[-1]:
        raise ValueError("no trees")
    if not _TAIL.fullmatch(content[end:]):
        raise ValueError("something stands behind its trees")
    columns = _columns(_fields(content[: begins[0]].removeprefix(b"tree\n"), _HEAD))
    edges = [*begins, end + 1]
    sizes = re.search(rb"\ntree_sizes=(.*)\n", content[: begins[0]])
    _require_sizes(sizes.group(1) if sizes else b"", edges)
    for start, stop in pairwise(edges):
        _require_tree(_fields(content[start:stop], {*_PARTS, *_ASIDE, *_ONE, *_SETS}), columns)


def _columns(head: Mapping[bytes, bytes]) -> int:
    for name, value in head.items():
        if not re.fullmatch(_HEAD[name], value):
            raise ValueError(f"{name.decode()} is none")
    columns, each = int(head[b"max_feature_idx"]) + 1, int(head[b"num_tree_per_iteration"])
    if not (1 <= columns <= MOST_COLUMNS and 1 <= each <= MOST_CLASSES and int(head[b"num_class"]) == each):
        raise ValueError(f"{columns} columns, {each} trees a round")
    if len(head[b"feature_names"].split()) != columns or len(head[b"feature_infos"].split()) != columns:
        raise ValueError("its columns are not described")
    return columns


def _fields(text: bytes, known: Container[bytes]) -> dict[bytes, bytes]:
    """Name and value of each line; none twice, none that is not known."""
    found: dict[bytes, bytes] = {}
    # the library stops reading a tree at an empty line
    for line in text.rstrip(b"\n").split(b"\n"):
        name, sign, value = line.partition(b"=")
        if not sign or name in found or name not in known or b"\r" in value:
            raise ValueError(f"the line {line[:20].decode(errors='replace')!r} does not belong there")
        found[name] = value
    return found


def _require_sizes(written: bytes, edges: list[int]) -> None:
    """The library jumps from tree to tree by these sizes."""
    sizes = [int(size) for size in written.split()]
    if sizes and sizes != [stop - start for start, stop in pairwise(edges)]:
        raise ValueError("its tree_sizes do not fit")


def _require_tree(tree: Tree, columns: int) -> None:
    leaves, sets = int(tree[b"num_leaves"]), int(tree[b"num_cat"])
    if leaves < 1 or sets < 0 or int(tree.get(b"is_linear", b"0")):
        raise ValueError(f"a tree of {leaves} leaves")
    parts = {name: _numbers(tree[name], leaves - less, name) for name, less in _PARTS.items()}
    for name, less in _ASIDE.items():
        if tree.get(name, b"").strip():
            _numbers(tree[name], leaves - less, name)
    _numbers(tree.get(b"shrinkage", b"1"), 1, b"threshold")
    nodes = np.arange(leaves - 1)
    if ((parts[b"split_feature"] < 0) | (parts[b"split_feature"] >= columns)).any():
        raise ValueError("split_feature names no column")
    for name in (b"left_child", b"right_child"):
        inner = parts[name] >= 0
        if (
            (parts[name] < -leaves).any()
            or (parts[name] >= leaves - 1).any()
            or (parts[name] <= nodes)[inner].any()
        ):
            raise ValueError(f"{name.decode()} names no later node")
    kinds = parts[b"decision_type"]
    if ((kinds < 0) | (kinds > 15)).any():
        raise ValueError("decision_type is none")
    _require_sets(tree, sets, parts[b"threshold"][(kinds % 2) == 1])


def _require_sets(tree: Tree, sets: int, used: Floats) -> None:
    """Splits by sets of words: each names a set, and each set lies within its bits."""
    if ((used < 0) | (used >= sets) | (used % 1 != 0)).any():
        raise ValueError("a split names no set")
    if sets:
        ends = _numbers(tree[b"cat_boundaries"], sets + 1, b"cat_boundaries")
        bits = len(tree[b"cat_threshold"].split())
        if ends[0] != 0 or (np.diff(ends) < 0).any() or ends[-1] != bits:
            raise ValueError("cat_boundaries do not fit")
        _numbers(tree[b"cat_threshold"], bits, b"cat_threshold")


def _numbers(written: bytes, count: int, name: bytes) -> Floats:
    """So many finite numbers; whole where the name says places."""
    words = written.split(b" ") if written else []
    if len(words) != count or not all(map(_NUMBER.fullmatch, words)):
        raise ValueError(f"{name.decode()} holds no {count} numbers")
    found = np.array([float(word) for word in words], dtype=np.float64)
    if not np.isfinite(found).all() or (name in _WHOLE and (found % 1 != 0).any()):
        raise ValueError(f"{name.decode()} holds no {count} numbers")
    return found
