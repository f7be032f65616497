"""A sheet at work: its journal, its table as the actions make it, and what is shown of it."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.utils import timezone

from dure.plant.studio import live
from dure.plant.studio.background import BACKGROUND, LOOKS, WAIT, Job
from dure.plant.studio.doing import Asked, event_of, require_still
from dure.plant.studio.folding import folded
from dure.plant.studio.functions import Models, pinned, table_with, telling
from dure.plant.studio.grid import Grid, print_of
from dure.plant.studio.journal import Action, Actions, Event, History, Journal
from dure.plant.studio.keeping import SHELF, Cache, source_of
from dure.plant.studio.looking import View, held_view, meanwhile, view_of, wanted_of
from dure.plant.studio.looking import plain as as_json
from dure.plant.studio.models_of import Registered
from dure.plant.studio.ordering import Tell
from dure.plant.studio.recipes import without_step_form
from dure.plant.studio.refusals import SheetMovedOn, SheetUnknown
from dure.plant.studio.settling import plain_text, time_of
from dure.plant.studio.words import words_of
from dure.science.formula import FormulaWrong, Table, parse, schema_of
from dure.vocabulary import Action as Use
from dure.vocabulary import DureError, Permit, Text

if TYPE_CHECKING:
    from dure.plant.studio.models import Sheet

_TRIES = 5
_HEAD = 1_000
LARGE = 500_000
"""Rows from which orders, figures and charts are reckoned beside the page."""
PLACED = frozenset({"paste", "fill", "insert_rows"})
"""Actions that mean rows by the order in which they are shown."""
_BULK = 20
"""Cells of a typed block that the list of actions repeats."""
_journals: OrderedDict[Path, Journal] = OrderedDict()
_guard = threading.Lock()


def journal_of(folder: Path) -> Journal:
    """The journal of a folder, one for all threads of this process."""
    with _guard:
        if folder not in _journals:
            _journals[folder] = Journal(folder)
            while len(_journals) > 200:
                _journals.popitem(last=False)
        _journals.move_to_end(folder)
        return _journals[folder]


def permit_of(sheet: "Sheet") -> Permit:
    """What may be done with it: everything that no obligation of its data (`no-export`, `no-train` …) forbids."""
    obligations = set(sheet.source.get("obligations") or ())
    actions = frozenset(action for action in Use if f"no-{action.value}" not in obligations)
    return Permit(tuple(sheet.source.get("data") or (f"sheet:{sheet.pk}",)), actions)


class Desk:
    """One look at a sheet: the state when it was made, unless something is done."""

    def __init__(self, sheet: "Sheet", models: Models | None = None) -> None:
        self.sheet = sheet
        if not sheet.folder.is_dir():
            raise SheetUnknown(sheet.pk)
        self.journal, self.cache = journal_of(sheet.folder), Cache(sheet.folder)
        self.models: Models = models or Registered()
        self.functions: Table = table_with(self.models)
        self.permit = permit_of(sheet)
        self.history = self.journal.history()

    # What it is -----------------------------------------------------------------------------------------------------
    @cached_property
    def source(self) -> Grid:
        """The table that it was opened with."""
        key = ("source", self.sheet.pk, self.sheet.fingerprint)
        if self.sheet.live:
            frame, mark = live.latest(self.sheet.pk, self.sheet.source)
        elif (held := SHELF.get(key)) is not None:
            return cast("Grid", held)
        else:
            frame, mark = source_of(self.sheet.folder), self.sheet.fingerprint
        units = dict(self.sheet.source.get("units") or {})
        keys = {name: print_of(mark, name) for name in frame.columns}
        found = Grid(frame, None, frame.height, keys, print_of(mark, "rows"), units)
        if not self.sheet.live:
            SHELF.put(key, found, 2_000)
        return found

    def grid_of(self, actions: Actions) -> Grid:
        """The table after these actions."""
        key = (
            "grid",
            print_of(
                self.source.key,
                [
                    (one.n, one.kind, one.on, dict(one.settings))
                    for one in actions
                    if one.kind not in ("filter", "sort", "hide")
                ],
            ),
        )
        found: Grid | None = SHELF.get(key)
        if found is None:
            found = folded(self.source, actions, self.functions, self.cache, BACKGROUND.reckon, self.permit)
            if not found.busy:
                SHELF.put(key, found, 2_000)
        return found

    @property
    def grid(self) -> Grid:
        """The table now."""
        return self.grid_of(self.history.actions)

    @property
    def view(self) -> View:
        """What is shown of it now, however long that takes."""
        grid, actions = self.grid, self.history.actions
        found = held_view(grid, actions)
        if found is not None:
            return found
        if grid.rows < LARGE:
            return view_of(grid, actions)
        LOOKS.wait(self._look(wanted_of(grid, actions).key), partial(view_of, grid, actions))
        return view_of(grid, actions)

    def showing(self, seconds: float = WAIT) -> tuple[View, float | None]:
        """What is shown now, after at most `seconds`; while that is reckoned, what was shown before, and the share that is done."""
        grid, actions = self.grid, self.history.actions
        if grid.rows < LARGE or held_view(grid, actions) is not None:
            return self.view, None
        job = LOOKS.ask(self._look(wanted_of(grid, actions).key), partial(view_of, grid, actions), seconds)
        return (self.view, None) if job.over.is_set() else (meanwhile(grid, actions), job.share)

    def _look(self, key: str) -> str:
        return f"{self.cache.folder}/{key}"

    def look(
        self, kind: str, asked: Mapping[str, Any], work: Callable[[Grid, View, Tell], dict[str, Any]]
    ) -> tuple[str, dict[str, Any] | Job]:
        """What `work` finds in what is shown, and under which key; or the work under way, of a large table.

        Raises
        ------
        DureError
            What the work refused.
        """
        grid, actions = self.grid, self.history.actions
        key = print_of(kind, grid.key, wanted_of(grid, actions).key, dict(asked))
        if grid.rows < LARGE:
            return key, work(grid, self.view, lambda _share: None)
        if (held := SHELF.get(key)) is not None:
            return key, cast("dict[str, Any]", held)

        def reckoned(tell: Tell) -> dict[str, Any]:
            view = view_of(grid, actions, lambda share: tell(share / 2))
            found = work(
                grid, view, lambda share: tell(0.5 + share / 2 if view.places is not None else share)
            )
            SHELF.put(key, found, 200_000)
            return found

        job = LOOKS.ask(self._look(key), reckoned)
        return key, cast("dict[str, Any]", job.result) if job.over.is_set() else job

    def stop(self, by: str, look: str = "") -> None:
        """Stop a look, or the columns and the order that are being reckoned; the newest filter or sort is then switched off.

        Raises
        ------
        DureError
        """
        if look:
            return LOOKS.stop(self._look(look), by)
        for key in BACKGROUND.under_way():
            if key.startswith(self._look("")):
                BACKGROUND.stop(key, by)
        key = self._look(wanted_of(self.grid, self.history.actions).key)
        if key in LOOKS.under_way():
            LOOKS.stop(key, by)
            last = next(
                one for one in reversed(self.history.actions) if one.kind in ("filter", "sort") and one.on
            )
            self.change(last.n, {"version": self.history.version, "off": True}, by)
        return None

    # What is done ---------------------------------------------------------------------------------------------------
    def act(self, body: Mapping[str, Any], by: str, now: float | None = None) -> History:
        """Carry out an action, on the disk when this returns.

        Raises
        ------
        SheetMovedOn
            If others changed the same since the version that `body` names.
        DureError
            If it cannot be done; nothing is written then.
        """
        return self._written(body, by, now, lambda: event_of(body, self._asked(str(body.get("kind")))))

    def _asked(self, kind: str) -> Asked:
        return Asked(
            self.grid,
            self.view if kind in PLACED else self.showing()[0],
            self.history,
            self.models,
            self.permit,
            self.sheet.live,
            self.sheet.name,
            self.journal.events(),
        )

    def undo(self, body: Mapping[str, Any], by: str) -> History:
        """Take the last change back."""
        return self._written({**body, "kind": "undo"}, by, None, lambda: {"do": "undo"})

    def redo(self, body: Mapping[str, Any], by: str) -> History:
        """Do again what was taken back."""
        return self._written({**body, "kind": "redo"}, by, None, lambda: {"do": "redo"})

    def change(self, n: int, body: Mapping[str, Any], by: str) -> History:
        """Edit, switch or delete an action."""
        return self._written({**body, "kind": "actions"}, by, None, lambda: self._changed(n, body))

    def _changed(self, n: int, body: Mapping[str, Any]) -> Event:
        known = self.history.named(n)
        if body.get("delete"):
            return {"do": "delete", "n": n}
        if "off" in body:
            return {"do": "on", "n": n, "on": not body["off"]}
        edited = {
            **{name: value for name, value in known.settings.items() if name != "reckoned"},
            **dict(body["edit"]),
        }
        asked = event_of({**edited, "kind": known.kind}, self._asked_before(n))
        return {"do": "change", "n": n, "settings": asked["settings"]}

    def _asked_before(self, n: int) -> Asked:
        """The sheet as an action met it."""
        before = tuple(one for one in self.history.actions if one.n < n)
        grid = self.grid_of(before)
        return Asked(
            grid,
            view_of(grid, before),
            History(before, version=self.history.version, last=n),
            self.models,
            self.permit,
            self.sheet.live,
            self.sheet.name,
            self.journal.events(),
        )

    def _written(self, body: Mapping[str, Any], by: str, now: float | None, decide: Any) -> History:
        asked_on = int(body.get("version", self.history.version))
        for _try in range(_TRIES):
            self.history = self.journal.history()
            if asked_on > self.history.version or asked_on < 0:
                raise SheetMovedOn("…", who="–")
            require_still(body, self.journal.events(asked_on), self.history)
            event = {**decide(), "by": by, "at": time.time() if now is None else now}
            self._tried(event)
            found = self.journal.add(partial(_unless_moved, event, self.history.version))
            if found is not None:
                self.history = found
                self._told()
                return found
        raise SheetMovedOn("…", who="–")

    def _tried(self, event: Event) -> None:
        """Raise what the new action would meet; nothing is written yet."""
        then = self.history.then(event)
        number = then.last if event["do"] == "act" else event["n"] if event["do"] == "change" else 0
        if not number:
            return
        wrong = self.grid_of(then.actions).wrong.get(int(number))
        if wrong is not None:
            raise wrong

    def _told(self) -> None:
        type(self.sheet).objects.filter(pk=self.sheet.pk).update(changed=timezone.now())

    # What is said ---------------------------------------------------------------------------------------------------
    def state(self) -> dict[str, Any]:
        """The sheet as its page has it."""
        grid, actions = self.grid, self.history.actions
        view, ordering = self.showing()
        return {
            "id": self.sheet.pk, "name": self.sheet.name, "version": self.history.version, "rows": view.rows, "rows_all": grid.rows,
            "columns": [self._column(grid, name) for name in grid.columns],
            "actions": [self._action(grid, one) for one in actions],
            "undo": bool(self.history.before), "redo": bool(self.history.after),
            "filters": [{"n": one.n, **one.settings} for one in actions if one.kind == "filter" and one.on],
            "sort": next(([{**by, "descending": by["down"]} for by in one.settings["by"]] for one in reversed(actions) if one.kind == "sort" and one.on), []),
            "hidden": [name for name in grid.columns if name not in view.columns],
            "live": self.sheet.live, "fresh": self.source.row_key, "busy": bool(grid.busy) or ordering is not None, "ordering": ordering,
            "may": {use.value: use in self.permit.actions for use in Use},
        }  # fmt: skip

    def _column(self, grid: Grid, name: str) -> dict[str, Any]:
        wrong = grid.wrong_columns.get(name)
        return {
            "name": name, "kind": grid.kind(name), "unit": grid.units.get(name, ""), "formula": grid.formulas.get(name, ""),
            "error": str(wrong) if wrong else "", "made": name not in self.source.columns,
            "position": position_of(wrong, grid.formulas.get(name, "")), "busy": grid.busy.get(name),
        }  # fmt: skip

    def _action(self, grid: Grid, one: Action) -> dict[str, Any]:
        wrong = grid.wrong.get(one.n)
        return {
            "n": one.n, "kind": one.kind, "words": str(words_of(one)), "detail": _detail(one), "on": one.on, "by": one.by, "at": one.at,
            "error": str(wrong) if wrong else "", "recipe": not without_step_form(one), "settings": _small(one.settings),
        }  # fmt: skip

    # A formula while it is typed --------------------------------------------------------------------------------------
    def check(self, text: str, column: str = "") -> dict[str, Any]:
        """Kind, unit and first ten values of a formula; or its refusal with the position in the text."""
        plain = plain_text(text)
        try:
            formula = parse(pinned(plain, self.models, self.grid.columns), self.functions)
            units = {name: unit for name, unit in self.grid.units.items() if unit and name != column}
            frame = self.grid.frame.drop(column, strict=False) if column else self.grid.frame
            rows = frame if formula.whole_columns and frame.height <= 1_000_000 else frame.head(_HEAD)
            rows = rows.head(10) if "SIMILAR" in formula.functions else rows
            checked = formula.checked(schema_of(rows, units))
            with telling(lambda _share: None):
                found = checked.evaluate(rows, time=time_of(rows) if formula.durations else None).head(10)
        except DureError as refusal:
            return {
                "version": self.history.version,
                "ok": False,
                "error": {**refusal.report(), "position": position_of(refusal, text)},
            }
        kind = {"yes-no": "bool"}.get(checked.kind.type, checked.kind.type)
        return {
            "version": self.history.version,
            "ok": True,
            "kind": kind,
            "unit": checked.kind.unit or "",
            "values": as_json(found),
            "columns": list(formula.columns),
            "part": rows.height < frame.height,
        }


def _unless_moved(event: Event, version: int, here: History) -> Event | None:
    """The event, unless somebody was first."""
    return event if here.version == version else None


def position_of(refusal: Exception | None, text: str) -> list[int] | None:
    """Where in the text a formula is wrong: first character and the one behind the last, from 0.

    >>> from dure.science.formula import FormulaWrong
    >>> position_of(FormulaWrong("x", at=2), "=abc+1")
    [1, 4]
    """
    import re

    if not isinstance(refusal, FormulaWrong):
        return None
    start = max(0, min(len(text), refusal.position - 1))
    found = re.match(r"\[[^\]]*\]+|\"[^\"]*\"|[\w.]+|.", text[start:], re.DOTALL)
    return [start, start + (len(found[0]) if found else 0)]


def _detail(one: Action) -> str:
    if one.kind == "formula":
        letters = (
            "SIMILARTEXT(" in str(one.settings.get("reckoned") or "")
            and "SIMILARTEXT" not in str(one.settings["text"]).upper()
        )
        note = Text(
            "compared by letters, for the extra `media` is not installed",
            "추가 기능 media가 없어 글자로 견줌",
        )
        return f"{one.settings['text']}{f' ({note})' if letters else ''}"
    if one.kind == "step":
        return str(one.settings["step"])
    return ""


def _small(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without blocks of cells, which a page asks for as cells."""
    found = {name: value for name, value in settings.items() if name not in ("block", "reckoned")}
    for name, value in found.items():
        if isinstance(value, list) and len(value) > _BULK and name in ("cells", "rows"):
            found[name] = value[:_BULK]
    return found
