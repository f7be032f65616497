"""`dure query`: samples from the historian to a file or the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.historian.client import Historian

app = typer.Typer()
historian = typer.Typer(help="The historian's stored samples.", no_args_is_help=True)
app.add_typer(historian, name="historian")
_SHOWN_ROWS = 20


@app.command()
def query(
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
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Where to: .parquet, .csv or .xlsx.", show_default=False),
    ] = None,
) -> Answer:
    """Samples of signals from the running node, as recorded or one row a step."""
    import time

    from dure.plant.historian import Historian
    from dure.plant.historian.moments import duration, moment
    from dure.science.prepare import write
    from dure.vocabulary import home

    now = time.time_ns()
    span, step = (moment(start, now), moment(end, now)), duration(every) if every else 0
    with Historian(home()) as historian:
        names = _named(historian, signals)
        frame = _frame(historian, names, span, step)
    if out is not None:
        write(frame, out)
    return _answer(frame, names, span, out)


@historian.command()
def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go, and how many bytes.")
    ] = False,
) -> Answer:
    """Remove the samples and roll-ups that historian/classes.toml no longer keeps."""
    from dure.plant.historian import Historian
    from dure.vocabulary import home

    with Historian(home()) as client:
        facts = client.retention(dry_run=dry_run)
    from rich.table import Table

    shown = Table("what", "of", "signals", "bytes", caption=_gone(facts))
    for item in facts["items"]:
        shown.add_row(*(str(item[name]) for name in ("kind", "where", "signals", "bytes")))
    return Answer(facts, shown)


def _gone(facts: dict[str, Any]) -> str:
    total = sum(facts["bytes"].values())
    return f"{total} bytes {'would go' if facts['dry_run'] else 'are gone'}"


def _named(historian: "Historian", patterns: list[str]) -> list[str]:
    """Ids of the signals that the patterns mean, each once, in the order of the patterns."""
    from fnmatch import fnmatchcase

    from dure.plant.historian.errors import SignalUnknown

    known = [row["signal"] for row in historian.signals()]
    found: dict[str, None] = {}
    for pattern in patterns:
        matching = [pattern] if pattern in known else [name for name in known if fnmatchcase(name, pattern)]
        if not matching:
            raise SignalUnknown(pattern, known=len(known))
        found |= dict.fromkeys(matching)
    return list(found)


def _frame(historian: "Historian", names: list[str], span: tuple[int, int], step: int) -> "pl.DataFrame":
    import polars as pl

    times = pl.col("time", "received").cast(pl.Datetime("ns", "UTC"))
    if step:
        frame = pl.DataFrame(historian.query_every(names, *span, step))
        return frame.with_columns(pl.col("time").cast(pl.Datetime("ns", "UTC")))
    return pl.DataFrame(historian.query(names, *span)).with_columns(times)


def _answer(frame: "pl.DataFrame", names: list[str], span: tuple[int, int], out: Path | None) -> Answer:
    facts: dict[str, Any] = {
        "signals": names,
        "rows": frame.height,
        "columns": frame.columns,
        "from": span[0],
        "to": span[1],
        "out": None if out is None else str(out),
    }
    return Answer(facts, f"{frame.height} rows: {out}" if out is not None else _table(frame))


def _table(frame: "pl.DataFrame") -> Any:
    """The newest rows as a table for the terminal."""
    from rich.table import Table

    shown = frame.tail(_SHOWN_ROWS)
    table = Table(*shown.columns, caption=f"{shown.height} of {frame.height} rows")
    for row in shown.iter_rows():
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    return table
