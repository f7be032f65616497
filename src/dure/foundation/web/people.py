"""Who stands before a page: a person known by what a page needs, and the roles that open a view.

`web` does not know where people are kept: `Person` is a promise that the node's user model fulfils.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, runtime_checkable

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

View = TypeVar("View", bound="Callable[..., HttpResponseBase]")

RANKS = ("expert", "worker", "engineer", "owner")
"""Roles from an outside expert, over the shop floor, up; each may do what those before it may."""


@runtime_checkable
class Person(Protocol):
    """Somebody signed in, as a page sees them."""

    language: str

    @property
    def is_authenticated(self) -> bool:
        """False for a stranger."""

    @property
    def roles(self) -> list[str]:
        """Roles held now, the widest first."""

    def has_role(self, role: str) -> bool:
        """Whether this person may do what only a `role` may."""


def may(person: object, role: str) -> bool:
    """Whether `person` is signed in and holds `role` or a wider one; a stranger may nothing.

    >>> may(None, "worker")
    False
    """
    if not getattr(person, "is_authenticated", False):
        return False
    return isinstance(person, Person) and person.has_role(role)


def requires(role: str, *others: str) -> "Callable[[View], View]":
    """Open a view to people of `role` and above: a stranger is sent to sign in, others read why not.

    `others` are roles that open it too, such as those of an office, which stand beside the ranks of a plant.

    The view carries `requires_role`, so that a test can ask it of every address.
    """

    def guarded(view: View) -> View:
        @wraps(view)
        def checked(request: "HttpRequest", *args: Any, **kwargs: Any) -> "HttpResponseBase":
            if any(may(request.user, one) for one in (role, *others)):
                return view(request, *args, **kwargs)
            return _turned_away(request, role)

        checked.requires_role = role  # type: ignore[attr-defined] # a mark on a function
        return cast("View", checked)

    return guarded


def _turned_away(request: "HttpRequest", role: str) -> "HttpResponseBase":
    from django.contrib.auth.views import redirect_to_login
    from django.http import HttpResponse

    from dure.foundation.web.refusal import RoleLacking, refused

    if not request.user.is_authenticated and getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})  # the whole page goes to sign in
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return refused(request, RoleLacking(role), status=403)
