"""Another signal of the same node or box, read where its collector writes it: part ids, and what triggers."""

from dataclasses import dataclass, field
from pathlib import Path

from dure.plant.connect.descriptions import NAME
from dure.plant.connect.settings import SettingRefused
from dure.plant.transport import Frame, Kind, Position, decode, read_log


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of a companion: `time` and `received` in ns since 1970 UTC, what it reads as words."""

    time: int
    received: int
    word: str

    @property
    def is_true(self) -> bool:
        """Whether a machine means yes by it.

        >>> [Moment(0, 0, word).is_true for word in ("1", "true", "ON", "0", "false", "nan", "")]
        [True, True, True, False, False, False, False]
        """
        try:
            return float(self.word) > 0
        except ValueError:
            return self.word.strip().lower() in {"true", "on", "yes"}


@dataclass(slots=True)
class Companion:
    """The readings of `signal` from the first `fresh` on; `last` is the newest there was.

    It reads the log of the other source, so it needs no historian, works on an edge box, and is as late as that
    collector's commit (0.2 s).
    """

    home: Path
    signal: str
    last: Moment | None = None
    _position: Position | None = field(default=None)

    def __post_init__(self) -> None:
        source, _, path = self.signal.partition("/")
        if not NAME.fullmatch(source) or not path:
            raise SettingRefused("signal", value=self.signal, allowed="press/Part, source/path")

    @property
    def folder(self) -> Path:
        """The log of its source."""
        return self.home / "segments" / self.signal.partition("/")[0]

    def fresh(self) -> list[Moment]:
        """What came since the last call, good readings only; the first call tells only where the signal stands."""
        first = self._position is None
        if first:
            self._position = Position(self._newest_segment(), 0)
        found: list[Moment] = []
        for place, frame in read_log(self.folder, self._position):
            self._position = place
            if isinstance(frame, Frame) and frame.kind is Kind.SAMPLES:
                found += self._moments(frame.payload)
        if found:
            self.last = found[-1]
        return [] if first else found

    def _moments(self, payload: bytes) -> list[Moment]:
        import pyarrow.compute as pc

        table = decode(payload, str(self.folder))
        mine = pc.and_(pc.equal(table["signal"], self.signal), pc.equal(table["quality"], 0))
        rows = table.filter(mine).select(["time", "received", "value", "text"]).to_pylist()
        return [Moment(row["time"], row["received"], _word(row["value"], row["text"])) for row in rows]

    def _newest_segment(self) -> int:
        stems = [path.stem for path in self.folder.glob("*.log")]
        return max((int(stem) for stem in stems if stem.isdecimal()), default=0)


def _word(value: float, text: str | None) -> str:
    """What was read, as a part id is written.

    >>> _word(4711.0, None), _word(0.5, None), _word(float("nan"), "A-17")
    ('4711', '0.5', 'A-17')
    """
    if text is not None:
        return text[:200]
    return f"{value:.0f}" if value.is_integer() else f"{value:g}"
