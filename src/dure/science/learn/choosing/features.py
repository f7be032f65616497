"""From columns to what a model sees: which are learnt from, and the recipe that prepares them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.learn.choosing.columns import Aside, Columns, choose
from dure.science.learn.choosing.given import Given
from dure.science.learn.choosing.view import View
from dure.science.learn.refusals import NothingToLearnFrom
from dure.science.learn.tasks import asked_of, inputs_of
from dure.science.prepare import Recipe, propose
from dure.science.quality import unit_in
from dure.vocabulary import Permit, Text

if TYPE_CHECKING:
    import polars as pl

DAY = 86_400.0  # [s]

_ORDERS = Text("it tells when, and orders the rows", "시각을 나타내며 행의 순서에만 쓰입니다")
_GROUPS = Text("it names the group that is held back", "검증할 때 나누는 그룹 이름입니다")
_NORMAL = Text("it says which rows are normal", "정상 여부를 나타내는 열입니다")
_STATES = Text("it names the operating state", "운전 상태를 나타내는 열입니다")
_INSPECTED = Text("it says which rows were inspected", "검사 여부를 나타내는 열입니다")
_BESIDE = Text("it was reckoned to judge the model by", "모델을 평가하려고 계산한 열입니다")
_ASKED = Text("you left it out", "직접 제외했습니다")
_OF_FILE = Text("it is of the file and not of the part", "부품이 아니라 파일에 관한 값입니다")
_NO_USE = Text("it holds nothing to learn from", "학습에 쓸 내용이 없습니다")


def columns_of(rows: Given, target: str | None) -> Columns:
    """The columns of the table that a model may learn from; `target` is None for a detector."""
    asides = list(_asides(rows, target))
    inputs = inputs_of(rows.request, rows.frame)
    found = choose(
        rows.frame.drop(inputs), target=target, asides=[one for one in asides if one.column not in inputs], segments=rows.segments
    )  # fmt: skip
    return replace(found, features=(*inputs, *found.features))


def _asides(rows: Given, target: str | None) -> Iterator[Aside]:
    """Columns that have another office: ignored, the clock, the label, the group; each once."""
    request = rows.request
    of_file = request.found.get("of_file") or ()
    offices = [(name, "ignored", _OF_FILE if name in of_file else _ASKED) for name in request.ignore]
    if rows.clock in rows.frame.columns:
        offices.append((rows.clock, "time", _ORDERS))
    if target is None:
        normal = (request.normal or "").partition("=")[0].strip()
        offices += [(name, "label", _NORMAL) for name in (request.target, normal) if name]
        if request.state:
            offices.append((request.state, "state", _STATES))
    if request.inspected:
        offices.append((request.inspected.partition("=")[0].strip(), "inspected", _INSPECTED))
    if request.group:
        offices.append((request.group, "group", _GROUPS))
    offices += [(name, "beside", _BESIDE) for name in beside_columns(request.found)]
    known = {target}
    for name, key, why in offices:
        if name not in known and name in rows.frame.columns:
            known.add(name)
            yield Aside(name, key, why)


def beside_columns(found: Mapping[str, Any]) -> list[str]:
    """Columns that the asked task reckoned for judging and teaching, which no model may see."""
    weight = found.get("weight")
    return [*(found.get("beside") or {}).values(), *([weight] if weight else [])]


def without_group(chosen: Columns, group: str) -> Columns:
    """The columns without the one that names the groups: a new group's name would mean nothing to the model."""
    if group not in chosen.features:
        return chosen
    features = tuple(name for name in chosen.features if name != group)
    return Columns(features, (*chosen.left_out, Aside(group, "group", _GROUPS)), chosen.to_look_at)


def views_for(rows: Given, chosen: Columns) -> tuple[tuple[View, ...], Columns]:
    """The plain view first, then those that a pack, an equipment template or the calendar add; and the columns that are used.

    Raises
    ------
    NothingToLearnFrom
        If no column is left.
    """
    recipe, chosen = recipe_for(rows, chosen, pack=False)
    plain = View("plain", chosen.features, recipe, Text("the rows as they are", "행 그대로"))
    views = [plain, *_by_pack(rows, chosen), *_by_equipment(rows, plain), *_by_calendar(rows, plain)]
    return tuple(views), chosen


