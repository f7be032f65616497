"""`dure replay`: what a model would have been worth on the line, with labels that come late."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer

if TYPE_CHECKING:
    from dure.vocabulary import Progress

app = typer.Typer()


@app.command()
def replay(  # noqa: PLR0913, PLR0917 - the options of the command, which Typer passes by name
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="Folder of a model package.", show_default=False)
    ],
    tables: Annotated[
        list[str], typer.Argument(metavar="TABLE...", help="Files, folders or patterns.", show_default=False)
    ],
    target: Annotated[
        str | None,
        typer.Option(help="Column of the labels; the model's own when left out.", show_default=False),
    ] = None,
    label_delay: Annotated[
        str, typer.Option(metavar="DELAY", help="How late labels come: 24h, 7d, “24 rows”.")
    ] = "0 rows",
    time: Annotated[str | None, typer.Option(help="Column that orders the rows.", show_default=False)] = None,
    group: Annotated[
        str | None,
        typer.Option(help="Column whose values get a bias of their own: product, state.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            help="Where each row's predictions go: .parquet, .csv or .xlsx.",
            show_default=False,
        ),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Accept a signer whose key is not trusted here.")
    ] = False,
) -> Answer:
    """Play a table through a deployment in order of time: late labels, bias update, refits, beside the static model."""
    from time import monotonic

    from dure.science.learn import load
    from dure.science.prepare import check_out, read_each, write
    from dure.science.replay import Delay, Policy
    from dure.science.replay.replaying import lined, outcome, rows_out
    from dure.science.replay.showing import replayed

    started = monotonic()
    delay = Delay.of(label_delay)
    if out is not None:
        check_out(out, tables)
    opened = load(model, trust=trust)
    policy = Policy(group=group or "")
    with _progress() as progress:
        line, played, facts = outcome(
            opened, read_each(tables), target=target, delay=delay, policy=policy, time=time, progress=progress
        )
    if out is not None:
        write(rows_out(line, played), out)
        facts["out"] = str(out)
    facts |= {"seconds": round(monotonic() - started, 2), "model": str(model), **lined(line)}
    return Answer(facts, replayed(facts))


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A bar on the terminal's error stream; nothing where there is no terminal."""
    import sys

    if not sys.stderr.isatty():
        from dure.science.replay.replaying import quiet

        yield quiet
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<22}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task: Any = bar.add_task("", total=1.0)
        yield lambda fraction, stage: bar.update(task, completed=fraction, description=stage)
