"""What is seen, as a file: every sample, or one row a step; a workbook has its chart in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dure.plant.trends.asking import TrendRefused
from dure.plant.trends.writing import Csv, Parquet, Request, Workbook, Writer
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.historian import Historian

KINDS = ("xlsx", "csv", "parquet")
MOST_ROWS: Mapping[str, int] = {"xlsx": 300_000, "csv": 3_000_000, "parquet": 3_000_000}
"""Rows of a file: a worksheet ends at 1,048,576, and one of more than these cannot be worked with."""
MOST_CELLS = 6_000_000
AT_ONCE = 100_000
"""Rows read at once."""


def check(request: Request, rate: float) -> int:
    """About how many rows a file will have; `rate` is that of all its signals together [Hz].

    Raises
    ------
    TrendRefused
        If they are too many, with the way to fewer.
    """
    if request.kind not in KINDS or not request.signals or request.step < 0:
        raise TrendRefused(request.kind[:20], why=Text("there is no such file", "그런 파일은 없습니다"))
    span = request.end - request.start
    rows = -(-span // request.step) if request.step else int(span / 1e9 * rate)
    cells = rows * (len(request.signals) if request.step else 1)
    refuse(request, max(rows, cells * MOST_ROWS[request.kind] // MOST_CELLS))
    return max(1, rows)


def refuse(request: Request, rows: int) -> None:
    """Refuse more rows than a file of its kind may have.

    Raises
    ------
    TrendRefused
    """
    most = MOST_ROWS[request.kind]
    if rows > most:
        raise TrendRefused(
            request.kind,
            why=Text(
                f"about {rows:,} rows, at most {most:,}; take a longer step, a shorter range or fewer signals",
                f"약 {rows:,}행으로 한도 {most:,}행을 넘으니 간격을 늘리거나 기간이나 신호를 줄여 주세요",
            ),
        )


def make_file(historian: "Historian", request: Request, out: Path, rate: float = 1.0) -> Iterator[float]:
    """Write the file, giving the share that is done, 0 … 1, as it grows.

    Raises
    ------
    TrendRefused
    """
    rows = check(request, rate)
    writer = _writer(request, out)
    try:
        written = 0
        for until, table in _pieces(historian, request, rows):
            written += table.height
            refuse(request, written)
            writer.add(table)
            yield min(1.0, (until - request.start) / (request.end - request.start))
    finally:
        writer.close()


def _pieces(historian: "Historian", request: Request, rows: int) -> Iterator[tuple[int, "pl.DataFrame"]]:
    """Tables of about `AT_ONCE` rows in order of time, each with the time up to which it reaches."""
    width = max(1, (request.end - request.start) * AT_ONCE // rows)
    if request.step:
        width = max(1, AT_ONCE // len(request.signals)) * request.step
    start = request.start
    while start < request.end:
        end = min(request.end, start + width)
        yield (
            end,
            _stepped(historian, request, start, end)
            if request.step
            else _sampled(historian, request, start, end),
        )
        start = end


def _stepped(historian: "Historian", request: Request, start: int, end: int) -> "pl.DataFrame":
    import polars as pl

    found = pl.DataFrame(historian.average(request.signals, start, end, request.step))
    return found.with_columns(pl.col("time").cast(pl.Int64).cast(pl.Datetime("ns", "UTC")))


def _sampled(historian: "Historian", request: Request, start: int, end: int) -> "pl.DataFrame":
    import polars as pl

    found = pl.DataFrame(historian.query(request.signals, start, end)).sort(
        "time", "signal", maintain_order=True
    )
    return found.select(
        pl.col("time").cast(pl.Datetime("ns", "UTC")),
        pl.col("signal").cast(pl.String),
        "value",
        "text",
        "quality",
    )


def _writer(request: Request, out: Path) -> Writer:
    if request.kind == "parquet":
        return Parquet(out)
    return Workbook(request, out) if request.kind == "xlsx" else Csv(request, out)
