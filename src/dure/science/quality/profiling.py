"""Profile: what is in a table, and what its measures find."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dure.science.quality.columns import NUMBER, kind_of, unit_in
from dure.science.quality.measure import Finding, Measure, Subject
from dure.vocabulary import TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

# The order in which findings are told: what spoils a model first, what is only good to know last.
_ORDER = (
    "leakage-suspect", "leakage-in-part", "time-backwards", "time-gaps", "duplicate-times", "duplicate-rows", "decimal-comma",
    "mixed-types", "numbers-as-text", "sentinel-values", "stuck-sensor", "missing-values", "constant-column",
    "identifier-column", "outliers", "class-imbalance", "blank-in-header", "unit-unknown", "unit-in-header",
)  # fmt: skip


class Tabular(Protocol):
    """What is profiled: rows with the files they came from."""

    @property
    def frame(self) -> "pl.DataFrame":
        """The rows."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the files."""

    @property
    def rows_per_source(self) -> tuple[int, ...]:
        """Rows of each file, in order."""


class TargetAbsent(TableProblem):
    """The column to be learnt is not in the table."""

    key = "target-absent"
    says = Text("The table has no column “{where}” to learn.", "학습할 “{where}” 열이 표에 없습니다.")
    remedy = Text("Its columns are: {columns}.", "표의 열: {columns}.")


@dataclass(frozen=True, slots=True)
class Column:
    """Facts of a column: kind, unit [UCUM], rate [Hz, None without a clock] and missing share [1]."""

    name: str
    type: str
    unit: str
    rate: float | None
    missing: float

    def report(self) -> dict[str, Any]:
        """The facts as the command's `--json` gives them."""
        return {
            "name": self.name,
            "type": self.type,
            "unit": self.unit,
            "rate": self.rate,
            "missing": self.missing,
        }


@dataclass(frozen=True)
class Profile:
    """What is in a table and what is wrong with it."""

    sources: tuple[str, ...]
    rows: int
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]
    clock: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The profile as the command's `--json` gives it, in the language in force."""
        return {
            "sources": list(self.sources),
            "rows": self.rows,
            "columns": [column.report() for column in self.columns],
            "findings": [finding.report() for finding in self.findings],
        }


@cache
def measures() -> tuple[type[Measure], ...]:
    """Every measure of this folder, in the order in which findings are told."""
    return tuple(
        sorted(
            _own(), key=lambda member: (_ORDER.index(member.key) if member.key in _ORDER else 0, member.key)
        )
    )


def _own() -> Iterator[type[Measure]]:
    package = importlib.import_module("dure.science.quality")
    for module in pkgutil.iter_modules(package.__path__):
        found = importlib.import_module(f"{package.__name__}.{module.name}")
        members = (one for one in vars(found).values() if isinstance(one, type) and issubclass(one, Measure))
        yield from (one for one in members if one is not Measure and one.__module__ == found.__name__)


def profile(table: Tabular, *, target: str | None = None) -> Profile:
    """What is in `table`, and everything that its measures find.

    Parameters
    ----------
    table
        Rows with the files they came from (`dure.science.prepare.Table`).
    target
        The column to be learnt; without it a column that is called as such columns are is taken.

    Raises
    ------
    TargetAbsent
        If there is no such column.
    """
    frame = table.frame
    if target is not None and target not in frame.columns:
        raise TargetAbsent(target, columns=", ".join(frame.columns[:30]))
    subject = Subject(frame, tuple(table.rows_per_source), target, tuple(table.sources))
    findings = tuple(finding for member in measures() for finding in member().measure(subject))
    as_text = {
        one.where for one in findings if one.key in ("decimal-comma", "numbers-as-text", "mixed-types")
    }
    columns = tuple(_facts(column, subject, as_text) for column in frame.get_columns())
    return Profile(
        table.sources, len(frame), columns, findings, subject.clock.name if subject.clock else None
    )


def _facts(column: "pl.Series", subject: Subject, as_text: set[str]) -> Column:
    lacking = column.null_count() + (int(column.is_nan().sum()) if column.dtype.is_float() else 0)
    kind = kind_of(column.dtype)
    # `Line (A)` over words names a line, over numbers it is amperes
    unit = unit_in(column.name) if kind == NUMBER or column.name in as_text else ""
    return Column(column.name, kind, unit, _rate(column, subject), lacking / max(len(column), 1))


def _rate(column: "pl.Series", subject: Subject) -> float | None:
    """Values a second [Hz] by the median step between rows that have one."""
    if subject.clock is None:
        return None
    there = column.is_not_null().to_numpy()
    if there.all():
        steps = subject.steps
    else:
        file = np.cumsum(subject.starts)[there]
        steps = np.where(
            np.diff(file, prepend=-1) == 0, np.diff(subject.clock.seconds[there], prepend=np.nan), np.nan
        )
    forward = steps[steps > 0]
    return None if not len(forward) else float(f"{1 / float(np.median(forward)):.6g}")
