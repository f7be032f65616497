"""Day files: the permanent, open form of a day. What is hot, or lies in several pieces, becomes one piece."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from dure.plant.historian.block import Block
from dure.plant.historian.hot import hot_day
from dure.plant.historian.register import Register, low_of
from dure.plant.historian.settling import settle
from dure.plant.historian.shelf import Piece
from dure.plant.historian.writing import DAY, DAY_LEVEL, DRAFT_LEVEL, Making, Pair, chunks

_DELETE_HOT = "DELETE FROM hot WHERE time >= $low AND time < $high AND number <= $number"
_EPOCH = date(1970, 1, 1)
_TIERED = 8  # drafts of a day that are merged into one
_LARGE = 20_000_000  # rows of a day above which a few late samples do not write it anew


class DayFiles:
    """Writes days from the hot table to `archive/day=YYYY-MM-DD/<n>.parquet`; one at a time."""

    def __init__(self, register: Register) -> None:
        self.register, self._shelf, self._database = register, register.shelf, register.database
        self._guard = register.guard

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def settle(self) -> list[str]:
        """At the start: bring files and lists together; the names of the files taken in."""
        return settle(self.register)

    def due(self, now_ns: int, close_after: float) -> list[date]:
        """Days with samples in the hot table, or in several pieces, that ended `close_after` [s] ago or earlier."""
        border = (now_ns - int(close_after * 1e9)) // DAY * DAY
        query = "SELECT DISTINCT time // 86400000000000 AS day FROM hot WHERE time < $border ORDER BY day"
        hot = self._database.execute(query, {"border": border}).fetchall()
        drafts = {piece.day for piece in self._shelf.view.pieces if piece.raw and not piece.hours}
        return sorted(
            {_EPOCH + timedelta(days=day) for (day,) in hot} | {day for day in drafts if low_of(day) < border}
        )

    def compact(self, day: date) -> dict[str, Any]:
        """Write all rows of `day` (UTC), hot and filed, to one new piece or two; rows and bytes of it."""
        with self._guard:
            return self._compact(day)

    def close_day(self, day: date) -> dict[str, Any]:
        """As `compact`; but a few late samples of a day that is large are written beside it."""
        with self._guard:
            old = self._of(day)
            settled = [piece for piece in old if piece.hours]
            if len(settled) < _TIERED and sum(piece.rows for piece in settled) > _LARGE:
                return self._merge(day, [piece for piece in old if not piece.hours], hours=True)
            return self._compact(day)

    def spill(self, most: int) -> int:
        """Move the older half of a hot table of more than `most` rows to drafts of their days; how many rows."""
        if self._shelf.view.hot_rows <= most:
            return 0
        with self._guard:
            number = self._shelf.flush() - most // 2
            query = "SELECT DISTINCT time // 86400000000000 FROM hot WHERE number <= $number"
            days = [_EPOCH + timedelta(days=day) for (day,) in self._database.execute(query, {"number": number}).fetchall()]  # fmt: skip
            return sum(self._spill(day, number) for day in sorted(days))

    def roll_up_missing(self, most: int = 4) -> int:
        """Roll up pieces of closed days that have none yet (files of an earlier release); how many are left."""
        with self._guard:
            missing = sorted(
                {piece.day for piece in self._shelf.view.pieces if piece.whole and not piece.hours}
            )
            closed = [day for day in missing if len(self._of(day)) and not self._hot_since(day)]
            for day in closed[:most]:
                self._merge(day, self._of(day), hours=True)
            return max(0, len(closed) - most)

    def _compact(self, day: date) -> dict[str, Any]:
        return self._merge(day, self._of(day), hours=True)

    def _of(self, day: date) -> list[Piece]:
        """Pieces of a day that may be merged: those that retention has thinned stay as they are."""
        return [piece for piece in self._shelf.view.pieces if piece.whole and piece.day == day]

    def _hot_since(self, day: date) -> bool:
        return self._shelf.view.hot_low < low_of(day) + DAY

    def _spill(self, day: date, number: int) -> int:
        drafts = [piece for piece in self._of(day) if not piece.hours]
        merged = drafts if len(drafts) >= _TIERED else []
        merged = [piece for piece in merged if piece.rows < _LARGE]
        facts = self._merge(day, merged, hours=False, number=number)
        return int(facts["hot"])

    def _merge(
        self, day: date, old: Sequence[Piece], *, hours: bool, number: int | None = None
    ) -> dict[str, Any]:
        """Hot rows of the day and the pieces `old` become new pieces; without `hours` a draft."""
        number = self._shelf.flush() if number is None else number
        low, names = low_of(day), sorted(self._shelf.newest.names)
        hot = hot_day(self._database, self._shelf.newest, names, low, number)
        if not len(hot) and (not old or (len(old) < 2 and all(piece.hours for piece in old))):
            return {"day": day.isoformat(), "rows": 0, "bytes": 0, "hot": 0}
        rows = len(hot) + sum(piece.rows for piece in old)
        pair = Pair(
            self.register.archive,
            f"day={day.isoformat()}",
            self.register.next_of(day),
            rows,
            DAY_LEVEL if hours else DRAFT_LEVEL,
        )
        made = self._write(pair, chunks(self._shelf.files, old, hot, names, low))
        self._commit(day, made, old, hours=hours, number=number)
        return {
            "day": day.isoformat(),
            "rows": sum(one.sheet.rows for one in made),
            "bytes": sum(one.sheet.bytes for one in made),
            "hot": len(hot),
        }

    def _write(self, pair: Pair, blocks: Iterable[Block], *, minutes: bool = True) -> list[Making]:
        names = [f"{pair.folder}/{pair.number + n}.parquet" for n in (0, 1)]
        self.register.doubt([*names, *(f"minute/{name}" for name in names if minutes)])
        try:
            for block in blocks:
                pair.add(block)
            return [one.finish() for one in pair.made.values()]
        except BaseException:
            for one in pair.made.values():
                one.give_up()
            raise

    def _commit(
        self, day: date, made: list[Making], old: Sequence[Piece], *, hours: bool, number: int
    ) -> None:
        month = day.isoformat()[:7]
        parts = {piece.part for piece in old}
        low = low_of(day)
        if hours:
            new = [block for one in made for block in one.hours]
            sheet = self.register.write_month(month, new, lambda rows: ~_replaced(rows, low, parts))
        span = {"low": low, "high": low + DAY, "number": number}
        with self.register.changing():
            for one in made:
                self.register.enter(one.name, one.sheet)
                minutes = one.minutes_name if one.minutes is not None else ""
                self.register.note(
                    Piece(one.sheet.low, one.sheet.high, one.name, one.name, minutes, hours, 0, 0)
                )
            self._database.execute(_DELETE_HOT, span)
            for piece in old:
                self.register.remove(piece)
            if hours:
                self.register.enter_month(month, sheet)
            self.register.certain([name for one in made for name in (one.name, one.minutes_name)])
        self.register.remove_doubtful()


def day_of(time_ns: int) -> date:
    """UTC day of a time.

    >>> day_of(1_700_000_000_000_000_000).isoformat()
    '2023-11-14'
    """
    return datetime.fromtimestamp(time_ns // 1_000_000_000, tz=UTC).date()


def _replaced(rows: Block, low: int, parts: set[int]) -> Any:
    time = rows["time"]
    return (time >= low) & (time < low + DAY) & np.isin(rows["part"], list(parts))
