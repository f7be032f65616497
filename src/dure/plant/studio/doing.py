"""What a person asks for, as the event that is written down: checked, bounded, and everything relative made plain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dure.plant.studio.filling import series
from dure.plant.studio.folding import column_absent
from dure.plant.studio.functions import Models, pinned
from dure.plant.studio.grid import Grid
from dure.plant.studio.journal import Event, History
from dure.plant.studio.looking import OPS, View, condition, figure
from dure.plant.studio.pasting import block
from dure.plant.studio.refusals import ActionWrong, ColumnMade, SheetMovedOn, SourceGrows, TooLarge
from dure.plant.studio.settling import plain_text
from dure.plant.studio.typed import column_of, kind_of, value_for
from dure.plant.studio.words import row_words
from dure.vocabulary import Action, Permit, Text, ucum

MOST_CELLS = 10_000
MOST_FILLED = 2_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 1_000
LONGEST_NAME = 200
DATA_KINDS = frozenset(
    {
        "edit",
        "paste",
        "fill",
        "formula",
        "rename",
        "unit",
        "drop",
        "step",
        "insert_rows",
        "delete_rows",
        "group",
    }
)
TYPED = frozenset({"edit", "paste", "fill", "insert_rows", "delete_rows"})
KINDS = (*sorted(DATA_KINDS), "filter", "hide", "restore", "sort")
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What surrounds an action: the table and what is shown of it, the history, models, and what may be done."""

    grid: Grid
    view: View
    history: History
    models: Models
    permit: Permit
    live: bool
    name: str
    events: Sequence[Event]


def event_of(body: Body, asked: Asked) -> Event:
    """The event that carries out `body`.

    Raises
    ------
    DureError
        A leaf of it, in one sentence.
    """
    kind = str(body.get("kind") or "")
    if kind not in KINDS:
        raise ActionWrong(
            kind[:40] or "kind",
            why=Text(f"the kinds are {', '.join(KINDS)}", f"쓸 수 있는 작업은 {', '.join(KINDS)}입니다"),
        )
    if kind in DATA_KINDS:
        asked.permit.require(Action.PREPARE)
    if asked.live and kind in TYPED:
        raise SourceGrows(asked.name)
    try:
        return _EVENTS[kind](body, asked)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as odd:
        raise ActionWrong(
            kind,
            why=Text(
                f"it is not formed as the reference says ({type(odd).__name__} {str(odd)[:60]})",
                f"참고 문서의 형식과 다릅니다({type(odd).__name__} {str(odd)[:60]})",
            ),
        ) from odd


def _act(kind: str, settings: Mapping[str, Any]) -> Event:
    return {"do": "act", "kind": kind, "settings": dict(settings)}


