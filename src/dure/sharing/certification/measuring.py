"""Every figure of a certificate, from the rows and the rule set alone: the same rows, rules and code give the same bits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dure.science.quality import Characteristic, Subject, measures, power_here
from dure.sharing.certification import conforming
from dure.sharing.certification.profiling import profile_of
from dure.sharing.certification.ruling import RuleSet

if TYPE_CHECKING:
    import polars as pl

    from dure.science.quality import Finding, Value


class Tabular(Protocol):
    """What is certified: rows with the files they came from (`dure.science.prepare.Table`)."""

    @property
    def frame(self) -> "pl.DataFrame":
        """The rows."""

    @property
    def rows_per_source(self) -> tuple[int, ...]:
        """Rows of each file, in order."""


@dataclass(frozen=True)
class Dataset:
    """What is certified: rows, rows of each file, and what is known of the columns beside the rows.

    `units` are UCUM codes and `ids` semantic ids by column; `target` is the column to be learnt; `content` opens pictures.
    """

    frame: "pl.DataFrame"
    segments: tuple[int, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    content: Callable[[str], bytes] | None = None

    @classmethod
    def of(
        cls,
        table: Tabular,
        target: str | None = None,
        ids: Mapping[str, str] | None = None,
        content: Callable[[str], bytes] | None = None,
    ) -> "Dataset":
        """The dataset of a table as it was read."""
        known = dict(getattr(table, "units", None) or {})
        return cls(table.frame, tuple(table.rows_per_source), known, dict(ids or {}), target, content)

    @property
    def subject(self) -> Subject:
        """What measures look at."""
        segments = self.segments if sum(self.segments) == len(self.frame) else (len(self.frame),)
        return Subject(self.frame, segments, self.target, (), self.units, self.content)


@dataclass(frozen=True)
class Measured:
    """Figures: results of measures and requirements, findings without values of the rows, power, and the profile."""

    results: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    power: list[dict[str, Any]]
    profile: list[dict[str, Any]]

    @property
    def meets(self) -> bool:
        """Whether every requirement that could be measured is met, and each was measured."""
        return all(one["met"] for one in self.results if "met" in one)


def measured(data: Dataset, rules: RuleSet) -> Measured:
    """Measure a dataset by a rule set; findings tell where, how grave and how many, never a value of a row."""
    subject, names = data.subject, called(data.frame.columns, named=rules.named)
    results: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    for member in measures():
        measure = member()
        own = list(measure.measure(subject))
        findings += [_finding(one, names) for one in own]
        results += [_value(one, names) for one in measure.values(subject, own)]
    units = {name: subject.unit(name) for name in data.frame.columns}
    results += [_conformity(one, names) for one in _standards(data, units, rules)]
    results = list(_required(results, rules, names))
    power = list(_power(subject, rules))
    declared = profile_of(data.frame, names) if rules.values.get("profile", True) else []
    return Measured(results, findings, power, declared)


def called(columns: Sequence[str], *, named: bool) -> dict[str, str]:
    """What columns are called in a certificate.

    >>> called(["bar", "amps"], named=False)
    {'bar': 'column 1', 'amps': 'column 2'}
    """
    return {name: name if named else f"column {at}" for at, name in enumerate(columns, 1)}


def _value(value: "Value", names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "measure": value.key,
        "characteristic": value.characteristic.id,
        "standard": value.source or value.characteristic.standard,
        "where": names.get(value.where, value.where),
        "value": value.value,
        "bits": value.value.hex(),
        "unit": value.unit,
    }


def _conformity(one: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    value = float(f"{one['value']:.6g}")
    lacking = [names.get(name, name) for name in one["lacking"]]
    kind = Characteristic.CREDIBILITY.id if one["standard"] == "law" else "compliance"
    return {
        "measure": one["measure"], "characteristic": kind, "standard": one["standard"], "where": "table", "value": value,
        "bits": value.hex(), "unit": "1", "lacking": lacking,
    }  # fmt: skip


def _finding(one: "Finding", names: Mapping[str, str]) -> dict[str, Any]:
    count = one.facts.get("affected", one.facts.get("count"))
    found: dict[str, Any] = {
        "finding": one.key,
        "where": names.get(one.where, one.where),
        "severity": one.severity.name.lower(),
    }
    if isinstance(count, int):
        found["count"] = count
    return found | ({"columns": [names.get(name, name) for name in one.columns]} if one.columns else {})


def _standards(data: Dataset, units: Mapping[str, str], rules: RuleSet) -> Iterator[dict[str, Any]]:
    asked = rules.values.get("standards", {})
    if asked.get("units") and (found := conforming.units_ucum(data.frame, units)):
        yield found
    if asked.get("semantic_ids") and (found := conforming.semantic_ids(data.frame, data.ids)):
        yield found
    if rules.values.get("schema"):
        yield conforming.schema_profile(data.frame, rules.values["schema"], units)
    yield from conforming.laws(data.frame, rules.values.get("laws", ()))


def _required(
    results: Sequence[dict[str, Any]], rules: RuleSet, names: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The results, each with the requirement it is held to and whether it meets it; what was not measured is met by nobody."""
    needs = [*rules.values["need"], *_of_laws(rules)]
    seen = set()
    for one in results:
        need = next((need for need in needs if _is_for(need, one, names)), None)
        if need is None:
            yield one
            continue
        seen.add(id(need))
        bounds = {name: need[name] for name in ("at_least", "at_most") if name in need}
        met = bounds.get("at_least", float("-inf")) <= one["value"] <= bounds.get("at_most", float("inf"))
        yield one | {"need": bounds, "met": met}
    for need in needs:
        if id(need) not in seen and not _does_not_apply(need, results):
            bounds = {name: need[name] for name in ("at_least", "at_most") if name in need}
            yield {
                "measure": need["measure"],
                "where": need.get("where", "table"),
                "need": bounds,
                "met": False,
                "absent": True,
            }


