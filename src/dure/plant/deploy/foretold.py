"""Models that tell what lies ahead, on the line: the tick they need, their clock, and who tells later whether they were right.

A forecast is said at its tick and speaks of the tick a horizon later; what the signal itself shows then is its label. A
remaining life is told by the failure: every tick since the failure before gets the time (or count) that was left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.vocabulary import ModelRefused, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.deploy.blocks import Block
    from dure.plant.historian import Historian

Card = Mapping[str, Any]
Asset = Mapping[str, Any]
Told = tuple[int, int, float | str]

#: A tick may differ from the step that was learnt by so much of it.
NEARLY = 0.01
#: Ticks before a failure that are told what was left, at most.
MOST_TOLD = 50_000


class TickUnlike(ModelRefused):
    """A forecast whose rows are as far apart as it learnt, put on another tick."""

    key = "deployment-tick-unlike"
    says = Text(
        "{where} learnt rows {learnt} s apart and foretells {ahead} ahead; every {every} s is another question.",
        "{where}은(는) {learnt}초 간격 행으로 배워 {ahead} 뒤를 예측하므로 {every}초 간격으로는 쓸 수 없습니다.",
    )
    remedy = Text("Let it score every {learnt} s.", "채점 간격을 {learnt}초로 정하세요.")


def measured(card: Card) -> list[dict[str, Any]]:
    """Inputs of a model that signals give: all but the clock of a forecast, which the tick itself tells.

    >>> measured({"inputs": [{"name": "kW"}, {"name": "at"}], "reckoned": {"ahead": ahead("kW", "at")}})
    [{'name': 'kW'}]
    """
    found = _ahead(card)
    return [one for one in card["inputs"] if found is None or one["name"] != found["time"]]


def ahead(of: str, time: str, rows: int = 4, period: float = 900.0) -> dict[str, Any]:
    """The facts of a forecast as a card keeps them, for examples."""
    facts = {"of": of, "rows": rows, "told": "1 h", "time": time, "group": "", "period": period}
    return {**facts, "seasons": [], "known": [], "scale": 1.0}


def _ahead(card: Card) -> Mapping[str, Any] | None:
    return (card.get("reckoned") or {}).get("ahead")


def lives(card: Card) -> Mapping[str, Any] | None:
    """How a model of remaining lives reckons them; None for another."""
    return (card.get("reckoned") or {}).get("lives")


def told_ahead(card: Card) -> str:
    """How far ahead a forecast speaks, as a person says it; empty for another model."""
    return str((_ahead(card) or {}).get("told") or "")


def settings_of(card: Card, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Settings of a deployment as a forecast needs them: its tick, inputs as old as a tick, and its label a horizon later.

    Raises
    ------
    TickUnlike
        If the tick given is another than the step between the rows that it learnt.

    Examples
    --------
    >>> found = settings_of({"reckoned": {"ahead": ahead("kW", "at")}}, {}, "m")
    >>> found["every_s"], found["max_age_s"], found["label_shift_s"]
    (900.0, 900.0, 3600.0)
    """
    found = _ahead(card)
    if found is None:
        return dict(given)
    period = float(found["period"] or given.get("every_s") or 1.0)
    every = float(given.get("every_s") or period)
    if abs(every - period) > NEARLY * period:
        raise TickUnlike(where, learnt=f"{period:g}", ahead=found["told"], every=f"{every:g}")
    own = {"every_s": every, "max_age_s": max(every, 60.0), "label_shift_s": horizon(card, every)}
    return {**own, **given}


def horizon(card: Card, every: float) -> float:
    """From a tick to the one that its forecast is for, `every` seconds between ticks; 0 for another model. [s]."""
    found = _ahead(card)
    return 0.0 if found is None else float(found["rows"]) * every


def with_labels(card: Card, assets: Sequence[Asset]) -> list[dict[str, Any]]:
    """Equipment with the signal that a forecast foretells as its label, where no other is named."""
    found = _ahead(card)
    own = [dict(one) for one in assets]
    for one in own if found else ():
        one.setdefault("label", one["inputs"][found["of"]])  # type: ignore[index]  # the loop is empty without one
    return own


def foretells(card: Card, inputs: Mapping[str, str], signal: str) -> bool:
    """Whether a signal is an input that may be a label all the same: the one that is foretold."""
    found = _ahead(card)
    return found is not None and inputs.get(found["of"]) == signal