def _by_pack(rows: Given, chosen: Columns) -> Iterator[View]:
    """The view with the quantities of the solution pack that was asked for."""
    if rows.request.pack is None:
        return
    from dure.science import packs

    name = packs.load(rows.request.pack).name
    told, made = _of_pack_in_words(rows, chosen), _of_pack(rows, chosen)
    if told.steps or made.steps:
        recipe, wide = recipe_for(rows, chosen)
        label = Text(f"with {name.en}", f"{name.ko} 특징 포함")
        yield View("pack", wide.features, recipe, label, (*_named(told, "pack"), *_named(made, "pack")))


def _by_equipment(rows: Given, plain: View) -> Iterator[View]:
    """The view with the quantities of the equipment template that was asked for."""
    if rows.request.equipment is None:
        return
    from dure.science import packs

    template = packs.load_template(rows.request.equipment)
    numbers = [name for name in plain.columns if rows.frame.schema[name].is_numeric()]
    units = _units(rows, numbers)
    steps = [dict(one) for one in template.features_for(numbers, units)]
    if steps:
        label = Text(f"with {template.name.en}", f"{template.name.ko} 특징 포함")
        yield replace(
            plain.with_steps("equipment", label, steps),
            used=(*plain.used, *(_told(one, rows.request.equipment) for one in steps)),
        )


def _by_calendar(rows: Given, plain: View) -> Iterator[View]:
    """The view with the time of day (and the weekday), where the clock spans enough of them."""
    at = rows.frame.schema.get(rows.clock)
    if rows.clock in plain.columns:
        return
    if at is None or rows.seconds is None or not (at.is_temporal() and "date" in str(at).lower()):
        return
    span, step = np.nanmax(rows.seconds) - np.nanmin(rows.seconds), rows.period
    parts = [
        part
        for part, period, most in (("minute of day", DAY, DAY / 8), ("weekday", 7 * DAY, DAY), ("month", 365 * DAY, 31 * DAY))
        if span >= 3 * period and step <= most
    ]  # fmt: skip
    if parts:
        found = plain.with_steps(
            "calendar",
            Text("with the calendar", "달력 포함"),
            [{"step": "table.calendar_features", "column": rows.clock, "parts": parts}],
        )
        yield replace(found, columns=(*plain.columns, rows.clock))


def _named(recipe: Recipe, origin: str) -> tuple[dict[str, str], ...]:
    """What the steps of a pack reckon, by name."""
    return tuple(
        {"from": origin, "name": name, "label": one.label.en, "label_ko": one.label.ko, "unit": one.unit}
        for step in recipe.steps
        for name, one in step.quantities().items()
    )


def _told(step: Mapping[str, object], origin: str) -> dict[str, str]:
    """A template's step as the card tells it: what it makes, by both names, in which unit, by which formula."""
    names = {"name": "column", "label": "title", "label_ko": "title_ko", "unit": "unit", "formula": "formula"}
    return {"from": origin, **{told: str(step[name]) for told, name in names.items()}}


def recipe_for(rows: Given, chosen: Columns, *, pack: bool = True) -> tuple[Recipe, Columns]:
    """The proposed preparation, the pack's own features behind it, and the columns less those that it drops.

    Missing values are left missing: each family says for itself what it makes of them.

    Raises
    ------
    NothingToLearnFrom
        If no column is left.
    """
    _require_some(rows, chosen)
    inputs = inputs_of(rows.request, rows.frame)
    table = rows.frame.select(chosen.features).drop(inputs)
    proposed = propose(table, missing="leave") if table.width else Recipe()
    made = {*inputs, *(_made(proposed, table).values() if table.width else ())}
    gone = [Aside(name, "recipe", _NO_USE) for name in chosen.features if name not in made]
    if gone:
        features = tuple(name for name in chosen.features if name in made)
        chosen = Columns(features, (*chosen.left_out, *gone), chosen.to_look_at)
        _require_some(rows, chosen)
        rest = [name for name in features if name not in inputs]
        proposed = propose(rows.frame.select(rest), missing="leave") if rest else Recipe()
    asked = asked_of(rows.request)
    first = asked.steps(rows.request, _without_asides(rows, chosen)) if asked else ()
    if not pack:
        return Recipe((*first, *proposed.steps), proposed.aside), chosen
    told = _of_pack_in_words(rows, chosen)
    texts = [name for name in _free_texts(chosen) if any(name in step.reads() for step in told.steps)]
    dropped = _recipe([{"step": "table.drop_columns", "columns": texts}] if texts else [])
    steps = (*first, *told.steps, *dropped.steps, *proposed.steps, *_of_pack(rows, chosen).steps)
    return Recipe(steps, proposed.aside), _with(chosen, texts)


