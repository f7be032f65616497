"""Arbin battery testers' result files (`.res`): an Access database, whose data points are the rows.

`Channel_Normal_Table` gives one row a data point, in the order of tests and points; beside it stand the auxiliary inputs
of the same point and what `Global_Table` says of its test. Columns are called as Arbin calls them, and as its csv
exports do. Reckoned once a cycle and therefore left out: `Channel_Statistic_Table`. Times are the tester's own, of no
zone. Units are those of Arbin's MITS Pro (A, V, A.h, W.h, Ohm, s; mass in g, capacity in A.h/g as their size tells).
"""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from dure.science.prepare.reading_refusals import FileTooLarge, HeaderOnly
from dure.science.prepare.reading_vendors.promise import Odd, Vendor, VendorTable
from dure.vocabulary import ExtraAbsent, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

_POINTS, _TESTS, _SERIES = "Channel_Normal_Table", "Global_Table", "Auxiliary_Table"
_INPUTS, _VERSION = "Aux_Global_Data_Table", "Version_Table"
_KEY = ("Test_ID", "Data_Point")
_UNITS = {
    "Test_Time": "s", "Step_Time": "s", "Current": "A", "Voltage": "V", "Charge_Capacity": "A.h",
    "Discharge_Capacity": "A.h", "Charge_Energy": "W.h", "Discharge_Energy": "W.h", "dV/dt": "V/s",
    "Internal_Resistance": "Ohm", "AC_Impedance": "Ohm", "ACI_Phase_Angle": "deg", "MASS": "g",
    "Specific_Capacity": "A.h/g",
}  # fmt: skip
_OF_TEST = ("Test_Name", "Channel_Index", "Schedule_File_Name", "MASS", "Specific_Capacity")
_INPUT_KINDS = {0: ("Voltage", "V"), 1: ("Temperature", "°C")}
_DEGREES = {"C": "°C", "F": "°F"}
LIMIT_GB, MOST_ROWS, MOST_INPUTS = 1, 2_000_000, 256
# Pages that one table may point to beyond its own: a chain without an end is no chain.
_MOST_LOOKS = 2_000
_PAGES_AT_ONCE = 2_000
_Columns = Mapping[str, Sequence[Any]]


class _Pages(dict[int, bytes]):
    """Pages by their place in the file, of which only so many are looked up."""

    looks = 0

    def get(self, key: int, default: Any = None) -> Any:
        self.looks += 1
        if self.looks > _MOST_LOOKS:
            raise Odd("its pages point at each other")
        return super().get(key, default)


def _table(content: bytes, where: str) -> VendorTable:
    import polars as pl

    if len(content) > LIMIT_GB * 2**30:
        raise FileTooLarge(where, limit=LIMIT_GB)
    _require_library(where)
    with _broken_is_odd():
        database = _database()(content)
        points = database.frame(_POINTS)
        if points.is_empty():
            raise HeaderOnly(where)
        points = points.sort([name for name in _KEY if name in points.columns])
        tests = database.frame(_TESTS)
        points = _with_tests(points, tests)
        points, units = with_inputs(points, database.frame(_SERIES), database.frame(_INPUTS))
        if "DateTime" in points.columns:
            points = points.with_columns(_as_times(pl.col("DateTime")))
        told = _told(tests, database.frame(_VERSION))
    return VendorTable(points, {n: u for n, u in {**_UNITS, **units}.items() if n in points.columns}, told)


@contextmanager
def _broken_is_odd() -> "Iterator[None]":
    """What the library raises at bytes that are not as they should be."""
    import struct

    import polars as pl
    from construct import ConstructError

    try:
        yield
    except (ConstructError, struct.error, LookupError, TypeError, ValueError, AttributeError, OverflowError,
            pl.exceptions.PolarsError) as broken:  # fmt: skip
        raise Odd(str(broken)) from broken


def _require_library(where: str) -> None:
    from importlib.util import find_spec

    if find_spec("access_parser") is None:
        raise ExtraAbsent(where, library="access-parser", extra="media")


@cache
def _database() -> Any:
    """The library's reader, of bytes where it opens a path itself, its pages bounded; a table comes a few pages at a time."""
    import logging

    import polars as pl
    from access_parser.access_parser import AccessParser, AccessTable, TableObj
    from access_parser.utils import categorize_pages

    # what is broken is told once, by a refusal
    logging.getLogger("access_parser").setLevel(logging.CRITICAL + 1)

    class Database(AccessParser):  # type: ignore[misc]  # the library has no types
        def __init__(self, content: bytes) -> None:
            self._parse_file_header(content)
            definitions, pages, _ = categorize_pages(content, self.page_size)
            self._table_defs, self._data_pages = _Pages(definitions), _Pages(pages)
            self._tables_with_data = self._link_tables_to_data()
            self.extra_props: dict[str, Any] = {}
            self.catalog = self._parse_catalog()

        def frame(self, name: str) -> pl.DataFrame:
            found = self.get_table(name) if name in self.catalog else None
            if found is None:
                return pl.DataFrame()
            parts: list[pl.DataFrame] = []
            pages, known = found.table.linked_pages, found.table
            for at in range(0, len(pages), _PAGES_AT_ONCE):
                some = TableObj(known.offset, known.value)
                some.linked_pages = pages[at : at + _PAGES_AT_ONCE]
                rows = AccessTable(some, self.version, self.page_size, self._data_pages, self._table_defs)
                parts.append(_plain(rows.parse()))
                if sum(map(len, parts)) > MOST_ROWS:
                    raise Odd(f"more than {MOST_ROWS} rows")
            return pl.concat(parts, how="vertical_relaxed") if parts else pl.DataFrame()

    return Database


