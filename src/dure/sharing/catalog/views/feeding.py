"""The feed of changes, for other participants: a stranger sees 404."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from dure.sharing.catalog.feeding import feed
from dure.sharing.catalog.signing import sign
from dure.vocabulary import DureError


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """The changes after `cursor`, as the caller may see them."""
    from dure.sharing.participants import own, verified

    cursor = request.GET.get("cursor", "0")
    try:
        peer = verified(request.headers.get("Authorization"))
    except DureError:
        raise Http404 from None
    if not cursor.isdecimal() or len(cursor) > 18:
        raise Http404
    return JsonResponse(
        feed(int(cursor), publisher=own().did, sign=sign, peer=peer.did),
        json_dumps_params={"ensure_ascii": False},
    )


changes.requires_role = "participant"  # type: ignore[attr-defined] # a mark on a function, as `requires` leaves it
