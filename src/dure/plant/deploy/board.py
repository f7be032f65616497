"""What the line page shows, as plain values: equipment tiles, and alarms with their why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dure.vocabulary import Quality, Text

SECOND = 1e9
PATIENCE = 10.0
"""A signal of unknown rate is stale when it has kept silent this long. [s]"""
SLIGHT = 0.005
"""A value this little beyond where it usually lies is not spoken of as above or below it."""
PERIODS = 5
"""A signal is stale after so many of its own periods."""

ORDER = ("open", "seen", "")
ABOVE = Text("{percent} % above usual", "평소보다 {percent}% 높음")
BELOW = Text("{percent} % below usual", "평소보다 {percent}% 낮음")
WITHIN = Text("unusual together with the others", "다른 값과의 조합이 평소와 다름")


@dataclass(frozen=True, slots=True)
class Reading:
    """The last word of one signal: value, unit, quality, age [s], and the silence after which it is stale [s]."""

    signal: str
    name: str
    value: float | str | None
    unit: str = ""
    quality: Quality = Quality.GOOD
    age: float = float("inf")
    patience: float = PATIENCE

    @property
    def is_text(self) -> bool:
        """Whether it speaks in words."""
        return isinstance(self.value, str)

    @property
    def state(self) -> str:
        """`stale`, else the quality in words."""
        return "stale" if self.age > self.patience else self.quality.name.lower()


@dataclass(frozen=True, slots=True)
class Tile:
    """One piece of equipment and what its signals say now."""

    asset: str
    name: str
    readings: tuple[Reading, ...]
    alarm: str = ""
    """`open`, or `seen` once somebody has acknowledged it; empty without an alarm."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an alarm stands: one signal, how far it is from usual, and its share of the whole."""

    name: str
    says: Text
    value: float
    low: float
    high: float
    unit: str
    share: float
    signal: str = ""


def reason(stored: Mapping[str, Any]) -> Reason:
    """A reason as an alarm keeps it, in words.

    >>> str(reason({"column": "Resistance", "value": 4.0, "low": 2.9, "high": 3.4, "share": 0.7}).says.en)
    '18 % above usual'
    """
    value, low, high = (float(stored[key]) for key in ("value", "low", "high"))
    name = str(stored.get("name") or stored.get("column") or stored.get("signal", ""))
    return Reason(
        name=str(Text(name, str(stored.get("name_ko") or name))),
        says=_distance(value, low, high),
        value=value,
        low=low,
        high=high,
        unit=str(stored.get("unit", "")),
        share=float(stored.get("share", 0.0)),
        signal=str(stored.get("signal", "")),
    )


def _distance(value: float, low: float, high: float) -> Text:
    edge, says = (high, ABOVE) if value > high else (low, BELOW)
    if low <= value <= high or not edge or abs(value - edge) < SLIGHT * abs(edge):
        return WITHIN
    percent = f"{100 * abs(value - edge) / abs(edge):.2g}"
    return Text(says.en.format(percent=percent), says.ko.format(percent=percent))


@dataclass(frozen=True, slots=True)
class Known:
    """What the inventory says of a signal: its name, equipment, unit and period [s, 0 if unknown]."""

    name: str = ""
    equipment: str = ""
    unit: str = ""
    period: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model writes back of an asset: under which name it stands on the tile, and how often it comes [s]."""

    asset: str
    name: str
    every: float


def place_of(signal: str, known: Known | None = None) -> tuple[str, str]:
    """Equipment and name of a signal: as inventoried, else as its path tells.

    >>> place_of("line1/Cell01/Voltage")
    ('line1/Cell01', 'Voltage')
    """
    above, _, last = signal.rpartition("/")
    known = known or Known()
    return known.equipment or above or signal, known.name or last


@dataclass(slots=True)
class Board:
    """Gathers tiles from the historian's last values [rows of `Historian.last`] at `now` [ns]."""

    now: int
    known: Mapping[str, Known] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    alarmed: Mapping[str, str] = field(default_factory=dict)

    def tiles(self, last: Iterable[Mapping[str, Any]]) -> list[Tile]:
        """One tile a piece of equipment, those with an alarm first, then by name."""
        found: dict[str, list[Reading]] = {}
        for row in last:
            if row["signal"] in self.verdicts or not row["signal"].startswith(("deploy/", "alarms/")):
                asset, reading = self.reading(row)
                found.setdefault(asset, []).append(reading)
        tiles = [self._tile(asset, readings) for asset, readings in found.items()]
        return sorted(tiles, key=lambda tile: (ORDER.index(tile.alarm), tile.asset))

    def _tile(self, asset: str, readings: Sequence[Reading]) -> Tile:
        ordered = tuple(sorted(readings, key=lambda one: (one.signal in self.verdicts, one.name)))
        return Tile(asset, asset.rpartition("/")[2], ordered, alarm=self.alarmed.get(asset, ""))

    def reading(self, row: Mapping[str, Any]) -> tuple[str, Reading]:
        """Equipment and reading of one last value. Age is counted from its arrival: a clock may be off."""
        known = self.known.get(row["signal"], Known())
        verdict = self.verdicts.get(row["signal"])
        asset, name = (verdict.asset, verdict.name) if verdict else place_of(row["signal"], known)
        value = row["text"] if row.get("text") is not None else row["value"]
        age = (self.now - (row.get("received") or row["time"])) / SECOND
        patience = max(PATIENCE, PERIODS * (verdict.every if verdict else known.period))
        quality = Quality(row["quality"])
        return asset, Reading(row["signal"], name, value, known.unit, quality, max(age, 0.0), patience)