def _plain(columns: _Columns) -> "pl.DataFrame":
    """Columns of numbers and words; other kinds (bytes of objects) as missing."""
    import polars as pl

    made = []
    for name, cells in columns.items():
        words = any(isinstance(cell, str) for cell in cells)
        kept = [cell if isinstance(cell, str if words else (int, float)) else None for cell in cells]
        made.append(pl.Series(name, kept, dtype=pl.String if words else None, strict=False))
    return pl.DataFrame(made)


def _with_tests(points: "pl.DataFrame", tests: "pl.DataFrame") -> "pl.DataFrame":
    """Beside each point, what is said of its test."""
    import polars as pl

    names = [name for name in _OF_TEST if name in tests.columns and name not in points.columns]
    if "Test_ID" not in points.columns or "Test_ID" not in tests.columns or not names:
        return points
    said = tests.select("Test_ID", *names).unique("Test_ID", keep="first", maintain_order=True)
    return points.join(said.with_columns(pl.col("Test_ID").cast(points.schema["Test_ID"])), on="Test_ID", how="left", maintain_order="left")  # fmt: skip


def with_inputs(
    points: "pl.DataFrame", series: "pl.DataFrame", inputs: "pl.DataFrame"
) -> tuple["pl.DataFrame", dict[str, str]]:
    """Beside each point, the auxiliary inputs read with it (temperatures, voltages), and their units."""
    import polars as pl

    units: dict[str, str] = {}
    if series.is_empty() or not {*_KEY, "Auxiliary_Index", "Data_Type", "X"} <= set(series.columns):
        return points, units
    kinds = series.select("Data_Type", "Auxiliary_Index").unique().sort("Data_Type", "Auxiliary_Index")
    if len(kinds) > MOST_INPUTS:
        raise Odd(f"more than {MOST_INPUTS} auxiliary inputs")
    for kind, place in kinds.iter_rows():
        name, unit = _input(kind, place, inputs, taken=points.columns)
        one = series.filter((pl.col("Data_Type") == kind) & (pl.col("Auxiliary_Index") == place))
        read = one.select(*(pl.col(key).cast(points.schema[key]) for key in _KEY), pl.col("X").alias(name))
        points = points.join(read.unique(list(_KEY), keep="last"), on=list(_KEY), how="left", maintain_order="left")  # fmt: skip
        units |= {name: unit} if unit else {}
    return points, units


def _input(kind: int, place: int, inputs: "pl.DataFrame", taken: Sequence[str]) -> tuple[str, str]:
    """Name and unit of an auxiliary input: as the file calls it, else by its kind and place."""
    import polars as pl

    said, unit = _INPUT_KINDS.get(kind, (str(kind), ""))
    name = f"Aux_{said}_{place + 1}"
    if {"Data_Type", "Auxiliary_Index"} <= set(inputs.columns):
        row = inputs.filter((pl.col("Data_Type") == kind) & (pl.col("Auxiliary_Index") == place))
        told = row.row(0, named=True) if len(row) else {}
        nick, written = str(told.get("Nickname") or "").strip(), str(told.get("Unit") or "").strip()
        unit = (_DEGREES.get(written, written) if kind == 1 else written) or unit
        name = nick if nick and nick not in taken else name
    return name, unit


def _as_times(days: "pl.Expr") -> "pl.Expr":
    """Days since 1899-12-30 (OLE Automation dates) as times, to the millisecond that Arbin writes."""
    import polars as pl

    since_1970 = (days.cast(pl.Float64) - 25_569) * 86_400_000
    return since_1970.round().cast(pl.Int64, strict=False).cast(pl.Datetime("ms"))


def _told(tests: "pl.DataFrame", version: "pl.DataFrame") -> list[tuple[str, str]]:
    """What the file says of itself; the name of who ran the test stays in it."""
    found = [("tests:", str(len(tests)))] if len(tests) > 1 else []
    for frame, name in (
        (tests, "Test_Name"), (tests, "Schedule_File_Name"), (tests, "Software_Version"),
        (tests, "Serial_Number"), (version, "Version_Schema_Field"),
    ):  # fmt: skip
        if name in frame.columns and len(frame):
            found.append((name, str(frame.get_column(name)[0] or "")))
    return found


def _has_points(content: bytes) -> bool:
    """Whether the database has Arbin's table of points; its name is written wide, or narrow where it is packed."""
    return _POINTS.encode("utf-16-le") in content or _POINTS.encode() in content


VENDOR = Vendor(
    "arbin",
    Text("an Arbin result file (.res)", "Arbin 결과 파일(.res)"),
    lambda head: head.startswith((b"\x00\x01\x00\x00Standard Jet", b"\x00\x01\x00\x00Standard ACE")),
    _table,
    holds=_has_points,
)
