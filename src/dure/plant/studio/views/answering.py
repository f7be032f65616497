"""What the views share: the sheet of an address, JSON in and out, a refusal as JSON with its position."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone

from dure.foundation.web import status_of
from dure.plant.studio.desk import Desk, position_of
from dure.plant.studio.models import Sheet
from dure.plant.studio.refusals import ActionWrong, SheetMovedOn, SheetUnknown
from dure.vocabulary import DureError, InputError, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

View = Callable[..., HttpResponseBase]
MOST_BODY = 70_000_000
"""Bytes of a request; a pasted block is the largest."""


def desk_of(pk: str) -> Desk:
    """The sheet of that id, at work.

    Raises
    ------
    SheetUnknown
    """
    sheet = Sheet.objects.filter(pk=pk).first()
    if sheet is None:
        raise SheetUnknown(pk[:40])
    return Desk(sheet)


def person_of(request: HttpRequest) -> "Person":
    """Who asks."""
    return cast("Person", request.user)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request.

    Raises
    ------
    ActionWrong
        If it is too long, or none.
    """
    written = request.read(MOST_BODY + 1)
    why = Text("the request is no JSON object", "요청이 JSON 객체가 아닙니다")
    if len(written) > MOST_BODY:
        raise ActionWrong("request", why=Text("it is too long", "너무 깁니다"))
    try:
        found = json.loads(written or b"{}")
    except (ValueError, RecursionError) as odd:
        raise ActionWrong("request", why=why) from odd
    if not isinstance(found, dict):
        raise ActionWrong("request", why=why)
    return found


def answer(told: Mapping[str, Any], status: int = 200) -> JsonResponse:
    """JSON that no browser keeps."""
    found = JsonResponse(
        dict(told), status=status, json_dumps_params={"ensure_ascii": False, "allow_nan": False}
    )
    found["Cache-Control"] = "no-store"
    return found


def as_json(view: View) -> View:
    """A refusal of this view as JSON with its status and, in a formula, its position."""

    @wraps(view)
    def answered(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
        try:
            return view(request, *given, **named)
        except DureError as refusal:
            return refused(refusal)

    return answered


def refused(refusal: DureError) -> JsonResponse:
    """The sentence, where it is wrong, and what to do."""
    status = (
        409
        if isinstance(refusal, SheetMovedOn)
        else 404
        if isinstance(refusal, SheetUnknown)
        else 400
        if isinstance(refusal, InputError)
        else status_of(refusal)
    )
    position = position_of(refusal, str(getattr(refusal, "formula", "")))
    return answer({"error": {**refusal.report(), "position": position}}, status)


def today() -> str:
    """The date, for names of files."""
    return timezone.localdate().isoformat()
