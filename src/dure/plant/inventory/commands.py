"""`dure inventory`: configuration as files, machines from a sheet, search, lineage, shells of equipment."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.inventory.configuration import Difference

app = typer.Typer()
inventory = typer.Typer(
    name="inventory", no_args_is_help=True, help="What this plant has: equipment, types, signals."
)
aas = typer.Typer(
    name="aas", no_args_is_help=True, help="Equipment as Asset Administration Shells (IEC 63278)."
)
inventory.add_typer(aas)
app.add_typer(inventory)

Folder = Annotated[Path, typer.Argument(help="Folder of the files.", show_default=False)]
By = Annotated[str, typer.Option("--by", help="User name of who answers for it; default: the first owner.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what it would change.")]
Prune = Annotated[bool, typer.Option("--prune", help="Take away what is in no file.")]


def _ready() -> None:
    import django

    django.setup()


def _person(name: str) -> "Person":
    """Who answers for a change that is made on the command line: the person named, or the node's first owner."""
    from dure.foundation.parties import Person, Role
    from dure.plant.inventory.editing import FactRefused

    if name:
        found = Person.objects.filter(username=name).first()
    else:
        owner = Role.objects.filter(role=Role.Name.OWNER).order_by("pk").first()
        found = owner.person if owner else None
    if found is None:
        raise FactRefused("--by", fact="person", value=name or "–", allowed="a user name")
    return found


@inventory.command(name="export")
def export_folder(folder: Folder) -> Answer:
    """Write equipment, types, confirmed facts of signals and sources (without secrets) to YAML files."""
    _ready()
    from dure.plant.inventory.configuration import export

    written = export(folder)
    return Answer({"out": str(folder), "rows": written}, f"{sum(written.values())} rows: {folder}")


@inventory.command()
def diff(folder: Folder, *, prune: Prune = False) -> Answer:
    """Compare the files with what the node has."""
    _ready()
    from dure.plant.inventory.configuration import differences

    return _told(differences(folder, prune=prune), applied=False)


@inventory.command(name="import")
def take_in(
    what: Annotated[
        Path, typer.Argument(help="Folder of files, or one sheet (.xlsx, .csv).", show_default=False)
    ],
    *,
    dry_run: DryRun = False,
    prune: Prune = False,
    by: By = "",
) -> Answer:
    """Take configuration files or a sheet of machines in, as one change that can be taken back."""
    _ready()
    if what.is_dir():
        from dure.plant.inventory.configuration import differences, take_in_folder

        found = differences(what, prune=prune) if dry_run else take_in_folder(what, _person(by), prune=prune)
        return _told(found, applied=not dry_run)
    return _sheet(what, dry_run=dry_run, by=by)


def _sheet(file: Path, *, dry_run: bool, by: str) -> Answer:
    from dure.plant.inventory.sheet import preview, read_sheet, take_in

    seen = preview(read_sheet(file), file.name)
    made = None if dry_run else take_in(seen, _person(by))
    wrong = [{"cell": one.cell, "why": str(one.why)} for one in seen.wrong]
    facts = {**seen.counts, "places": list(seen.places), "cells": wrong, "change": made.pk if made else None}
    lines = [f"{name}: {count}" for name, count in seen.counts.items()]
    return Answer(facts, "\n".join([*lines, *(f"{one['cell']}: {one['why']}" for one in wrong)]))


def _told(found: "list[Difference]", *, applied: bool) -> Answer:
    rows = [{"part": one.part, "key": one.key, "before": one.before, "after": one.after} for one in found]
    lines = [
        f"{'+' if one.before is None else '-' if one.after is None else '~'} {one.part} {one.key}: "
        + ", ".join(f"{name} {old!r} → {new!r}" for name, (old, new) in one.fields.items())
        for one in found
    ]
    return Answer({"differences": rows, "applied": applied}, "\n".join(lines) or "–")


@inventory.command(name="undo")
def take_back(change: Annotated[int, typer.Argument(help="Number of the change.")], *, by: By = "") -> Answer:
    """Take a change back, if nothing it wrote was changed since."""
    _ready()
    from dure.plant.inventory import undo
    from dure.plant.inventory.editing import FactRefused
    from dure.plant.inventory.models import Change

    found = Change.objects.filter(pk=change).first()
    if found is None:
        raise FactRefused(str(change), fact="change", value=str(change), allowed="a number of a change")
    undone = undo(found, _person(by))
    return Answer({"change": undone.pk, "rows": len(undone.rows)}, str(undone))


