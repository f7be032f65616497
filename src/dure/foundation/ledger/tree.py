"""The Merkle tree of RFC 9162 (Certificate Transparency 2.0, 2021), §2.1: roots and proofs, as plain functions.

Hashes are SHA-256; a leaf is hashed behind 0x00 and a node behind 0x01, so that neither passes for the other.
The tree over n leaves splits at the largest power of two below n.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

Hash = bytes
EMPTY: Hash = hashlib.sha256().digest()


def leaf_hash(content: bytes) -> Hash:
    """Hash of one entry's bytes (§2.1.1).

    >>> leaf_hash(b"").hex()
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """Hash of two neighbouring subtrees (§2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[Hash]) -> Hash:
    r"""Root of the tree over `leaves`, which are leaf hashes in order (§2.1.1).

    >>> root([leaf_hash(b""), leaf_hash(b"\x00")]).hex()
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'
    """
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    split = _split(len(leaves))
    return node_hash(root(leaves[:split]), root(leaves[split:]))


def inclusion_proof(leaves: Sequence[Hash], index: int) -> list[Hash]:
    """The hashes that lead from leaf `index` to the root of `leaves` (§2.1.3.1).

    Raises
    ------
    IndexError
        If there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def proves_inclusion(leaf: Hash, index: int, size: int, proof: Sequence[Hash], expected: Hash) -> bool:
    """Whether `proof` shows that `leaf` is entry `index` of the tree of `size` with root `expected` (§2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, computed = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            computed = node_hash(step, computed)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, step)
        place, last = place >> 1, last >> 1
    return last == 0 and computed == expected


def consistency_proof(leaves: Sequence[Hash], earlier: int) -> list[Hash]:
    """The hashes that show that the first `earlier` of `leaves` are still what they were (§2.1.4.1).

    Raises
    ------
    IndexError
        If the earlier tree is empty or larger than this one.
    """
    if not 0 < earlier <= len(leaves):
        raise IndexError(earlier)
    return _subproof(leaves, earlier, whole=True)


def _subproof(leaves: Sequence[Hash], earlier: int, *, whole: bool) -> list[Hash]:
    if earlier == len(leaves):
        return [] if whole else [root(leaves)]
    split = _split(len(leaves))
    if earlier <= split:
        return [*_subproof(leaves[:split], earlier, whole=whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], earlier - split, whole=False), root(leaves[:split])]


def proves_consistency(
    earlier: int, size: int, earlier_root: Hash, expected: Hash, proof: Sequence[Hash]
) -> bool:
    """Whether `proof` shows that the tree of `size` extends the one of `earlier` leaves (§2.1.4.2)."""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == expected
    path = [earlier_root, *proof] if earlier & (earlier - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = earlier - 1, size - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == earlier_root and new == expected


@dataclass(frozen=True, slots=True)
class Frontier:
    r"""The right edge of a growing tree: all that the next root needs, whatever the tree's size.

    `peaks` are the roots of the perfect subtrees from left to right; a leaf is added and a root made in O(log n).

    >>> Frontier().plus(leaf_hash(b"")).plus(leaf_hash(b"\x00")).root.hex()[:8]
    'fac54203'
    """

    size: int = 0
    peaks: tuple[Hash, ...] = ()

    def plus(self, leaf: Hash) -> "Frontier":
        """The tree with one more leaf."""
        peaks, merged = list(self.peaks), leaf
        ones = self.size
        while ones % 2:
            merged = node_hash(peaks.pop(), merged)
            ones >>= 1
        return Frontier(self.size + 1, (*peaks, merged))

    @property
    def root(self) -> Hash:
        """Root of the tree as it stands."""
        if not self.peaks:
            return EMPTY
        computed = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            computed = node_hash(peak, computed)
        return computed


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
