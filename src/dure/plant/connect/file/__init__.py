"""Files and folders as a source: what a machine or a person writes down in CSV or Parquet is read once, then followed."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit

from dure.plant.connect import (
    DONE,
    AddressRefused,
    Arm,
    Mark,
    Place,
    Settings,
    Sink,
    SourceOdd,
    SourceUnreachable,
    Standing,
    WriteNotArmed,
    setting,
    write_private,
)
from dure.vocabulary import DureError, Quality, Sample, Signal, Text

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CONNECTOR", "FileSettings", "Files"]

ENDINGS = (".csv", ".txt", ".dat", ".tsv", ".parquet", ".gz")
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class FileSettings(Settings):
    """How files are turned into samples."""

    time: str = setting(
        "", Text("Column with the time; empty is found by its type", "시각 열(비우면 형식으로 찾음)")
    )
    period: float = setting(
        1.0,
        Text("Period of the rows where no column holds a time", "시각 열이 없을 때 행의 간격"),
        unit="s",
        between=(1e-6, 86_400),
    )
    follow: bool = setting(
        True, Text("Go on with rows and files that are added", "추가되는 행과 파일을 계속 읽음")
    )
    look: float = setting(
        2.0, Text("How often to look for more", "새 내용을 확인하는 주기"), unit="s", between=(0.05, 3600)
    )


class Files:
    """A file, or a folder of files with the same columns; see `Connector` for the promise.

    The source time is the column of times. Files without one get the file's last change as the time of their
    last row and `period` between rows; when such a file grows, new rows go on from there, `period` apart.
    """

    schemes: ClassVar[tuple[str, ...]] = ("file",)
    title: ClassVar[Text] = Text("Files", "파일")
    requires: ClassVar[str] = ""
    standard: ClassVar[str] = "RFC 4180 (CSV), Apache Parquet 2"
    settings_type: ClassVar[type[Settings]] = FileSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": DONE,
        "quality": Standing(Mark.EXEMPT, "a file says nothing of quality; an empty cell is no reading"),
        "units": DONE,
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": DONE,
        "gaps-named": Standing(Mark.EXEMPT, "a file keeps what it holds: nothing passes by unread"),
        "back-fill": DONE,
        "encrypted": Standing(Mark.EXEMPT, "there is no link"),
        "peer-trusted": Standing(Mark.EXEMPT, "there is no link"),
        "secret-kept": Standing(Mark.EXEMPT, "files are read by the node's own rights"),
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": Standing(Mark.EXEMPT, "the tests read recorded files of real machines"),
    }

    def __init__(self, place: Place, settings: FileSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        parts = urlsplit(place.url)
        self.path = Path(unquote(parts.netloc + parts.path))
        if not self.path.is_absolute():
            raise AddressRefused(place.url, source=place.source, example="file:///data/line1")

    async def identify(self) -> dict[str, str]:
        """How many files there are."""
        files = await asyncio.to_thread(self._files)
        return {"product": f"{len(files)} files", "version": "", "security": "none"}

    async def browse(self, limit: int = 10_000) -> list[Signal]:
        """The columns, but for the one with the time."""
        frame = await asyncio.to_thread(self._frame, (await asyncio.to_thread(self._files))[0])
        time = self._time_column(frame)
        names = [name for name in frame.columns if name != time]
        if len(names) > limit:
            self.notes.append(f"browsing stopped at {limit} signals")
        return [self._signal(name, frame) for name in names[:limit]]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The last row of the newest file."""
        file = (await asyncio.to_thread(self._files))[-1]
        frame = await asyncio.to_thread(self._frame, file)
        times = self._times(file, frame, 0, 0)
        last = frame.height - 1
        return [_sample(signal, frame, last, int(times[last])) for signal in signals]

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Every row of every file once, oldest file first; then what is added, if `follow` is set."""
        await asyncio.to_thread(self._files)
        signals = list(signals) or await self.browse()
        sink.up(str(self.path))
        while True:
            seen = self._seen()
            for file in await asyncio.to_thread(self._files):
                known = seen.get(str(file), {"rows": 0, "time": 0, "size": -1, "changed": 0})
                about = file.stat()
                if (about.st_size, about.st_mtime_ns) != (known["size"], known["changed"]):
                    known = await self._deliver(file, known, signals, sink)
                    seen[str(file)] = {**known, "size": about.st_size, "changed": about.st_mtime_ns}
                    write_private(self._notebook, json.dumps(seen).encode())
            if not self.settings.follow:
                return
            await asyncio.sleep(self.settings.look)

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Never: a file that another program writes is only read."""
        del value, arm
        raise WriteNotArmed(signal.id, why=Text("a file is only read", "파일은 읽기만 합니다"))

    async def close(self) -> None:
        """Nothing is held open between two looks."""

    async def _deliver(
        self, file: Path, known: dict[str, int], signals: Sequence[Signal], sink: Sink
    ) -> dict[str, int]:
        """Put the rows that are new into the sink and wait until they are on the disk; where the file stands now."""
        frame = await asyncio.to_thread(self._frame, file)
        start = known["rows"] if frame.height >= known["rows"] else 0  # a shorter file was written anew
        times = self._times(file, frame, start, known["time"])
        for begin in range(start, frame.height, max(1, ROWS_AT_ONCE // len(signals))):
            end = min(frame.height, begin + max(1, ROWS_AT_ONCE // len(signals)))
            await sink.room()
            readings = _readings(frame, times, begin, end, signals)
            written = sink.put(readings)
        if frame.height > start:
            sink.hurry()
            await written
        return {"rows": frame.height, "time": int(times[-1]) if frame.height else known["time"]}

    def _files(self) -> list[Path]:
        """The files there are, oldest first.

        Raises
        ------
        SourceUnreachable
            If there are none.
        """
        if self.path.is_file():
            return [self.path]
        if not self.path.is_dir():
            raise SourceUnreachable(
                self._where, why=Text("there is no such file or folder", "파일이나 폴더가 없습니다")
            )
        files = [
            p
            for p in self.path.iterdir()
            if p.suffix.lower() in ENDINGS and p.is_file() and not p.name.startswith(".")
        ]
        if not files:
            raise SourceUnreachable(self._where, why=Text("there are no files in it", "안에 파일이 없습니다"))
        return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _frame(self, file: Path) -> "pl.DataFrame":
        from dure.science.prepare import read

        try:
            return read([file]).frame
        except DureError as refused:
            raise SourceOdd(self._where, why=refused.message.rstrip(".")) from refused

    def _time_column(self, frame: "pl.DataFrame") -> str:
        """Column of source times: the one named in the settings, else the first that is of a time type, else none."""
        if self.settings.time:
            if self.settings.time not in frame.columns:
                raise SourceOdd(self._where, why=f"there is no column “{self.settings.time}”")
            return self.settings.time
        return next((name for name, kind in frame.schema.items() if kind.is_temporal()), "")

    def _times(self, file: Path, frame: "pl.DataFrame", start: int, before: int) -> Any:
        """Source time of every row [ns since 1970 UTC]."""
        import numpy as np

        column = self._time_column(frame)
        if column:
            return _nanoseconds(frame[column])
        period = round(self.settings.period * 1e9)
        if start and before:
            return np.arange(frame.height) * period + (before - (start - 1) * period)
        last = file.stat().st_mtime_ns
        return last - np.arange(frame.height - 1, -1, -1) * period

    def _signal(self, name: str, frame: "pl.DataFrame") -> Signal:
        from dure.plant.connect.file.headers import split_unit

        plain, unit = split_unit(name)
        kind = frame.schema[name]
        return Signal(
            id=f"{self.place.source}/{plain.replace('/', '_')}",
            source=self.place.source,
            name=plain,
            unit=unit,
            address=name,
            equipment=self.place.source,
            kind="number" if kind.is_numeric() else "boolean" if str(kind) == "Boolean" else "text",
        )

    def _seen(self) -> dict[str, dict[str, int]]:
        try:
            return dict(json.loads(self._notebook.read_text()))
        except (OSError, ValueError):
            return {}

    @property
    def _notebook(self) -> Path:
        return self.place.home / "run" / f"collector-{self.place.source}.files.json"

    @property
    def _where(self) -> str:
        return f"{self.place.source} ({self.path})"


def _nanoseconds(column: "pl.Series") -> Any:
    """A column of times as ns since 1970 UTC; a time without a zone is read as UTC; numbers are seconds since 1970."""
    import numpy as np
    import polars as pl

    if column.dtype.is_numeric():
        return (column.cast(pl.Float64).fill_null(0).to_numpy() * 1e9).astype(np.int64)
    if column.dtype == pl.String:
        column = column.str.to_datetime(strict=False)
    return column.cast(pl.Datetime("ns")).to_physical().fill_null(0).to_numpy().astype(np.int64)


def _readings(frame: "pl.DataFrame", times: Any, begin: int, end: int, signals: Sequence[Signal]) -> Any:
    """Rows `begin` to `end` as readings: row by row, within a row signal by signal; empty cells are left out."""
    import time

    import numpy as np

    from dure.plant.connect import Readings

    part = frame.slice(begin, end - begin)
    width, rows = len(signals), end - begin
    value = np.full((rows, width), np.nan)
    kept = np.ones((rows, width), bool)
    text: dict[int, str] = {}
    for place, signal in enumerate(signals):
        column = part[signal.address]
        kept[:, place] = column.is_not_null().to_numpy()
        if signal.kind == "text":
            text |= {row * width + place: str(words) for row, words in enumerate(column) if words is not None}
        else:
            value[:, place] = column.cast(float, strict=False).fill_null(float("nan")).to_numpy()
    flat = kept.ravel()
    places = np.cumsum(flat) - 1
    index = np.tile(np.arange(width, dtype=np.int32), rows)[flat]
    names = tuple(signal.id for signal in signals)
    return Readings(
        names,
        index,
        np.repeat(times[begin:end], width)[flat],
        value.ravel()[flat],
        np.zeros(len(index), np.uint8),
        time.time_ns(),
        {int(places[row]): words for row, words in text.items()},
    )


def _sample(signal: Signal, frame: "pl.DataFrame", row: int, time: int) -> Sample:
    cell = frame[signal.address][row]
    words = str(cell) if signal.kind == "text" and cell is not None else None
    value = float("nan") if cell is None or words is not None else float(cell)
    return Sample(signal.id, time, value, quality=Quality.BAD if cell is None else Quality.GOOD, text=words)


CONNECTOR = Files
