"""Where the rows learnt from lie: neighbourhoods of them, without a single row of theirs being kept.

Numbers are scaled by their spread and turned so that what moves together counts once (the correlation shrunk by a
tenth towards none); then at most `MOST` middles are found by farthest-first starts and Lloyd's steps (S. P. Lloyd,
"Least squares quantization in PCM", IEEE Trans. Inf. Theory 28(2), 129-137, 1982). A neighbourhood is a middle of at
least `FEWEST` rows with the distance within which nineteen of twenty of its rows lie. No randomness: the same rows give
the same neighbourhoods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Neighbourhoods, rows of the smallest, rows looked at, columns at most.
MOST, FEWEST, ROWS, COLUMNS = 24, 10, 8_000, 120
STEPS, SHRINK, INSIDE = 12, 0.1, 0.95


@dataclass(frozen=True, slots=True)
class Near:
    """Neighbourhoods of the rows learnt from, over some of the columns.

    Parameters
    ----------
    columns
        Names of the numeric inputs. [F]
    centre
        Mean of each, which also stands in where a value is missing. [F]
    turn
        Takes a row less the centre into the space in which distances are measured. [F, F]
    middles, radius
        Of each neighbourhood, in that space. [K, F], [K]
    whole
        Columns that hold whole numbers only.
    """

    columns: tuple[str, ...]
    centre: Floats
    turn: Floats
    middles: Floats
    radius: Floats
    whole: frozenset[str] = frozenset()

    @classmethod
    def learnt(cls, x: Floats, columns: Sequence[str]) -> "Near | None":
        """Neighbourhoods of rows `x` [N, F]; None where there are too few rows, or too many columns."""
        x = x[np.linspace(0, len(x) - 1, min(len(x), ROWS)).astype(int)] if len(x) else x
        if len(x) < 2 * FEWEST or not 0 < len(columns) <= COLUMNS:
            return None
        known = [_known(column) for column in x.T]
        centre = np.array([column.mean() if len(column) else 0.0 for column in known])
        spread = np.array([column.std() if len(column) else 0.0 for column in known])
        whole = frozenset(
            name for name, column in zip(columns, known, strict=True) if len(column) and (column == np.rint(column)).all()
        )  # fmt: skip
        scaled = np.where(np.isfinite(x), x - centre, 0.0) / np.where(spread > 0, spread, 1.0)
        turn = _turn(scaled) / np.where(spread > 0, spread, 1.0)[:, None]
        placed = np.where(np.isfinite(x), x - centre, 0.0) @ turn
        middles, owner = _middles(placed, min(MOST, len(x) // (2 * FEWEST)))
        distance = np.linalg.norm(placed - middles[owner], axis=1)
        kept = [at for at in range(len(middles)) if (owner == at).sum() >= FEWEST]
        radius = np.array([np.quantile(distance[owner == at], INSIDE) for at in kept])
        return cls(tuple(columns), centre, turn, middles[kept], radius, whole) if kept else None

    def within(self, x: Floats) -> Flags:
        """Whether each row lies in a neighbourhood. `x` holds `columns`, in order. [N, F] → [N]."""
        placed = np.where(np.isfinite(x), x - self.centre, 0.0) @ self.turn
        distance = np.linalg.norm(placed[:, None, :] - self.middles[None], axis=2)
        return np.asarray((distance <= self.radius * (1 + 1e-9) + 1e-9).any(axis=1))

    def to_dict(self) -> dict[str, Any]:
        """As a card has it, seven digits of each number."""
        return {
            "columns": list(self.columns),
            "whole": sorted(self.whole),
            **{name: _short(getattr(self, name)) for name in ("centre", "turn", "middles", "radius")},
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any] | None) -> "Near | None":
        """The neighbourhoods that a card has; None in packages of before."""
        if not facts:
            return None
        arrays = {
            name: np.array(facts[name], dtype=np.float64) for name in ("centre", "turn", "middles", "radius")
        }
        return cls(tuple(facts["columns"]), **arrays, whole=frozenset(facts["whole"]))


def _known(column: Floats) -> Floats:
    return column[np.isfinite(column)]


def _turn(scaled: Floats) -> Floats:
    """The symmetric root of the inverse of the shrunk correlation. [F, F]."""
    correlation = scaled.T @ scaled / len(scaled)
    shrunk = (1 - SHRINK) * correlation + SHRINK * np.eye(len(correlation))
    values, vectors = np.linalg.eigh(shrunk)
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)


def _middles(placed: Floats, count: int) -> tuple[Floats, NDArray[np.int64]]:
    """Middles of rows [K, F], and which of them each row is nearest to [N]."""
    starts = [int(np.linalg.norm(placed - placed.mean(axis=0), axis=1).argmin())]
    least = np.linalg.norm(placed - placed[starts[0]], axis=1)
    for _ in range(max(count, 1) - 1):
        starts.append(int(least.argmax()))
        least = np.minimum(least, np.linalg.norm(placed - placed[starts[-1]], axis=1))
    middles = placed[starts]
    for _ in range(STEPS):
        owner = _nearest(placed, middles)
        middles = np.stack(
            [
                placed[owner == at].mean(axis=0) if (owner == at).any() else middles[at]
                for at in range(len(middles))
            ]
        )
    return middles, _nearest(placed, middles)


def _nearest(placed: Floats, middles: Floats) -> NDArray[np.int64]:
    away = np.stack([np.linalg.norm(placed - one, axis=1) for one in middles])
    return np.asarray(away.argmin(axis=0), dtype=np.int64)


def _short(values: Floats) -> Any:
    return (
        np.vectorize(lambda value: float(f"{value:.7g}"), otypes=[float])(values).tolist()
        if values.size
        else []
    )