@dataclass(frozen=True, slots=True)
class Beside:
    """Columns that no signal gives: the clock of a forecast, and which thing a life is of, where an age begins anew.

    Parameters
    ----------
    clock, zone
        Column of the time and its zone, empty for the clock on the plant's wall; no clock: empty.
    thing, age
        Column that names the thing, and the input that counts its age; empty where there is none.
    every
        Time between two ticks. [ns]
    """

    clock: str = ""
    zone: str = ""
    thing: str = ""
    age: str = ""
    every: int = 1

    @classmethod
    def of(cls, card: Card, every: int) -> "Beside":
        """What the rows of a model's deployment carry beside their signals."""
        found, own = _ahead(card), lives(card)
        names = {one["name"] for one in card["inputs"]}
        if found and found["time"] in names:
            return cls(clock=found["time"], zone=str(card["reckoned"].get("zone") or ""), every=every)
        if own and own["time"] in names:
            return cls(thing=own["group"], age=own["time"], every=every)
        return cls()

    @property
    def alone(self) -> bool:
        """Whether rows of one piece of equipment must not stand below another's in one table."""
        return bool(self.clock or self.thing)

    def columns(self, block: "Block", names: Sequence[str]) -> "list[pl.Series]":
        """The columns for history and ticks of a block. [h + n] each."""
        import polars as pl

        if self.clock:
            first = int(block.times[0]) - len(block.history) * self.every if len(block.times) else 0
            past = first + self.every * np.arange(len(block.history))
            return [wall(self.clock, np.concatenate([past, block.times]), self.zone)]
        if self.thing:
            age = block.frame[:, list(names).index(self.age)]
            again = np.diff(age, prepend=age[:1]) < 0
            return [pl.Series(self.thing, np.cumsum(again))]
        return []


def wall(name: str, times: Any, zone: str) -> "pl.Series":
    """Ticks [ns, UTC] as a column of times: in a zone, or as the clock on the plant's wall shows them. [N].

    >>> wall("at", np.array([0]), "UTC").to_list()[0].hour
    0
    """
    import polars as pl
    from django.utils import timezone

    at = pl.Series(name, np.asarray(times, dtype=np.int64)).cast(pl.Datetime("ns")).cast(pl.Datetime("us"))
    there = at.dt.replace_time_zone("UTC").dt.convert_time_zone(zone or timezone.get_default_timezone_name())
    return there if zone else there.dt.replace_time_zone(None)


def left(  # noqa: PLR0913, PLR0917 - how lives are reckoned, what failed, and the ticks
    historian: "Historian",
    card: Card,
    place: Mapping[str, Any],
    failures: Iterable[Told],
    since: int,
    every: int,
) -> list[Told]:
    """What was left at each tick before each failure, up to the failure before: tick [ns], when it came [ns], life.

    Parameters
    ----------
    place
        The equipment, with its inputs.
    failures
        Samples of the signal that tells failures: tick [ns], when it came [ns], value.
    since
        First tick. [ns]
    """
    own, found, first = dict(lives(card) or {}), list[Told](), since
    most = np.inf if own.get("cap") is None else float(own["cap"])
    for tick, came, value in sorted(failures):
        if not failed(own, value) or tick < first:
            continue
        ticks = np.arange(max(first, tick - MOST_TOLD * every), tick + 1, every)
        known = np.minimum(_lasting(historian, own, place, ticks, every), most)
        found += [
            (int(at), came, float(life))
            for at, life in zip(ticks, known, strict=True)
            if np.isfinite(life) and life >= 0
        ]
        first = tick + every
    return found


def failed(own: Mapping[str, Any], value: float | str) -> bool:
    """Whether a sample of the failure's signal tells a failure: the word that was learnt, else anything but 0 and "ok".

    >>> failed({"event": "state=failed"}, "failed"), failed({"event": ""}, 0.0), failed({"event": ""}, 1.0)
    (True, False, True)
    """
    import polars as pl

    from dure.science.learn import abnormal

    wanted = str(own.get("event") or "").partition("=")[2].strip()
    if wanted and isinstance(value, str):
        return value == wanted
    return bool(abnormal(pl.Series("failed", [value], strict=False)).tolist()[0])


def _lasting(
    historian: "Historian", own: Mapping[str, Any], place: Mapping[str, Any], ticks: Any, every: int
) -> Any:
    """What was left at each tick, in the unit that the model counts in; NaN where its age is not known. [N]."""
    signal = place["inputs"].get(own.get("time") or "")
    if not signal:
        return (ticks[-1] - ticks) / (3.6e12 if own.get("unit") == "h" else every)
    table = historian.query_every([signal], int(ticks[0]), int(ticks[-1]) + 1, every, every)
    age = table[signal].to_numpy(zero_copy_only=False).astype(np.float64)
    return age[-1] - age if len(age) == len(ticks) else np.full(len(ticks), np.nan)
