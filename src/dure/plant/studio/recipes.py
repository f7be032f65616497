"""The actions as a recipe of `science/prepare`, as far as they are steps; what is none is said."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dure.plant.studio.journal import Action, Actions
from dure.plant.studio.settling import SLOW, Written, renamed, time_of
from dure.plant.studio.words import words_of
from dure.science.formula import FUNCTIONS, in_order, parse
from dure.vocabulary import DureError, RecipeProblem, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare import Step


class StepWrong(RecipeProblem):
    """A step's settings do not fit its form."""

    key = "sheet-step"
    says = Text("Step {where} has no setting {field}.", "{where} 단계에 {field} 항목이 없습니다.")
    remedy = Text("See the steps reference.", "단계 설명서를 확인해 주세요.")


def step_of(name: str, settings: Mapping[str, Any]) -> "Step":
    """The step of that name with these settings.

    Raises
    ------
    RecipeProblem
    """
    from dure.science.prepare import form, step_named

    member = step_named(name)
    known = {one.name for one in form(member)}
    for one in settings:
        if one not in known:
            raise StepWrong(name, field=str(one)[:60])
    try:
        return member(**settings)
    except TypeError as lacking:
        raise StepWrong(name, field=str(lacking)[:120]) from lacking


def recipe_text(actions: Actions, source: "pl.DataFrame", title: str, fingerprint: str) -> str:
    """The recipe file: TOML that `dure prepare --recipe` runs on the source, and as comments what has no step form."""
    from dure.science.prepare import Recipe

    steps, left = _steps(actions, source)
    head = [f"# Sheet “{_line(title)}”, made on a table with SHA-256 {fingerprint[:16]}…"]
    head += ["# Not in this recipe, for it has no step form:"] if left else []
    head += [f"#   {_line(one)}" for one in left]
    return "\n".join(head) + "\n" + Recipe(tuple(steps)).to_toml()


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))[:200]


def _steps(actions: Actions, source: "pl.DataFrame") -> tuple[list["Step"], list[str]]:
    """Steps in the order in which the sheet reckons them, and the words of what is left out."""
    steps: list[Step] = []
    left: list[str] = []
    pending: dict[str, Written] = {}
    names: dict[str, str] = {}
    time = time_of(source)
    for action in actions:
        if not action.on:
            continue
        facts = action.settings
        if action.kind == "formula":
            text = str(facts.get("reckoned") or facts["text"])
            pending[str(facts["column"])] = Written(text, text, str(facts.get("unit") or ""), action.n)
        elif action.kind == "step":
            _close(steps, left, pending, time)
            pending = {}
            steps.append(step_of(str(facts["step"]), facts.get("settings") or {}))
        elif action.kind == "drop":
            _drop(steps, left, pending, [str(one) for one in facts["columns"]], time)
        elif action.kind == "rename":
            _rename(names, pending, facts)
            left.append(str(words_of(action)))
        else:
            left.append(str(words_of(action)))
    _close(steps, left, pending, time)
    return [_under_first_names(one, names) for one in steps], left


def _rename(names: dict[str, str], pending: dict[str, Written], facts: Mapping[str, Any]) -> None:
    """A recipe knows the names of its source: later words are read back to them."""
    old, new = str(facts["column"]), str(facts["to"])
    names[new] = names.pop(old, old)
    for name in list(pending):
        one = pending.pop(name)
        text = renamed(one.text, old, new)
        pending[new if name == old else name] = Written(text, text, one.unit, one.n)


def _under_first_names(step: "Step", names: Mapping[str, str]) -> "Step":
    from dataclasses import replace

    from dure.science.prepare import form

    changed: dict[str, Any] = {}
    for one in form(type(step)):
        value = getattr(step, one.name)
        if one.kind == "formula":
            for new, old in names.items():
                value = renamed(value, new, old)
        elif one.kind == "column" or (one.kind == "word" and one.name == "column"):
            value = names.get(value, value)
        elif one.kind == "columns":
            value = tuple(names.get(name, name) for name in value)
        if value != getattr(step, one.name):
            changed[one.name] = value
    return replace(step, **changed) if changed else step


def _drop(
    steps: list["Step"], left: list[str], pending: dict[str, Written], names: Sequence[str], time: str | None
) -> None:
    """Columns that no formula waits for are dropped at once; a formula's own column is never made."""
    for name in names:
        pending.pop(name, None)
    used = {column for one in pending.values() for column in _columns(one.text)}
    if used & set(names):
        _close(steps, left, pending, time)
        pending.clear()
    own = [name for name in names if name not in pending]
    if own:
        steps.append(step_of("table.drop_columns", {"columns": own}))


def _columns(text: str) -> tuple[str, ...]:
    try:
        return parse(text).columns
    except DureError:
        return ()


def _close(steps: list["Step"], left: list[str], pending: Mapping[str, Written], time: str | None) -> None:
    """The formulas so far, each after those that it needs; those that need a model, or are wrong, are said."""
    good = {}
    for name, one in pending.items():
        try:
            good[name] = parse(one.text, FUNCTIONS)
        except DureError:
            left.append(f"{name} {one.text}{_why(one.text)}")
    lost = set(pending) - set(good)
    while more := {name for name, one in good.items() if lost & set(one.columns)}:
        left.extend(f"{name} {pending[name].text}" for name in more)
        lost |= more
        good = {name: one for name, one in good.items() if name not in more}
    try:
        order = [name for level in in_order(good) for name in level]
    except DureError as circle:
        left.append(str(circle))
        return
    for name in order:
        facts: dict[str, Any] = {"column": name, "formula": pending[name].text}
        if good[name].durations and time:
            facts |= {"time": time, "rows": 100_000}
        steps.append(step_of("table.formula", facts))


def _why(text: str) -> str:
    used = [name for name in sorted(SLOW) if f"{name}(" in text.upper().replace(" ", "")]
    return f" ({', '.join(used)})" if used else ""


def without_step_form(action: Action) -> bool:
    """Whether an action is left out of a recipe."""
    return action.kind not in {"formula", "step", "drop"}
