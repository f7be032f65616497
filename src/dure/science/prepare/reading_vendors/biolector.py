"""BioLector (m2p-labs): a head of settings, filter sets, then one reading a line; wells of a plate at a time [h].

The columns are as the instrument names them; a filter set's number gets the name that the head gives it.
"""

from typing import TYPE_CHECKING

from dure.science.prepare.reading_refusals import HeaderOnly
from dure.science.prepare.reading_vendors.promise import Odd, Vendor, VendorTable, as_values, text_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_TOLD = ("DATE START", "DEVICE", "PROTOCOL", "PLATETYPE", "USER", "FILE_VERSION")
_UNITS = {"°C": "°C", "�C": "°C", "rH": "%", "%": "%", "h": "h"}


def _table(content: bytes, where: str) -> VendorTable:
    import polars as pl

    lines = text_of(content, where).split("\n")
    head = next((at for at, line in enumerate(lines) if line.startswith("READING;")), -1)
    if head < 0:
        raise Odd("it has no line of readings")
    written = lines[head].split(";")
    rows = [line.split(";") for line in lines[head + 1 :] if line.strip()]
    if not rows:
        raise HeaderOnly(where)
    width = len(written)
    full = [[cell.strip() for cell in row[:width]] + [""] * (width - len(row)) for row in rows]
    names = [name.partition("[")[0].strip() for name in written]
    frame = pl.DataFrame([as_values(n, c) for n, c in zip(names, zip(*full, strict=True), strict=True)])
    return VendorTable(_with_filters(frame, lines[:head]), _units(written), _facts(lines[:head]))


def _with_filters(frame: "pl.DataFrame", head: list[str]) -> "pl.DataFrame":
    """The name of a reading's filter set (Biomass, pH, pO2) beside its number."""
    import polars as pl

    names = {
        row[0].strip(): row[1].strip()
        for row in map(_cells, head)
        if len(row) > 2 and row[0].strip().isdigit()
    }
    number = frame.get_column("FILTERSET").cast(pl.Float64, strict=False).cast(pl.Int64).cast(pl.String)
    told = number.replace_strict(names, default=None, return_dtype=pl.String).alias("FILTERNAME")
    return frame.insert_column(frame.columns.index("FILTERSET") + 1, told)


def _cells(line: str) -> list[str]:
    return line.split(";")


def _units(written: list[str]) -> dict[str, str]:
    found = {}
    for name in written:
        plain, _, unit = name.partition("[")
        if unit:
            found[plain.strip()] = _UNITS.get(unit.rstrip("] "), unit.rstrip("] "))
    return found


def _facts(head: list[str]) -> list[tuple[str, str]]:
    told = {row[0].strip(): " ".join(cell.strip() for cell in row[1:3]).strip() for row in map(_cells, head)}
    return [(name, told[name]) for name in _TOLD if told.get(name)]


VENDOR = Vendor(
    "biolector",
    Text("a BioLector export", "BioLector 내보내기 파일"),
    lambda head: head.startswith(b"FILENAME;") and b"\nPROTOCOL;" in head,
    _table,
)