def _free_texts(chosen: Columns) -> list[str]:
    """Columns that no family can see for they hold free text, but a pack may read."""
    return [one.column for one in chosen.left_out if one.key == "free-text"]


def _with(chosen: Columns, texts: Sequence[str]) -> Columns:
    """The columns with texts that a pack reads, which no family sees as they are."""
    left = tuple(one for one in chosen.left_out if one.column not in texts)
    return Columns((*chosen.features, *texts), left, chosen.to_look_at) if texts else chosen


def _without_asides(rows: Given, chosen: Columns) -> "pl.DataFrame":
    """The table without the columns that no model sees; the target and the named group stay."""
    stays = {rows.request.target, rows.request.group}
    return rows.frame.drop([one.column for one in chosen.left_out if one.column not in stays], strict=False)


def _of_pack(rows: Given, chosen: Columns) -> Recipe:
    """The feature steps of the solution pack that was asked for, over the columns that are numbers."""
    if rows.request.pack is None:
        return Recipe()
    from dure.science import packs

    names = [name for name in chosen.features if rows.frame.schema[name].is_numeric()]
    steps = packs.load(rows.request.pack).features_for(names, _units(rows, names))
    return _recipe(steps)


def _of_pack_in_words(rows: Given, chosen: Columns) -> Recipe:
    """What the pack reckons of columns of words, such as a report: made before the words become codes."""
    if rows.request.pack is None:
        return Recipe()
    from dure.science import packs
    from dure.science.formula import FUNCTIONS, FormulaWrong, parse, schema_of

    there = (*chosen.features, *_free_texts(chosen))
    names = [name for name in there if str(rows.frame.schema[name]) == "String"]
    kinds, made = schema_of(rows.frame.select(names)), []
    for step in packs.load(rows.request.pack).features_for(names) if names else ():
        try:
            parse(str(step["formula"])).checked(kinds, FUNCTIONS)
        except (KeyError, FormulaWrong):
            continue  # a formula of numbers finds words here: as where the column is absent
        made.append(step)
    return _recipe(made)


def _recipe(steps: Iterable[Mapping[str, Any]]) -> Recipe:
    return Recipe.from_dict({"version": 1, "steps": [dict(one) for one in steps]})


def _units(rows: Given, columns: Iterable[str]) -> dict[str, str]:
    """Unit of each column where a person confirmed it, or its name says it."""
    found = {name: rows.request.units.get(name) or unit_in(name) for name in columns}
    return {name: unit for name, unit in found.items() if unit}


def _require_some(rows: Given, chosen: Columns) -> None:
    if chosen.features:
        return
    first = chosen.left_out[:3]
    raise NothingToLearnFrom(
        rows.where,
        why=Text(
            "; ".join(f"{one.column}: {one.why.en}" for one in first) or "it has the target only",
            "; ".join(f"{one.column}: {one.why.ko}" for one in first) or "목표 열뿐입니다",
        ),
    )


def _made(recipe: Recipe, table: "pl.DataFrame") -> dict[str, str]:
    """Columns that come out of a recipe, each with the input column it is made from."""
    return recipe.fit(table, Permit.own(["columns"])).origins


def windowed(recipe: Recipe, table: "pl.DataFrame", window: int) -> Recipe:
    """The recipe, then mean and spread of each column over the last `window` rows, in place of the column."""
    if window < 2:
        return recipe
    step = {
        "step": "series.window_statistics",
        "columns": list(_made(recipe, table)),
        "rows": window,
        "statistics": ["mean", "std"],
        "keep": False,
    }
    return Recipe((*recipe.steps, *Recipe.from_dict({"version": 1, "steps": [step]}).steps), recipe.aside)