def _of_laws(rules: RuleSet) -> list[dict[str, Any]]:
    return [
        {"measure": f"law:{one['id']}", "at_least": one.get("at_least", 1.0)}
        for one in rules.values.get("laws", ())
    ]


def _is_for(need: Mapping[str, Any], one: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    where = need.get("where")
    return bool(
        need["measure"] == one["measure"] and (where is None or names.get(where, where) == one["where"])
    )


# What asks for a clock or a label does not apply to a table without one; everything else that was not measured is not met.
_OF_TIME = {
    "time-backwards",
    "time-gaps",
    "duplicate-times",
    "uneven-pace",
    "update-frequency",
    "late-arrivals",
}


def _does_not_apply(need: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> bool:
    timed = any(one["measure"] == "update-frequency" for one in results)
    return need["measure"] in _OF_TIME and not timed


def _power(subject: Subject, rules: RuleSet) -> Iterator[dict[str, Any]]:
    """Detection power on a stretch of the very data: the middle rows, by the number of trials that the rules ask for."""
    rows, trials = rules.power["rows"], rules.power["trials"]
    if not rows or not trials or len(subject.frame) < 50:
        return
    here = _stretch(subject, rows)
    asked = {need["measure"] for need in rules.values["need"]}
    for member in measures():
        if member.key not in asked:
            continue
        for one in power_here(member(), here, trials):
            low, high = one.interval
            yield {
                "measure": one.key, "defect": one.defect, "magnitude": one.magnitude, "found": one.found, "trials": one.trials,
                "low": float(f"{low:.4g}"), "high": float(f"{high:.4g}"),
            }  # fmt: skip


def _stretch(subject: Subject, rows: int) -> Subject:
    """At most so many consecutive rows from the middle of the longest file."""
    ends = subject.ends
    longest = max(range(len(ends)), key=lambda at: subject.segments[at])
    first, size = int(ends[longest]) - subject.segments[longest], subject.segments[longest]
    start = first + max(0, (size - rows) // 2)
    frame = subject.frame.slice(start, min(rows, size))
    return Subject(frame, (len(frame),), subject.target, (), subject.units, subject.content)
