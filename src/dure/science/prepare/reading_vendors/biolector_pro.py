"""BioLector Pro (m2p-labs): settings in brackets below titles, then readings below `=====data=====`.

Two writers are read: one reading a line (`Type;Cycle;Well;Filterset;Time;…`), and BioLection's, whose lines are wells and
whose columns are times [h]; the latter is turned to one row a well, filter set and time. A file that the instrument began
anew (a second `=====process=====`) goes on with the same columns.
"""

import re
from typing import TYPE_CHECKING

from dure.science.prepare.reading_refusals import HeaderOnly
from dure.science.prepare.reading_vendors.promise import Odd, Vendor, VendorTable, as_values, text_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_DATA = "=====data====="
_FACT = re.compile(r"\[([^\]]+)\]\s*(.*)")
_TOLD = ("start_date_time", "name", "hardware_id", "mtp", "user", "temperature", "frequency")
_NONE = "-9999"
_BEGINS = re.compile(rb"={3,} ?(?:process|parameters|layout) ?={3,} *\r?\n")


def _table(content: bytes, where: str) -> VendorTable:
    lines = text_of(content, where).removeprefix("\ufeff").split("\n")
    begin = next((at for at, line in enumerate(lines) if line.strip() == _DATA), -1)
    if begin < 0 or begin + 1 >= len(lines):
        raise Odd("it has no data")
    facts = {found.group(1): found.group(2).strip() for line in lines[:begin] if (found := _FACT.match(line))}
    rows = [line.split(";") for line in lines[begin + 1 :] if ";" in line]
    if len(rows) < 2:
        raise HeaderOnly(where)
    turned = rows[0][0] == "T"
    frame = _from_wells(rows) if turned else _from_readings(rows, facts)
    if frame.is_empty():
        raise HeaderOnly(where)
    units = {"Time": "h" if turned else "s"}
    told = [(name, facts[name]) for name in _TOLD if facts.get(name)]
    return VendorTable(frame, {n: unit for n, unit in units.items() if n in frame.columns}, told)


def _from_readings(rows: list[list[str]], facts: dict[str, str]) -> "pl.DataFrame":
    """One reading a line."""
    import polars as pl

    names = [name.strip() for name in rows[0]]
    full = _without_headers(rows, len(names))
    columns = zip(names, zip(*full, strict=True), strict=True) if full else []
    frame = pl.DataFrame([as_values(name, _present(cells)) for name, cells in columns])
    return _with_names(frame, facts) if frame.height else frame


def _without_headers(rows: list[list[str]], width: int) -> list[list[str]]:
    """Rows of `width` cells, without lines that say a header; a cell that only repeats its header's name is empty."""
    found: list[list[str]] = []
    header: list[str] = []
    for row in rows:
        cells = [cell.strip() for cell in row[:width]] + [""] * (width - len(row))
        if cells[0] == "Type":
            header = cells
        else:
            found.append(["" if cell == name else cell for cell, name in zip(cells, header, strict=True)])
    return found


def _present(cells: tuple[str, ...]) -> list[str]:
    return ["" if cell.startswith(_NONE) else cell for cell in cells]


def _with_names(frame: "pl.DataFrame", facts: dict[str, str]) -> "pl.DataFrame":
    """Well and filter set by the names that the head gives their numbers."""
    import polars as pl

    wells = {number: facts.get(f"{number}_well", "") for number in _numbers(facts, "well")}
    filters = {number: facts.get(f"{number}_name", "") for number in _numbers(facts, "name")}
    made = []
    for column, names, new, digits in (("Well", wells, "Well name", 3), ("Filterset", filters, "Filter", 2)):
        if column in frame.columns and names:
            key = frame.get_column(column).cast(pl.Int64, strict=False).cast(pl.String).str.zfill(digits)
            made.append(key.replace_strict(names, default=None, return_dtype=pl.String).alias(new))
    return frame.with_columns(made)


def _numbers(facts: dict[str, str], ending: str) -> list[str]:
    return [name.removesuffix(f"_{ending}") for name in facts if re.fullmatch(rf"\d+_{ending}", name)]


def _from_wells(rows: list[list[str]]) -> "pl.DataFrame":
    """One row a well, filter set and time out of lines of wells and columns of times."""
    import polars as pl

    times = as_values("Time", [cell.strip() for cell in rows[0][6:]])
    parts = []
    for row in rows[1:]:
        if row[0] not in ("M", "S") and not row[1].strip():
            continue
        cells = [cell.strip() for cell in row[6 : 6 + len(times)]]
        values = as_values("Value", _present(tuple(cells + [""] * (len(times) - len(cells)))))
        if values.dtype == pl.Float64:
            words = {"Well name": row[1], "Content": row[2], "Filterset": row[4], "Filter": row[5]}
            said = [pl.lit(word.strip() or None, dtype=pl.String).alias(name) for name, word in words.items()]
            parts.append(pl.DataFrame([times, values]).select(*said, "Time", "Value").drop_nulls("Value"))
    return pl.concat(parts) if parts else pl.DataFrame()


VENDOR = Vendor(
    "biolector-pro",
    Text("a BioLector Pro export", "BioLector Pro 내보내기 파일"),
    lambda head: _BEGINS.match(head) is not None,
    _table,
)
