"""What other participants call: the DID document, the Credential Service, the Issuer Service, status lists, pairing.

Strangers learn nothing: a caller that is not verified gets 401 without a reason, something that is not there or not theirs 404.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from dure.sharing.participants import holding, issuing, pairing
from dure.sharing.participants.documents import did_document
from dure.sharing.participants.identity import own
from dure.sharing.participants.messages import LARGEST, parsed, wrong
from dure.sharing.participants.models import Participant
from dure.sharing.participants.refusals import (
    MessageWrong,
    NotVerified,
    PairingRefused,
    ParticipantUnknown,
)
from dure.sharing.participants.tokens import refuse
from dure.sharing.participants.verifying import authenticated
from dure.vocabulary import DureError, use_language

LOG = logging.getLogger(__name__)
STATUSES: tuple[tuple[type[DureError], int], ...] = (
    (NotVerified, 401),
    (pairing.TooOften, 429),
    (PairingRefused, 404),
    (ParticipantUnknown, 404),
    (MessageWrong, 400),
    (DureError, 400),
)
View = Callable[..., HttpResponse]


def wire(view: View) -> View:
    """A view for machines: no cookies, a refusal as JSON with its status, the reason in our own log only."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        try:
            return view(request, *args, **more)
        except DureError as refusal:
            status = next(status for kind, status in STATUSES if isinstance(refusal, kind))
            with use_language("en"):
                LOG.info("refused %s: %s", request.path, refusal)
                said = refusal.message if isinstance(refusal, MessageWrong) else ""
            return JsonResponse(
                {"error": {"status": status, **({"message": said} if said else {})}}, status=status
            )

    return answered


def body_of(request: HttpRequest) -> Any:
    """JSON of the request, bounded before it is read."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > LARGEST:
        wrong("body", "it is larger than 1 MiB", "1 MiB보다 큽니다")
    return parsed(request.read(LARGEST + 1))


def caller(request: HttpRequest, now: datetime) -> Any:
    """Claims of the caller's ID token; a partner that has ended is nobody."""
    claims = authenticated(request.headers.get("Authorization"), now)
    partner = Participant.objects.filter(did=claims["iss"]).first()
    if partner is not None and not partner.active(now):
        raise refuse(claims["iss"], "its participation has ended", "참여가 종료된 기업입니다")
    return claims


@wire
@require_GET
def did_json(_request: HttpRequest) -> HttpResponse:
    """Our DID document (did:web)."""
    return JsonResponse(
        did_document(own()), content_type="application/did+json", headers={"Cache-Control": "max-age=60"}
    )


@wire
@require_POST
def query(request: HttpRequest) -> HttpResponse:
    """Resolution API: our presentations, for whom we gave leave."""
    now = datetime.now(UTC)
    claims, asked = caller(request, now), body_of(request)
    told = holding.answer_query(asked, claims, now)
    if told is None:  # DCP 1.0: who does not support presentation definitions answers 501
        return JsonResponse({"error": {"status": 501}}, status=501)
    return JsonResponse(told)


@wire
@require_POST
def store(request: HttpRequest) -> HttpResponse:
    """Storage API: credentials that an issuer brings."""
    now = datetime.now(UTC)
    claims, told = caller(request, now), body_of(request)
    holding.store(told, claims, now)
    return JsonResponse({})


@wire
@require_POST
def offer(request: HttpRequest) -> HttpResponse:
    """Credential Offer API."""
    now = datetime.now(UTC)
    claims, told = caller(request, now), body_of(request)
    holding.offered(told, claims, now)
    return JsonResponse({})


@wire
@require_GET
def metadata(_request: HttpRequest) -> HttpResponse:
    """Issuer Metadata API."""
    return JsonResponse(issuing.metadata())


@wire
@require_GET
def schema(_request: HttpRequest, kind: str) -> HttpResponse:
    """JSON Schema of what a credential says of its holder."""
    return JsonResponse(issuing.schema_of(kind), content_type="application/schema+json")


@wire
@require_POST
def request_credentials(request: HttpRequest) -> HttpResponse:
    """Credential Request API."""
    now = datetime.now(UTC)
    claims, told = caller(request, now), body_of(request)
    made = issuing.requested(told, claims, now)
    return JsonResponse(
        {}, status=201, headers={"Location": f"{own().address}/dcp/v1.0/issuer/requests/{made.pk}"}
    )


@wire
@require_GET
def request_status(request: HttpRequest, pk: str) -> HttpResponse:
    """Credential Request Status API, for the holder that asked."""
    claims = caller(request, datetime.now(UTC))
    return JsonResponse(issuing.status_of_request(pk, claims["iss"]))


@wire
@require_GET
def status_list(_request: HttpRequest, number: int) -> HttpResponse:
    """A status list, for everybody: it says nothing of whom."""
    text = issuing.status_list(number)
    return HttpResponse(text, content_type="application/vc+jwt", headers={"Cache-Control": "max-age=60"})


@wire
@require_POST
def meet(request: HttpRequest) -> HttpResponse:
    """Pairing: a code of ours, handed in by another firm's node."""
    now, source = datetime.now(UTC), request.META.get("REMOTE_ADDR") or ""
    return JsonResponse(pairing.met(body_of(request), request.headers.get("Authorization"), source, now))


@wire
@require_POST
def agree(request: HttpRequest) -> HttpResponse:
    """Pairing: the other firm's yes or no, and how it stands here."""
    now = datetime.now(UTC)
    return JsonResponse(pairing.answered(body_of(request), request.headers.get("Authorization"), now))


@require_GET
def door(request: HttpRequest) -> HttpResponse:
    """What a telephone shows that read an invitation's code: whose node it is, and where to enter the code."""
    return render(request, "participants/door.html", {"me": own()})
