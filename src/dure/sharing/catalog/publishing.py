"""One act: a dataset that the inventory knows becomes an entry that others find, with its offer."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from dure.foundation.ledger import record
from dure.sharing.catalog.facts import Column, DatasetFacts, Shelf
from dure.sharing.catalog.keeping import keep, take_out
from dure.sharing.catalog.models import OWN, Entry, stored
from dure.sharing.catalog.quantities import quantity_of
from dure.sharing.catalog.refusals import DatasetUnknown, EntryUnknown, NotToBeShared
from dure.sharing.catalog.sketching import sketch

FORBIDDING = frozenset({"no-share", "no-export"})
MOST_AUDIENCE = 1000


class Odrl(Protocol):
    """A policy that can be written as ODRL (`dure.sharing.policies.Policy`)."""

    def to_odrl(self) -> dict[str, Any]:
        """The policy as JSON-LD."""


def shelf() -> Shelf:
    """What the node introduces."""
    return cast("Callable[[], Shelf]", import_string(settings.DURE_SHELF))()


def facts_of(dataset: str, on: Shelf | None = None) -> DatasetFacts:
    """What the node's inventory knows of a dataset.

    Raises
    ------
    DatasetUnknown
    """
    found = next((one for one in (on or shelf()).datasets() if one.id == dataset), None)
    if found is None:
        raise DatasetUnknown(dataset[:100])
    return found


def publish(  # noqa: PLR0913 - one act, all that belongs to it
    facts: DatasetFacts,
    offer: "Odrl | None" = None,
    *,
    by: str = "node",
    publisher: tuple[str, str] = ("", ""),
    audience: Sequence[str] = (),
    on: Shelf | None = None,
) -> Entry:
    """Offer a dataset, or bring its entry up to date with what is measured now.

    Parameters
    ----------
    facts
        What the inventory knows of it.
    offer
        The policy under which it is offered; without one it can be found, not contracted.
    by
        Who does it, as the ledger names persons: `person:3`.
    publisher
        DID and name of the firm.
    audience
        DIDs that may see it; none for all.
    on
        Where its bytes are; what the node introduces by default.

    Raises
    ------
    NotToBeShared
        If an obligation of the data forbids it.
    """
    if forbidden := sorted(facts.obligations & FORBIDDING):
        raise NotToBeShared(facts.id, obligation=", ".join(forbidden))
    table = (on or shelf()).open(facts.id)
    fields = stored(completed(facts, table))
    fields["sketch"] = list(sketch(table))
    fields["publisher"], fields["publisher_name"] = publisher
    fields["audience"] = sorted(set(audience))[:MOST_AUDIENCE]
    if offer is not None:
        fields["offers"] = [offer.to_odrl()]
    with transaction.atomic():
        entry, changed = keep(OWN, facts.id, fields)
        if changed:
            told = {
                "dataset": facts.id,
                "rows": facts.rows,
                "fingerprint": facts.fingerprint,
                "offers": len(entry.offers),
            }
            record(by, "catalog.published", f"entry:{entry.pk}", told)
    return entry


def completed(facts: DatasetFacts, table: Path) -> DatasetFacts:
    """The facts with kinds of quantities from names and units, and the range of every numeric column from the table itself."""
    import polars as pl

    frame = pl.scan_parquet(table)
    numeric = {name for name, kind in frame.collect_schema().items() if kind.is_numeric()}
    open_ = [one.name for one in facts.columns if one.low is None and one.name in numeric]
    ends = frame.select(
        *(pl.col(name).min().alias(f"low {name}") for name in open_), *(pl.col(name).max().alias(f"high {name}") for name in open_)
    ).collect().row(0, named=True) if open_ else {}  # fmt: skip
    return replace(facts, columns=tuple(_whole(one, ends) for one in facts.columns))


def _whole(column: Column, ends: Mapping[str, Any]) -> Column:
    quantity = column.quantity or (quantity_of(column.name, column.unit) if column.type == "number" else "")
    low, high = (_number(ends.get(f"{end} {column.name}")) for end in ("low", "high"))
    shape = tuple(int(one) for one in column.shape)
    return replace(
        column,
        quantity=quantity,
        shape=shape,
        low=column.low if low is None else low,
        high=column.high if high is None else high,
    )


def _number(value: Any) -> float | None:
    return float(f"{value:.6g}") if isinstance(value, (int, float)) and math.isfinite(value) else None


def own_entry(id: str) -> Entry:  # noqa: A002 - the word of the catalogue
    """The own entry of that id, or of that dataset.

    Raises
    ------
    EntryUnknown
    """
    live = Entry.objects.filter(source=OWN).exclude(state=Entry.States.GONE)
    found = live.filter(pk=id).first() or live.filter(origin=id).first()
    if found is None:
        raise EntryUnknown(id[:100])
    return found


def withdraw(id: str, *, by: str = "node") -> Entry:  # noqa: A002 - the word of the catalogue
    """Take an own entry out; a tombstone tells those who have copied it. Agreements that were made go on.

    Raises
    ------
    EntryUnknown
    """
    with transaction.atomic():
        entry = own_entry(id)
        take_out([entry])
        record(by, "catalog.withdrawn", f"entry:{entry.pk}", {"dataset": entry.origin})
    return entry


def measure_again(on: Shelf | None = None) -> list[Entry]:
    """Hold every own entry against what is measured now; those that no longer hold are marked drifted, and given back."""
    now = {one.id: one for one in (on or shelf()).datasets()}
    drifted = []
    for entry in Entry.objects.filter(source=OWN, state=Entry.States.FRESH):
        facts = now.get(entry.origin)
        if facts is None or not _holds(entry, facts):
            drifted.append(entry)
            keep(OWN, entry.origin, {"state": Entry.States.DRIFTED})
    return drifted


def _holds(entry: Entry, facts: DatasetFacts) -> bool:
    """Whether the columns are still there in the unit and at no less than half the rate that was told."""
    measured = {one.name: one for one in facts.columns}
    for told in entry.fields:
        column = measured.get(told.name)
        if column is None or column.unit != told.unit:
            return False
        if told.rate and (column.rate or 0.0) < told.rate / 2:
            return False
    return True


SHOWN = (
    "title_en", "title_ko", "description_en", "description_ko", "keywords", "offers", "audience", "source", "state"
)  # fmt: skip


def offered_to(  # noqa: PLR0913 - who asks, for what, and how it is answered
    peer: str,
    *,
    endpoint: str = "",
    formats: Sequence[str] = ("HttpData-PULL",),
    dataset: str = "",
    after: str = "",
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Datasets of a Dataspace Protocol catalogue for a participant: only what has an offer and what `peer` may see.

    The dataset's `@id` is the entry's own id.

    Parameters
    ----------
    dataset
        Only the one of this id.
    after, most
        A page of so many, those behind this id; the last `@id` of a page is the `after` of the next.
    """
    found = (dsp_dataset(one, endpoint, formats) for one in _seen_by(peer, dataset, after) if one.offers)
    return list(islice(found, most))


