"""Dataset: a collection of data published by one agent (DCAT 3, §6.6), with the obligations that travel with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dataset:
    """A file, or a stretch of signals, that can be prepared, learnt from, exported or shared.

    `fingerprint` is the SHA-256 of the bytes; `made_from` lists the ids it descends from, whose `obligations`
    it inherits.

    >>> own = Dataset("castings", "Castings", rows=57_631)
    >>> lent = Dataset("moulds", "Moulds", obligations=frozenset({"no-export"}))
    >>> sorted(own.joined(lent, "both", "Both").obligations)
    ['no-export']
    """

    id: str
    title: str
    rows: int = 0
    columns: tuple[str, ...] = ()
    fingerprint: str = ""
    made_from: tuple[str, ...] = ()
    obligations: frozenset[str] = frozenset()

    def joined(self, other: "Dataset", id: str, title: str) -> "Dataset":  # noqa: A002 - DCAT's own word
        """Dataset made from this one and `other`, under the obligations of both."""
        return Dataset(
            id, title, made_from=(self.id, other.id), obligations=self.obligations | other.obligations
        )
