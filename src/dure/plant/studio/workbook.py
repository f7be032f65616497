"""Formulas of a workbook: a column in which every row has one and the same becomes a column's formula."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from dure.plant.studio.settling import plain_text
from dure.science.formula import FUNCTIONS, parse, schema_of
from dure.vocabulary import DureError

if TYPE_CHECKING:
    import polars as pl

MOST_BYTES = 60_000_000
MOST_ROWS = 20_000
_TABLE = re.compile(r"\b[A-Za-z_][\w.]*\[(\[#This Row\],\s*)?(\[[^\[\]]+\])\]", re.IGNORECASE)
_SHORT = re.compile(r"\b[A-Za-z_][\w.]*\[@?([^\[\]#@]+)\]")
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?![\w(])")


def formulas_in(path: Path, frame: "pl.DataFrame", title: str = "") -> dict[str, str]:
    """Formula by column, of those that our language knows; values stay where it does not.

    Only the first sheet is looked at, with the header in its first row. Nothing where openpyxl is not installed.
    """
    del title
    try:
        from openpyxl import load_workbook  # type: ignore[import-untyped] # it ships no types
    except ImportError:
        return {}
    if path.stat().st_size > MOST_BYTES or frame.height > MOST_ROWS:
        return {}
    try:
        with path.open("rb") as file:
            book = load_workbook(file, read_only=True, data_only=False)
            rows = list(book.worksheets[0].iter_rows(max_row=frame.height + 1, values_only=True))
            book.close()
    except Exception:  # noqa: BLE001 - the values were read already; a workbook of odd shape keeps just them
        return {}
    return _found(rows, frame)


def _found(rows: list[tuple[object, ...]], frame: "pl.DataFrame") -> dict[str, str]:
    if len(rows) < 2:
        return {}
    header = [str(cell or "").strip() for cell in rows[0]]
    found: dict[str, str] = {}
    for at, name in enumerate(header):
        written = [row[at] if at < len(row) else None for row in rows[1 : frame.height + 1]]
        if name not in frame.columns or not all(
            isinstance(one, str) and one.startswith("=") for one in written
        ):
            continue
        texts = {ours(str(one), header, line) for line, one in enumerate(written, start=2)}
        if len(texts) == 1 and (text := texts.pop()) and _good(text, name, frame):
            found[name] = text
    return found


def ours(text: str, header: list[str], line: int) -> str:
    """Excel's formula with columns by name; empty where it looks at another row or sheet.

    >>> ours("=A2*2+Table1[[#This Row],[b]]", ["a", "b"], 2), ours("=A1", ["a"], 2)
    ('=[a]*2+[b]', '')
    """
    plain = _TABLE.sub(lambda one: one[2], text)
    plain = _SHORT.sub(lambda one: f"[{one[1]}]", plain)
    other = False

    def cell(one: re.Match[str]) -> str:
        nonlocal other
        at = _column(one[1])
        if int(one[2]) != line or at >= len(header) or not header[at]:
            other = True
            return one[0]
        return f"[{header[at]}]"

    pieces = re.split(r'("(?:[^"]|"")*"|\[[^\]]*\])', plain)
    made = "".join(piece if place % 2 else _CELL.sub(cell, piece) for place, piece in enumerate(pieces))
    return "" if other or "!" in made or ":" in re.sub(r'"[^"]*"|\[[^\]]*\]', "", made) else plain_text(made)


def _column(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found - 1


def _good(text: str, name: str, frame: "pl.DataFrame") -> bool:
    """Whether our language knows it; a column never waits for itself."""
    try:
        read = parse(text, FUNCTIONS)
        read.checked(schema_of(frame))
    except DureError:
        return False
    return name not in read.columns
