"""The actions as a recipe of `science/prepare`, as far as they are steps; what is none is said."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dure.plant.studio.journal import Action, Actions
from dure.plant.studio.settling import SLOW, Written, renamed, time_of
from dure.plant.studio.typed import value_for
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


def recipe_text(
    actions: Actions,
    source: "pl.DataFrame",
    title: str,
    fingerprint: str,
    final: "pl.DataFrame | None" = None,
) -> str:
    """The recipe file: TOML that `dure prepare --recipe` runs on the source, and as comments what has no step form.

    `final` is the table after the actions; with it the filters in force and the hidden columns become steps too.
    """
    from dure.science.prepare import Recipe

    steps, left = _Making(source).made(actions, final)
    head = [f"# Sheet “{_line(title)}”, made on a table with SHA-256 {fingerprint[:16]}…"]
    head += ["# Not in this recipe, for it has no step form:"] if left else []
    head += [f"#   {_line(one)}" for one in left]
    return "\n".join(head) + "\n" + Recipe(tuple(steps)).to_toml()


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))[:200]


class _Making:
    """The recipe as it grows, in the order in which the sheet reckons."""

    def __init__(self, source: "pl.DataFrame") -> None:
        self.steps: list[Step] = []
        self.left: list[str] = []
        self.pending: dict[str, Written] = {}
        self.there = list(source.columns)
        self.time = time_of(source)
        self.gone: list[int] | None = []
        """Ids of rows left out so far; None when ids are no longer the numbers of rows."""

    def made(self, actions: Actions, final: "pl.DataFrame | None") -> "tuple[list[Step], list[str]]":
        """Steps, and the words of what is none."""
        for action in actions:
            if action.on:
                self._one(action, _DOES.get(action.kind))
        self._close()
        if final is not None:
            self._shown(actions, final)
        return self.steps, self.left

    def _one(self, action: Action, does: "Callable[[_Making, Action], bool] | None") -> None:
        if action.kind in _AT_THE_END or (does is not None and does(self, action)):
            return
        if action.kind in ("insert_rows", "group") or action.settings.get("added"):
            self.gone = None
        self.left.append(str(words_of(action)))

    def formula(self, action: Action) -> bool:
        """A column to be written, once it is known what it needs."""
        facts = action.settings
        text = str(facts.get("reckoned") or facts["text"])
        self.pending[str(facts["column"])] = Written(text, text, str(facts.get("unit") or ""), action.n)
        return True

    def step(self, action: Action) -> bool:
        """A step takes the columns as they stand."""
        self._close()
        step = step_of(str(action.settings["step"]), action.settings.get("settings") or {})
        self.steps.append(step)
        kept = step.names(self.there)
        self.there = list(kept)
        if self.time:
            self.time = next((new for new, old in kept.items() if old == self.time), None)
        self.gone = self.gone if step.keeps_rows else []
        return True

    def rename(self, action: Action) -> bool:
        """A new name, in the formulas that wait too."""
        old, new = str(action.settings["column"]), str(action.settings["to"])
        if old in self.there:
            self.steps.append(step_of("table.rename_columns", {"columns": [old], "to": [new]}))
            self.there = [new if name == old else name for name in self.there]
            self.time = new if self.time == old else self.time
        renamed_all = {}
        for name, one in self.pending.items():
            text = renamed(one.text, old, new)
            renamed_all[new if name == old else name] = Written(text, text, one.unit, one.n)
        self.pending = renamed_all
        return True

    def drop(self, action: Action) -> bool:
        """Columns that no formula waits for are dropped at once; a formula's own column is never made."""
        names = [str(one) for one in action.settings["columns"]]
        for name in names:
            self.pending.pop(name, None)
        if {column for one in self.pending.values() for column in _columns(one.text)} & set(names):
            self._close()
        own = [name for name in names if name in self.there]
        if own:
            self.steps.append(step_of("table.drop_columns", {"columns": own}))
            self.there = [name for name in self.there if name not in own]
        return True

    def delete(self, action: Action) -> bool:
        """Rows by their number at that time; False where nobody knows it."""
        if self.gone is None:
            return False
        ids = [int(one) for one in action.settings["rows"] if int(one) not in set(self.gone)]
        rows = [one - sum(other < one for other in self.gone) + 1 for one in ids]
        if rows:
            self.steps.append(step_of("table.drop_rows", {"rows": rows}))
        self.gone = sorted({*self.gone, *ids})
        return True

    def _close(self) -> None:
        _close(self.steps, self.left, self.pending, self.time)
        self.there += [name for name in self.pending if name not in self.there]
        self.pending = {}

    def _shown(self, actions: Actions, final: "pl.DataFrame") -> None:
        """What is shown: the filters in force, then without the hidden columns."""
        in_force = [one for one in actions if one.on and one.kind in ("filter", "hide")]
        for one in in_force:
            name = str(one.settings.get("column") or "")
            if one.kind == "filter" and name in final.columns:
                self.steps.append(_kept(one.settings, final.schema[name]))
        hidden = [str(name) for one in in_force if one.kind == "hide" for name in one.settings["columns"]]
        if own := [name for name in dict.fromkeys(hidden) if name in final.columns]:
            self.steps.append(step_of("table.drop_columns", {"columns": own}))


_AT_THE_END = frozenset({"filter", "hide"})
_DOES: "dict[str, Callable[[_Making, Action], bool]]" = {
    "formula": _Making.formula, "step": _Making.step, "rename": _Making.rename, "drop": _Making.drop, "delete_rows": _Making.delete,
}  # fmt: skip


def _kept(facts: Mapping[str, Any], dtype: "pl.DataType") -> "Step":
    """A filter as a step, its values as texts that mean the same to the bit."""
    name, how, value = str(facts["column"]), str(facts["op"]), facts.get("value")
    given = list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]
    plain = how in ("contains", "not contains", "begins", "ends")
    said = [str(one) if plain else _as_word(one, dtype, name) for one in given]
    if how in ("empty", "not empty"):
        said = []
    return step_of("table.keep_rows", {"column": name, "how": how, "values": said})


def _as_word(value: Any, dtype: "pl.DataType", name: str) -> str:
    found = value_for(value, dtype, name)
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, (int, float)):
        return repr(float(found))
    return str(found.isoformat()) if hasattr(found, "isoformat") else str(found)


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
    return action.kind not in {*_DOES, *_AT_THE_END}
