"""The list of a sheet's actions on the disk: lines of JSON, only ever added to, synced before anybody is told.

Each line is an event; folded they give the actions in force, and what undo and redo lead to. The version of a sheet
is the number of its events. A line that was cut off by a kill was never acknowledged; it is taken away before the next
is written.
"""

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dure.plant.studio.refusals import ActionWrong, SheetBroken
from dure.vocabulary import DiskFull, Text, is_full

Event = Mapping[str, Any]
MOST_ACTIONS = 2_000


@dataclass(frozen=True)
class Action:
    """One action: its number, kind, settings, who did it and when [s since 1970], and whether it is in force."""

    n: int
    kind: str
    settings: Mapping[str, Any]
    by: str = ""
    at: float = 0.0
    on: bool = True


Actions = tuple[Action, ...]


@dataclass(frozen=True)
class History:
    """What the events come to: the actions now, those before (undo) and those taken back (redo)."""

    actions: Actions = ()
    before: tuple[Actions, ...] = ()
    after: tuple[Actions, ...] = ()
    version: int = 0
    last: int = 0

    def then(self, event: Event) -> "History":
        """The history after one more event.

        >>> one = History().then({"do": "act", "kind": "drop", "settings": {"columns": ["a"]}})
        >>> one.then({"do": "undo"}).actions, one.then({"do": "undo"}).then({"do": "redo"}).actions == one.actions
        ((), True)
        """
        do = str(event["do"])
        if do == "undo":
            return self._undone() if self.before else replace(self, version=self.version + 1)
        if do == "redo":
            return self._redone() if self.after else replace(self, version=self.version + 1)
        last = self.last + (do == "act")
        return History(self._changed(do, event), (*self.before, self.actions), (), self.version + 1, last)

    def _undone(self) -> "History":
        *before, actions = self.before
        return replace(
            self,
            actions=actions,
            before=tuple(before),
            after=(self.actions, *self.after),
            version=self.version + 1,
        )

    def _redone(self) -> "History":
        actions, *after = self.after
        return replace(
            self,
            actions=actions,
            before=(*self.before, self.actions),
            after=tuple(after),
            version=self.version + 1,
        )

    def _changed(self, do: str, event: Event) -> Actions:
        if do == "act":
            added = Action(
                self.last + 1,
                str(event["kind"]),
                event["settings"],
                str(event.get("by", "")),
                float(event.get("at", 0.0)),
            )
            return (*self.actions, added)
        if do == "delete":
            gone = set(event["n"]) if isinstance(event["n"], list) else {event["n"]}
            return tuple(one for one in self.actions if one.n not in gone)
        if do == "state":
            return tuple(Action(**one) for one in event["actions"])
        if do == "on":
            return tuple(
                replace(one, on=bool(event["on"])) if one.n == event["n"] else one for one in self.actions
            )
        return tuple(
            replace(one, settings=event["settings"]) if one.n == event["n"] else one for one in self.actions
        )

    def named(self, n: int) -> Action:
        """The action of that number; raises `ActionWrong`."""
        found = next((one for one in self.actions if one.n == n), None)
        if found is None:
            raise ActionWrong(f"{n}", why=Text("there is no such action", "그런 작업이 없습니다"))
        return found


class Journal:
    """The file of one sheet's events. Other processes may write it too: each looks at what came in the meantime."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "actions.jsonl"
        self._guard = folder / ".lock"
        self._turn = threading.RLock()
        self._read_to = 0
        self._history = History()
        self._events: list[Event] = []

    def history(self) -> History:
        """The actions as they are now."""
        with self._turn:
            self._catch_up()
            return self._history

    def events(self, since: int = 0) -> list[Event]:
        """The events after version `since`."""
        with self._turn:
            self._catch_up()
            return self._events[since:]

    def add(self, decide: Callable[[History], Event | None]) -> History | None:
        """Write the event that `decide` gives of the history as it is; on the disk when this returns.

        None, and nothing written, where it gives none.

        Raises
        ------
        DiskFull
            Nothing is changed then.
        """
        with self._turn, self._alone():
            self._catch_up()
            event = decide(self._history)
            if event is None:
                return None
            self._require_room(event)
            self._append(
                json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
            )
            self._catch_up()
            return self._history

    def _require_room(self, event: Event) -> None:
        if event["do"] == "act" and len(self._history.actions) >= MOST_ACTIONS:
            most = Text(f"it has {MOST_ACTIONS} actions already", f"작업이 이미 {MOST_ACTIONS}개입니다")
            raise ActionWrong(str(event["kind"]), why=most)

    def _append(self, line: bytes) -> None:
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(
                file, self._read_to
            )  # what stands behind was cut off by a kill, and nobody was told of it
            os.lseek(file, self._read_to, os.SEEK_SET)
            _write_all(file, line)
            os.fsync(file)
        except OSError as refused:
            os.ftruncate(file, self._read_to)
            if is_full(refused):
                raise DiskFull(self.path.name) from refused
            raise
        finally:
            os.close(file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        guard = os.open(self._guard, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)

    def _catch_up(self) -> None:
        try:
            with self.path.open("rb") as file:
                file.seek(self._read_to)
                news = file.read()
        except FileNotFoundError:
            return
        whole = news[: news.rfind(b"\n") + 1]
        for line in whole.splitlines():
            try:
                event = json.loads(line)
                self._history = self._history.then(event)
            except (ValueError, KeyError, TypeError) as odd:
                raise SheetBroken(self.path.parent.name) from odd
            self._events.append(event)
        self._read_to += len(whole)


def _write_all(file: int, line: bytes) -> None:
    while line:
        line = line[os.write(file, line) :]
