"""The places of the product, in its header: each room that has one names it in its `AppConfig`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the header: what it is called, the URL name it opens, its order, who may see it."""

    label: "str | _StrPromise"
    opens: str
    icon: str
    order: int = 0
    role: str = "worker"
    waiting: "Callable[[], int] | None" = None
    """How many things in it wait for somebody; shown as a count beside its name."""
    also: tuple[str, ...] = ()
    """Rooms without a place of their own whose pages are reached from this one."""
    beside: bool = False
    """Whether it stands as a mere drawing beside the visitor's own choices, not among the places."""
    waits: "Callable[[object], int] | None" = None
    """As `waiting`, where the count is a person's own."""
    others: tuple[str, ...] = ()
    """Roles of an office that see it too."""
    waits_at: str = ""
    """URL name that answers with that count, asked now and then while a page stands open."""

    menu: bool = False
    """Whether it stands in the visitor's own menu, beside people and ledger: a place that is rarely opened."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Any of these opens it."""
        return (self.role, *self.others)

    @property
    def room(self) -> str:
        """The room it opens: the namespace of its URL name."""
        return self.opens.split(":")[0]


def places() -> list[Place]:
    """All places that the installed rooms name as `place` in their `AppConfig`, one or several, in order."""
    from django.apps import apps

    named = (getattr(config, "place", None) for config in apps.get_app_configs())
    every = (place for one in named for place in (one if isinstance(one, tuple) else (one,)))
    found = [place for place in every if isinstance(place, Place)]
    return sorted(found, key=lambda place: place.order)


def here(request: "HttpRequest") -> str:
    """Name of the room whose view answers this request; empty when no URL matched."""
    match = request.resolver_match
    return match.namespace if match else ""
