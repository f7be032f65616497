"""`dure trace` and `dure fleet`: a prediction back to what made it; one recipe for many machines."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dure.vocabulary import Answer, Text, home

app = typer.Typer()
fleet = typer.Typer(
    name="fleet", no_args_is_help=True, help="One recipe for many machines: train, take in, look at."
)
app.add_typer(fleet)

TRACED = Text(
    "{signal} at {time}: {value}. {version} ({id}), released by {released}; data {data}; stood at “{place}” since {since}.",
    "{signal} {time}: {value}. {version}({id}), 출시 {released}. 데이터 {data}. “{place}”에서 {since}부터 사용.",
)
TRAINED = Text(
    "{machines} machines: {pooled} served by the model of all, {partial} with their own scale, {own} by a model of their own.",
    "설비 {machines}대: 전체 모델 {pooled}대, 보정 {partial}대, 자기 모델 {own}대.",
)
TAKEN = Text("{name} is fleet {id}: {machines} machines.", "{name}: 그룹 {id}, 설비 {machines}대.")
Tables = Annotated[
    list[str], typer.Argument(metavar="TABLE...", help="Files, folders or patterns.", show_default=False)
]


@app.command("trace")
def trace_(
    signal: Annotated[
        str, typer.Argument(metavar="SIGNAL", help="deploy/NUMBER/EQUIPMENT/prediction.", show_default=False)
    ],
    at: Annotated[str, typer.Option(help="Moment: 2026-11-24T08:00 (UTC unless it says otherwise).")] = "",
) -> Answer:
    """A stored prediction back to model version, recipe, data, the person who released it, and the inputs seen."""
    _records()
    from time import time_ns

    from dure.plant.deploy.tracing import trace

    found = trace(signal, _moment(at) if at else time_ns(), home() / "scored")
    said = {
        "signal": found["signal"], "time": found["time"], "value": found["value"], "version": found["model"]["version"],
        "id": found["model"]["id"], "released": found["released"].get("by", "–"), "data": found["data"]["fingerprint"][:16] or "–",
        "place": found["stood"]["place"], "since": found["stood"]["since"],
    }  # fmt: skip
    inputs = "\n".join(f"  {one['column']} = {one['value']} ← {one['signal']}" for one in found["inputs"])
    return Answer(found, f"{TRACED.format(**said)}\n{inputs}")


def _moment(written: str) -> int:
    """Time [ns] of an ISO text; UTC where it names no zone."""
    from datetime import UTC, datetime

    from dure.plant.deploy.tracing import NoPrediction

    try:
        found = datetime.fromisoformat(written)
    except ValueError as odd:
        raise NoPrediction(written, at=written[:40]) from odd
    whole = found if found.tzinfo else found.replace(tzinfo=UTC)
    return int(whole.timestamp()) * 10**9 + whole.microsecond * 1000


@fleet.command("train")
def train_(  # noqa: PLR0913, PLR0917 - the options of the command, which Typer passes by name
    tables: Tables,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the models go.", show_default=False)
    ],
    target: Annotated[str, typer.Option(help="Column to be told.", show_default=False)],
    group: Annotated[str, typer.Option(help="Column that names the machine.", show_default=False)],
    time: Annotated[str | None, typer.Option(help="Column that orders the rows.", show_default=False)] = None,
    ignore: Annotated[str, typer.Option(help="Columns to leave out, by commas.")] = "",
    budget: Annotated[float, typer.Option(help="Ceiling on the whole search [s].")] = 120.0,
    seed: Annotated[int, typer.Option(help="Start of every random choice.")] = 0,
    on: Annotated[
        str,
        typer.Option(
            metavar="ray://HOST",
            help="A cluster on which the machines' models are tried.",
            show_default=False,
        ),
    ] = "",
) -> Answer:
    """A model of all machines, and for each whether its own scale or its own model is better on rows not seen."""
    from dure.plant.deploy.fleet import train_fleet
    from dure.science.learn import TrainRequest
    from dure.science.prepare import bar
    from dure.vocabulary import Permit

    left = tuple(name.strip() for name in ignore.split(",") if name.strip())
    asked = TrainRequest(
        tuple(tables), target=target, group=group, time=time, ignore=left, budget=budget, seed=seed
    )
    with bar() as progress:
        facts = train_fleet(asked, out, Permit.own(tables), progress, on)
    kinds = [one["kind"] for one in facts["machines"]]
    said = {"machines": len(kinds), **{kind: kinds.count(kind) for kind in ("pooled", "partial", "own")}}
    lines = "\n".join(f"  {one['machine']}: {Text(one['en'], one['ko'])}" for one in facts["machines"])
    return Answer({**facts, "model": str(out)}, f"{TRAINED.format(**said)}\n{lines}")


@fleet.command("add")
def add_(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What `dure fleet train` wrote.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="Name of the fleet.", show_default=False)],
    by: Annotated[str, typer.Option(help="User name of the engineer who takes it in.", show_default=False)],
) -> Answer:
    """Take a trained fleet into the node's registry, in a person's name; nothing is released."""
    _records()
    from dure.foundation.parties import Person
    from dure.plant.deploy.fleets import put_fleet
    from dure.plant.registry import RoleMissing

    person = Person.objects.filter(username=by).first()
    if person is None:
        raise RoleMissing(by, role="engineer")
    made = put_fleet(folder, name, person)
    facts = {"name": made.name, "id": made.pk, "machines": len(made.choices)}
    return Answer({**facts, "pooled": made.pooled_id, "choices": made.choices}, TAKEN.format(**facts))


@fleet.command("show")
def show_(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the fleet.", show_default=False)],
) -> Answer:
    """Machines of a fleet: version, state, error, drift."""
    _records()
    from dure.plant.deploy.fleets import MachineUnknown, fleet_lines
    from dure.plant.deploy.models import Fleet

    found = Fleet.objects.select_related("pooled").filter(pk=number).first()
    if found is None:
        raise MachineUnknown("–", fleet=str(number))
    rows = [_row(one) for one in fleet_lines(found)]
    shown = "\n".join(f"  {row['machine']}  {row['version']}  {row['state']}  {row['error']}" for row in rows)
    return Answer({"name": found.name, "machines": rows}, f"{found.name}\n{shown}")


def _row(line: Any) -> dict[str, Any]:
    place = line.deployment
    return {
        "machine": line.machine, "kind": line.choice.kind if line.choice else "new", "version": place.model.title if place else "",
        "state": place.state if place else "", "error": line.error, "promised": line.promised, "moved": len(line.drift),
        "deployment": place.pk if place else None,
    }  # fmt: skip


def _records() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
