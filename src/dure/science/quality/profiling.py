"""Profile: what is in a table, and what its measures find."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import NUMBER, kind_of
from dure.science.quality.gathering import gathered
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.power import powers
from dure.science.quality.subject import Subject
from dure.vocabulary import TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

# The order in which findings of one severity are told: what spoils a model first, what is only good to know last.
_ORDER = (
    "leakage-suspect", "leakage-in-part", "known-only-after", "duplicate-files", "conflicting-labels", "unit-change",
    "sign-flip", "impossible-values", "sentinel-values", "empty-column", "too-few-rows", "stuck-sensor", "replayed-stretch", "physics-residual",
    "identifiable-rows",
    "mixed-zones", "time-backwards", "time-gaps", "duplicate-times", "duplicate-rows", "decimal-comma",
    "mixed-types", "numbers-as-text", "header-twins", "blank-in-header", "missing-labels", "missing-values",
    "spikes", "noise-burst", "outliers", "saturated", "late-arrivals", "untraced-rows", "damaged-text", "cut-off-texts",
    "badly-exposed", "blurred-pictures", "relation-drift", "drift", "copied-column", "class-imbalance", "sorted-by-label",
    "constant-column", "identifier-column", "season-unseen", "flooded-category", "coarse-steps", "unit-unknown", "nameless-columns",
    "unit-in-header",
)  # fmt: skip


class Noted(Protocol):
    """What a reader found or mended (`dure.science.prepare.reading_notes.Note`)."""

    @property
    def key(self) -> str:
        """Its kind."""

    @property
    def where(self) -> str:
        """A column, or `table`."""

    @property
    def message(self) -> Text:
        """What was found."""

    @property
    def remedy(self) -> Text:
        """What to do."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts in its sentence."""


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


# What a reader's note says, a measure need not say again; and how much a note matters, if it does.
_SAYS_TOO = {
    "header-absent": "nameless-columns",
    "header-trimmed": "blank-in-header",
    "zones-mixed": "mixed-zones",
}
_ON_ITS_SIDE = "looks-transposed"
_LOOK = (
    "zones-mixed", "header-aligned", "header-twice", "decimal-comma-undecided", "date-order-undecided", "turned",
    "columns-left-out", "columns-filled-up", "encoding-damaged",
)  # fmt: skip


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
    """What is in a table, how good it is, and what is wrong with it; `findings` one a column, the worst first."""

    sources: tuple[str, ...]
    rows: int
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]
    clock: str | None = None
    quality: tuple[Value, ...] = ()

    @cached_property
    def told(self) -> tuple[Finding, ...]:
        """The findings as people read them: what many columns share is one sentence."""
        return gathered(self.findings, {member.key: member.together for member in measures()})

    def to_dict(self) -> dict[str, Any]:
        """The profile as the command's `--json` gives it, in the language in force."""
        return {
            "sources": list(self.sources),
            "rows": self.rows,
            "columns": [column.report() for column in self.columns],
            "findings": [finding.report() | _power(finding.key) for finding in self.told],
            "quality": [value.report() for value in self.quality],
        }


def _power(key: str) -> dict[str, Any]:
    return {"power": powers()[key].report()} if key in powers() else {}


@cache
def measures() -> tuple[type[Measure], ...]:
    """Every measure of this folder, in the order in which findings of one severity are told."""
    known = {key: place for place, key in enumerate(_ORDER)}
    return tuple(sorted(_own(), key=lambda member: (known.get(member.key, len(known)), member.key)))


def _own() -> Iterator[type[Measure]]:
    room = importlib.import_module("dure.science.quality").__path__[0]
    for one in Characteristic:
        folder = f"dure.science.quality.{one.id}"
        for module in pkgutil.iter_modules([f"{room}/{one.id}"]):
            found = importlib.import_module(f"{folder}.{module.name}")
            for member in vars(found).values():
                if (
                    isinstance(member, type)
                    and issubclass(member, Measure)
                    and member.__module__ == found.__name__
                ):
                    yield member


def profile(
    table: Tabular, *, target: str | None = None, content: Callable[[str], bytes] | None = None
) -> Profile:
    """What is in `table`, how good it is, and everything that its measures find.

    Parameters
    ----------
    table
        Rows with the files they came from (`dure.science.prepare.Table`).
    target
        The column to be learnt; without it a column that is called as such columns are is taken.
    content
        Gives the bytes of a reference to a picture; without it pictures are not looked at.

    Raises
    ------
    TargetAbsent
        If there is no such column.
    """
    frame = table.frame
    if target is not None and target not in frame.columns:
        raise TargetAbsent(target, columns=", ".join(frame.columns[:30]))
    units = getattr(table, "units", None) or {}
    subject = Subject(frame, tuple(table.rows_per_source), target, tuple(table.sources), units, content)
    findings, quality = _measured(subject)
    findings = _with_notes(_said_once(findings), getattr(table, "notes", ()))
    as_text = {
        one.where for one in findings if one.key in ("decimal-comma", "numbers-as-text", "mixed-types")
    }
    columns = tuple(_facts(column, subject, as_text) for column in frame.get_columns())
    name = subject.clock.name if subject.clock else None
    return Profile(table.sources, len(frame), columns, tuple(_ranked(findings)), name, tuple(quality))


def _measured(subject: Subject) -> tuple[list[Finding], list[Value]]:
    findings: list[Finding] = []
    quality: list[Value] = []
    for member in measures():
        measure = member()
        own = list(measure.measure(subject))
        findings += own
        quality += measure.values(subject, own)
    order = list(Characteristic)
    return findings, sorted(quality, key=lambda value: order.index(value.characteristic))


def _said_once(findings: Sequence[Finding]) -> list[Finding]:
    """Findings without outliers that are signs for "no value" or spikes, and told as such."""
    told = {
        one.where: int(one.facts["count"]) for one in findings if one.key in ("sentinel-values", "spikes")
    }
    return [one for one in findings if one.key != "outliers" or told.get(one.where, 0) < one.facts["count"]]


def _with_notes(findings: Sequence[Finding], notes: Sequence["Noted"]) -> list[Finding]:
    """Findings with what the reader of the files noted; of a table on its side nothing else is worth saying."""
    own = [_noted(note) for note in notes]
    if any(note.key == _ON_ITS_SIDE for note in notes):
        return own
    said = {_SAYS_TOO[note.key] for note in notes if note.key in _SAYS_TOO}
    return own + [one for one in findings if one.key not in said]


def _noted(note: "Noted") -> Finding:
    severity = Severity.CHECK if note.key in _LOOK else Severity.NOTE
    severity = Severity.SERIOUS if note.key == _ON_ITS_SIDE else severity
    return Finding(note.key, note.where, note.message, note.remedy, dict(note.facts), severity)


def _ranked(findings: Sequence[Finding]) -> list[Finding]:
    known = {key: place for place, key in enumerate(_ORDER)}
    return sorted(findings, key=lambda one: (one.severity, known.get(one.key, 0)))


def _facts(column: "pl.Series", subject: Subject, as_text: set[str]) -> Column:
    lacking = column.null_count() + (int(column.is_nan().sum()) if column.dtype.is_float() else 0)
    kind = kind_of(column.dtype)
    # `Line (A)` over words names a line, over numbers it is amperes
    unit = subject.unit(column.name) if kind == NUMBER or column.name in as_text else ""
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
