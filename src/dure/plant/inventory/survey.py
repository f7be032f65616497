"""Signals found are inventoried by measurement; what is wrong with them is said in words."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from time import time_ns
from typing import TYPE_CHECKING, Any, Protocol

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.plant import connect
from dure.plant.inventory.diagnosis import Measured, diagnose
from dure.plant.inventory.editing import say
from dure.plant.inventory.hierarchy import discover
from dure.plant.inventory.models import Alias, Signal
from dure.plant.inventory.renames import carry_over, map_at_source
from dure.vocabulary import NotPermitted, Text, UnknownUnit, home, ucum
from dure.vocabulary import Signal as Described

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.historian import Historian

# What dure itself writes into the historian: predictions and states of alarms are no signals of the plant.
OWN_SOURCES = ("deploy/", "alarms/")
# What a source sends may be longer than what a page can show: texts are cut, and a longer id is no signal of ours.
LONGEST_ID = 400
MEASURES = (
    "count", "rate_hz", "period_s", "gaps", "gap_share", "longest_gap_s", "stuck_s", "distinct", "skew_s",
    "bad_share", "low", "high", "first", "last",
)  # fmt: skip
WRITTEN = (
    "source", "name", "unit", "unit_source", "equipment", "description", "semantic_id", "kind", "suggested_unit",
    "measured", "measured_at", "findings", "address",
)  # fmt: skip
# Files and databases hold what was written before: the age of their newest row says nothing of a clock.
RECORDED = ("file:", "postgresql:", "mariadb:", "mysql:", "sqlite:", "mssql:", "oracle:")


class NotYours(NotPermitted):
    """A person without the role that confirming a unit takes."""

    key = "unit-role-missing"
    says = Text(
        "Confirming the unit of {where} takes the role engineer.",
        "{where}의 단위 확인에는 엔지니어 역할이 필요합니다.",
    )
    remedy = Text("Ask an engineer.", "엔지니어에게 요청하세요.")


class Describes(Protocol):
    """A source as `dure.plant.connect` knows it: its id, its address, the signals it described."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def signals(self) -> Sequence[Described]:
        """What browsing found."""


def refresh(
    historian: "Historian", sources: Iterable[Describes] | None = None, *, now: int | None = None
) -> list[Signal]:
    """Merge what the sources describe with what the historian measures; the signals as they now stand.

    Parameters
    ----------
    sources
        Who describes signals; None: the sources of this node.
    now
        ns since 1970 UTC; None: the node's clock.
    """
    moment = time_ns() if now is None else now
    given = list(connect.sources(home()) if sources is None else sources)
    aliases = dict(Alias.objects.values_list("new", "old"))
    for source in given:
        if getattr(source, "renamed", None) or any(new.startswith(f"{source.id}/") for new in aliases):
            map_at_source(source.id)
    if aliases:
        carry_over(historian)
    described = _described(given, aliases)
    live = {source.id for source in given if not source.url.startswith("file:")}
    told = {source.id for source in given if not source.url.startswith(RECORDED)}
    measures = {name: one for name, one in _measure(historian).items() if name not in aliases}
    ids = sorted(id_ for id_ in described.keys() | measures.keys() if len(id_) <= LONGEST_ID)
    known = Signal.objects.in_bulk(ids)
    rows = [
        _merged(known.get(id_) or Signal(id=id_), described.get(id_), measures.get(id_, {})) for id_ in ids
    ]
    _judge(rows, live, told, moment)
    _save(rows, known)
    discover(rows)
    return rows


def _described(given: Iterable[Describes], aliases: Mapping[str, str]) -> dict[str, Described]:
    """What sources describe, by the id under which it is kept; a new name of a tag tells more than its old one."""
    every = [signal for source in given for signal in source.signals]
    found = {signal.id: signal for signal in every if signal.id not in aliases}
    return found | {aliases[signal.id]: signal for signal in every if signal.id in aliases}


