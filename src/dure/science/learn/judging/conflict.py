"""Rows that are the same in every column but not in the target: a ceiling that no model can break."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

#: Share of rows with a contradicting copy from which on it is said.
LEAST = 0.005


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Of `rows`, `conflicting` have a copy with another class; `accuracy` is the most that any model can reach."""

    rows: int
    conflicting: int
    accuracy: float

    @property
    def words(self) -> Text:
        """The ceiling as a person says it."""
        return Text(
            f"{self.conflicting} of {self.rows} rows have a copy with another outcome: no model can be right in more than "
            f"{self.accuracy:.1%} of these rows.",
            f"{self.rows}행 가운데 {self.conflicting}행은 입력이 같은데 결과가 다릅니다. 어떤 모델도 {self.accuracy:.1%}보다 많이 "
            "맞힐 수 없습니다.",
        )

    def to_dict(self) -> dict[str, Any]:
        """The ceiling as the card has it."""
        words = {"en": self.words.en, "ko": self.words.ko}
        return {"rows": self.rows, "conflicting": self.conflicting, "accuracy": self.accuracy, "words": words}


def ceiling(features: "pl.DataFrame", y: Floats, classes: int) -> Ceiling | None:
    """The ceiling of a table; None if copies do not contradict each other, or the target is a number.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": [1.0, 1.0, 1.0, 2.0]})
    >>> ceiling(rows, np.array([0.0, 0.0, 1.0, 1.0]), 2)
    Ceiling(rows=4, conflicting=3, accuracy=0.75)
    """
    if not classes or not features.width:
        return None
    _, place = np.unique(features.hash_rows(seed=0).to_numpy(), return_inverse=True)
    counts = np.zeros((int(place.max()) + 1, classes), dtype=np.int64)
    np.add.at(counts, (place, y.astype(np.int64)), 1)
    torn = (counts > 0).sum(axis=1) > 1
    conflicting = int(counts[torn].sum())
    if conflicting < max(LEAST * len(y), 2):
        return None
    return Ceiling(len(y), conflicting, float(counts.max(axis=1).sum() / len(y)))
