"""A table to learn from, out of a stretch of signals: one row a tick and asset, one column an input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dure.vocabulary import Dataset, TableProblem, Text

if TYPE_CHECKING:
    from dure.plant.historian import Historian

Inputs = Mapping[str, Mapping[str, str]]
"""For each asset, which signal fills which column: `{"Cell01": {"Voltage": "line1/Cell01/Voltage"}}`."""


class NothingToLearn(TableProblem):
    """A stretch of signals in which nothing was recorded."""

    key = "stretch-empty"
    says = Text("Nothing was recorded for {where} in that time.", "그 기간에 {where}의 기록이 없습니다.")
    remedy = Text("Choose a longer time or other signals.", "더 긴 기간이나 다른 신호를 고르세요.")


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """A table written from signals: where it lies, what it is, and the spans that were left out, as facts."""

    path: Path
    dataset: Dataset
    left_out: Sequence[Mapping[str, object]]


def training_table(
    historian: Historian,
    assets: Inputs,
    start: int,
    end: int,
    every: int,
    *,
    out: Path,
    max_age: int | None = None,
    without_findings: bool = False,
) -> TrainingTable:
    """Write the table of `assets` from `start` to `end` at every `every` [ns, UTC] to `out` (Parquet)."""
    raise NotImplementedError
