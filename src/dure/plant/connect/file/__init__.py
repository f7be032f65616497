"""Files and folders as a source: what a machine or a person writes down is read once, then followed."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dure.plant.connect import (
    DONE,
    AddressRefused,
    Arm,
    Mark,
    Place,
    SettingRefused,
    Settings,
    Sink,
    SourceLost,
    Standing,
    WriteNotArmed,
)
from dure.plant.connect.file.content import FileUnread, Rows, in_pieces, piece, whole
from dure.plant.connect.file.names import scan
from dure.plant.connect.file.refusals import FileOdd, PlaceAbsent
from dure.plant.connect.file.settings import FileSettings
from dure.vocabulary import Sample, Signal, Text

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["CONNECTOR", "FileSettings", "Files"]

LOOKED_AT = 20  # files whose columns are looked at
LOOK_BYTES = 2**20


class Files:
    """A file, or a watched folder; see `Connector` for the promise.

    Each row is read once, oldest file first. A file is known by its inode and its first bytes, so that one that
    is moved, rotated or renamed is not read again and one that is written anew is. A text is read line by line
    as it grows; packed files, workbooks, Parquet, JSON and LVM are read when they have stood still. The source
    time is the column of times. Files without one get the file's last change as the time of their last row and
    `period` between rows; when such a file grows, new rows go on from there, `period` apart.
    """

    schemes: ClassVar[tuple[str, ...]] = ("file",)
    title: ClassVar[Text] = Text("Files", "파일")
    requires: ClassVar[str] = ""
    live: ClassVar[bool] = False  # the age of its newest row says nothing of its clock
    standard: ClassVar[str] = "RFC 4180 (CSV), Apache Parquet 2, ISO/IEC 29500 (XLSX), NI LVM 2.0"
    settings_type: ClassVar[type[Settings]] = FileSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": DONE,
        "quality": Standing(
            Mark.EXEMPT,
            "a file says nothing of quality; a word among numbers is bad, an empty cell is no reading",
        ),
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
        "real-peer": Standing(
            Mark.EXEMPT, "the tests read recorded exports of Maccor, Neware, Novonix, PEC, Arbin and LabVIEW"
        ),
    }

    def __init__(self, place: Place, settings: FileSettings) -> None:
        self.place, self.settings = place, settings
        self._said: dict[str, str] = {}
        parts = urlsplit(place.url)
        self.path = Path(unquote(parts.netloc + parts.path))
        if not self.path.is_absolute():
            raise AddressRefused(place.url, source=place.source, example="file:///data/line1")
        try:
            self._zone: tzinfo = UTC if settings.zone.upper() == "UTC" else ZoneInfo(settings.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingRefused("zone", value=settings.zone, allowed="Asia/Seoul, UTC …") from None

    @property
    def notes(self) -> list[str]:
        """What was left out or not understood."""
        return list(self._said.values())

    async def identify(self) -> dict[str, str]:
        """How many files there are."""
        files = await asyncio.to_thread(self._files)
        return {
            "product": f"{len(files)} {'file' if len(files) == 1 else 'files'}",
            "version": "",
            "security": "none",
        }

    async def browse(self, limit: int = 10_000) -> list[Signal]:
        """The columns of the newest files, but for the one with the time; and what their names hold."""
        found = await asyncio.to_thread(self._browse)
        if len(found) > limit:
            self._say("limit", f"browsing stopped at {limit} signals")
        return found[:limit]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The last row of the newest file."""
        return await asyncio.to_thread(self._last, signals)

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Every row of every file once, oldest file first; then what is added, if `follow` is set."""
        from dure.plant.connect.file.following import Follower
        from dure.plant.connect.file.notebook import Notebook

        files = await asyncio.to_thread(self._files)
        book = await asyncio.to_thread(Notebook, self._notebook)
        chosen = {signal.id: signal for signal in signals}
        follower = Follower(self.place.source, self._root, self.settings, self._zone, book, chosen, self._say)
        sink.up(str(self.path))
        try:
            while True:
                await follower.look(files, sink)
                if not self.settings.follow:
                    return
                await asyncio.sleep(self.settings.look)
                files = await asyncio.to_thread(self._files)
        except FileUnread as refused:
            raise FileOdd(self._where, why=refused.message.rstrip(".")) from refused
        except OSError as lost:
            raise SourceLost(self._where, why=lost.strerror or str(lost)) from lost
        finally:
            book.close()

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Never: a file that another program writes is only read."""
        del value, arm
        raise WriteNotArmed(signal.id, why=Text("a file is only read", "파일은 읽기만 합니다"))

    async def close(self) -> None:
        """Nothing is held open between two looks."""

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        """The files there are, oldest first; an empty folder that is followed waits for its first.

        Raises
        ------
        PlaceAbsent
            If there is no such place, or nothing in it to read now.
        """
        if self.path.is_file():
            return [(self.path, self.path.stat())]
        try:
            found = list(scan(self.path, self.settings.pattern, deep=self.settings.folders))
        except (FileNotFoundError, NotADirectoryError):
            raise PlaceAbsent(
                self._where, why=Text("there is no such file or folder", "파일이나 폴더가 없습니다")
            ) from None
        except OSError as refused:
            raise PlaceAbsent(self._where, why=refused.strerror or str(refused)) from refused
        if not found and not self.settings.follow:
            raise PlaceAbsent(self._where, why=Text("there are no files in it", "안에 파일이 없습니다"))
        return sorted(found, key=lambda one: (one[1].st_mtime_ns, str(one[0])))

    def _browse(self) -> list[Signal]:
        from dure.plant.connect.file.following import word_signals
        from dure.plant.connect.file.readings import by_tag, kinds_of, signals_of, time_column

        found = {signal.id: signal for signal in word_signals(self.place.source, self.settings)}
        files = self._files()
        for path, _ in reversed(files[-LOOKED_AT:]):
            rows = self._rows(path, last=False)
            if rows is None:
                continue
            column = time_column(rows.frame, self.settings.time)
            if column is None:
                self._refuse(path, f"there is no column “{self.settings.time}”")
                continue
            kinds, apart = kinds_of(rows.frame), (column, self.settings.tag)
            for tag, _ in by_tag(rows.frame, self.settings.tag):
                for signal in signals_of(self.place.source, kinds, rows.units, apart, tag):
                    found.setdefault(signal.id, signal)
        if not files:
            self._say("empty", "there are no files yet")
        return list(found.values())

    def _last(self, signals: Sequence[Signal]) -> list[Sample]:
        from dure.plant.connect.file.readings import by_tag, nanoseconds, sample, time_column

        for path, about in reversed(self._files()[-LOOKED_AT:]):
            rows = self._rows(path, last=True)
            column = time_column(rows.frame, self.settings.time) if rows is not None else None
            if rows is None or column is None or not rows.frame.height:
                continue
            stamps = nanoseconds(rows.frame[column], self._zone) if column else None
            last = {tag: int(own.nonzero()[0][-1]) for tag, own in by_tag(rows.frame, self.settings.tag)}
            places = [last.get(one.equipment if self.settings.tag else "", -1) for one in signals]
            return [
                sample(
                    one, rows.frame, row, about.st_mtime_ns if stamps is None else max(0, int(stamps[row]))
                )
                for one, row in zip(signals, places, strict=True)
            ]
        import polars as pl

        return [sample(signal, pl.DataFrame(), -1, 0) for signal in signals]

    def _rows(self, path: Path, *, last: bool) -> Rows | None:
        """Some rows of a file, the first or the last; None, and a note, where there are none to be had."""
        settings = self.settings
        try:
            if not in_pieces(path, settings.encoding):
                return whole(path, self._zone, sheet=settings.worksheet, encoding=settings.encoding)
            size = path.stat().st_size
            begin = _line_begin(path, max(0, size - LOOK_BYTES)) if last else 0
            end = size if last else min(size, LOOK_BYTES)
            return piece(path, begin, end, encoding=settings.encoding, ended=end == size)[0]
        except FileUnread as refused:
            self._refuse(path, str(refused.facts["why"]), refused)
        except OSError as refused:
            self._refuse(path, refused.strerror or str(refused), refused)
        return None

    def _refuse(self, path: Path, why: str, cause: Exception | None = None) -> None:
        """One file of a folder is a note; the only file there is a refusal."""
        if path == self.path:
            raise FileOdd(self._where, why=why) from cause
        self._say(f"file {path.name}", f"{path.name} is not read: {why}")

    def _say(self, key: str, note: str) -> None:
        """Keep a note; an empty one takes it back."""
        self._said.pop(key, None)
        if note:
            self._said[key] = note

    @property
    def _root(self) -> Path:
        return self.path

    @property
    def _notebook(self) -> Path:
        return self.place.home / "run" / f"collector-{self.place.source}.files.db"

    @property
    def _where(self) -> str:
        return f"{self.place.source} ({self.path})"


def _line_begin(path: Path, at: int) -> int:
    """The first beginning of a line from a byte on."""
    with path.open("rb") as file:
        file.seek(at)
        return at + len(file.readline()) if at else 0


CONNECTOR = Files
