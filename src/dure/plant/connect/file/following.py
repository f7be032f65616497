"""Following the files of a source: what is new in each goes to the disk, then its place into the notebook."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from dure.plant.connect import Sink
from dure.plant.connect.file.content import FileUnread, Rows, content_of, in_pieces, piece, whole
from dure.plant.connect.file.names import DONE, labels_of, words_in
from dure.plant.connect.file.notebook import Known, Notebook, marks_of, name_of, recognised
from dure.plant.connect.file.orders import OrderUnfit, contradicted, kept, likelier, named
from dure.plant.connect.file.readings import by_tag, kinds_of, nanoseconds, readings, signals_of, time_column
from dure.plant.connect.file.settings import FileSettings
from dure.plant.connect.file.settling import Settling
from dure.vocabulary import Signal, Text

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

CELLS_AT_ONCE = 20_000


@dataclass(slots=True)
class Follower:
    """All files below `root`; `say` keeps a note under a key, `chosen` are the signals wanted (empty: all)."""

    source: str
    root: Path
    settings: FileSettings
    zone: tzinfo
    book: Notebook
    chosen: Mapping[str, Signal]
    say: Callable[[str, str], None]
    wall: Callable[[], int] = time.time_ns
    clock: Callable[[], float] = time.monotonic
    _settling: Settling = field(init=False)
    _refused: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._settling = Settling(self.settings.settle if self.settings.follow else 0.0, self.clock)

    async def look(self, files: Sequence[tuple[Path, os.stat_result]], sink: Sink) -> None:
        """Deliver what is new in each file, in the order given."""
        for path, about in files:
            try:
                await self._look_at(path, about, sink)
            except FileUnread as refused:
                if path == self.root:
                    raise
                self.say(f"file {path.name}", refused.message)
            except (FileNotFoundError, PermissionError) as gone:  # moved meanwhile, or held by its writer
                self.say(f"file {path.name}", f"{path.name}: {gone.strerror}")
        self._settling.forget({name_of(path, self.root) for path, _ in files})

    async def _look_at(self, path: Path, about: os.stat_result, sink: Sink) -> None:
        name, facts = name_of(path, self.root), (about.st_size, about.st_mtime_ns)
        old = (
            self.wall() - about.st_mtime_ns >= 0
            and self.wall() - about.st_mtime_ns >= self.settings.settle * 1e9
        )
        ready, still = self._settling.ready(name, *facts, old=old)
        if not self.settings.follow:
            ready = about.st_size
            if not ready:
                raise FileUnread(path.name, why=Text("it is empty", "비어 있습니다"))
        known = self.book.at(name)
        if known is not None and (known.size, known.changed) == facts and known.inode == about.st_ino:
            await self._put_away(
                path, known, max(still, (self.wall() - about.st_mtime_ns) / 1e9 if old else 0)
            )
            return
        if self._refused.get(name) == (ready, about.st_mtime_ns) or not ready:
            return
        before, self._refused[name] = self._refused.get(name), (ready, about.st_mtime_ns)
        known = await asyncio.to_thread(self._known, path, about)
        ended = not self.settings.follow or (ready == about.st_size and self._is_still(still, about))
        if await asyncio.to_thread(in_pieces, path, self.settings.encoding):
            await self._deliver_pieces(path, about, known, sink, ready, ended=ended)
        elif ready == about.st_size:
            await self._deliver_whole(path, about, known, sink, ended=ended)
        del self._refused[name]
        if before is not None:  # it is no longer spoken of
            self.say(f"file {path.name}", "")

    def _is_still(self, still: float, about: os.stat_result) -> bool:
        age = (self.wall() - about.st_mtime_ns) / 1e9
        return max(still, age) >= self.settings.whole and still >= self.settings.settle

    def _known(self, path: Path, about: os.stat_result) -> Known:
        """What is known of a file under this or another name, else a new entry."""
        name = name_of(path, self.root)
        known = recognised(self.book, path, self.root, about.st_ino, about.st_size)
        if known is None:
            return Known(name, about.st_ino)
        return replace(known, path=name, inode=about.st_ino)

    async def _deliver_pieces(  # noqa: PLR0913 - what is known of a file at this look
        self, path: Path, about: os.stat_result, known: Known, sink: Sink, ready: int, *, ended: bool
    ) -> None:
        """Deliver whole lines to the byte `ready`; the last line without an end too, if the text has `ended`.

        Such a line does not count as read: when more of it comes, it is read again. Everything asked of a
        file is asked before its rows are stored: another may stand under its name by then.
        """
        while True:
            rows, before = await asyncio.to_thread(
                piece, path, known.offset, ready, encoding=self.settings.encoding, ended=ended
            )
            if not rows.frame.width:
                break
            anew = self._anew(path, known, rows)
            if anew is not None:
                known = anew
                rows, before = await asyncio.to_thread(
                    piece, path, 0, ready, encoding=self.settings.encoding, ended=ended
                )
            half = await asyncio.to_thread(_is_half, path, rows.end)
            marks = await asyncio.to_thread(marks_of, path, about.st_ino, rows.end)
            more = rows.frame.slice(before)
            known = await self._deliver(path, about, known, replace_frame(rows, more), sink, ready)
            if half:
                known = replace(known, size=about.st_size, changed=about.st_mtime_ns)
                await asyncio.to_thread(self.book.keep, known)
                return
            known = replace(known, offset=rows.end, rows=known.rows + more.height, **marks)
            await asyncio.to_thread(self.book.keep, known)
        if known.offset == about.st_size:
            known = replace(known, size=about.st_size, changed=about.st_mtime_ns)
            await asyncio.to_thread(self.book.keep, known)

    async def _deliver_whole(
        self, path: Path, about: os.stat_result, known: Known, sink: Sink, *, ended: bool
    ) -> None:
        """Deliver the rows behind those that were delivered, or all if these are others now."""
        rows = await asyncio.to_thread(
            whole,
            path,
            self.zone,
            sheet=self.settings.worksheet,
            encoding=self.settings.encoding,
            ended=ended,
        )
        before = known if known.content else self.book.at(known.path)
        if before is not None and before.rows and before.content == content_of(rows.frame, before.rows):
            known = replace(before, inode=about.st_ino)
        elif before is not None:
            known = Known(known.path, known.inode, number=before.number if before.content else known.number)
        known = self._anew(path, known, rows) or known
        marks = await asyncio.to_thread(marks_of, path, about.st_ino, 0)
        more = rows.frame.slice(known.rows)
        known = await self._deliver(path, about, known, replace_frame(rows, more), sink, about.st_size)
        known = replace(
            known, rows=rows.frame.height, content=content_of(rows.frame, rows.frame.height),
            size=about.st_size, changed=about.st_mtime_ns, offset=0, **marks,
        )  # fmt: skip
        if 0 < rows.end < about.st_size:  # the last line waits for its end
            known = replace(known, size=-1)
        await asyncio.to_thread(self.book.keep, known)

    async def _deliver(  # noqa: PLR0913, PLR0917 - what is known of a file at this look
        self, path: Path, about: os.stat_result, known: Known, rows: Rows, sink: Sink, ready: int
    ) -> Known:
        """Put rows into the sink and wait until they are on the disk; the file as it is known then."""
        import numpy as np

        frame, orders = self._dated(path, about, known, rows)
        column = time_column(frame, self.settings.time)
        if column is None:
            raise FileUnread(
                path.name,
                why=Text(
                    f"there is no column “{self.settings.time}”", f"“{self.settings.time}” 열이 없습니다"
                ),
            )
        if known.when and not column:
            why = Text(f"“{known.when}” no longer holds times", f"“{known.when}” 열에 시각이 없습니다")
            raise FileUnread(path.name, why=why)
        kinds = known.kinds or kinds_of(frame)
        if column:
            times = nanoseconds(frame[column], self.zone)
        else:
            known, times = await self._counted(path, about, known, rows, ready)
        words = self._words(known) if not known.rows else {}
        for tag, own in by_tag(frame, self.settings.tag):
            apart = (column, self.settings.tag)
            signals = self._chosen(signals_of(self.source, kinds, rows.units, apart, tag))
            order = np.argsort(
                times[own], kind="stable"
            )  # rows of one time beside each other, to be told apart
            await self._put(frame.filter(own)[order], times[own][order], signals, words, sink)
            words = {}
        self._name_untimed(path, times)
        settled = sorted({*known.settled, *rows.orders.sure})
        return replace(known, kinds=kinds, when=column, orders=orders, settled=settled)

    def _anew(self, path: Path, known: Known, rows: Rows) -> Known | None:
        """The file as one of which nothing was read, where only now it is clear how it is written; else None.

        Raises
        ------
        FileUnread
            If some of its dates begin with the day and others with the month.
        """
        begun = Known(known.path, known.inode, number=known.number)
        if known.kinds and set(rows.frame.columns) != set(known.kinds):
            return begun
        column = contradicted(rows.orders, known.orders) if self.settings.order == "auto" else ""
        if not column:
            return None
        why = Text(
            f"some dates in “{column}” begin with the day and others with the month",
            f"“{column}”에 일이 먼저인 날짜와 월이 먼저인 날짜가 섞여 있습니다",
        )
        if column in known.settled:
            raise FileUnread(path.name, why=why)
        self.say(
            f"order {path.name}",
            f"{path.name}: dates in “{column}” turned out to begin with the {rows.orders.sure[column]}; it is read anew, "
            "and readings stored with day and month changed over stay: name the order with --order",
        )
        return replace(begun, orders=dict(rows.orders.sure), settled=sorted(rows.orders.sure))

    def _dated(
        self, path: Path, about: os.stat_result, known: Known, rows: Rows
    ) -> "tuple[pl.DataFrame, dict[str, str]]":
        """The rows with their dates in one order for the whole file, and that order by column."""
        if self.settings.order != "auto":
            try:
                return named(rows.frame, rows.orders, self.settings.order), known.orders
            except OrderUnfit as unfit:
                raise FileUnread(path.name, why=unfit.args[0]) from unfit
        first = {
            column: likelier(rows.frame[column], read, about.st_mtime_ns)
            for column, read in rows.orders.guess.items()
            if column not in known.orders
        }
        orders = {**known.orders, **first, **rows.orders.sure}
        return kept(rows.frame, rows.orders, orders), orders

    async def _put(
        self, frame: "pl.DataFrame", times: "NDArray[np.int64]", signals: Sequence[Signal], words: Mapping[str, str], sink: Sink,
    ) -> None:  # fmt: skip
        step = max(1, CELLS_AT_ONCE // max(1, len(signals)))
        written = None
        for begin in range(0, frame.height, step):
            part = frame.slice(begin, step)
            await sink.room()
            rows = readings(part, times[begin : begin + step], signals, {} if begin else words)
            written = sink.put(rows)
        if written is not None:
            sink.hurry()
            await written

    async def _counted(
        self, path: Path, about: os.stat_result, known: Known, rows: Rows, ready: int
    ) -> tuple[Known, "NDArray[np.int64]"]:
        """Times of rows that have none: the file's last change is that of its last row, `period` lies between rows.

        The time of the first row is kept before any row is stored, so that a row read again has the same.
        """
        import numpy as np

        period = round(self.settings.period * 1e9)
        if not known.first:
            behind = await asyncio.to_thread(_line_ends, path, rows.end, ready) if rows.end else 0
            marks = await asyncio.to_thread(marks_of, path, about.st_ino, known.offset)
            first = about.st_mtime_ns - (rows.frame.height - 1 + behind) * period
            known = replace(known, first=first, **marks)
            await asyncio.to_thread(self.book.keep, known)
        return known, known.first + (known.rows + np.arange(rows.frame.height)) * period

    def _chosen(self, signals: Sequence[Signal]) -> list[Signal]:
        return [one for one in signals if not self.chosen or one.id in self.chosen]

    def _words(self, known: Known) -> dict[str, str]:
        """Readings that the file's name gives, by signal id."""
        found = words_in(known.path, self.settings.words)
        words = {f"{self.source}/{label}": word for label, word in found.items()}
        return {name: word for name, word in words.items() if not self.chosen or name in self.chosen}

    def _name_untimed(self, path: Path, times: "NDArray[np.int64]") -> None:
        import numpy as np

        count = int((times == np.iinfo(np.int64).min).sum())
        if count:
            self.say(f"untimed {path.name}", f"{path.name}: {count} rows have no time and are left out")

    async def _put_away(self, path: Path, known: Known, still: float) -> None:
        """Move a file that is read to the end into `done/`, if that is wanted and it has not changed for so long."""
        if not self.settings.done or still < self.settings.done or path == self.root:
            return
        await asyncio.to_thread(_move, path, self.root / DONE / known.path)
        await asyncio.to_thread(self.book.forget, known)


def word_signals(source: str, settings: FileSettings) -> list[Signal]:
    """Signals that the names of files give."""
    return [
        Signal(f"{source}/{label}", source, label, address=f"name:{label}", equipment=source, kind="text")
        for label in labels_of(settings.words)
    ]


def replace_frame(rows: Rows, frame: "pl.DataFrame") -> Rows:
    """The same rows with another frame."""
    return replace(rows, frame=frame)


def _is_half(path: Path, end: int) -> bool:
    """Whether a text does not end in a line end there."""
    with path.open("rb") as file:
        file.seek(max(0, end - 1))
        return end > 0 and file.read(1) != b"\n"


def _line_ends(path: Path, begin: int, end: int) -> int:
    count = 0
    with path.open("rb") as file:
        file.seek(begin)
        while begin < end and (some := file.read(min(2**20, end - begin))):
            count += some.count(b"\n")
            begin += len(some)
    return count


def _move(path: Path, to: Path) -> None:
    """Move a file; a number is put behind its name where another is there already."""
    to.parent.mkdir(parents=True, exist_ok=True)
    free, number = to, 0
    while free.exists():
        number += 1
        free = to.with_name(f"{to.stem}-{number}{to.suffix}")
    path.rename(free)
