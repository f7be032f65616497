"""Answers of the learning commands as a person reads them."""

from collections.abc import Iterable, Mapping
from typing import Any

from dure.science.learn.judging.measures import measure_name, measured
from dure.science.learn.serving.states import state_label
from dure.science.paper import figure, percent
from dure.vocabulary import Text

Facts = Mapping[str, Any]

_NULL = Text("no model", "모델 없이")
_MODEL = Text("model", "모델")
_SECONDS = Text(
    "{rows} rows, {columns} columns, {family}; {seconds} s", "{rows}행, {columns}열, {family}, {seconds}초"
)
_WRITTEN = Text("Package: {model}", "패키지: {model}")
_REPORT = Text(
    "Report with pictures: dure report {model} -o report.html",
    "그림이 든 보고서: dure report {model} -o report.html",
)
_MORE = Text("… and {count} more", "… 외 {count}개")
#: Lines of a kind that are shown; the card has them all.
MOST = 4


def trained(facts: Facts) -> Any:
    """What was learnt, how it was judged, and its worth beside that of no model."""
    from rich.console import Group

    learnt = _SECONDS.format(
        rows=figure(facts["rows"]),
        columns=figure(facts["columns"]),
        family=facts["family"],
        seconds=figure(facts["seconds"]),
    )
    lines = [f"[bold]{_safe(one)}[/]" for one in facts["words"][:1]] + [
        _safe(one) for one in facts["words"][1:]
    ]
    lines += [_safe(facts["validation"]["words"]), f"[dim]{_safe(learnt)}[/]"]
    if engine := facts.get("engine"):
        lines.append(_safe(str(Text(**engine["words"]))))
    lines += _few([_safe(note) for note in facts["notes"]])
    lines += _few(_columns(Text("Look at", "확인할 열"), facts["to_look_at"]))
    lines += _few(_columns(Text("Left out", "제외한 열"), facts["left_out"]))
    ends = [_safe(words.format(model=facts["model"])) for words in (_WRITTEN, _REPORT)]
    return Group(*lines, _beside(facts), *ends)


def evaluated(facts: Facts) -> Any:
    """A model's worth on a table beside that of no model."""
    from rich.console import Group

    counted = Text("{rows} rows scored. ", "{rows}행을 평가했습니다. ").format(rows=figure(facts["rows"]))
    lines = [_safe(counted + facts["words"])]
    if facts["learnt_from"]:
        warn = Text(
            "The model learnt from {names}: on these it looks better than it is.",
            "모델이 {names}에서 학습했으므로 실제보다 좋게 보입니다.",
        )
        lines.append(f"[yellow]{_safe(warn.format(names=', '.join(facts['learnt_from'][:3])))}[/]")
    return Group(*lines, _beside(facts), *_by_state(facts), *_flagged(facts["flags"]))


def _by_state(facts: Facts) -> list[str]:
    """What a detector promised in each operating state, and what was measured."""
    promise = {one["state"]: one for one in facts.get("promise", ()) if not one.get("silent")}
    silent = Text(
        "{state}: never learnt, so nothing is said of it", "{state}: 학습하지 않은 상태라 판정하지 않습니다"
    )
    met = Text(
        "{state}: {found} alarms {per}, promised {low} to {high}",
        "{state}: {per} 알람 {found}건, 약속 {low}~{high}건",
    )
    lines = []
    for one in facts.get("measured", ()):
        promised = promise.get(one["state"])
        if not one["state"] or (promised is None and not one.get("silent")):
            continue
        state = str(state_label(one["state"]))
        if promised is None:
            lines.append(_safe(silent.format(state=state)))
            continue
        shift = "alarms_per_shift" in one
        found = one["alarms_per_shift" if shift else "alarms_per_1000_rows"]
        per = Text("a shift", "근무조당") if shift else Text("in a thousand rows", "1,000행당")
        bounds = {name: figure(promised[name]) for name in ("low", "high")}
        lines.append(_safe(met.format(state=state, found=figure(found), per=str(per), **bounds)))
    return lines


def recomputed(facts: Facts) -> Any:
    """That a card's figures hold, what they say, and where the report is."""
    from rich.console import Group

    lines = [_safe(one) for one in facts["words"]]
    if facts["out"]:
        lines.append(_safe(Text("Report: {out}", "보고서: {out}").format(**facts)))
    return Group(*lines, _beside(facts))


def predicted(facts: Facts) -> Any:
    """Where the predictions are, and what to look at."""
    from rich.console import Group

    words = Text("{rows} rows written to {out}", "{rows}행을 {out}에 저장했습니다")
    said = words.format(rows=figure(facts["rows"]), out=facts["out"])
    return Group(
        _safe(said), *_mended(facts["mended"]), *_flagged(facts["flags"]), *_why(facts.get("why", ()))
    )


def _why(told: Iterable[Facts]) -> list[str]:
    """Why the first rows are not as wanted; the file has them all."""
    says = Text("Row {row}: {reasons}. {instead}", "{row}행: {reasons}. {instead}")
    lines = []
    for one in told:
        found = one["instead"]
        there = str(Text(found["en"], found["ko"])) if found else ""
        lines.append(
            _safe(says.format(row=one["row"] + 1, reasons=str(Text(**one["reasons"])), instead=there))
        )
    return _few(lines)


def _beside(facts: Facts) -> Any:
    """Every measure beside the best that needs no model."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column(str(_MODEL), justify="right", style="bold")
    table.add_column(str(_NULL), justify="right", style="dim")
    unit, beside = str(facts.get("unit") or ""), facts.get("null") or {}
    for name, value in (facts.get("metric") or {}).items():
        null = measured(name, beside[name], unit) if name in beside else ""
        table.add_row(measure_name(name), measured(name, value, unit), null)
    return table


def _few(lines: list[str]) -> list[str]:
    """The first lines of a kind, and how many more there are."""
    left = len(lines) - MOST
    return lines if left <= 0 else [*lines[:MOST], f"[dim]{_MORE.format(count=left)}[/]"]


def _columns(head: Text, found: Iterable[Facts]) -> list[str]:
    return [f"[dim]{head}: {_safe(one['column'])} ({_safe(one['why'])})[/]" for one in found]


_LOOKS = Text("It looks like {unit}.", "{unit} 값으로 보입니다.")


def _flagged(flags: Iterable[Facts]) -> list[str]:
    says = Text(
        "Outside the range learnt from: {column} in {share} of rows (known: {low} to {high}).",
        "학습 범위를 벗어남: {column}, 행의 {share} (학습 범위 {low}~{high}).",
    )
    found = [
        says.format(
            column=flag["column"],
            share=percent(flag["share"]),
            low=figure(flag["low"]),
            high=figure(flag["high"]),
        )
        + (f" {_LOOKS.format(unit=flag['looks_like'])}" if "looks_like" in flag else "")
        for flag in list(flags)[:5]
    ]
    return [f"[yellow]{_safe(one)}[/]" for one in found]


def _mended(found: Iterable[Facts]) -> list[str]:
    """Columns that were taken for an input though their names differ a little."""
    says = Text("“{was}” is taken for {column}.", "“{was}” 열을 {column}(으)로 보았습니다.")
    return [f"[dim]{_safe(says.format(**one))}[/]" for one in list(found)[:5]]


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)
