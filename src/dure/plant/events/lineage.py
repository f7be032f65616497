"""A lot's genealogy, from the records."""

from collections.abc import Iterable
from functools import partial

from dure.plant.events.genealogy import Genealogy, Link, trace
from dure.plant.events.models import Use

_AT_ONCE = 500


def lot_genealogy(lot: str, *, forward: bool = False) -> Genealogy:
    """What went into a lot, or with `forward` what came of it; see `genealogy.trace` for bounds and shares."""
    into, out_of = partial(_links, "child_id__in"), partial(_links, "parent_id__in")
    return trace(lot, out_of if forward else into, forward=forward, into=into)


def _links(side: str, lots: Iterable[str]) -> list[Link]:
    names, found = list(lots), []
    for start in range(0, len(names), _AT_ONCE):
        rows = Use.objects.filter(**{side: names[start : start + _AT_ONCE]})
        found += [Link(*row) for row in rows.values_list("child_id", "parent_id", "quantity")]
    return found
