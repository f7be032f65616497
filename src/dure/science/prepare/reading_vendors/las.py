"""Well logs (LAS 1.2, 2.0 and 3.0): curves by depth or time, below sections that begin with `~`.

Source: Canadian Well Logging Society, "LAS 1.2", "LAS 2.0" and "Log ASCII Standard (LAS) Software, version 3.0":
`MNEM.UNIT value :description`, data below `~A` or, in 3.0, below `~<name>_Data | <name>_Definition`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dure.science.prepare.reading_vendors.promise import Odd, Vendor, VendorTable, as_values, text_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_LINE = re.compile(r"\s*([^.]*?)\s*\.(\S*)(?:\s+(.*))?$")
_DELIMITERS = {"COMMA": ",", "TAB": "\t", "SPACE": None, "": None}
# Logs are written in capitals; what UCUM would take for another unit, or for none, is put right.
_UNITS = {
    "M": "m", "MM": "mm", "FT": "ft", "FEET": "ft", "IN": "in", "S": "s", "SEC": "s", "PSI": "psi", "DEGF": "degF",
    "DEGC": "degC", "DEG": "deg", "G/CM3": "g/cm3", "G/C3": "g/cm3", "K/M3": "kg/m3", "MV": "mV", "V": "V", "AMPS": "A",
    "MS/M": "mS/m", "C3": "cm3", "US/F": "us/ft", "US/FT": "us/ft", "US/M": "us/m", "M/HR": "m/h", "UNITLESS": "",
}  # fmt: skip
_TOLD = ("WELL", "COMP", "FLD", "LOC", "DATE", "STRT", "STOP", "STEP")
_BEGINS = re.compile(rb"(?:\s*#[^\n]*\n)*\s*~[Vv]")


@dataclass(slots=True)
class _Section:
    title: str
    lines: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """First letter of an old section, or what it is in 3.0: `data`, `definition`, `A`, `C` …."""
        first = self.title[1:].strip().split("|")[0].strip().lower()
        for word in ("data", "definition"):
            if f"_{word}" in first:
                return word
        return first[:1].upper()


@dataclass(frozen=True, slots=True)
class _Curve:
    name: str
    unit: str


def _table(content: bytes, where: str) -> VendorTable:
    import polars as pl

    sections = list(_sections(text_of(content, where)))
    told = {curve[0].upper(): curve for one in sections if one.kind in ("V", "W") for curve in _entries(one)}
    missing = told.get("NULL", ("", "", ""))[2]
    delimiter = _DELIMITERS.get(told.get("DLM", ("", "", ""))[2].upper())
    frames: list[pl.DataFrame] = []
    units: dict[str, str] = {}
    curves: list[_Curve] = []
    for section in sections:
        if section.kind in ("C", "definition"):
            curves = _curves(section)
        elif section.kind in ("A", "data") and curves:
            rows = _rows(section, len(curves), delimiter, wrapped=_wrapped(told))
            frames += [_frame(rows, curves, missing)] if rows else []
            units |= {curve.name: curve.unit for curve in curves if curve.unit}
    if not frames:
        raise Odd("it holds no curves")
    if len(frames) > 1:  # several logs in one file: which of them a row is of
        frames = [one.insert_column(0, pl.lit(n).alias("log")) for n, one in enumerate(frames, 1)]
    facts = [(name, told[name][2]) for name in _TOLD if name in told]
    return VendorTable(pl.concat(frames, how="diagonal_relaxed"), units, facts)


def _sections(text: str) -> Iterator[_Section]:
    section: _Section | None = None
    for line in text.split("\n"):
        if line.lstrip().startswith("~"):
            if section is not None:
                yield section
            section = _Section(line.strip())
        elif section is not None and line.strip() and not line.lstrip().startswith("#"):
            section.lines.append(line)
    if section is not None:
        yield section


def _entries(section: _Section) -> Iterator[tuple[str, str, str]]:
    """Name, unit and value of the lines of a section."""
    for line in section.lines:
        found = _LINE.match(line.rpartition(":")[0] or line)
        if found is not None:
            name, unit, value = (part.strip() for part in found.groups(""))
            yield name, unit, value


def _curves(section: _Section) -> list[_Curve]:
    found: list[_Curve] = []
    seen: dict[str, int] = {}
    for name, unit, _ in _entries(section):
        seen[name] = seen.get(name, 0) + 1
        found.append(
            _Curve(name if seen[name] == 1 else f"{name} {seen[name]}", _UNITS.get(unit.upper(), unit))
        )
    return found


def _wrapped(told: dict[str, tuple[str, str, str]]) -> bool:
    return told.get("WRAP", ("", "", ""))[2].upper() == "YES"


def _rows(section: _Section, width: int, delimiter: str | None, *, wrapped: bool) -> list[list[str]]:
    rows = [_cells(line, delimiter) for line in section.lines]
    if wrapped:
        flat = [cell for row in rows for cell in row]
        rows = [flat[at : at + width] for at in range(0, len(flat), width)]
    return rows


def _cells(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line without what a delimiter at its end leaves."""
    cells = [cell.strip() for cell in line.split(delimiter)] if delimiter else line.split()
    return cells[:-1] if delimiter and cells and not cells[-1] else cells


def _frame(rows: list[list[str]], curves: list[_Curve], missing: str) -> "pl.DataFrame":
    """Cells by curve; what has no curve is named by its place, what is not there is missing."""
    import polars as pl

    width = max(len(curves), *map(len, rows))
    names = [curve.name for curve in curves]
    names += [f"column_{place}" for place in range(len(names) + 1, width + 1)]
    full = [row + [""] * (width - len(row)) for row in rows]
    return pl.DataFrame(
        [as_values(name, cells, missing) for name, cells in zip(names, zip(*full, strict=True), strict=True)]
    )


VENDOR = Vendor(
    "las", Text("a well log (LAS)", "검층 파일(LAS)"), lambda head: _BEGINS.match(head) is not None, _table
)
