"""`/historian/query`: other programs read the historian over HTTP with a token, as Arrow, Parquet or CSV.

No session and no cookie: a program is known by its bearer token (RFC 6750) alone.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from dure.foundation.web import status_of
from dure.plant.historian import ProgramTooFast, SignalUnknown, TokenRefused, answer
from dure.vocabulary import DureError, home


@require_safe
def query(request: HttpRequest) -> HttpResponseBase:
    """Samples of signals; the reference page of the historian has the parameters."""
    words = {name: [one for one in request.GET.getlist(name) if one] for name in request.GET}
    header, accept = request.headers.get("Authorization", ""), request.headers.get("Accept", "")
    try:
        given = answer(home(), header, accept, words)
    except DureError as refusal:
        return _refused(refusal)
    if request.method == "HEAD":
        given.pieces.close()
        return HttpResponse(content_type=given.media)
    return StreamingHttpResponse(
        given.pieces, content_type=given.media, headers={"Cache-Control": "no-store"}
    )


def _refused(refusal: DureError) -> HttpResponse:
    """The sentence as JSON, with the status that a program acts on (RFC 9110 clause 15.5)."""
    status = {TokenRefused: 401, SignalUnknown: 404, ProgramTooFast: 429}.get(
        type(refusal), status_of(refusal)
    )
    answered = JsonResponse(
        {"error": refusal.report()}, status=status, json_dumps_params={"ensure_ascii": False}
    )
    if status == 401:
        answered["WWW-Authenticate"] = 'Bearer realm="dure historian"'
    if status == 429:
        answered["Retry-After"] = str(refusal.facts["seconds"])
    return answered


urlpatterns = [path("query", query, name="historian_query")]
