"""`dure profile` and `dure prepare`: look at files, and make a table that a model can learn from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer

if TYPE_CHECKING:
    from dure.science.quality import Profile

app = typer.Typer()

Sources = Annotated[
    list[str], typer.Argument(help="Files, folders, patterns, or signal: names.", show_default=False)
]
Target = Annotated[
    str | None, typer.Option(help="The column to be learnt; it stays as it is.", show_default=False)
]


@app.command()
def profile(sources: Sources, target: Target = None) -> Answer:
    """What is in it (types, encoding, units, rate, gaps, stuck, duplicates, leakage), and what to do."""
    from dure.science.prepare import read
    from dure.science.quality import profile as profile_of

    table = read(sources)
    found = profile_of(table, target=target)
    layouts = [
        {"format": one.format, "encoding": one.encoding, "separator": one.separator, "header": one.header}
        for one in table.layouts
    ]
    return Answer({**found.to_dict(), "layouts": layouts}, _shown(found, layouts))


@app.command()
def prepare(  # noqa: PLR0913, PLR0917 - the options of the command, which Typer passes by name
    sources: Sources,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where to: .parquet, .csv or .xlsx.", show_default=False)
    ],
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="Recipe to follow; without one, one is proposed and written beside OUT.", show_default=False
        ),
    ] = None,
    target: Target = None,
    time: Annotated[str | None, typer.Option(help="The column of times.", show_default=False)] = None,
    ignore: Annotated[
        str, typer.Option(help="Columns to carry along untouched, with commas between.", show_default=False)
    ] = "",
    on: Annotated[
        str | None, typer.Option(help="A cluster to run on (ray://host).", show_default=False)
    ] = None,
) -> Answer:
    """Make a table ready for a model, by a recipe given or proposed."""
    from dure.science.prepare.preparing import Preparation, run
    from dure.vocabulary import Permit

    names = tuple(name.strip() for name in ignore.split(",") if name.strip())
    wanted = Preparation(tuple(sources), out, recipe, target, time, names, on or "")
    facts = run(wanted, Permit.own(sources))
    return Answer(facts, _prepared(facts))


def _shown(found: "Profile", layouts: list[dict[str, Any]]) -> Any:
    from rich.console import Group

    from dure.science.prepare.showing import columns_table, findings_table, headline

    return Group(headline(found, layouts), columns_table(found), findings_table(found.findings))


def _prepared(facts: dict[str, Any]) -> Any:
    from dure.science.prepare.showing import prepared

    return prepared(facts)