def visible_to(peer: str) -> "list[Entry]":
    """Own entries that a participant may see."""
    return list(_seen_by(peer, "", ""))


def _seen_by(peer: str, dataset: str, after: str) -> Iterator[Entry]:
    live = Entry.objects.filter(source=OWN, pk__gt=after).exclude(state=Entry.States.GONE).order_by("pk")
    asked = live.filter(pk=dataset) if dataset else live
    for one in asked.only(*SHOWN).iterator(chunk_size=250):
        if not one.audience or peer in one.audience:
            yield one


def dsp_dataset(entry: Entry, endpoint: str, formats: Sequence[str]) -> dict[str, Any]:
    """One dataset in the words of the Dataspace Protocol 2025-1; an offer there names no target."""
    told = entry.title_en or entry.title_ko
    return {
        "@id": entry.pk,
        "@type": "Dataset",
        "title": told,
        "description": [
            {"@language": name, "@value": text}
            for name, text in (("en", entry.title.en), ("ko", entry.title.ko))
            if text
        ],
        "keyword": list(entry.keywords),
        "hasPolicy": [
            {"@id": f"{entry.pk}-offer-{at}", "@type": "Offer"} | {name: value for name, value in offer.items() if name not in _ROOT}
            for at, offer in enumerate(entry.offers, 1)
        ],
        "distribution": [
            {
                "@type": "Distribution",
                "format": name,
                "accessService": {"@id": f"{entry.pk}-service", "@type": "DataService", "endpointURL": endpoint},
            }
            for name in formats
        ],
    }  # fmt: skip


_ROOT = frozenset({"@context", "target", "assignee", "uid", "type"})
