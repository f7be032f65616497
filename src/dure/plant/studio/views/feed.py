"""A sheet for Excel and Power BI: an OData 4.0 feed, known by its token alone; no session, no cookie."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dure.foundation.ledger import record
from dure.foundation.web import requires, status_of
from dure.plant.studio.desk import Desk
from dure.plant.studio.feeding import PAGE, answered, query_of, service
from dure.plant.studio.feeding import metadata as model_of
from dure.plant.studio.journal import History
from dure.plant.studio.looking import view_of
from dure.plant.studio.models import FeedToken
from dure.plant.studio.pace import PACE, TooFast
from dure.plant.studio.refusals import FeedRefused, SheetUnknown
from dure.plant.studio.views.answering import answer, as_json, body_of, desk_of, person_of
from dure.vocabulary import Action, DureError, InputError, NotPermitted, Text

PREFIX = "dure_feed_"
DAYS = 365
LONGEST = 400
View = Callable[..., HttpResponseBase]


class FeedTokenRefused(NotPermitted):
    """A request without a token that is good now."""

    key = "sheet-feed-token"
    says = Text(
        "The feed of {where} takes a token that is good now.",
        "{where}의 피드에는 지금 유효한 토큰이 필요합니다.",
    )
    remedy = Text(
        "Give it as the password (Basic) or as a bearer token; the sheet's page makes one.",
        "암호(기본 인증)나 베어러 토큰으로 입력하세요. 시트 페이지에서 만들 수 있습니다.",
    )


@require_POST
@requires("engineer")
@as_json
def token(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A new token of the feed, shown once."""
    desk, body = desk_of(pk), body_of(request)
    desk.permit.require(Action.EXPORT)
    name = " ".join(str(body.get("name") or "Excel").split())[:100]
    made = PREFIX + secrets.token_urlsafe(32)
    until = timezone.now() + timedelta(days=DAYS)
    FeedToken.objects.create(
        sheet=desk.sheet, hashed=_hash(made), name=name, by=person_of(request), until=until
    )
    record(
        f"person:{request.user.pk}",
        "sheet.feed-opened",
        f"sheet:{pk}",
        {"name": name, "until": until.isoformat()},
    )
    return answer(
        {
            "version": desk.history.version,
            "token": made,
            "until": until.isoformat(),
            "address": request.build_absolute_uri(reverse("sheet:feed", args=[pk])),
        }
    )


def _hash(made: str) -> str:
    return hashlib.sha256(made.encode()).hexdigest()


def _given(request: HttpRequest) -> str:
    """The token of a request: a bearer's (RFC 6750), or the password of Basic (RFC 7617), which Excel can send."""
    scheme, _, words = request.headers.get("Authorization", "")[:LONGEST].partition(" ")
    if scheme.lower() == "bearer":
        return words.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(words, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password or user


def fed(view: View) -> View:
    """A view of the feed: its token is checked, its refusals are OData's (JSON Format clause 21)."""

    @require_safe
    @wraps(view)
    def checked(request: HttpRequest, pk: str) -> HttpResponseBase:
        try:
            given = _given(request)
            known = (
                FeedToken.objects.filter(hashed=_hash(given), sheet_id=pk, until__gt=timezone.now()).first()
                if given.startswith(PREFIX)
                else None
            )
            if known is None:
                raise FeedTokenRefused(pk[:40])
            PACE.begin(str(known.pk))
            desk = desk_of(pk)
            desk.permit.require(Action.EXPORT)
            found = view(request, desk)
        except DureError as refusal:
            return _refused(refusal)
        found["OData-Version"], found["Cache-Control"] = "4.0", "no-store"
        return found

    checked.requires_token = True  # type: ignore[attr-defined] # a mark on a function, for the test of all addresses
    return checked


def _refused(refusal: DureError) -> HttpResponse:
    status = (
        401
        if isinstance(refusal, FeedTokenRefused)
        else 429
        if isinstance(refusal, TooFast)
        else 404
        if isinstance(refusal, SheetUnknown)
        else 400
        if isinstance(refusal, InputError)
        else status_of(refusal)
    )
    found = JsonResponse(
        {"error": {"code": refusal.key, "message": str(refusal)}},
        status=status,
        json_dumps_params={"ensure_ascii": False},
    )
    found["OData-Version"] = "4.0"
    if status == 401:
        found["WWW-Authenticate"] = 'Basic realm="dure sheet", charset="UTF-8"'
    if status == 429:
        found["Retry-After"] = "60"
    return found


def _root(request: HttpRequest, desk: Desk) -> str:
    return request.build_absolute_uri(reverse("sheet:feed", args=[desk.sheet.pk]))


@fed
def document(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """The service document."""
    return _json(service(_root(request, desk)))


@fed
def metadata(request: HttpRequest, desk: Desk) -> HttpResponseBase:  # noqa: ARG001 - every view is handed the request
    """The model of the service."""
    return HttpResponse(model_of(desk.grid, desk.view), content_type="application/xml")


def _json(told: dict[str, object]) -> JsonResponse:
    return JsonResponse(
        told,
        content_type="application/json;odata.metadata=minimal",
        json_dumps_params={"ensure_ascii": False, "allow_nan": False},
    )


@fed
def rows(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """A page of rows."""
    words = {name: request.GET.get(name, "") for name in request.GET}
    version, done = _token_of(words.pop("$skiptoken", ""), desk.history.version)
    history = desk.history if version == desk.history.version else _at(desk, version)
    grid = desk.grid_of(history.actions)
    asked = query_of(words, page=_page(request))
    here = query_of(
        {**words, **({"$top": str(max(0, asked.top - done))} if asked.top is not None else {})},
        skip=done,
        page=asked.page,
    )
    values, total, more = answered(grid, view_of(grid, history.actions), here, str(settings.TIME_ZONE))
    root = _root(request, desk)
    select = f"({','.join(asked.select)})" if asked.select else ""
    told: dict[str, object] = {"@odata.context": f"{root}$metadata#rows{select}"}
    if asked.count:
        told["@odata.count"] = total
    told["value"] = values
    if more:
        told["@odata.nextLink"] = (
            f"{root}rows?{urlencode({**words, '$skiptoken': f'{version}-{done + len(values)}'}, safe='$')}"
        )
    return _json(told)


@fed
def count(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """How many rows there are."""
    words = {name: request.GET.get(name, "") for name in request.GET}
    _values, total, _more = answered(
        desk.grid, desk.view, query_of({**words, "$top": "0"}), str(settings.TIME_ZONE)
    )
    return HttpResponse(str(total), content_type="text/plain")


def _page(request: HttpRequest) -> int:
    """The page size that is preferred (`Prefer: odata.maxpagesize`, part 1 clause 8.2.8.5)."""
    for one in request.headers.get("Prefer", "")[:200].split(","):
        name, _, value = one.strip().partition("=")
        if name.removeprefix("odata.") == "maxpagesize" and value.isdigit() and len(value) < 9:
            return max(1, min(PAGE, int(value)))
    return PAGE


def _token_of(words: str, version: int) -> tuple[int, int]:
    """Version and rows done of a skip token."""
    if not words:
        return version, 0
    first, _, second = words.partition("-")
    if not (first.isdigit() and second.isdigit()) or len(words) > 30 or int(first) > version:
        raise FeedRefused("$skiptoken", why=Text("it is none of ours", "올바른 값이 아닙니다"))
    return int(first), int(second)


def _at(desk: Desk, version: int) -> History:
    """The history as it was."""
    found = History()
    for event in desk.journal.events()[:version]:
        found = found.then(event)
    return found
