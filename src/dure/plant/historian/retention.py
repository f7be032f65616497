"""What the classes of signals no longer keep, and its removal from whole files; each removal is an event."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dure.plant.historian.classes import SignalClass, class_of
from dure.plant.historian.register import Register
from dure.plant.historian.shelf import Piece, Shelf
from dure.plant.historian.store import transaction
from dure.plant.historian.thinning import thin, thin_hours, thin_minutes
from dure.plant.historian.writing import DAY
from dure.plant.transport import Event

_PIECE, _MINUTES, _HOURS = "samples", "minutes", "hours"


@dataclass(frozen=True, slots=True)
class Going:
    """Something to go: the samples, minutes or hours of some signals in one file; `bytes` estimated by rows."""

    kind: str
    where: str  # day, or month
    file: str
    names: tuple[str, ...]
    before: int  # ns; hours earlier than that
    bytes: int
    piece: str = ""

    def told(self) -> dict[str, Any]:
        """As a reply has it."""
        return {"kind": self.kind, "where": self.where, "signals": len(self.names), "bytes": self.bytes}


def going(shelf: Shelf, classes: Sequence[SignalClass], now: int) -> list[Going]:
    """What the classes no longer keep at `now` [ns]; only what is there."""
    members = defaultdict(list)
    for name in sorted(shelf.newest.names):
        if (found := class_of(name, classes)) is not None:
            members[found].append(name)
    today = now // DAY
    found_all: list[Going] = []
    for piece in shelf.view.pieces:
        day = piece.low // DAY
        if piece.raw and piece.hours and (names := _expired(members, "raw_days", today, day)):
            found_all += _of_file(shelf, _PIECE, piece, piece.raw, names)
        if piece.minutes and (names := _expired(members, "minute_days", today, day)):
            found_all += _of_file(shelf, _MINUTES, piece, piece.minutes, names)
    for month, file in sorted(shelf.view.months.items()):
        found_all += _of_month(shelf, month, file, members, today)
    return found_all


def retain(register: Register, classes: Sequence[SignalClass], now: int, *, dry_run: bool) -> dict[str, Any]:
    """Remove what is no longer kept, or only say it; bytes won of each kind."""
    shelf = register.shelf
    items = going(shelf, classes, now)
    won: dict[str, int] = defaultdict(int)
    for item in items:
        won[item.kind] += item.bytes if dry_run else _remove(register, item)
    if items and not dry_run:
        _record(shelf, now, items, won)
    return {"dry_run": dry_run, "items": [item.told() for item in items], "bytes": dict(won)}


def _expired(members: dict[SignalClass, list[str]], keep: str, today: int, day: int) -> list[str]:
    """Signals whose class keeps that kind for fewer days than a day is old."""
    return sorted(
        name for one, names in members.items() if 0 < getattr(one, keep) < today - day for name in names
    )


def _of_file(shelf: Shelf, kind: str, piece: Piece, file: str, names: Sequence[str]) -> Iterator[Going]:
    present = _present(shelf, file, names)
    if present:
        size = _share(shelf, file, present)
        yield Going(kind, piece.day.isoformat(), file, tuple(present), 0, size, piece.name)


def _of_month(
    shelf: Shelf, month: str, file: str, members: dict[SignalClass, list[str]], today: int
) -> Iterator[Going]:
    """Hours go when the whole month is older than its class keeps them."""
    year, number = map(int, month.split("-"))
    end = (date(year + number // 12, number % 12 + 1, 1) - date(1970, 1, 1)).days
    if names := _expired(members, "hour_days", today, end - 1):
        present = _present(shelf, file, names)
        if present:
            yield Going(_HOURS, month, file, tuple(present), end * DAY, _share(shelf, file, present))


def _present(shelf: Shelf, file: str, names: Sequence[str]) -> list[str]:
    """Those of the sorted names that have rows in a file."""
    rows = shelf.files.read(file, names, 0, 2**62, ("time",))
    return [name for name, _ in rows.each()]


def _share(shelf: Shelf, file: str, names: Sequence[str]) -> int:
    """About how many bytes of a file are theirs."""
    rows = len(shelf.files.read(file, names, 0, 2**62, ("time",)))
    size = (shelf.archive / file).stat().st_size
    return size * rows // max(1, sum(shelf.files.index(file).rows))


def _remove(register: Register, item: Going) -> int:
    if item.kind == _HOURS:
        return thin_hours(register, item.where, item.names, item.before)
    # Its samples may have gone a moment ago: the piece is looked up as it is now.
    piece = register.piece(item.piece)
    return (thin if item.kind == _PIECE else thin_minutes)(register, piece, item.names)


def _record(shelf: Shelf, now: int, items: Iterable[Going], won: dict[str, int]) -> None:
    facts = {"bytes": dict(won), "removed": [item.told() for item in items][:1000]}
    event = Event("historian", now, "retention", facts)
    with shelf.turn, transaction(shelf.database) as cursor:
        row = [event.source, event.time, event.what, event.to_bytes().decode()]
        cursor.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", row)
