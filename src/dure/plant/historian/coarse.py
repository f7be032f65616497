"""What is left of samples that retention removed: their minutes, or their hours."""

from collections.abc import Sequence

from dure.plant.historian.block import Block, empty
from dure.plant.historian.reading import Reader, recoded
from dure.plant.historian.shelf import Piece


def coarser(
    reader: Reader, asked: Sequence[str], span: tuple[int, int], width: int, columns: Sequence[str]
) -> list[Block]:
    """Minutes or hours of the signals of which nothing as fine as `width` (a minute, or 0 for samples) is left."""
    low, high = span
    now = reader.moment(high)
    found: list[Block] = []
    for piece in now.pieces:
        if not piece.thinned or piece.low >= high or piece.high < low:
            continue
        left = _without(reader, piece, list(asked))
        minutes = _of_part(reader, piece.minutes, left, span, piece.part, columns)
        if not width:
            found.append(minutes)
        seen = {name for name, _ in minutes.each()}
        left = [name for name in left if name not in seen]
        month = now.months.get(piece.day.isoformat()[:7], "")
        found.append(_of_part(reader, month, left, span, piece.part, columns))
    return [recoded(block, asked) for block in found if len(block)]


def _without(reader: Reader, piece: Piece, names: list[str]) -> list[str]:
    """Those of which a piece no longer holds a sample."""
    if not piece.raw:
        return names
    rows = reader.shelf.files.read(piece.raw, names, piece.low, piece.high + 1, ("time",))
    seen = {name for name, _ in rows.each()}
    return [name for name in names if name not in seen]


def _of_part(  # noqa: PLR0913, PLR0917 - the parts of one look
    reader: Reader, file: str, names: list[str], span: tuple[int, int], part: int, columns: Sequence[str]
) -> Block:
    if not file or not names:
        return empty(names, columns)
    rows = reader.shelf.files.read(file, names, *span, (*columns, "part"))
    return rows.take(rows["part"] == part)
