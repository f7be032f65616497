"""Removing what is no longer kept: samples, minutes or hours of some signals out of whole files."""

from collections.abc import Collection
from dataclasses import replace

from dure.plant.historian.block import empty
from dure.plant.historian.layout import DAY_SCHEMA, Sheet, group_rows
from dure.plant.historian.register import Register, are, low_of
from dure.plant.historian.shelf import Piece
from dure.plant.historian.writing import DAY_LEVEL, SAMPLE_COLUMNS, chunks


def thin(register: Register, piece: Piece, names: Collection[str]) -> int:
    """Remove the samples of `names` from a piece, keep what is rolled up of them; bytes won."""
    with register.guard:
        sheet = _thinned(register, piece, sorted(set(register.shelf.newest.names) - set(names)))
        with register.changing():
            register.supersede(piece, sheet, thinned=True)
        register.remove_doubtful()
        return piece.bytes - (0 if sheet is None else sheet.bytes)


def thin_minutes(register: Register, piece: Piece, names: Collection[str]) -> int:
    """Remove the minutes of `names` from what is rolled up of a piece; bytes won."""
    with register.guard:
        before = (register.archive / piece.minutes).stat().st_size
        file = f"minute/day={piece.day.isoformat()}/{register.next_of(piece.day)}.parquet"
        sheet = register.write_rollups(file, piece.minutes, [], lambda rows: ~are(rows, set(names)))
        with register.changing():
            register.note(replace(piece, minutes=file if sheet.rows else ""))
            if sheet.rows:  # an empty file stays in doubt, and goes
                register.certain([file])
            register.uncertain([piece.minutes])
        register.remove_doubtful()
        return before - (sheet.bytes if sheet.rows else 0)


def thin_hours(register: Register, month: str, names: Collection[str], before: int) -> int:
    """Remove the hours of `names` earlier than `before` [ns] from the file of a month; bytes won."""
    with register.guard:
        size = (register.archive / register.shelf.view.months[month]).stat().st_size
        sheet = register.write_month(
            month, [], lambda rows: ~(are(rows, set(names)) & (rows["time"] < before))
        )
        with register.changing():
            register.enter_month(month, sheet)
        register.remove_doubtful()
        return size - sheet.bytes


def _thinned(register: Register, piece: Piece, kept: list[str]) -> Sheet | None:
    """The samples of `kept` of a piece in a new file."""
    file = f"day={piece.day.isoformat()}/{register.next_of(piece.day)}.parquet"
    register.doubt([file])
    files = register.shelf.files
    sheet = Sheet(
        register.archive / file,
        DAY_SCHEMA,
        level=DAY_LEVEL,
        group=group_rows(piece.rows),
        split=files.split(piece.raw),
    )
    low = low_of(piece.day)
    for block in chunks(files, [piece], empty(kept, SAMPLE_COLUMNS), kept, low) if kept else ():
        sheet.add(block)
    if sheet.finish().rows:
        return sheet
    sheet.file.unlink()
    return None
