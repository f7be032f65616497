"""Language, look, the pass to the live stream, and the page for what went wrong."""

import time
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web.choice import LANGUAGE_COOKIE, LANGUAGES, LOOK_COOKIE, LOOKS, YEAR
from dure.foundation.web.people import Person, may, requires
from dure.foundation.web.places import places
from dure.foundation.web.token import LIFE, issue, live_key


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language chosen, in this browser and with the person."""
    chosen = request.POST.get("language", "")
    answer = HttpResponseRedirect(_back(request))
    if chosen in LANGUAGES:
        _keep(answer, LANGUAGE_COOKIE, chosen, request)
        if request.user.is_authenticated and hasattr(request.user, "language"):
            request.user.language = chosen
            request.user.save(update_fields=["language"])
    return answer


@require_POST
def choose_look(request: HttpRequest) -> HttpResponse:
    """Keep light, dark, or as the device prefers."""
    answer = HttpResponseRedirect(_back(request))
    if (look := request.POST.get("look", "")) in LOOKS:
        _keep(answer, LOOK_COOKIE, look, request)
    return answer


def _keep(answer: HttpResponse, name: str, value: str, request: HttpRequest) -> None:
    answer.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure())


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return "/"


@require_GET
@never_cache
@requires("worker")
def live_pass(request: HttpRequest) -> JsonResponse:
    """Pass to the live stream, for the person signed in."""
    person = cast("Person", request.user)  # `requires` has asked
    key = live_key(settings.SECRET_KEY.encode())
    text = issue(key, str(request.user.pk), person.roles[0], now=time.time())
    return JsonResponse({"pass": text, "life": LIFE, "url": live_url(request)})


def live_url(request: HttpRequest) -> str:
    """Address of the live stream as this browser reaches it: the same host, the node's live port."""
    host = (
        request.get_host().rsplit(":", 1)[0] if not request.get_host().endswith("]") else request.get_host()
    )
    return f"{request.scheme}://{host}:{settings.DURE_LIVE_PORT}"


def home(request: HttpRequest) -> HttpResponse:
    """Where a person lands: the first place open to the role; a stranger signs in."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(resolve_url(settings.LOGIN_URL))
    open_to = [place for place in places() if any(may(request.user, role) for role in place.roles)]
    return (
        HttpResponseRedirect(resolve_url(open_to[0].opens)) if open_to else render(request, "web/empty.html")
    )


def _wrong(request: HttpRequest, status: int, what: str = "") -> HttpResponse:
    return render(request, "web/wrong.html", {"status": status, "what": what or status}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django hands it over
    """Page for an address that leads nowhere."""
    return _wrong(request, 404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django hands it over
    """Page for what is refused."""
    return _wrong(request, 403)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - not for visitors' eyes
    """Page for a form whose protection mark has aged (CSRF)."""
    return _wrong(request, 403, "stale form")


def broken(request: HttpRequest, *_: Any) -> HttpResponse:
    """Page for our own mistake; nothing of it is shown."""
    return _wrong(request, 500)
