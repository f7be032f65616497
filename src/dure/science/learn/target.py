"""The target: which task it makes, its classes, and the refusals that a target can earn."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.refusals import (
    OneClassOnly,
    TargetEmpty,
    TargetNotNumber,
    TooManyClasses,
)
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

#: Whole numbers of at most so many values are classes; more are a number.
FEW_VALUES = 10
#: The same where their name or their files say that they are kinds.
MORE_VALUES = 30
_KINDS = re.compile(
    r"fault|label|class|categor|type|kind|grade|mode|stat(e|us)|고장|등급|분류|종류|유형|상태|라벨",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"count|rate|ratio|num_|number of|건수|개수|율$", re.IGNORECASE)
MOST_CLASSES = 100
#: Below so many rows another refusal says more.
FEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of a target, in order, as words; `kind` is how their column holds them."""

    names: tuple[str, ...]
    kind: str
    positive: int | None

    def codes(self, target: "pl.Series") -> Floats:
        """Place of each row's class; NaN where it is missing or unknown. [N]."""
        place: dict[str | None, float] = {name: float(at) for at, name in enumerate(self.names)}
        return np.array([place.get(word, np.nan) for word in words(target)])

    def column(self, places: NDArray[np.int64], name: str = "prediction") -> "pl.Series":
        """Classes as a column of the kind that the target had."""
        import polars as pl

        values: list[Any] = [self.names[at] for at in places]
        if self.kind == "yes-no":
            return pl.Series(name, [value == "true" for value in values], dtype=pl.Boolean)
        column = pl.Series(name, values, dtype=pl.String)
        return column.cast({"whole": pl.Int64, "number": pl.Float64}.get(self.kind, pl.String))


def words(column: "pl.Series") -> list[str | None]:
    """Values as words; a whole number has no decimal point, whichever type its file gave it.

    >>> import polars as pl
    >>> words(pl.Series([1.0, 2.5, None])), words(pl.Series([True, False]))
    (['1', '2.5', None], ['true', 'false'])
    """
    return [word(value) for value in column.to_list()]


def word(value: Any) -> str | None:
    """One value as a word; None where it is missing.

    >>> word(1.0), word(" A "), word(float("nan"))
    ('1', 'A', None)
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not np.isfinite(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value).strip() or None


def decide(target: "pl.Series", segments: Sequence[int] = ()) -> tuple[str, Text]:
    """The task that a target makes, and why.

    Whole numbers are classes if they are few, or if not many and called so, or if every file holds one of them.

    >>> import polars as pl
    >>> decide(pl.Series("quality", [1, 2, 3, 4, 1, 2]))[0], decide(pl.Series("bar", [1.5, 2.25, 3.1]))[0]
    ('classify', 'estimate')
    """
    name = target.name
    present = target.drop_nulls()
    if not present.dtype.is_numeric():
        why = Text(f"“{name}” holds words, so classes are told apart.", f"“{name}” 열이 글자라서 분류합니다.")
        return "classify", why
    distinct = present.unique()
    whole = bool((distinct.cast(float) % 1 == 0).all())
    few = len(distinct) <= FEW_VALUES or (len(distinct) <= MORE_VALUES and _numbers_kinds(target, segments))
    if len(distinct) <= 2 or (whole and few):
        why = Text(
            f"“{name}” has {len(distinct)} different values, so classes are told apart.",
            f"“{name}” 열의 값이 {len(distinct)}가지라서 분류합니다.",
        )
        return "classify", why
    why = Text(
        f"“{name}” is a measured number, so it is estimated.",
        f"“{name}” 열이 측정값이라서 수치를 예측합니다.",
    )
    return "estimate", why


def _numbers_kinds(target: "pl.Series", segments: Sequence[int]) -> bool:
    """Whether whole numbers number kinds of a thing: by their name, or as one number in each of several files."""
    if _KINDS.search(target.name) and not _COUNTS.search(target.name):
        return True
    ends = np.cumsum([0, *segments])
    parts = [target.slice(start, end - start) for start, end in itertools.pairwise(ends.tolist())]
    return len(parts) > 2 and all(part.drop_nulls().n_unique() <= 1 for part in parts)


def numbers(target: "pl.Series") -> Floats:
    """The target as numbers, NaN where missing; refused if it holds words, nothing, or one number only. [N]."""
    found = measured(target)
    present = found[~np.isnan(found)]
    if (present == present[0]).all():
        raise OneClassOnly(target.name, value=f"{present[0]:g}")
    return found


def measured(target: "pl.Series") -> Floats:
    """The target as numbers to measure against, NaN where missing; refused if it holds words or nothing. [N]."""
    import polars as pl

    if not target.dtype.is_numeric():
        cast = target.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
        odd = target.filter(target.is_not_null() & cast.is_null())
        if len(odd):
            raise TargetNotNumber(target.name, value=str(odd[0])[:40])
        target = cast
    found = target.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    found[~np.isfinite(found)] = np.nan
    if np.isnan(found).all():
        raise TargetEmpty(target.name)
    return found


def classes_of(target: "pl.Series") -> Classes:
    """The classes of a target; refused if there is one only, none, or far too many."""
    import polars as pl

    counts: dict[str, int] = {}
    for word in words(target):
        if word is not None:
            counts[word] = counts.get(word, 0) + 1
    if not counts:
        raise TargetEmpty(target.name)
    if len(counts) == 1:
        raise OneClassOnly(target.name, value=next(iter(counts)))
    # With fewer than two rows a class there is nothing that one row could teach about another.
    rows = sum(counts.values())
    if len(counts) > MOST_CLASSES or (rows >= FEW_ROWS and len(counts) > rows / 2):
        raise TooManyClasses(target.name, count=len(counts))
    numeric = target.dtype.is_numeric()
    names = tuple(sorted(counts, key=float if numeric else str))
    kind = "words"
    if numeric:
        kind = "whole" if all("." not in name and "e" not in name for name in names) else "number"
    elif target.dtype == pl.Boolean:
        kind = "yes-no"
    return Classes(names, kind, _positive(names, counts, kind))


def _positive(names: tuple[str, ...], counts: dict[str, int], kind: str) -> int | None:
    """Of two classes the one that is looked for: 1 or true, else the rarer."""
    if len(names) != 2:
        return None
    if kind == "yes-no" or names == ("0", "1"):
        return 1
    return 0 if counts[names[0]] < counts[names[1]] else 1
