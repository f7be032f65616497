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

Columns = Annotated[
    str,
    typer.Option(
        help="If files differ: same (refuse), common (columns all have) or all (missing where a file lacks one)."
    ),
]


@app.command()
def profile(
    sources: Sources,
    target: Target = None,
    columns: Columns = "same",
    *,
    faces: Annotated[
        bool, typer.Option("--faces", help="Count faces in pictures too (0.3 s a picture).")
    ] = False,
) -> Answer:
    """What is in it (types, encoding, units, rate, gaps, stuck, duplicates, leakage), and what to do."""
    from dure.science.prepare.preparing import looked_at
    from dure.science.prepare.proposing_texts import with_alike_texts
    from dure.science.quality import profile as profile_of

    table = looked_at(sources, columns, target)
    found = with_alike_texts(profile_of(table, target=target), table.frame)
    if faces:
        from dure.science.prepare.masking_faces import with_faces

        found = with_faces(found, table.frame)
    layouts = [
        {
            "format": one.format,
            "encoding": one.encoding,
            "separator": one.separator,
            "header": one.header,
            "header_line": one.header_line,
            "decimal": one.decimal,
            "sheet": one.sheet,
        }
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
        str | None,
        typer.Option(
            help="A cluster to run on (ray://host); with --join what is joined on: time, COL or FIRST=SECOND.",
            show_default=False,
        ),
    ] = None,
    columns: Columns = "same",
    join: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="A table to join first, as a laboratory's.", show_default=False),
    ] = None,
    delay: Annotated[
        str, typer.Option(help="With --join: how much later than the row it belongs to (30min).")
    ] = "0s",
    within: Annotated[
        str, typer.Option(help="With --join: how old a row may be; twice the usual step.", show_default=False)
    ] = "",
    by: Annotated[
        str, typer.Option(help="With --join: column that rows must share, as a machine.", show_default=False)
    ] = "",
    rows: Annotated[
        str,
        typer.Option(
            help="With --join: whose rows stay, first or joined; those with the target.", show_default=False
        ),
    ] = "",
) -> Answer:
    """Make a table ready for a model, by a recipe given or proposed."""
    from dure.science.prepare.preparing import Preparation, joins_of, run
    from dure.science.prepare.showing import bar
    from dure.vocabulary import Permit

    names = tuple(name.strip() for name in ignore.split(",") if name.strip())
    cluster, joins = joins_of(join, on or "", by=by, delay=delay, within=within, rows=rows)
    wanted = Preparation(tuple(sources), out, recipe, target, time, names, cluster, columns, joins)
    with bar() as progress:
        facts = run(wanted, Permit.own([*sources, *([join] if join else [])]), progress=progress)
    return Answer(facts, _prepared(facts))


def _shown(found: "Profile", layouts: list[dict[str, Any]]) -> Any:
    from rich.console import Group

    from dure.science.prepare.showing import columns_table, findings_table, headline, quality_table

    return Group(
        headline(found, layouts),
        columns_table(found),
        findings_table(found.told),
        quality_table(found.quality),
    )


def _prepared(facts: dict[str, Any]) -> Any:
    from dure.science.prepare.showing import prepared

    return prepared(facts)
