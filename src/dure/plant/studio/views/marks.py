"""Rows that a person marks: which sets of labels take them, and the marking."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods

from dure.foundation.web import requires
from dure.plant.studio.marking import MOST, mark_rows, sets_of, told
from dure.plant.studio.refusals import ActionWrong
from dure.plant.studio.views.answering import answer, as_json, body_of, desk_of, person_of
from dure.vocabulary import Text


@require_http_methods(["GET", "POST"])
@requires("worker")
@as_json
def marks(request: HttpRequest, pk: str) -> HttpResponseBase:
    """GET: the sets about this file. POST: mark rows in one of them."""
    desk = desk_of(pk)
    if request.method == "GET":
        return answer(
            {"version": desk.history.version, "sets": [told(one) for one in sets_of(desk)], "most": MOST}
        )
    body = body_of(request)
    rows = body.get("rows")
    if not isinstance(rows, list) or not rows or not all(type(one) is int for one in rows):
        raise ActionWrong("rows", why=Text("they are ids of rows", "행 번호 목록이어야 합니다"))
    made = mark_rows(
        desk, str(body.get("set") or ""), rows, str(body.get("kind") or "")[:100], person_of(request)
    )
    return answer({"version": desk.history.version, "marked": made})
