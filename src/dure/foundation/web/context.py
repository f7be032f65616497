"""What every page's template may use: the places, the visitor's choices, the way to the live stream."""

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.foundation.web.choice import look_of
from dure.foundation.web.people import may
from dure.foundation.web.places import Place, here, places
from dure.foundation.web.refusal import ROLE_NAMES

if TYPE_CHECKING:
    from django.http import HttpRequest

BUILT = Path(__file__).parent / "static" / "built"


def page(request: "HttpRequest") -> dict[str, Any]:
    """Context processor of all pages."""
    person = getattr(request, "user", None)
    return {
        "places": [
            place for place in places() if may(person, place.role) and not (place.beside or place.menu)
        ],
        "places_menu": [place for place in places() if place.menu and may(person, place.role)],
        "places_beside": [
            (place, place.waits(person) if place.waits else 0)
            for place in places()
            if place.beside and _is_open(person, place)
        ],
        "here": here(request),
        "look": look_of(request),
        "built": built_mark(),
        "now": time.time(),
        "role_name": ROLE_NAMES.get(next(iter(getattr(person, "roles", [])), ""), ""),
        "is_engineer": may(person, "engineer"),
        "is_owner": may(person, "owner"),
    }


def _is_open(person: object, place: Place) -> bool:
    return any(may(person, role) for role in place.roles)


@cache
def built_mark() -> str:
    """Mark of the built front end, so that a browser fetches a new one after an update."""
    newest = max((file.stat().st_mtime_ns for file in BUILT.glob("*")), default=0)
    return f"{newest:x}"
