"""Propose a recipe from what the measures of quality find in a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dure.science.prepare.families import step_named
from dure.science.prepare.media import is_reference
from dure.science.prepare.proposing_texts import TextColumn, text_steps
from dure.science.prepare.recipe import Recipe
from dure.science.prepare.step import Step, require_columns
from dure.science.quality import Finding, Profile, Subject, kind_of, measures

if TYPE_CHECKING:
    import polars as pl

# More different words than this in a column are names or remarks, not categories.
MOST_CATEGORIES = 100
# A column that tells this much of the target alone is left out without asking; a lesser suspect is only named.
_GIVES_IT_AWAY = 0.999
# Findings for which a column is left out, the weightiest first.
_LEFT_OUT = (
    "leakage-suspect", "known-only-after", "leakage-in-part", "constant-column", "empty-column", "identifier-column",
)  # fmt: skip


@dataclass(frozen=True)
class _Knowledge:
    """What is known of a table: its findings by key, and the columns that are to be treated."""

    frame: "pl.DataFrame"
    findings: Sequence[Finding]
    columns: tuple[str, ...]

    def where(self, *keys: str) -> list[str]:
        """Columns to be treated with such a finding, in the table's order."""
        named = {finding.where for finding in self.findings if finding.key in keys}
        return [name for name in self.columns if name in named]

    def without(self, names: Iterable[str]) -> "_Knowledge":
        """The same without some columns."""
        gone = set(names)
        return _Knowledge(self.frame, self.findings, tuple(name for name in self.columns if name not in gone))

    def of_kind(self, *kinds: str) -> list[str]:
        """Columns to be treated of one of the kinds."""
        return [name for name in self.columns if kind_of(self.frame.schema[name]) in kinds]


def propose(  # noqa: PLR0913 - what the asker knows of the table, all by name
    frame: "pl.DataFrame",
    *,
    target: str | None = None,
    time: str | None = None,
    ignore: Sequence[str] = (),
    windows: int | None = None,
    missing: str = "median",
    profile: Profile | None = None,
    texts: Sequence[TextColumn] | None = None,
) -> Recipe:
    """A sensible recipe for `frame`, all steps on columns by name, so that it can be read and corrected.

    What comes out is numbers only, beside the columns carried along: the target, those to ignore, and times.

    Parameters
    ----------
    frame
        The table.
    target
        The column to be learnt; it is carried along untouched.
    time
        The column of times, if it is not to be guessed.
    ignore
        Columns to carry along untouched.
    windows
        Adds statistics of the last so many rows of every column of numbers.
    missing
        `median`: no value stays missing; `leave`: missing values stay so.
    profile
        The table's profile, if it is at hand.
    texts
        Columns of texts (`text_columns`) for which steps are proposed; they become numbers where a target is named, else
        they stay words. Without them remarks are left out.

    Raises
    ------
    ColumnAbsent
        If a named column is not there.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"shift": ["A", "B"] * 20, "bar": [1.0, None] * 20, "line": ["L1"] * 40})
    >>> [type(step).__name__ for step in propose(rows).steps]
    ['DropColumns', 'EncodeCategory', 'FillMissing']
    """
    named = [name for name in (target, time) if name] + list(ignore)
    require_columns(named, frame.columns)
    aside = _aside(frame, named)
    findings = profile.findings if profile is not None else _findings(frame, target)
    known = _Knowledge(frame, findings, tuple(name for name in frame.columns if name not in aside))
    read = _to_be_read(known, texts or (), learnt=target is not None)
    if not read and all(
        _is_told(known, name) for name in known.columns
    ):  # a table of texts: they are what there is to learn from
        return Recipe((), (*aside, *known.columns))
    of_texts, known = text_steps(read, learnt=target is not None), known.without(one.name for one in read)
    steps, known = _leave_out(known, learnt=target is not None)
    steps += _read_numbers(known)
    steps += _blank(known)
    words = [name for name in known.of_kind("text") if name not in _as_numbers(known)]
    steps += _made("table.encode_category", words)
    numbers = [*known.of_kind("number", "yes-no"), *_as_numbers(known)]
    if missing == "median":
        steps += _made("table.fill_missing", [n for n in known.columns if n in {*numbers, *words}])
    if windows is not None:
        steps += _made("series.window_statistics", [n for n in known.columns if n in numbers], rows=windows)
    return Recipe((*steps, *of_texts), aside)


