"""A refusal as a page: one sentence, the way out, and the HTTP status that fits it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from dure.foundation.web.token import PassRefused
from dure.vocabulary import (
    DureError,
    InputError,
    ModelRefused,
    NodeProblem,
    NotPermitted,
    SourceProblem,
    Text,
    language,
)

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseBase

ROLE_NAMES = {
    "expert": Text("outside expert", "외부 전문가"),
    "worker": Text("worker", "작업자"),
    "engineer": Text("engineer", "엔지니어"),
    "owner": Text("owner", "소유자"),
}

STATUSES: tuple[tuple[type[DureError], int], ...] = (
    (PassRefused, 401),
    (NotPermitted, 403),
    (InputError, 422),
    (ModelRefused, 422),
    (SourceProblem, 502),
    (NodeProblem, 503),
    (DureError, 400),
)
"""The one table from a refusal to HTTP (RFC 9110, clause 15.5 and 15.6); the first that fits."""


class RoleLacking(NotPermitted):
    """A page or button that needs a higher role."""

    key = "role-lacking"
    says = Text("This is open to the role “{role}” and above.", "“{role}” 이상의 역할만 할 수 있는 일입니다.")
    remedy = Text(
        "Ask the owner of this node to change your role.", "이 노드의 소유자에게 역할 변경을 요청하세요."
    )

    def __init__(self, role: str) -> None:
        super().__init__(role, role=ROLE_NAMES.get(role, role))


def status_of(problem: DureError) -> int:
    """HTTP status of a refusal.

    >>> status_of(RoleLacking("owner"))
    403
    """
    return next(status for kind, status in STATUSES if isinstance(problem, kind))


def refused(request: "HttpRequest", problem: DureError, *, status: int | None = None) -> "HttpResponse":
    """The refusal as a page; as one line for a request that fills a part of a page."""
    from django.shortcuts import render

    part = bool(getattr(request, "htmx", False))
    template = "web/refused_part.html" if part else "web/refused.html"
    return render(
        request,
        template,
        {"problem": problem, "language": language()},
        status=200 if part else status or status_of(problem),  # HTMX swaps successful answers only
    )


class Refusals:
    """Middleware: a refusal that a view lets through becomes its page, and no stack trace."""

    def __init__(self, get_response: "Callable[[HttpRequest], HttpResponseBase]") -> None:
        self.get_response = get_response

    def __call__(self, request: "HttpRequest") -> "HttpResponseBase":
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: "HttpRequest", problem: Exception) -> "HttpResponse | None":
        """Answer a `DureError`; leave everything else to Django."""
        return refused(request, problem) if isinstance(problem, DureError) else None
