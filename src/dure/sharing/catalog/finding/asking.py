"""Asking the catalogue: the index is brought up to date by what changed, then answers with entries and facets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max

from dure.sharing.catalog.finding.index import CHUNK, FACETS, Document, Found, Index
from dure.sharing.catalog.models import Entry
from dure.sharing.catalog.quantities import label_of, rate_band
from dure.vocabulary import home

A_PAGE = 20
LAST_PAGE = 50


@dataclass(frozen=True, slots=True)
class Results:
    """A page of entries, how many fit, facet values with counts, and whether only similar words were found."""

    entries: Sequence[Entry]
    count: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    about: frozenset[str]
    page: int
    near: bool = False


def search(text: str = "", facets: Mapping[str, str] | None = None, page: int = 1) -> Results:
    """Entries that hold every word, the likeliest first.

    Parameters
    ----------
    text
        Words in Korean or English; a Korean word is found inside longer ones, exactly.
    facets
        Values of `quantity`, `unit`, `rate`, `equipment`, `labelled`, `source`, `state`, `kind` that must be.
    page
        Twenty entries each, from 1; the first fifty can be seen.
    """
    index = up_to_date()
    at = max(1, min(page, LAST_PAGE))
    chosen = {name: value for name, value in (facets or {}).items() if name in FACETS and value}
    found = index.ask(text, chosen, limit=A_PAGE, offset=A_PAGE * (at - 1))
    near = not found.count and bool(text.strip())
    if near:
        found = index.ask(text, chosen, limit=A_PAGE, offset=A_PAGE * (at - 1), near=True)
    return Results(_entries(found), found.count, found.facets, found.about, at, near and bool(found.count))


def _entries(found: Found) -> list[Entry]:
    kept = Entry.objects.select_related("twin").in_bulk([hit.id for hit in found.hits])
    return [kept[hit.id] for hit in found.hits if hit.id in kept and kept[hit.id].state != Entry.States.GONE]


def up_to_date() -> Index:
    """The index with every change in it."""
    index = Index(home() / "sharing" / "catalog")
    last = Entry.objects.aggregate(last=Max("turn"))["last"] or 0
    if not index.seen or last > index.seen:
        seen = index.seen
        changed = Entry.objects.filter(turn__gt=seen, turn__lte=last)
        gone = changed.filter(state=Entry.States.GONE).values_list("pk", flat=True) if seen else ()
        index.write(_documents(seen, last), list(gone), seen=last)
    return index


def _documents(seen: int, last: int) -> Iterator[Document]:
    live = Entry.objects.filter(turn__gt=seen, turn__lte=last).exclude(state=Entry.States.GONE)
    for entry in (
        live.defer("offers", "quality", "sketch").order_by("turn").iterator(chunk_size=min(CHUNK, 2000))
    ):
        yield document_of(entry)


def document_of(entry: Entry) -> Document:
    """What the index holds of an entry."""
    columns, events = entry.fields, entry.marked
    quantities = list(dict.fromkeys(one.quantity for one in columns if one.quantity))
    labels = [label_of(one) for one in quantities]
    words = [
        entry.description_ko,
        entry.description_en,
        *map(str, entry.keywords),
        *(one.name for one in columns[:500]),
    ]
    words += [f"{one.ko} {one.en}" for one in labels]
    words += [f"{one.label.ko} {one.label.en} {one.kind}" for one in events]
    words += [entry.equipment, entry.equipment_ko, entry.equipment_en, entry.publisher_name]
    return Document(
        entry.pk,
        entry.title_en,
        entry.title_ko,
        " ".join(dict.fromkeys(filter(None, words))),
        {
            "quantity": quantities,
            "unit": list(dict.fromkeys(one.unit for one in columns if one.unit)),
            "rate": rate_band(max((one.rate for one in columns if one.rate), default=None)),
            "equipment": entry.equipment,
            "labelled": "yes" if events else "no",
            "source": entry.source,
            "state": entry.state,
            "kind": entry.kind,
        },
    )
