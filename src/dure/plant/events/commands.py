"""`dure events`: batches, orders and lots from MES tables, and what the signals said meanwhile."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer, InputError, Text, home

if TYPE_CHECKING:
    from dure.plant.events.models import Frame

app = typer.Typer()
events = typer.Typer(
    name="events", no_args_is_help=True, help="Batches, orders, downtimes and lots, joined to signals."
)
app.add_typer(events)
Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="Where to: .parquet, .csv or .xlsx.", show_default=False)
]
SHOWN = 20


class LotUnknown(InputError):
    """A lot that no table told of."""

    key = "lot-unknown"
    says = Text("There is no lot “{where}”.", "“{where}” 로트가 없습니다.")
    remedy = Text(
        "Read its table first: dure events read FILE.toml",
        "먼저 표를 읽어 주세요: dure events read FILE.toml",
    )


class StatisticUnknown(InputError):
    """A statistic that is not reckoned."""

    key = "event-statistic-unknown"
    says = Text("There is no statistic “{where}”.", "“{where}” 통계는 없습니다.")
    remedy = Text("Choose among: {known}.", "다음 중에서 고르세요: {known}.")


@events.command("read")
def read_(
    definition: Annotated[
        Path, typer.Argument(help="Definition: a TOML file, see the how-to on lots and events.")
    ],
) -> Answer:
    """Read a table as its definition says and keep the definition; a database is then read again by the node."""
    _records()
    from dure.plant.events.definition import Definition
    from dure.plant.events.keeping import bring_in, keep_definition, table_of

    given = Definition.read(definition)
    table_of(home(), given)  # refused before anything is kept
    kept = keep_definition(home(), given.id, definition.read_text(encoding="utf-8"))
    taken = bring_in(home(), kept)
    facts = {name: getattr(taken, name) for name in ("rows", "frames", "lots", "uses", "left_out")}
    wrong = [{"row": one.row, "why": str(one.why)} for one in taken.wrong]
    said = Text(
        f"{taken.rows} rows: {taken.frames} frames, {taken.lots} lots, {taken.uses} uses, {taken.left_out} left out.",
        f"{taken.rows}행: 이벤트 {taken.frames}개, 로트 {taken.lots}개, 투입 {taken.uses}건, 제외 {taken.left_out}행.",
    )
    listed = [f"  {one['row']}: {one['why']}" for one in wrong[:SHOWN]]
    return Answer({"definition": kept.id, **facts, "wrong": wrong}, "\n".join([str(said), *listed]))


@events.command("list")
def list_(
    kind: Annotated[str, typer.Option(help="batch, order, step, shift, alarm or downtime.")] = "",
    equipment: Annotated[str, typer.Option(help="At this equipment and below it.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 100,
) -> Answer:
    """The newest frames."""
    _records()
    from dure.plant.events.looking import frames

    rows = [_row(one) for one in frames(kind=kind, equipment=equipment)[:limit]]
    shown = "\n".join(
        f"{row['start']}  {row['kind']:9} {row['key']:20} {row['equipment']}" for row in rows[:SHOWN]
    )
    return Answer({"frames": rows}, shown or str(Text("There are no frames yet.", "아직 이벤트가 없습니다.")))


@events.command()
def lot(
    lot: Annotated[str, typer.Argument(help="The lot.")],
    signals: Annotated[
        str, typer.Option(help="Signals by pattern (line1/*/Temp); else all of its equipment.")
    ] = "",
    out: Out = None,
) -> Answer:
    """What is known of a lot: its frames, what went in and out; with --out every sample of its signals."""
    _records()
    from dure.plant.events.lineage import lot_genealogy
    from dure.plant.events.looking import named
    from dure.plant.events.models import Lot

    found = Lot.objects.filter(pk=lot).first()
    if found is None:
        raise LotUnknown(lot)
    own = list(found.frames.order_by("start"))
    back, on = lot_genealogy(lot), lot_genealogy(lot, forward=True)
    facts: dict[str, Any] = {
        "lot": lot,
        "material": found.material,
        "frames": [_row(one) for one in own],
        "from": [
            {"lot": name, "steps": steps, "share": back.share[name]}
            for name, steps in back.steps.items()
            if steps
        ],
        "into": [
            {"lot": name, "steps": steps, "share": on.share[name]}
            for name, steps in on.steps.items()
            if steps
        ],
    }
    if out is not None:
        facts |= _samples(own, named(signals) if signals else None, out)
    return Answer(facts)


@events.command()
def table(
    kind: Annotated[str, typer.Option(help="Frames of this kind.")] = "batch",
    equipment: Annotated[str, typer.Option(help="At this equipment and below it.")] = "",
    signals: Annotated[
        str, typer.Option(help="Signals by pattern; else all of each frame's equipment.")
    ] = "",
    statistics: Annotated[
        str, typer.Option(help="Among mean, min, max, std, first, last, count.")
    ] = "mean,min,max",
    out: Out = None,
) -> Answer:
    """One row a frame with statistics of its signals: the table from which a model of lots learns."""
    _records()
    from dure.plant.events.joining import STATISTICS, table_by_frame
    from dure.plant.events.looking import frames, named
    from dure.plant.historian import Historian
    from dure.science.prepare import write

    asked = tuple(one.strip() for one in statistics.split(",") if one.strip())
    if strange := [one for one in asked if one not in STATISTICS]:
        raise StatisticUnknown(strange[0], known=", ".join(STATISTICS))
    with Historian(home()) as historian:
        chosen = frames(kind=kind, equipment=equipment).order_by("start")
        made = table_by_frame(historian, chosen, named(signals) if signals else None, asked)
    if out is not None:
        write(made, out)
    facts = {"rows": made.height, "columns": made.columns, "out": None if out is None else str(out)}
    return Answer(facts, str(made.head(SHOWN)) if out is None else f"{made.height}: {out}")


def _samples(own: "list[Frame]", signals: list[str] | None, out: Path) -> dict[str, Any]:
    import polars as pl

    from dure.plant.events.joining import stretch
    from dure.plant.historian import Historian
    from dure.science.prepare import write

    with Historian(home()) as historian:
        parts = [
            stretch(historian, frame, signals).with_columns(pl.lit(frame.key).alias("frame")) for frame in own
        ]
    made = pl.concat(parts) if parts else pl.DataFrame()
    write(made, out)
    return {"rows": made.height, "out": str(out)}


def _row(frame: "Frame") -> dict[str, Any]:
    from datetime import UTC, datetime

    def shown(moment: int | None) -> str | None:
        return (
            None
            if moment is None
            else datetime.fromtimestamp(moment / 1e9, UTC).isoformat(timespec="seconds")
        )

    return {
        "origin": frame.origin, "key": frame.key, "kind": frame.kind, "title": frame.title, "lot": frame.lot_id,
        "equipment": frame.equipment, "start": shown(frame.start), "end": shown(frame.end), "facts": frame.facts,
    }  # fmt: skip


def _records() -> None:
    """Django, for the records."""
    import django

    django.setup()