def _measure(historian: "Historian") -> dict[str, dict[str, Any]]:
    """Measures by signal, of the newest stretch; a signal silent by then has only its count, first and last."""
    ever = {one["signal"]: one for one in historian.signals() if not _own(one["signal"])}
    if not ever:
        return {}
    found = {one["signal"]: one for one in historian.measure(sorted(ever))}
    last = {one["signal"]: one for one in historian.last(sorted(ever))}
    return {
        name: {key: found.get(name, {}).get(key) for key in MEASURES}
        | {key: whole[key] for key in ("count", "first", "last")}
        | {key: last.get(name, {}).get(key) for key in ("value", "received")}
        for name, whole in ever.items()
    }


def _own(signal: str) -> bool:
    return signal.startswith(OWN_SOURCES)


def _merged(row: Signal, described: Described | None, measured: Mapping[str, Any]) -> Signal:
    place, _slash, name = row.id.rpartition("/")
    row.source, row.measured = row.id.partition("/")[0], dict(measured)
    row.name = (described and described.name) or row.name or name
    if "equipment" not in row.said:
        row.equipment = row.equipment or (described and described.equipment) or place
    if described is not None:
        row.description = described.description or row.description
        row.kind, row.address = described.kind, described.address[:300]
        row.semantic_id = row.semantic_id or described.semantic_id
        _take_unit(row, described.unit)
    _suggest(row)
    if measured:
        row.measured_at = timezone.now()
    row.name, row.equipment = row.name[:300], row.equipment[:300]
    row.description, row.semantic_id = row.description[:500], row.semantic_id[:200]
    return row


def _take_unit(row: Signal, written: str) -> None:
    """The unit as the source writes it, unless a person has confirmed one or UCUM does not know it."""
    if row.unit_source == Signal.UnitSource.CONFIRMED or not written:
        return
    try:
        row.unit, row.unit_source = ucum(written), Signal.UnitSource.FOUND
    except UnknownUnit:
        row.description = row.description or written


def _suggest(row: Signal) -> None:
    """Unit and semantic id that an installed pack has for a signal of this name."""
    if row.unit and row.semantic_id:
        return
    unit, meaning = _known_of(row.id)
    row.suggested_unit = "" if row.unit else unit
    if not row.semantic_id and (not row.unit or row.unit == unit):
        row.semantic_id = meaning


@lru_cache(maxsize=20_000)
def _known_of(path: str) -> tuple[str, str]:
    """Unit and meaning that a pack gives a signal of this path; looked up once, for it takes half a millisecond."""
    from dure.science import packs

    match = packs.meaning(path)
    return ("", "") if match is None else (match.ucum, match.semantic_id or match.id)


def _judge(rows: Sequence[Signal], live: set[str], told: set[str], now: int) -> None:
    seen = [
        Measured(
            row.id,
            row.source,
            row.unit,
            row.measured,
            live=row.source in live,
            kind=row.kind,
            clocked=row.source in told,
        )
        for row in rows
    ]
    findings = diagnose(seen, now)
    for row in rows:
        row.findings = [finding.to_dict() for finding in findings[row.id]]


def _save(rows: Sequence[Signal], known: Mapping[str, Signal]) -> None:
    with transaction.atomic():
        Signal.objects.bulk_create([row for row in rows if row.id not in known], batch_size=200)
        Signal.objects.bulk_update([row for row in rows if row.id in known], WRITTEN, batch_size=50)


def confirm_unit(signal: Signal, unit: str, by: "Person", semantic_id: str = "") -> Signal:
    """Write down, in a person's name, which unit a signal has; recorded in the ledger.

    Raises
    ------
    NotYours
        If `by` is neither engineer nor owner.
    UnknownUnit
        If UCUM does not know `unit`.
    """
    if not by.has_role("engineer"):
        raise NotYours(signal.id)
    code = ucum(unit)
    with transaction.atomic():
        before = Signal.objects.select_for_update().get(pk=signal.pk).unit
        say([signal], {"unit": code, **({"semantic_id": semantic_id} if semantic_id else {})}, by)
        held = Signal.objects.get(pk=signal.pk)
        held.findings = [one for one in held.findings if one["key"] != "no-unit"]
        held.save(update_fields=["findings"])
        record(f"person:{by.pk}", "signal.unit-confirmed", f"signal:{held.pk}", {"from": before, "to": code})
    return held