def _to_be_read(known: _Knowledge, texts: Sequence[TextColumn], *, learnt: bool) -> list[TextColumn]:
    """Texts that are to be treated: not those that give the answer away."""
    gone = {*_leaks(known)} if learnt else set()
    return [one for one in texts if one.name in known.columns and one.name not in gone]


def _aside(frame: "pl.DataFrame", named: Sequence[str]) -> tuple[str, ...]:
    """Named columns and all that hold times, or references to pictures and sounds, in the table's order."""
    from dure.science.quality import clock

    found = clock(frame)
    ticks = found.name if found is not None else None
    cells = {name for name in frame.columns if _refers(frame, name)}
    cells |= {"file"} if cells else set()  # names of pictures and sounds
    return tuple(
        name
        for name, dtype in frame.schema.items()
        if name in named or name == ticks or kind_of(dtype) == "time" or name in cells
    )


def _refers(frame: "pl.DataFrame", name: str) -> bool:
    column = frame.get_column(name)
    first = column.drop_nulls().head(1).to_list() if kind_of(column.dtype) == "text" else []
    return len(first) > 0 and is_reference(first[0])


def _findings(frame: "pl.DataFrame", target: str | None) -> list[Finding]:
    subject = Subject(frame, (len(frame),), target)
    return [finding for member in measures() for finding in member().measure(subject)]


def _made(name: str, columns: Sequence[str], **settings: object) -> list[Step]:
    return [step_named(name)(columns=tuple(columns), **settings)] if columns else []  # type: ignore[call-arg]  # the base class has no fields; the member has


def _leave_out(known: _Knowledge, *, learnt: bool) -> tuple[list[Step], _Knowledge]:
    empty = [name for name in known.columns if known.frame.get_column(name).is_null().all()]
    leaks = _leaks(known) if learnt else []
    remarks = [name for name in known.of_kind("text") if _is_remark(known, name)]
    gone = {*known.where("constant-column", "identifier-column", "empty-column"), *empty, *leaks, *remarks}
    columns = [name for name in known.columns if name in gone]
    return _made("table.drop_columns", columns), known.without(columns)


def _leaks(known: _Knowledge) -> list[str]:
    """Columns that are not there when the answer is wanted: they give it away, or are flags of the same outcome."""
    told = {f.where for f in known.findings if f.facts.get("fraction", 0) >= _GIVES_IT_AWAY}
    sure = [name for name in known.where("leakage-suspect") if name in told]
    after = known.where("known-only-after")
    flags = [name for name in known.where("leakage-in-part") if after and _is_flag(known.frame, name)]
    return [*sure, *after, *flags]


def _is_flag(frame: "pl.DataFrame", name: str) -> bool:
    column = frame.get_column(name)
    return kind_of(column.dtype) in ("number", "yes-no") and column.drop_nulls().n_unique() == 2


def reasons(profile: Profile) -> dict[str, str]:
    """Why columns are left out, by column, in the language in force."""
    return {
        one.where: str(one.message)
        for key in reversed(_LEFT_OUT)
        for one in profile.findings
        if one.key == key
    }


def _is_remark(known: _Knowledge, name: str) -> bool:
    return name not in _as_numbers(known) and known.frame.get_column(name).n_unique() > MOST_CATEGORIES


def _is_told(known: _Knowledge, name: str) -> bool:
    """Whether a column holds texts of many kinds."""
    return name in known.of_kind("text") and _is_remark(known, name)


def _as_numbers(known: _Knowledge) -> list[str]:
    """Columns of text that are to be read as numbers."""
    return known.where("decimal-comma", "numbers-as-text", "mixed-types")


def _read_numbers(known: _Knowledge) -> list[Step]:
    commas = known.where("decimal-comma")
    points = [name for name in _as_numbers(known) if name not in commas]
    read = "table.numbers_from_text"
    return [*_made(read, points), *_made(read, commas, decimal=",")]


def _blank(known: _Knowledge) -> list[Step]:
    """One step for all columns that share a set of signs for "no value"."""
    signs: dict[str, list[float]] = {}
    for finding in known.findings:
        if finding.key == "sentinel-values" and finding.where in known.columns:
            signs.setdefault(finding.where, []).append(float(finding.facts["number"]))
    groups: dict[tuple[float, ...], list[str]] = {}
    for name, values in signs.items():
        groups.setdefault(tuple(values), []).append(name)
    return [
        step for values, names in groups.items() for step in _made("table.blank_values", names, values=values)
    ]