@inventory.command(name="search")
def look_for(
    words: Annotated[list[str], typer.Argument(help="Words, in Korean or English.", show_default=False)],
    *,
    kind: Annotated[str, typer.Option(help="Only this kind: signal, equipment, type, file, model.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=200)] = 20,
) -> Answer:
    """Find signals, equipment, types, files and models."""
    _ready()
    from dure.plant.inventory import find

    hits = find(" ".join(words), limit, kind)
    facts = [
        {"kind": hit.kind, "id": hit.id, "title": hit.title, "score": round(hit.score, 3)} for hit in hits
    ]
    return Answer(
        {"query": " ".join(words), "hits": facts},
        "\n".join(f"{hit.kind:10} {hit.title}" for hit in hits) or "–",
    )


@inventory.command()
def lineage(
    node: Annotated[
        str, typer.Argument(help="Kind and id: signal:line1/Cell01/Voltage, model:ab12…", show_default=False)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to, as PROV-JSON.", show_default=False)
    ] = None,
) -> Answer:
    """What something came from, and what came from it."""
    import json

    _ready()
    from dure.plant.inventory.lineage import as_facts, lineage_graph

    graph = lineage_graph(node)
    facts: dict[str, Any] = dict(as_facts(graph))
    if out is not None:
        out.write_text(json.dumps(graph.to_prov(), ensure_ascii=False, indent=1), encoding="utf-8")
    edges = sorted(f"{edge.begin} → {edge.end}" for edge in graph.edges)
    return Answer({**facts, "out": str(out) if out else None}, "\n".join(edges) or "–")


@aas.command(name="export")
def export_shell(
    equipment: Annotated[str, typer.Argument(help="Id of the equipment.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where to: .aasx, .json or .xml.", show_default=False)
    ],
    *,
    records: Annotated[int, typer.Option(help="Newest rows to put in, one a second.", min=0, max=1000)] = 60,
    endpoint: Annotated[str, typer.Option(help="Where all values can be asked for.")] = "",
) -> Answer:
    """Write equipment with nameplate, technical data and recent values."""
    _ready()
    from dure.plant.inventory.aas import shell_of, write_shell
    from dure.plant.inventory.hierarchy import equipment_of

    machine = equipment_of(equipment)
    shell = shell_of(machine, _recent(machine.pk, records), endpoint=endpoint)
    write_shell(shell, out)
    facts = {"out": str(out), "shell": shell.id, "notes": [str(note) for note in shell.notes]}
    return Answer(facts, "\n".join([str(out), *facts["notes"]]))


def _recent(machine: str, records: int) -> Any:
    """Recent values, if the node runs."""
    from dure.plant.historian import Historian
    from dure.plant.inventory.aas.writing import recent
    from dure.plant.inventory.models import Signal
    from dure.vocabulary import home

    signals = list(Signal.objects.filter(equipment=machine).values_list("pk", flat=True)[:500])
    if not records or not signals:
        return None
    with Historian(home()) as historian:
        return recent(historian, signals, records) if historian.wait(0.1) else None


@aas.command(name="import")
def import_shells(
    file: Annotated[Path, typer.Argument(help="An .aasx, .json or .xml.", show_default=False)],
    *,
    dry_run: DryRun = False,
    by: By = "",
) -> Answer:
    """Take a maker's shells in as equipment with nameplate and parameters."""
    _ready()
    from dure.plant.inventory.aas import read_shells, take_in_shells

    found = read_shells(file)
    made = None if dry_run else take_in_shells(found, _person(by), title=file.name)
    told = [
        {"equipment": one.key, "asset": one.asset, "new": one.new, "parameters": len(one.facts["parameters"]),
         "notes": [str(note) for note in one.notes]}
        for one in found
    ]  # fmt: skip
    lines = [
        f"{one['equipment']}: {one['parameters']} parameters{' (new)' if one['new'] else ''}" for one in told
    ]
    return Answer({"shells": told, "change": made.pk if made else None}, "\n".join(lines))
