"""Tags of one period, and which of their readings are worth keeping: all, or those that changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dure.plant.connect.octets import Readout
from dure.plant.connect.tags import Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Pace:
    """How often: `period` [s] where a tag has no `every` of its own; whether only `changes` are kept.

    With `changes`, a reading is kept when its value moved by more than the tag's deadband, its words or its
    quality changed, or `restate` [s] passed since the last one that was kept.
    """

    period: float = 1.0
    changes: bool = False
    restate: float = 60.0


@dataclass(slots=True)
class RateClass:
    """Tags of one period [s], and what was last kept of each."""

    every: float
    tags: tuple[Tag, ...]
    names: tuple[str, ...]
    deadband: Any
    always: Any
    restate: int
    value: Any = None
    quality: Any = None
    time: Any = None
    text: dict[int, str] = field(default_factory=dict)


def classes_of(tags: Sequence[Tag], source: str, pace: Pace) -> list[RateClass]:
    """Tags by their period, the shortest first."""
    import numpy as np

    by_period: dict[float, list[Tag]] = {}
    for tag in tags:
        by_period.setdefault(tag.every or pace.period, []).append(tag)
    return [
        RateClass(
            every,
            tuple(members),
            tuple(f"{source}/{tag.id}" for tag in members),
            np.array([tag.deadband for tag in members]),
            np.array([not pace.changes and not tag.deadband for tag in members]),
            round(pace.restate * 1e9),
        )
        for every, members in sorted(by_period.items())
    ]


def worth_of(members: RateClass, readout: Readout, times: "NDArray[np.int64]") -> "NDArray[np.bool_]":
    """Which rows are kept: all, or of tags with change detection those that changed or were silent for long."""
    import numpy as np

    worth: NDArray[np.bool_]
    if members.value is None:
        worth = np.ones(len(members.tags), bool)
        members.value, members.quality, members.time = np.copy(readout.values), np.copy(readout.qualities), np.copy(times)  # fmt: skip
        members.text = dict(readout.text)
        return worth
    before, now = members.value, readout.values
    with np.errstate(invalid="ignore"):
        moved = np.abs(now - before) > members.deadband
    moved |= (np.isnan(now) != np.isnan(before)) | (readout.qualities != members.quality)
    for row in members.text.keys() | readout.text.keys():
        moved[row] |= members.text.get(row) != readout.text.get(row)
    worth = members.always | moved | (times - members.time >= members.restate)
    members.value[worth], members.quality[worth], members.time[worth] = now[worth], readout.qualities[worth], times[worth]  # fmt: skip
    if readout.text or members.text:
        for row in np.flatnonzero(worth).tolist():
            members.text.pop(row, None)
            if row in readout.text:
                members.text[row] = readout.text[row]
    return worth
