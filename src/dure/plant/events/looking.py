"""Finding frames and signals by words."""

from fnmatch import fnmatchcase

from django.db.models import Q, QuerySet

from dure.plant.events.models import Frame
from dure.plant.inventory import Signal


def frames(
    *, kind: str = "", equipment: str = "", words: str = "", start: int | None = None, end: int | None = None
) -> "QuerySet[Frame]":
    """Frames of a kind, at an equipment or below it, that touch `start` ≤ time < `end` [ns], and hold every word."""
    found = Frame.objects.select_related("lot")
    if kind:
        found = found.filter(kind=kind)
    if equipment:
        found = found.filter(Q(equipment=equipment) | Q(equipment__startswith=f"{equipment}/"))
    if start is not None:
        found = found.filter(Q(end__isnull=True) | Q(end__gt=start))
    if end is not None:
        found = found.filter(start__lt=end)
    for word in words[:200].split():
        found = found.filter(
            Q(key__icontains=word)
            | Q(title__icontains=word)
            | Q(equipment__icontains=word)
            | Q(lot__id__icontains=word)
            | Q(lot__material__icontains=word)
        )
    return found


def named(patterns: str) -> list[str]:
    """Ids of the signals that patterns with commas between mean, in their order."""
    known = list(Signal.objects.order_by("id").values_list("id", flat=True))
    found: dict[str, None] = {}
    for pattern in (one.strip() for one in patterns.split(",")):
        found |= dict.fromkeys(name for name in known if fnmatchcase(name, pattern))
    return list(found)
