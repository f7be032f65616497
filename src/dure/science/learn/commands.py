"""`dure train`, `dure predict`, `dure evaluate` and `dure report`: an honest model, what it says, what it is worth."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dure.science.learn.engines.commands import app as engines
from dure.vocabulary import Answer

app = typer.Typer()
app.add_typer(engines, name="engines")

Tables = Annotated[
    list[str], typer.Argument(metavar="TABLE...", help="Files, folders or patterns.", show_default=False)
]
Package = Annotated[
    Path, typer.Argument(metavar="MODEL", help="Folder of a model package.", show_default=False)
]
Trust = Annotated[bool, typer.Option("--trust", help="Accept a signer whose key is not trusted here.")]


@app.command()
def train(  # noqa: PLR0913, PLR0917 - the options of the command, which Typer passes by name
    tables: Tables,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="MODEL", help="Where the package goes.", show_default=False)
    ],
    target: Annotated[str | None, typer.Option(help="Column to be predicted.", show_default=False)] = None,
    task: Annotated[
        str,
        typer.Option(help="auto, estimate, classify, detect; inspect, listen, read, life, forecast."),
    ] = "auto",
    time: Annotated[str | None, typer.Option(help="Column that orders the rows.", show_default=False)] = None,
    group: Annotated[
        str | None,
        typer.Option(help="Column of things that stay together: mould, cell, machine.", show_default=False),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="COL,…", help="Columns not to learn from.", show_default=False)
    ] = None,
    pack: Annotated[
        str | None, typer.Option(help="Solution pack whose features are made first.", show_default=False)
    ] = None,
    budget: Annotated[str, typer.Option(help="Ceiling on the search: 60s, 5m.")] = "60s",
    seed: Annotated[
        int,
        typer.Option(
            help="Start of every random choice; the time of --budget decides how far the search goes."
        ),
    ] = 0,
    normal_rows: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="detect: the first N rows of each file are normal; one fit a file.",
            show_default=False,
        ),
    ] = None,
    normal: Annotated[
        str | None,
        typer.Option(metavar="COL=VALUE", help="detect: which rows are normal.", show_default=False),
    ] = None,
    equipment: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Equipment template whose features are tried.", show_default=False),
    ] = None,
    cost: Annotated[
        str | None,
        typer.Option(
            metavar="MISS:FALSE",
            help="What a miss costs against a false alarm: 20:1.",
            show_default=False,
        ),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="COL|=FORMULA",
            help="What tells the operating state: a column, a formula, or auto.",
            show_default=False,
        ),
    ] = None,
    inspected: Annotated[
        str | None,
        typer.Option(
            metavar="COL[=VALUE]",
            help="Which rows had their label really looked at.",
            show_default=False,
        ),
    ] = None,
    horizon: Annotated[
        str | None,
        typer.Option(
            metavar="N|24h", help="forecast: how far ahead, in rows or as a time.", show_default=False
        ),
    ] = None,
    known: Annotated[
        list[str] | None,
        typer.Option(metavar="COL,…", help="forecast: columns that are known ahead.", show_default=False),
    ] = None,
    event: Annotated[
        str | None,
        typer.Option(
            metavar="COL=VALUE",
            help="life: the row at which a thing failed; others still ran.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(help="auto; or flaml, autogluon: theirs is held beside ours on the same folds."),
    ] = "auto",
    without_rows: Annotated[
        bool,
        typer.Option("--without-rows", help="Keep no judged rows (true values) in the package."),
    ] = False,
) -> Answer:
    """Learn a model from tables, judge it honestly, and sign it."""
    from dure.science.learn import TrainRequest
    from dure.science.learn import train as learn
    from dure.science.learn.telling.showing import trained
    from dure.science.prepare import bar
    from dure.vocabulary import Permit

    request = TrainRequest(
        tuple(tables),
        target,
        task,
        time,
        group,
        _names(ignore),
        pack,
        _seconds(budget),
        seed,
        normal_rows,
        normal,
        equipment=equipment,
        cost=cost,
        state=state,
        inspected=inspected,
        without_rows=without_rows,
        horizon=horizon,
        known=_names(known),
        event=event,
        engine=engine,
    )
    with bar() as progress:
        facts = learn(request, out, Permit.own(tables), progress)
    return Answer(facts, trained(facts))


@app.command()
def predict(  # noqa: PLR0913, PLR0917 - the options of the command, which Typer passes by name
    model: Package,
    tables: Tables,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="OUT", help="Where to: .parquet, .csv or .xlsx.", show_default=False
        ),
    ],
    ahead: Annotated[
        bool, typer.Option("--ahead", help="forecast: add the rows to come, up to the horizon.")
    ] = False,
    maps: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="inspect: write heat maps as PNG, of pictures that raise an alarm or are told apart.",
            show_default=False,
        ),
    ] = None,
    why: Annotated[
        bool,
        typer.Option(
            "--why",
            help="Add a column why to rows that are not as wanted: reasons, and what would have to be otherwise.",
        ),
    ] = False,
    wanted: Annotated[
        str,
        typer.Option(
            metavar="LOW..HIGH|CLASS", help="--why: what is wanted, a range or a class.", show_default=False
        ),
    ] = "",
    change: Annotated[
        list[str] | None,
        typer.Option(metavar="COL,…", help="--why: columns that a person could change.", show_default=False),
    ] = None,
    similar: Annotated[
        int,
        typer.Option(
            metavar="COUNT",
            min=0,
            max=5,
            help="read: add so many nearest earlier records and what came of them.",
        ),
    ] = 0,
    trust: Trust = False,
) -> Answer:
    """Say for every row what the model predicts; input rows and their order are kept."""
    from dure.science.learn import load
    from dure.science.learn.serving.heat import write_maps
    from dure.science.learn.serving.predicting import mended_each, predict_each
    from dure.science.learn.telling.showing import predicted
    from dure.science.prepare import check_out, read_each, write

    check_out(out, tables)
    _require_why(why=why, ahead=ahead, wanted=wanted, change=change)
    opened = load(model, trust=trust)
    read = read_each(tables)
    frame, flags = predict_each(opened, read, ahead=ahead)
    told: list[dict[str, Any]] = []
    if why:
        from dure.science.learn.telling.why import with_why

        frame, told = with_why(opened, read, frame, wanted, _names(change))
    if similar:
        from dure.science.learn.serving.similar import records_in

        frame = records_in(model, trust=trust).beside(frame, similar)
    write(frame, out)
    drawn = {} if maps is None else {"maps": write_maps(opened, frame, maps)}
    facts = {
        "rows": len(frame),
        "out": str(out),
        "task": opened.card.get("asked") or opened.task,
        "columns": frame.columns,
        **drawn,
        "flags": flags,
        "mended": mended_each(opened, read),
        **({"why": told} if why else {}),
    }
    return Answer(facts, predicted(facts))


@app.command()
def evaluate(
    model: Package,
    tables: Tables,
    target: Annotated[
        str | None,
        typer.Option(help="Column with the truth; the model's own when left out.", show_default=False),
    ] = None,
    changepoint: Annotated[
        str | None,
        typer.Option(help="detect: column of 0/1 that marks where a change began.", show_default=False),
    ] = None,
    trust: Trust = False,
) -> Answer:
    """Measure a model on tables, beside what needs no model."""
    from time import monotonic

    from dure.science.learn import evaluate as measure
    from dure.science.learn import load
    from dure.science.learn.judging.evaluation import learnt_from
    from dure.science.learn.telling.report import spoken
    from dure.science.learn.telling.showing import evaluated
    from dure.science.prepare import read_each

    started = monotonic()
    opened = load(model, trust=trust)
    facts = measure(opened, read_each(tables), target=target, changepoint=changepoint)
    facts |= {"task": opened.card.get("asked") or opened.task}
    facts |= {"validation": spoken(opened.card["validation"]), "learnt_from": learnt_from(model, tables)}
    facts |= {"seconds": round(monotonic() - started, 2), "model": str(model)}
    return Answer(facts, evaluated(facts))


@app.command()
def report(
    model: Package,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="OUT.html", help="Where the report goes, one file.", show_default=False
        ),
    ] = None,
    trust: Trust = False,
) -> Answer:
    """Compute a model's figures again from its package, and write its report in Korean and English."""
    from dure.science.learn.telling.reporting import reported
    from dure.science.learn.telling.showing import recomputed

    facts = reported(model, out, trust=trust)
    return Answer(facts, recomputed(facts))


def _require_why(*, why: bool, ahead: bool, wanted: str, change: list[str] | None) -> None:
    """Refuse options that make no sense without, or together with, `--why`."""
    from dure.science.learn.refusals import SettingRefused
    from dure.vocabulary import Text

    if why and ahead:
        must = Text("given without --ahead", "--ahead 없이 써")
        raise SettingRefused("--why", value="--ahead", must=must)
    for option, value in (("--wanted", wanted), ("--change", ",".join(change or ()))):
        if value and not why:
            raise SettingRefused(option, value=value, must=Text("given with --why", "--why와 함께 써"))


def _names(given: list[str] | None) -> tuple[str, ...]:
    """Names out of `a,b` given once or more."""
    return tuple(name.strip() for one in given or [] for name in one.split(",") if name.strip())


def _seconds(budget: str) -> float:
    """Seconds in `60s`, `5m`, `1h` or a plain number."""
    from dure.science.learn.refusals import SettingRefused
    from dure.vocabulary import Text

    unit = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(budget[-1:], 0.0)
    try:
        return float(budget[:-1]) * unit if unit else float(budget)
    except ValueError:
        raise SettingRefused("--budget", value=budget, must=Text("like 60s or 5m", "60s나 5m 같아")) from None
