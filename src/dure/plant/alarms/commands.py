"""`dure alarms`: what stands, answered and shelved from a terminal; the journal; a file of definitions checked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer, ExtraAbsent

if TYPE_CHECKING:
    from dure.foundation.parties import Person

app = typer.Typer()
alarms = typer.Typer(no_args_is_help=True, help="Alarms after IEC 62682: what stands, and what became of it.")
app.add_typer(alarms, name="alarms")

By = Annotated[str, typer.Option("--by", help="User name of the person who does it.")]


@alarms.callback()
def _group() -> None:
    pass


@alarms.command("list")
def list_alarms(
    *,
    every: Annotated[bool, typer.Option("--all", help="Normal and hidden ones too.")] = False,
) -> Answer:
    """The alarms that stand, what waits for somebody first."""
    _start_django()
    from time import time_ns

    from dure.plant.alarms.keeping import expire
    from dure.plant.alarms.models import Alarm
    from dure.plant.alarms.states import OPEN

    expire(time_ns())
    found = Alarm.objects.order_by("priority", "-rang", "pk")
    rows = [_row(one) for one in (found if every else found.filter(state__in=OPEN))[:1000]]
    return Answer({"alarms": rows}, _table(("alarm", "priority", "state", "title", "rang"), rows))


@alarms.command()
def ack(
    alarm: Annotated[list[str], typer.Argument(help="Ids of alarms.")],
    by: By,
    note: Annotated[str, typer.Option(help="What was seen or done.")] = "",
) -> Answer:
    """Acknowledge alarms in a person's name."""
    _start_django()
    from dure.plant.alarms.acting import acknowledge

    entries = acknowledge(alarm, _person(by), note)
    return Answer({"acknowledged": [one.alarm_id for one in entries]})


@alarms.command()
def shelve(
    alarm: Annotated[str, typer.Argument(help="Id of the alarm.")],
    by: By,
    hours: Annotated[float, typer.Option(help="For how long.")],
    reason: Annotated[str, typer.Option(help="Why.")],
) -> Answer:
    """Put an alarm on the shelf; it comes back by itself."""
    _start_django()
    from dure.plant.alarms.acting import shelve as put
    from dure.plant.alarms.models import Alarm

    put(alarm, _person(by), hours, reason)
    return Answer({"alarm": alarm, "until": Alarm.objects.get(pk=alarm).until})


@alarms.command()
def journal(
    alarm: Annotated[str, typer.Argument(help="Id of one alarm; empty for all.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Newest entries.")] = 50,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="A .csv or .xlsx to write.")] = None,
) -> Answer:
    """What became of alarms, newest first."""
    _start_django()
    from dure.plant.alarms.exporting import csv_bytes, xlsx_bytes
    from dure.plant.alarms.models import Entry

    found = Entry.objects.select_related("alarm", "by")
    found = (found.filter(alarm=alarm) if alarm else found)[:limit]
    if out is not None:
        out.write_bytes(xlsx_bytes(found) if out.suffix == ".xlsx" else csv_bytes(found))
        return Answer({"rows": len(found), "out": str(out)})
    rows = [
        {
            "at": one.at,
            "when": one.shown_at.isoformat(timespec="seconds"),
            "alarm": one.alarm_id,
            "event": one.event,
            "from": one.before,
            "to": one.after,
            "by": str(one.by or ""),
            "reason": one.why,
        }
        for one in found
    ]
    return Answer({"entries": rows}, _table(("when", "alarm", "event", "by", "reason"), rows))


@alarms.command()
def check(
    file: Annotated[Path, typer.Argument(help="A .toml of definitions, or a folder of them.")],
) -> Answer:
    """Check definitions: the file, the rationalisation, the formulas and, where the node knows signals, those too."""
    _start_django()
    from django.db import DatabaseError

    from dure.plant.alarms.definition import Unusable, conditions
    from dure.plant.alarms.files import read_definitions, wrong
    from dure.plant.alarms.refusals import FileAbsent
    from dure.plant.alarms.telling import known_kinds

    if not file.exists():
        raise FileAbsent(str(file))
    found = read_definitions(file)
    try:
        kinds = known_kinds(None)
    except DatabaseError:  # a file may be checked where no node was ever set up
        kinds = {}
    for one in found:
        try:
            if kinds:
                conditions(one, kinds)
        except Unusable as refused:
            raise wrong(Path(one.file), one.line, refused.reason) from refused
    rows = [
        {"alarm": one.id, "priority": one.priority.name.lower(), "title": str(one.title)} for one in found
    ]
    return Answer(
        {"definitions": rows, "signals_known": bool(kinds)}, _table(("alarm", "priority", "title"), rows)
    )


def _row(one: Any) -> dict[str, Any]:
    return {
        "alarm": one.pk,
        "priority": one.Priority(one.priority).name.lower(),
        "state": one.States(one.state).name.lower(),
        "title": str(one.title),
        "equipment": one.equipment,
        "rang": one.rang,
        "until": one.until,
    }


def _table(heads: tuple[str, ...], rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    shown = Table(*heads)
    for row in rows:
        shown.add_row(*(str(row[name]) for name in heads))
    return shown


def _person(name: str) -> "Person":
    from dure.foundation.parties import Person
    from dure.plant.alarms.refusals import PersonUnknown

    found = Person.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise PersonUnknown(name)
    return found


def _start_django() -> None:
    try:
        import django
    except ImportError as absent:
        raise ExtraAbsent("dure alarms", library="Django", extra="node") from absent
    django.setup()
    from django.utils.translation import activate

    from dure.vocabulary import language

    activate(language())  # the words of Django's catalogues follow the command's language
