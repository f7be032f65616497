"""The profile that a certificate declares of its data, by which later data are judged: deciles, shares, missing."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.quality import kind_of

if TYPE_CHECKING:
    import polars as pl

_MOST = 200_000
_KINDS = 12


def profile_of(frame: "pl.DataFrame", names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name, kind, missing share, and deciles of numbers or shares of few categories, of each column; four digits.

    `names` are what columns are called outside; a column that is called nothing there is left out.
    """
    return [_column(frame.get_column(one), names[one]) for one in frame.columns if one in names]


def _column(column: "pl.Series", name: str) -> dict[str, Any]:
    kind = kind_of(column.dtype)
    there = column.drop_nulls()
    if column.dtype.is_float():
        there = there.drop_nans()
    found: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "missing": _digits(1 - len(there) / max(len(column), 1)),
    }
    if kind == "number" and len(there):
        values = there.gather_every(max(1, -(-len(there) // _MOST))).to_numpy().astype(float)
        found["deciles"] = [_digits(float(one)) for one in np.quantile(values, np.arange(0.1, 0.95, 0.1))]
        found["shares"] = _bins(values, found["deciles"])
    elif kind in {"text", "yes-no"} and 0 < there.n_unique() <= _KINDS:
        counts = there.cast(str).value_counts(sort=True)
        found["kinds"] = {
            str(word): _digits(count / len(there)) for word, count in sorted(counts.iter_rows())
        }
    return found


def moved(declared: Mapping[str, Any], column: "pl.Series") -> tuple[float | None, float]:
    """Population stability index against a declared column, None where it declares no shares; and the missing share.

    The index is Σ (new − old) · ln(new / old) over ten bins; from 0.25 on it is commonly taken for a moved population.
    """
    now = _column(column, declared["name"])
    if "deciles" in declared and kind_of(column.dtype) == "number":
        there = column.drop_nulls().cast(float).drop_nans().to_numpy()
        return (_psi(declared["shares"], _bins(there, declared["deciles"])) if len(there) else None), now[
            "missing"
        ]
    if "kinds" in declared:
        kinds = now.get("kinds", {})
        every = sorted({*declared["kinds"], *kinds})
        pairs = [(declared["kinds"].get(one, 0.0), kinds.get(one, 0.0)) for one in every]
        if not kinds:
            return float("inf"), now["missing"]
        return _psi(*map(list, zip(*pairs, strict=True))), now["missing"]
    return None, now["missing"]


def _bins(values: Any, deciles: list[float]) -> list[float]:
    edges = np.unique(deciles)
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return [_digits(float(one)) for one in counts / max(len(values), 1)]


def _psi(old: list[float], new: list[float]) -> float:
    least = 1e-4
    return float(sum((b - a) * np.log(b / a) for a, b in _floored(old, new, least)))


def _floored(old: list[float], new: list[float], least: float) -> Iterator[tuple[float, float]]:
    for a, b in zip(old, new, strict=True):
        yield max(a, least), max(b, least)


def _digits(value: float) -> float:
    return float(f"{value:.4g}")
