"""Writers of the files: comma-separated, Parquet, and a workbook with its chart."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl
    import pyarrow.parquet as pq

CHARTED = 30_000
"""Points of a chart's line: more of them no spreadsheet draws in good time."""


@dataclass(frozen=True, slots=True)
class Request:
    """A file of `signals` over `start` ≤ time < `end` [ns]; `step` [ns] 0 for every sample; times shown in `zone`."""

    kind: str
    signals: tuple[str, ...]
    start: int
    end: int
    step: int = 0
    zone: tzinfo = UTC
    units: Mapping[str, str] | None = None
    words: Mapping[str, str] | None = None

    def heading(self, signal: str) -> str:
        """Name and unit of a column."""
        unit = (self.units or {}).get(signal, "")
        return f"{signal} [{unit}]" if unit else signal

    def word(self, english: str) -> str:
        """A word of the file in the person's language."""
        return (self.words or {}).get(english, english)


def inert(cell: str) -> str:
    """A cell that no spreadsheet runs (OWASP, CSV injection).

    >>> inert("=1+1"), inert("line1/T")
    ("'=1+1", 'line1/T')
    """
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


class Writer(Protocol):
    """Takes tables one after the other."""

    def add(self, table: "pl.DataFrame") -> None:
        """Write rows."""

    def close(self) -> None:
        """End the file."""


class Csv:
    """Comma-separated, times with their offset; readable by a spreadsheet in Korean too."""

    def __init__(self, request: Request, out: Path) -> None:
        self._request, self._file, self._begun = request, out.open("wb"), False
        self._file.write(b"\xef\xbb\xbf")

    def add(self, table: "pl.DataFrame") -> None:
        """Write rows."""
        import polars as pl

        zone = str(self._request.zone)
        time = pl.col("time").dt.convert_time_zone(zone).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        rows = table.with_columns(time).rename(
            {one: inert(self._request.heading(one)) for one in table.columns if one in self._request.signals}
        )
        texts = [name for name in ("signal", "text") if name in rows.columns and not self._request.step]
        risky = [
            pl.when(pl.col(name).str.contains(r"^[=+\-@\t\r]"))
            .then("'" + pl.col(name))
            .otherwise(pl.col(name))
            .alias(name)
            for name in texts
        ]
        rows.with_columns(risky).write_csv(self._file, include_header=not self._begun)
        self._begun = True

    def close(self) -> None:
        """End the file."""
        self._file.close()


class Parquet:
    """Columns as the historian has them, times in UTC."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: "pl.DataFrame") -> None:
        """Write a row group."""
        import pyarrow.parquet as pq

        rows = table.to_arrow()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._out, rows.schema, compression="zstd")
        self._writer.write_table(rows.cast(self._writer.schema))

    def close(self) -> None:
        """Write the footer."""
        if self._writer is not None:
            self._writer.close()


class Workbook:
    """A sheet of values, a chart of them, and a sheet that says what it is."""

    def __init__(self, request: Request, out: Path) -> None:
        import xlsxwriter

        settings = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": True,
        }
        self._request, self._book, self._row = request, xlsxwriter.Workbook(str(out), settings), 1
        self._bounds: dict[str, tuple[int, int]] = {}
        self._sheet = self._book.add_worksheet(request.word("values"))
        self._clock = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, 0, 24)
        self._sheet.set_column(1, max(4, len(request.signals)), 18)
        bold = self._book.add_format({"bold": True, "text_wrap": True})
        for place, cell in enumerate(self._heads()):
            self._sheet.write_string(0, place, cell, bold)

    def _heads(self) -> list[str]:
        one = self._request
        if one.step:
            return [one.word("time"), *(one.heading(name) for name in one.signals)]
        values = [f"{one.heading(name)}" for name in one.signals]
        return [one.word("time"), *values, one.word("text"), one.word("quality")]

    def add(self, table: "pl.DataFrame") -> None:
        """Write rows; of every sample a row, its value in the column of its signal."""
        import polars as pl

        local = table.with_columns(
            pl.col("time")
            .dt.convert_time_zone(str(self._request.zone))
            .dt.replace_time_zone(None)
            .cast(pl.Datetime("us"))
        )
        places = {name: place for place, name in enumerate(self._request.signals, 1)}
        write = self._stepped if self._request.step else self._sampled
        for row in local.iter_rows():
            self._sheet.write_datetime(self._row, 0, row[0], self._clock)
            write(row, places)
            self._row += 1

    def _stepped(self, row: Sequence[Any], _places: Mapping[str, int]) -> None:
        for place, value in enumerate(row[1:], 1):
            if value is not None:
                self._sheet.write_number(self._row, place, value)

    def _sampled(self, row: Sequence[Any], places: Mapping[str, int]) -> None:
        _time, signal, value, text, quality = row
        if value is not None and math.isfinite(value):
            self._sheet.write_number(self._row, places[signal], value)
        if text is not None:
            self._sheet.write_string(self._row, len(places) + 1, text[:32_000])
        self._sheet.write_number(self._row, len(places) + 2, quality)

    def close(self) -> None:
        """Draw the chart, say what the file is, and write it."""
        self._chart()
        self._about()
        self._book.close()

    def _chart(self) -> None:
        last = min(self._row - 1, CHARTED)
        if last < 1:
            return
        name = self._request.word("values")
        chart = self._book.add_chart({"type": "scatter", "subtype": "straight"})
        for place in range(1, len(self._request.signals) + 1):
            chart.add_series(
                {
                    "name": [name, 0, place],
                    "categories": [name, 1, 0, last, 0],
                    "values": [name, 1, place, last, place],
                    "line": {"width": 1.25},
                    "marker": {"type": "none"},
                }
            )
        chart.show_blanks_as("span")
        chart.set_x_axis(
            {
                "num_format": "mm-dd hh:mm",
                "min": _serial(self._request.start, self._request.zone),
                "max": _serial(self._request.end, self._request.zone),
            }
        )
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 1080, "height": 520})
        self._book.add_worksheet(self._request.word("chart")).insert_chart("A1", chart)

    def _about(self) -> None:
        one = self._request
        sheet = self._book.add_worksheet(one.word("about"))
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 60)
        facts = [
            (one.word("from"), _clock(one.start, one.zone)),
            (one.word("to"), _clock(one.end, one.zone)),
            (one.word("time zone"), str(one.zone)),
            (one.word("rows"), str(self._row - 1)),
            (
                one.word("kind"),
                one.word("mean of each step, weighted by time") if one.step else one.word("every sample"),
            ),
            (one.word("step"), f"{one.step / 1e9:g} s" if one.step else "–"),
            *((one.word("signal"), one.heading(name)) for name in one.signals),
        ]
        for row, cells in enumerate(facts):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)


def _clock(moment: int, zone: tzinfo) -> str:
    return (
        datetime.fromtimestamp(moment / 1e9, UTC).astimezone(zone).isoformat(sep=" ", timespec="milliseconds")
    )


def _serial(moment: int, zone: tzinfo) -> float:
    """A time as a spreadsheet counts it: days since 1899-12-30, on the plant's clocks (ECMA-376-1, 18.17.4.1)."""
    local = datetime.fromtimestamp(moment / 1e9, UTC).astimezone(zone).replace(tzinfo=None)
    return (local - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001 - a spreadsheet knows no zones
