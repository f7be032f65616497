"""`dure query`: samples from the historian to a file or the terminal."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.plant.historian.keeping_commands import historian
from dure.vocabulary import Answer

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.historian.questions import Question

app = typer.Typer()
app.add_typer(historian, name="historian")
_SHOWN_ROWS = 20


@app.command()
def query(  # noqa: PLR0913, PLR0917 - a question has these parts
    signals: Annotated[
        list[str],
        typer.Argument(help="Signals, by id or pattern (line1/*/Voltage).", show_default=False),
    ],
    start: Annotated[str, typer.Option("--from", help="First moment: 2026-11-24T08:00, or -1h.")] = "-1h",
    end: Annotated[str, typer.Option("--to", help="End, itself left out: a moment, or now.")] = "now",
    every: Annotated[
        str,
        typer.Option(help="One row a step (1s, 1m, 1h): the last good value at each.", show_default=False),
    ] = "",
    take: Annotated[
        str,
        typer.Option(help="With --every, of the samples in each step: mean, min, max, sum, count or last."),
    ] = "",
    average: Annotated[
        bool, typer.Option("--average", help="With --every: average weighed by time in each step.")
    ] = False,
    interpolate: Annotated[
        bool, typer.Option("--interpolate", help="With --every or --asof: on the line between samples.")
    ] = False,
    states: Annotated[
        bool, typer.Option("--states", help="How long each value or text was held, and how often it began.")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Mean, deviation, extremes of each signal, weighed by time.")
    ] = False,
    asof: Annotated[
        Path | None,
        typer.Option(help="Add the signals to this table of lab samples or batches.", show_default=False),
    ] = None,
    time: Annotated[
        str, typer.Option(help="Column of times in that table; else the only one.", show_default=False)
    ] = "",
    delay: Annotated[
        str, typer.Option(help="Take the values so long before each time (5m).", show_default=False)
    ] = "",
    max_age: Annotated[
        str, typer.Option(help="No value that is older than this (10m).", show_default=False)
    ] = "",
    raw: Annotated[bool, typer.Option("--raw", help="As it came, without corrections.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Where to: .parquet, .csv or .xlsx.", show_default=False),
    ] = None,
) -> Answer:
    """Samples of signals from the running node, as recorded, one row a step, by state or beside lab samples."""
    import time as clock

    from dure.plant.historian import Historian
    from dure.plant.historian.naming import named
    from dure.plant.historian.questions import Question
    from dure.vocabulary import home

    kinds = {"average": average, "interpolate": interpolate, "states": states, "statistics": statistics}
    asked = Question.of(
        clock.time_ns(), (start, end), every, take, kinds, (asof, time), (delay, max_age), raw=raw
    )
    with Historian(home()) as client:
        asked = asked.about(named(client, signals))
        frames = _shown(asked.frames(client))
        if out is not None:
            from dure.plant.historian.outlet import written

            rows, columns = written(frames, out)
            return Answer(
                {**asked.told(), "rows": rows, "columns": columns, "out": str(out)}, f"{rows} rows: {out}"
            )
        return _to_terminal(frames, asked)


def _to_terminal(frames: "Iterable[pl.DataFrame]", asked: "Question") -> Answer:
    """The newest rows; of a long answer no more than those is held."""
    import polars as pl

    rows, tail = 0, pl.DataFrame()
    for frame in frames:
        rows += frame.height
        tail = (frame if not rows - frame.height else pl.concat([tail, frame])).tail(_SHOWN_ROWS)
    return Answer({**asked.told(), "rows": rows, "columns": tail.columns, "out": None}, _table(tail, rows))


def _shown(parts: "Iterator[tuple[pl.DataFrame, float]]") -> "Iterator[pl.DataFrame]":
    """The frames; on a terminal with a bar that says how far it is."""
    import sys

    if not sys.stderr.isatty():
        yield from (frame for frame, _ in parts)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        for frame, done in parts:
            bar.update(task, completed=done)
            yield frame


def _table(tail: "pl.DataFrame", rows: int) -> Any:
    """The newest rows as a table for the terminal."""
    from rich.table import Table

    table = Table(*tail.columns, caption=f"{tail.height} of {rows} rows")
    for row in tail.iter_rows():
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    return table
