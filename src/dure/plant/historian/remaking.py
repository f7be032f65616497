"""A piece with some readings changed: its file, and the minutes and hours of the signals concerned, anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dure.plant.historian.block import Array, Block, empty
from dure.plant.historian.layout import DAY_SCHEMA, Sheet, group_rows
from dure.plant.historian.matching import KEY, READING, places, replaced
from dure.plant.historian.register import Register, among, are, low_of
from dure.plant.historian.rolling import HOUR, MINUTE, rolled_up, worth_minutes
from dure.plant.historian.shelf import Piece
from dure.plant.historian.writing import DAY, DAY_LEVEL, DRAFT_LEVEL, SAMPLE_COLUMNS, chunks


@dataclass(slots=True)
class Remade:
    """What takes a piece's place once it is committed."""

    piece: Piece
    names: Sequence[str]  # the signals of which readings changed
    sheet: Sheet
    minutes: Sheet | None = None
    hours: list[Block] = field(default_factory=list)

    @property
    def month(self) -> str:
        """Month of its hours."""
        return self.piece.day.isoformat()[:7]

    def minutes_name(self, register: Register) -> str:
        """File of its minutes; "" if it has none."""
        return register.name(self.minutes.file) if self.minutes is not None and self.minutes.rows else ""

    def keeps(self, rows: Block) -> Array:
        """Roll-up rows that stay."""
        day = low_of(self.piece.day)
        mine = (rows["time"] >= day) & (rows["time"] < day + DAY) & (rows["part"] == self.piece.part)
        kept: Array = ~(mine & are(rows, set(self.names)))
        return kept


def remade(register: Register, piece: Piece, record: str) -> Remade | None:
    """The piece with the readings of the file `record`; None if it holds none of those samples."""
    names = concerned(register, piece, record)
    if not names:
        return None
    number = register.next_of(piece.day)
    file = f"day={piece.day.isoformat()}/{number}.parquet"
    register.doubt([file])
    files = register.shelf.files
    level = DAY_LEVEL if piece.hours else DRAFT_LEVEL
    sheet = Sheet(
        register.archive / file,
        DAY_SCHEMA,
        level=level,
        group=group_rows(piece.rows),
        split=files.split(piece.raw),
    )
    made = Remade(piece, names, sheet)
    minutes: list[Block] = []
    try:
        _write(register, made, minutes, record)
        sheet.finish()
    except BaseException:
        sheet.give_up()
        raise
    if piece.minutes or any(len(block) for block in minutes):
        name = f"minute/day={piece.day.isoformat()}/{number}.parquet"
        made.minutes = register.write_rollups(name, piece.minutes, minutes, made.keeps)
    return made


def concerned(register: Register, piece: Piece, record: str) -> list[str]:
    """Signals of which a piece holds a sample that the record names."""
    files = register.shelf.files
    names = sorted(register.shelf.newest.names)
    asked = files.read(record, names, piece.low, piece.high + 1, KEY)
    found = []
    for name, place in asked.each():
        own = asked.take(place)
        alone = Block([name], {**own.columns, "code": np.zeros(len(own), np.int32)})
        low, high = int(own["time"][0]), int(own["time"][-1])
        stored = files.read(piece.raw, [name], low, high + 1, KEY)
        if len(stored) and (places(alone, stored) >= 0).any():
            found.append(name)
    return found


def applied(register: Register, block: Block, record: str, columns: Sequence[str] = READING) -> Block:
    """A block with the readings of a record."""
    if not len(block):
        return block
    low, high = int(block["time"].min()), int(block["time"].max())
    rows = register.shelf.files.read(record, block.names, low, high + 1, (*KEY, *columns))
    return replaced(block, rows, columns) if len(rows) else block


def _write(register: Register, made: Remade, minutes: list[Block], record: str) -> None:
    piece, files = made.piece, register.shelf.files
    everybody = sorted(register.shelf.newest.names)
    nothing = empty(everybody, SAMPLE_COLUMNS)
    for block in chunks(files, [piece], nothing, everybody, low_of(piece.day)):
        new = applied(register, block, record)
        made.sheet.add(new)
        some = among(new, [name for name in made.names if name in set(new.names)])
        if len(some):
            made.hours.append(among(rolled_up(some, HOUR, piece.part), made.names))
            one = rolled_up(some, MINUTE, piece.part)
            minutes.append(among(worth_minutes(some, one), made.names))
    if not piece.hours:
        made.hours = []
