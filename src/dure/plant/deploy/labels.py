"""Labels on the line: what was measured afterwards, as samples of a signal, each given to the row that it belongs to.

A laboratory's value, an inspection or a count comes later than the row it is about. Its source time says which row:
the tick at or before it, less the time that the deployment says lies between. It is taken in whenever it arrives.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.deploy.foretold import failed, left, lives
from dure.plant.historian import FeedBehind
from dure.vocabulary import Quality

if TYPE_CHECKING:
    import pyarrow as pa

    from dure.plant.historian import Historian

END_OF_TIME_NS = 2**62 - 1
#: Labels that came before their row was decided; more than this are no early labels but another clock.
MOST_EARLY = 10_000


@dataclass(frozen=True, slots=True)
class Label:
    """What was measured of one row: the asset, the tick [ns], and the number or the word."""

    asset: str
    tick: int
    value: float | str


@dataclass(slots=True)
class Labels:
    """Labels of some assets as they arrive; `position` is where the historian's feed was read to.

    Parameters
    ----------
    assets
        Asset of each signal that gives labels.
    since
        First tick of the deployment. [ns]
    every
        Time between two ticks. [ns]
    shift
        How long after its row the time of a label lies. [ns]
    """

    assets: Mapping[str, str]
    since: int
    every: int
    shift: int = 0
    position: int | None = None
    _early: list[Label] = field(default_factory=list)

    def arrived(self, historian: "Historian", decided: Mapping[str, int]) -> list[Label]:
        """Labels of rows already decided that came in since the last call, in order of their rows."""
        known = self._early + [
            label for table in self._tables(historian) for label, _ in self._read(table, historian)
        ]
        self._early = [one for one in known if one.tick > decided.get(one.asset, 0)][-MOST_EARLY:]
        due = [one for one in known if one.tick <= decided.get(one.asset, 0)]
        return sorted(due, key=lambda one: one.tick)

    def of_before(self, historian: "Historian", decided: Mapping[str, int]) -> list[tuple[Label, int]]:
        """Labels of rows decided before anybody named them, as they came: each with the tick at which it did."""
        table = self._all(historian, sorted(self.assets))
        found = [
            (label, max(label.tick, came // self.every * self.every))
            for label, came in self._read(table, historian)
        ]
        self._early = [one for one, _said in found if one.tick > decided.get(one.asset, 0)][-MOST_EARLY:]
        due = [(one, said) for one, said in found if one.tick <= decided.get(one.asset, 0)]
        return sorted(due, key=lambda pair: (pair[1], pair[0].tick))

    def _tables(self, historian: "Historian") -> Iterator["pa.Table"]:
        names = sorted(self.assets)
        if self.position is None:
            yield self._all(historian, names)
        while True:
            try:
                position, table = historian.feed(self.position, names, wait=0.0)
            except FeedBehind:
                yield self._all(historian, names)
                return
            yield table
            if position == self.position:
                return
            self.position = position

    def _all(self, historian: "Historian", names: Sequence[str]) -> "pa.Table":
        """Every label there is; what is known already changes nothing."""
        # The position first: what is ingested in between comes twice, and counts once.
        self.position, _nothing = historian.feed(None, [], wait=0.0)
        return historian.query(names, self.since, END_OF_TIME_NS)

    def _read(self, table: "pa.Table", historian: "Historian") -> Iterator[tuple[Label, int]]:
        """Each label, and when it came. [ns]."""
        del historian
        names = ("signal", "time", "value", "text", "quality", "received")
        for signal, time, value, text, quality, came in zip(
            *(table[n].to_pylist() for n in names), strict=True
        ):
            tick = (time - self.shift) // self.every * self.every
            if quality < Quality.BAD and tick >= self.since and (text or not isnan(value)):
                yield Label(self.assets[signal], tick, text or value), came

    def to_dict(self) -> dict[str, Any]:
        """Where it stands, as JSON holds it."""
        return {"position": self.position, "early": [[one.asset, one.tick, one.value] for one in self._early]}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Stand where `to_dict` stood."""
        self.position = facts["position"]
        self._early = [Label(asset, tick, value) for asset, tick, value in facts["early"]]


@dataclass(slots=True)
class Failures(Labels):
    """Failures as they are told: each gives every tick since the one before the life that was left.

    Parameters
    ----------
    card, places
        How lives are reckoned, and the equipment by its name.
    """

    card: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _after: dict[str, int] = field(default_factory=dict)

    def _read(self, table: "pa.Table", historian: "Historian") -> Iterator[tuple[Label, int]]:
        """What was left at each tick before each failure, and when the failure came. [ns]."""
        told: dict[str, list[tuple[int, int, float | str]]] = {}
        for label, came in Labels._read(self, table, historian):  # noqa: SLF001 - its own base; slots know no super() without arguments
            told.setdefault(label.asset, []).append((label.tick, came, label.value))
        for asset, failures in told.items():
            first = self._after.get(asset, self.since)
            for tick, came, life in left(
                historian, self.card, self.places[asset], failures, first, self.every
            ):
                yield Label(asset, tick, life), came
            own = [tick for tick, _came, value in failures if failed(lives(self.card) or {}, value)]
            self._after[asset] = max([first, *(tick + self.every for tick in own)])

    def to_dict(self) -> dict[str, Any]:
        """Where it stands, as JSON holds it."""
        return {**Labels.to_dict(self), "after": self._after}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Stand where `to_dict` stood."""
        Labels.restore(self, facts)
        self._after = {asset: int(tick) for asset, tick in (facts.get("after") or {}).items()}


@dataclass(frozen=True, slots=True)
class Journal:
    """Labels in the order in which they were taken in, each with the last tick that had been said before.

    With the log of what was seen a killed worker learns again what it knew, row by row and label by label.
    """

    file: Path

    def write(self, taken: Iterable[tuple[Label, int]]) -> None:
        """Keep labels before they are learnt from."""
        lines = [json.dumps([one.asset, one.tick, one.value, said]) + "\n" for one, said in taken]
        if lines:
            with self.file.open("a") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())

    def read(self) -> list[tuple[Label, int]]:
        """What was written since it was cleared; a line that a kill cut off ends it."""
        found: list[tuple[Label, int]] = []
        for line in self.file.read_text().splitlines() if self.file.exists() else ():
            try:
                asset, tick, value, said = json.loads(line)
            except ValueError:
                break
            found.append((Label(asset, tick, value), said))
        return found

    def clear(self) -> None:
        """Everything in it stands elsewhere now."""
        self.file.unlink(missing_ok=True)
