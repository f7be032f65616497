"""Tables and words of a person, as the historian's corrections and backfills take them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.historian.moments import moment, stamps
from dure.vocabulary import InputError, Text

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Columns = tuple[str, str, str, str]  # of signals, times and values, and what stands before each name
_AT_ONCE = 200_000


class TableUnclear(InputError):
    """A table whose signals, times or values are not named, or not there."""

    key = "historian-table-unclear"
    says = Text("The table {where} cannot be used: {reason}.", "표 {where}을(를) 쓸 수 없습니다: {reason}.")
    remedy = Text(
        "Name its columns with --time-column, --signal-column and --value-column.",
        "--time-column, --signal-column, --value-column으로 열을 지정하세요.",
    )


class CorrectionUnclear(InputError):
    """Words of a correction that do not say what is to be which value."""

    key = "historian-correction-unclear"
    says = Text("This correction is not clear: {reason}.", "정정 내용이 분명하지 않습니다: {reason}.")
    remedy = Text(
        "Name signals, --from, --to and one of --value, --scale/--offset or --remove; or --table FILE.",
        "신호와 --from, --to, 그리고 --value, --scale/--offset, --remove 중 하나를 적거나 --table FILE을 쓰세요.",
    )

    def __init__(self, reason: Text) -> None:
        super().__init__("correct", reason=reason)


def correction(  # noqa: PLR0913, PLR0917 - the words of the command
    now: int,
    signals: Sequence[str],
    span: tuple[str, str],
    new: tuple[float | None, float | None, float | None, bool],
    table: Path | None,
    columns: Columns,
) -> dict[str, Any]:
    """Arguments of `Historian.correct` beside who, why and which signals.

    Raises
    ------
    CorrectionUnclear, TableUnclear, TimeUnreadable
    """
    value, scale, offset, remove = new
    ways = [value is not None, scale is not None or offset is not None, remove, table is not None]
    if sum(ways) != 1:
        raise CorrectionUnclear(
            Text("it names no new value, or more than one", "새 값이 없거나 둘 이상입니다")
        )
    if table is not None:
        if signals or any(span):
            raise CorrectionUnclear(
                Text("a table names its own signals and times", "표에는 신호와 시각이 이미 있습니다")
            )
        return {"table": rights_in(table, columns)}
    if not signals or not all(span):
        raise CorrectionUnclear(Text("it names no signals, or no range of time", "신호나 기간이 없습니다"))
    start, end = (moment(one, now) for one in span)
    return {"start": start, "end": end, "value": value, "scale": scale, "offset": offset}


def rights_in(file: Path, columns: Columns) -> "pa.Table":
    """Signal, time, value and text of each row of a table."""
    frame = _long(file, columns)
    return frame.select("signal", "time", "value", "text").to_arrow().cast(_rights())


def samples_in(file: Path, columns: Columns) -> "Iterator[pa.Table]":
    """Samples of a table in order of time, so many at once as one backfill takes; cells without a value left out."""
    import polars as pl

    from dure.plant.transport import SAMPLE_SCHEMA

    frame = _long(file, columns).filter(pl.col("value").is_not_null() | pl.col("text").is_not_null())
    frame = frame.unique(["signal", "time"], keep="first", maintain_order=True).sort("time")
    made = frame.select(
        "signal", "time", pl.lit(0, pl.Int32).alias("sequence"), pl.col("value").fill_null(float("nan")), "text",
        pl.lit(0, pl.UInt8).alias("quality"), pl.col("time").alias("received"),
    )  # fmt: skip
    for start in range(0, made.height, _AT_ONCE):
        yield made.slice(start, _AT_ONCE).to_arrow().cast(SAMPLE_SCHEMA)


def _rights() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema(
        [("signal", pa.string()), ("time", pa.int64()), ("value", pa.float64()), ("text", pa.string())]
    )


def _long(file: Path, columns: Columns) -> "pl.DataFrame":
    """Signal, time [ns], value and text of each reading of a table, whether it has a column a signal or one for all."""
    import polars as pl

    from dure.science.prepare import read

    named, time, value, source = columns
    frame = read([str(file)]).frame
    time = _time_column(frame, time, str(file))
    if named:
        for name in (named, value):
            if name not in frame.columns:
                raise TableUnclear(
                    str(file), reason=Text(f"it has no column “{name}”", f"“{name}” 열이 없습니다")
                )
        long = frame.select(
            pl.col(named).cast(pl.String).alias("signal"),
            pl.col(time).alias("time"),
            pl.col(value).alias("v"),
        )
    else:
        others = [name for name in frame.columns if name != time]
        parts = [
            frame.select(pl.lit(name).alias("signal"), pl.col(time).alias("time"), pl.col(name).alias("v"))
            for name in others
        ]
        if not parts:
            raise TableUnclear(
                str(file), reason=Text("it has no column beside its times", "시각 말고는 열이 없습니다")
            )
        return pl.concat([_read(part, source) for part in parts])
    return _read(long, source)


def _read(long: "pl.DataFrame", source: str) -> "pl.DataFrame":
    import polars as pl

    kind = long.schema["v"]
    number = kind.is_numeric() or kind == pl.Boolean
    value = pl.col("v").cast(pl.Float64) if number else pl.lit(None, pl.Float64)
    text = pl.lit(None, pl.String) if number else pl.col("v").cast(pl.String)
    name = pl.concat_str([pl.lit(f"{source}/"), pl.col("signal")]) if source else pl.col("signal")
    made = long.select(
        name.alias("signal"), stamps(long["time"]).alias("time"), value.alias("value"), text.alias("text")
    )
    return made.filter(pl.col("signal").is_not_null() & pl.col("time").is_not_null())


def _time_column(frame: "pl.DataFrame", named: str, where: str) -> str:
    import polars as pl

    times = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    chosen = [name for name in times if not named or name == named]
    if len(chosen) != 1:
        listed = ", ".join(times)
        reason = Text(
            f"its column of times is not plain (those that hold times: {listed or 'none'})",
            f"시각 열이 분명하지 않습니다(시각이 담긴 열: {listed or '없음'})",
        )
        raise TableUnclear(where, reason=reason)
    return chosen[0]
