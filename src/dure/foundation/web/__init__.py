"""How dure looks: layout, sign-in, language, forms, charts. It knows no domain.

Public names import no Django when they are loaded, so that the live process can read a pass with them.

- `requires(role)` opens a view; `may(person, role)` asks; `Person` is the promise it relies on.
- `Place` puts a room into the header.
- `issue`, `read`, `Pass`, `PassRefused`, `key_in`: the pass to the live stream.
- `chart`, a module, draws the pictures of the report pages.
"""

from importlib import import_module
from typing import Any

from dure.foundation.web.people import RANKS, Person, may, requires
from dure.foundation.web.places import Place, places
from dure.foundation.web.refusal import RoleLacking, refused, status_of
from dure.foundation.web.token import LIFE, Pass, PassRefused, issue, key_in, live_key, read

__all__ = [
    "LIFE",
    "RANKS",
    "Pass",
    "PassRefused",
    "Person",
    "Place",
    "RoleLacking",
    "chart",
    "issue",
    "key_in",
    "live_key",
    "may",
    "places",
    "read",
    "refused",
    "requires",
    "status_of",
]


def __getattr__(name: str) -> Any:
    # The pictures need Django, which must not be loaded with the rest.
    if name != "chart":
        raise AttributeError(name)
    return import_module(f"{__name__}.chart")
