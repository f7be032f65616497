"""A block as Excel copies it: tabs between cells, lines between rows, quotes around what holds either."""

import csv
import io
from collections.abc import Sequence

from dure.plant.studio.refusals import TooLarge

MOST_BYTES = 64_000_000
MOST_CELLS = 2_000_000


def block(text: str) -> list[list[str]]:
    r"""Rows of cells of a pasted text, all as wide as the widest.

    >>> block('a\tb\r\n1\t"two\nlines"\r\n3')
    [['a', 'b'], ['1', 'two\nlines'], ['3', '']]

    Raises
    ------
    TooLarge
    """
    if len(text) > MOST_BYTES:
        raise TooLarge("paste", count=f"{len(text):,}", most=f"{MOST_BYTES:,}")
    plain = text.replace("\0", "")
    try:
        rows = list(csv.reader(io.StringIO(plain, newline=""), delimiter="\t", quotechar='"', strict=False))
    except csv.Error as one_cell:  # its limit is the process's, and the readers of files rely on it
        raise TooLarge("paste", count=f"{len(text):,}", most=f"{csv.field_size_limit():,}") from one_cell
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((len(row) for row in rows), default=0)
    if width * len(rows) > MOST_CELLS:
        raise TooLarge("paste", count=f"{width * len(rows):,}", most=f"{MOST_CELLS:,}")
    return [row + [""] * (width - len(row)) for row in rows]


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: texts all different, none a number, above something else.

    >>> has_header([["temp", "state"], ["20", "on"]]), has_header([["1", "2"], ["3", "4"]])
    (True, False)
    """
    from dure.plant.studio.typed import moment, number

    if len(rows) < 2:
        return False
    first = [cell.strip() for cell in rows[0]]
    return (
        all(first)
        and len(set(first)) == len(first)
        and not any(number(one) is not None or moment(one) is not None for one in first)
    )