def _name(value: Any) -> str:
    name = " ".join(str(value).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ActionWrong(
            name[:40] or "column",
            why=Text(f"a name has 1 to {LONGEST_NAME} characters", f"이름은 1~{LONGEST_NAME}자입니다"),
        )
    return name


def _known(asked: Asked, value: Any) -> str:
    if str(value) not in asked.grid.columns:
        raise column_absent(str(value)[:80])
    return str(value)


def _room(asked: Asked, more: int) -> None:
    if len(asked.grid.columns) + more > MOST_COLUMNS:
        raise TooLarge(asked.name, count=len(asked.grid.columns) + more, most=MOST_COLUMNS)


# Cells -----------------------------------------------------------------------------------------------------------------
def _edit(body: Body, asked: Asked) -> Event:
    cells = [[int(row), _name(column), value] for row, column, value in body["cells"]]
    if not cells or len(cells) > MOST_CELLS:
        raise TooLarge("edit", count=len(cells), most=MOST_CELLS)
    _room(asked, len({one[1] for one in cells} - set(asked.grid.columns)))
    for _row, column, value in cells:
        _writable(asked, column, value)
    return _act(
        "edit", {"cells": cells, **(_seen(asked, cells[0][0], cells[0][1]) if len(cells) == 1 else {})}
    )


_MARKING = 8
"""Columns among which one is looked for whose value names a row."""


def _seen(asked: Asked, row: int, but: str = "") -> dict[str, Any]:
    """How the person knows a row: its number in what is shown, and a short value that no other row has."""
    import numpy as np

    at = int(asked.grid.places_of([row])[0])
    if at < 0:
        return {}
    shown = at
    if asked.view.places is not None:
        found = np.flatnonzero(asked.view.places == at)
        shown = int(found[0]) if len(found) else at
    by = next(_marks(asked, at, but), None)
    return {"seen": {"row": shown + 1, **({"by": by} if by else {})}}


def _marks(asked: Asked, at: int, but: str) -> Iterator[list[str]]:
    """Columns of names, numbers of parts and times with what stands in the row, where only it has that."""
    for name in asked.view.columns[:_MARKING]:
        column = asked.grid.frame.get_column(name)
        if name == but or name in asked.grid.formulas or column.dtype.is_float() or column.dtype.is_nested():
            continue
        value = column[at]
        if value is not None and int((column == value).sum()) == 1:
            yield [name[:60], str(_as_json(value)).removesuffix(" 00:00:00")[:40]]


def _writable(asked: Asked, column: str, value: Any) -> None:
    if column in asked.grid.formulas:
        raise ColumnMade(column)
    if isinstance(value, (list, dict)):
        raise ActionWrong(column, why=Text("a cell holds one value", "한 칸에는 값 하나만 넣을 수 있습니다"))
    if column in asked.grid.columns:
        dtype = asked.grid.frame.schema[column]
        if str(dtype) != "Null":
            value_for(value, dtype, column)


def _paste(body: Body, asked: Asked) -> Event:
    rows = block(str(body["text"]))
    if not rows:
        raise ActionWrong("paste", why=Text("nothing is in the clipboard", "붙여 넣을 내용이 없습니다"))
    head = rows.pop(0) if body.get("header") and len(rows) > 1 else []
    columns = _columns_from(asked, body["column"], len(rows[0]), head)
    ids, added = _rows_from(asked, body.get("row"), len(rows))
    values = [_fitted(asked, name, [row[at] for row in rows]) for at, name in enumerate(columns)]
    return _act("paste", {"block": {"rows": ids, "columns": columns, "values": values}, "added": added})


def _columns_from(asked: Asked, first: Any, count: int, head: Sequence[str] = ()) -> list[str]:
    """Shown columns from `first` on; new ones take their names from the block's `head`, else they are numbered.

    Raises
    ------
    ActionWrong, ColumnMade, TooLarge
    """
    shown = asked.view.columns
    start = shown.index(str(first)) if str(first) in shown else len(shown)
    found = shown[start : start + count]
    if start == len(shown) and first and not head:
        found = [_name(first)]
    _room(asked, count - len(found))
    for said in head[len(found) :]:
        if not said.strip():
            break
        found.append(_new_name(asked, said, found))
    number = len(asked.grid.columns) + 1
    while len(found) < count:
        name = f"Column {number}"
        if name not in asked.grid.columns and name not in found:
            found.append(name)
        number += 1
    for name in found:
        if name in asked.grid.formulas:
            raise ColumnMade(name)
    return found


def _new_name(asked: Asked, said: str, taken: Sequence[str]) -> str:
    """A name of a pasted head; numbered where there is one already."""
    name, number = _name(said), 2
    while name in asked.grid.columns or name in taken:
        name, number = f"{_name(said)} ({number})", number + 1
    return name


def _rows_from(asked: Asked, first: Any, count: int) -> tuple[list[int], int]:
    """Ids of the shown rows from `first` on, and how many are added behind the last."""
    place = asked.view.rows if first is None else _shown_place(asked, int(first))
    ids = _ids_shown(asked, place, place + count)
    added = count - len(ids)
    return [*ids, *range(asked.grid.next_id, asked.grid.next_id + added)], added


def _shown_place(asked: Asked, row: int) -> int:
    import numpy as np

    at = int(asked.grid.places_of([row])[0])
    if at >= 0 and asked.view.places is not None:
        found = np.flatnonzero(asked.view.places == at)
        at = int(found[0]) if len(found) else -1
    if at < 0:
        raise ActionWrong(f"{row}", why=Text("there is no such row", "그런 행이 없습니다"))
    return at


def _ids_shown(asked: Asked, first: int, end: int) -> list[int]:
    import numpy as np

    end = min(end, asked.view.rows)
    places = np.arange(first, max(first, end)) if asked.view.places is None else asked.view.places[first:end]
    return [int(one) for one in asked.grid.ids_at(places)]


def _fitted(asked: Asked, name: str, texts: list[str]) -> list[Any]:
    """A column of pasted texts as JSON; texts that its column cannot hold are refused before anything is written."""
    if name in asked.grid.columns and str(asked.grid.frame.schema[name]) != "Null":
        dtype = asked.grid.frame.schema[name]
        if kind_of(dtype) != "text":
            for one in texts:
                value_for(one, dtype, name)
            return [one.strip() for one in texts]
        return texts
    made = column_of(texts, name)
    return texts if kind_of(made.dtype) == "text" else [one.strip() for one in texts]


def _fill(body: Body, asked: Asked) -> Event:
    """As Excel's fill handle: rows below or above from the rows given; to the right by `columns`."""
    from_, to, how = body["from"], body["to"], str(body.get("how") or "auto")
    if how not in ("auto", "copy", "series"):
        raise ActionWrong("fill", why=Text("how is auto, copy or series", "방식은 auto, copy, series입니다"))
    given = [int(one) for one in from_["rows"]]
    columns = [_known(asked, one) for one in from_["columns"]]
    if "columns" in to:
        return _fill_right(asked, given, columns, [_name(one) for one in to["columns"]], how)
    rows = _fill_rows(asked, given, to)
    if len(rows) * len(columns) > MOST_FILLED:
        raise TooLarge("fill", count=len(rows) * len(columns), most=MOST_FILLED)
    first, last = asked.grid.places_of([given[0], rows[0]])
    up = bool(last < first)
    values = [_filled(asked, name, given, rows, how, up=up) for name in columns]
    return _act("fill", {"block": {"rows": rows, "columns": columns, "values": values}})


def _fill_rows(asked: Asked, given: Sequence[int], to: Mapping[str, Any]) -> list[int]:
    """Rows to be filled: those named, or all that are shown below (`end`)."""
    if to.get("end"):
        place = _shown_place(asked, given[-1]) + 1
        rows = _ids_shown(asked, place, asked.view.rows)
    else:
        rows = [int(one) for one in to["rows"] if int(one) not in set(given)]
    if not rows:
        raise ActionWrong("fill", why=Text("there is nothing to be filled", "채울 칸이 없습니다"))
    return rows


def _given(asked: Asked, name: str, rows: Sequence[int]) -> list[Any]:
    import polars as pl

    places = asked.grid.places_of(rows)
    if (places < 0).any():
        raise ActionWrong(name, why=Text("there is no such row", "그런 행이 없습니다"))
    return asked.grid.frame.get_column(name).gather(pl.Series(places)).to_list()


def _filled(  # noqa: PLR0913 - what is filled, from where to where, and how
    asked: Asked, name: str, given: Sequence[int], rows: Sequence[int], how: str, *, up: bool
) -> list[Any]:
    if name in asked.grid.formulas:
        raise ColumnMade(name)
    made = series(_given(asked, name, given), len(rows), how, backwards=up)
    return [_as_json(one) for one in (made[::-1] if up and list(rows) == sorted(rows) else made)]


def _as_json(value: Any) -> Any:
    return (
        value.isoformat(sep=" ")
        if hasattr(value, "hour") and hasattr(value, "year")
        else value.isoformat()
        if hasattr(value, "isoformat")
        else value
    )


def _fill_right(asked: Asked, rows: list[int], columns: list[str], to: list[str], how: str) -> Event:
    """To the right: a formula is copied (its columns are named, so it stays what it is), cells go on."""
    last = columns[-1]
    if last in asked.grid.formulas:
        new = next(iter(to))
        return _formula({"column": new, "text": asked.grid.formulas[last]}, asked)
    _room(asked, len([one for one in to if one not in asked.grid.columns]))
    across = [[_given(asked, name, [row])[0] for name in columns] for row in rows]
    made = [series(one, len(to), how) for one in across]
    values = [[_as_json(row[at]) for row in made] for at in range(len(to))]
    for name, column in zip(to, values, strict=True):
        for one in column:
            _writable(asked, name, one)
    return _act("fill", {"block": {"rows": rows, "columns": to, "values": values}})


# Columns ---------------------------------------------------------------------------------------------------------------
def _formula(body: Body, asked: Asked) -> Event:
    name, text = _name(body["column"]), str(body.get("text") or "").strip()
    own = [
        one
        for one in asked.history.actions
        if one.kind == "formula" and one.settings["column"] == _first_name(asked, name, one.n)
    ]
    if not text:
        if not own:
            raise ActionWrong(name, why=Text("it has no formula", "수식이 없습니다"))
        return {"do": "delete", "n": own[-1].n}
    if name not in asked.grid.columns:
        _room(asked, 1)
    text = plain_text(text)
    unit = ucum(str(body["unit"])) if body.get("unit") else ""
    settings = {
        "column": name,
        "text": text,
        "reckoned": pinned(text, asked.models, [one for one in asked.grid.columns if one != name]),
    }
    settings |= {"unit": unit} if unit else {}
    if own and own[-1].on:
        return (
            {"do": "change", "n": own[-1].n, "settings": {**settings, "column": own[-1].settings["column"]}}
            if own[-1].settings["column"] == name
            else _act("formula", settings)
        )
    return _act("formula", settings)


def _first_name(asked: Asked, name: str, n: int) -> str:
    """What a column was called when action `n` was done."""
    for one in reversed(asked.history.actions):
        if one.n > n and one.kind == "rename" and one.on and one.settings["to"] == name:
            name = str(one.settings["column"])
    return name


def _rename(body: Body, asked: Asked) -> Event:
    old, new = _known(asked, body["column"]), _name(body["to"])
    return _act("rename", {"column": old, "to": new})


def _unit(body: Body, asked: Asked) -> Event:
    name, unit = _known(asked, body["column"]), str(body.get("unit") or "").strip()
    if asked.grid.kind(name) != "number":
        raise ActionWrong(name, why=Text("only numbers have a unit", "숫자 열에만 단위를 붙일 수 있습니다"))
    return _act("unit", {"column": name, "unit": ucum(unit) if unit else ""})


def _drop(body: Body, asked: Asked) -> Event:
    names = body.get("columns") or [body["column"]]
    return _act("drop", {"columns": [_known(asked, one) for one in names]})


def _insert(body: Body, asked: Asked) -> Event:
    count, after = int(body.get("count") or 1), body.get("after")
    if not 1 <= count <= MOST_ROWS:
        raise TooLarge("insert_rows", count=count, most=MOST_ROWS)
    if after is not None and asked.grid.places_of([int(after)])[0] < 0:
        raise ActionWrong(f"{after}", why=Text("there is no such row", "그런 행이 없습니다"))
    return _act("insert_rows", {"after": None if after is None else int(after), "count": count})


def _delete(body: Body, asked: Asked) -> Event:
    rows = sorted({int(one) for one in body["rows"]})
    if not rows or len(rows) > MOST_ROWS:
        raise TooLarge("delete_rows", count=len(rows), most=MOST_ROWS)
    if (asked.grid.places_of(rows) < 0).all():
        raise ActionWrong("delete_rows", why=Text("there is no such row", "그런 행이 없습니다"))
    return _act("delete_rows", {"rows": rows, **(_seen(asked, rows[0]) if len(rows) == 1 else {})})


def _step(body: Body, asked: Asked) -> Event:
    from dure.plant.studio.recipes import step_of

    del asked
    settings = dict(body.get("settings") or {})
    step = step_of(str(body["step"]), settings)
    return _act("step", {"step": step.name(), "settings": settings})


def _group(body: Body, asked: Asked) -> Event:
    by = [_known(asked, one) for one in body.get("by") or []]
    values = [
        {"column": _known(asked, one["column"]), "how": str(one.get("how") or "mean")}
        for one in body.get("values") or []
    ][:50]
    for one in values:
        figure(one["column"], one["how"], asked.grid.frame)
    return _act("group", {"by": by, "values": values})


# What is shown ---------------------------------------------------------------------------------------------------------
def _filter(body: Body, asked: Asked) -> Event:
    column, op = str(body.get("column") or ""), str(body.get("op") or ("clear" if body.get("clear") else ""))
    known = [one for one in asked.history.actions if one.kind == "filter"]
    same = [one for one in known if one.settings["column"] == column]
    if op == "clear":
        gone = same if column else known
        return {"do": "delete", "n": [one.n for one in gone]}
    if op not in OPS:
        raise ActionWrong(
            op[:40] or "filter", why=Text(f"one of {', '.join(OPS)}", f"{', '.join(OPS)} 중 하나여야 합니다")
        )
    settings = {"column": _known(asked, column), "op": op, "value": body.get("value")}
    if isinstance(settings["value"], list) and len(settings["value"]) > MOST_CELLS:
        raise TooLarge("filter", count=len(settings["value"]), most=MOST_CELLS)
    condition(asked.grid.frame, settings)
    return {"do": "change", "n": same[-1].n, "settings": settings} if same else _act("filter", settings)


def _sort(body: Body, asked: Asked) -> Event:
    given = body.get("by")
    if given is None:
        given = [{"column": body["column"], "down": bool(body.get("down"))}] if body.get("column") else []
    by = [
        {"column": _known(asked, one["column"]), "down": bool(one.get("down") or one.get("descending"))}
        for one in given
    ][:16]
    known = [one for one in asked.history.actions if one.kind == "sort"]
    if not by:
        return {"do": "delete", "n": [one.n for one in known]}
    return {"do": "change", "n": known[-1].n, "settings": {"by": by}} if known else _act("sort", {"by": by})


def _hide(body: Body, asked: Asked) -> Event:
    names = [str(one) for one in (body.get("columns") or [body["column"]])]
    known = [one for one in asked.history.actions if one.kind == "hide" and one.on]
    hidden = [name for one in known for name in one.settings["columns"]]
    if body.get("hidden", True):
        left = list(dict.fromkeys([*hidden, *(_known(asked, one) for one in names)]))
    else:
        left = [name for name in hidden if name not in names]
    if set(asked.grid.columns) <= set(left):
        raise ActionWrong(names[0], why=Text("it is the last column shown", "보이는 마지막 열입니다"))
    if not left:
        return {"do": "delete", "n": [one.n for one in known]}
    return (
        {"do": "change", "n": known[-1].n, "settings": {"columns": left}}
        if known
        else _act("hide", {"columns": left})
    )


def _restore(body: Body, asked: Asked) -> Event:
    to = int(body["to"])
    if not 0 <= to < asked.history.version:
        raise ActionWrong(f"{to}", why=Text("there is no such version", "그런 버전이 없습니다"))
    then = History()
    for event in asked.events[:to]:
        then = then.then(event)
    return {
        "do": "state",
        "actions": [
            {
                "n": one.n,
                "kind": one.kind,
                "settings": dict(one.settings),
                "by": one.by,
                "at": one.at,
                "on": one.on,
            }
            for one in then.actions
        ],
    }


_EVENTS = {
    "edit": _edit, "paste": _paste, "fill": _fill, "formula": _formula, "rename": _rename, "unit": _unit, "drop": _drop, "hide": _hide,
    "filter": _filter, "sort": _sort, "step": _step, "insert_rows": _insert, "delete_rows": _delete, "group": _group, "restore": _restore,
}  # fmt: skip


# Others ----------------------------------------------------------------------------------------------------------------
_VIEWS = frozenset({"filter", "sort", "hide"})


def require_still(body: Body, events: Sequence[Event], known: History) -> None:
    """Refuse what was asked on an older version where others touched the same; `events` came since.

    Raises
    ------
    SheetMovedOn
    """
    for event in events:
        where = _clash(body, event, known)
        if where:
            raise SheetMovedOn(where, who=str(event.get("by") or "–"))


def _clash(body: Body, event: Event, known: History) -> str:
    """What both touch, or ""."""
    kind, theirs = str(body.get("kind") or body.get("do") or ""), _kind_of(event, known)
    if theirs in _VIEWS:
        return theirs if kind == theirs or kind in ("undo", "redo", "actions", "restore") else ""
    if kind in _VIEWS and theirs in (
        "edit",
        "paste",
        "fill",
        "insert_rows",
        "delete_rows",
        "formula",
        "unit",
    ):
        return ""
    if kind == "edit" and theirs in ("edit", "paste", "fill"):
        mine = {(int(row), str(column)) for row, column, _value in body.get("cells", ())}
        both = mine & _cells_of(event["settings"])
        return next((f"“{column}” {row_words(event['settings'], row + 1)}" for row, column in both), "")
    if kind == "edit" and theirs == "insert_rows":
        return ""
    if kind in ("edit", "formula", "unit", "rename", "drop") and theirs in (
        "formula",
        "unit",
        "rename",
        "drop",
        "edit",
        "paste",
        "fill",
    ):
        both_names = _names_of(body) & _names_of(event.get("settings", {}))
        return f"“{min(both_names)}”" if both_names else ""
    return theirs or "…"


def _kind_of(event: Event, known: History) -> str:
    if event["do"] == "act":
        return str(event["kind"])
    if event["do"] == "change":
        return next((one.kind for one in known.actions if one.n == event["n"]), "")
    return str(event["do"])


def _cells_of(settings: Mapping[str, Any]) -> set[tuple[int, str]]:
    if found := settings.get("block"):
        return {(int(row), str(column)) for column in found["columns"] for row in found["rows"]}
    return {(int(row), str(column)) for row, column, _value in settings.get("cells", ())}


def _names_of(settings: Mapping[str, Any]) -> set[str]:
    names = {str(settings[part]) for part in ("column", "to") if settings.get(part)}
    names |= {str(one) for one in settings.get("columns", ()) or ()}
    names |= {str(one[1]) for one in settings.get("cells", ()) or ()}
    return names | {str(one) for one in (settings.get("block") or {}).get("columns", ())}
