"""Pages of the owner: partners, pairing, credentials, whose word counts, our own key."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dure.foundation.web import requires, status_of
from dure.sharing.participants import holding, identity, issuing, life, pairing
from dure.sharing.participants.documents import fingerprint
from dure.sharing.participants.keys import thumbprint
from dure.sharing.participants.models import (
    CredentialRequest,
    Held,
    Issued,
    OfferReceived,
    Pairing,
    Participant,
    TrustedIssuer,
)
from dure.sharing.participants.qr import svg
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from dure.foundation.parties import Person

CODES = "participants_codes"
A_PAGE = 50


def _by(request: HttpRequest) -> str:
    return f"person:{cast('Person', request.user).pk}"


@require_GET
@requires("owner")
def partners(request: HttpRequest) -> HttpResponse:
    """Everybody we exchange data with, who we are to them, and what waits."""
    return _partners(request)


def _partners(request: HttpRequest, problem: DureError | None = None) -> HttpResponse:
    page = Paginator(Participant.objects.all(), A_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context: dict[str, Any] = {
        "page": page, "me": identity.own(), "problem": problem, "typed": request.POST, "moment": now,
        "waiting": Pairing.objects.filter(state__in=["open", "met"], until__gt=now),
        "requests": CredentialRequest.objects.filter(ours=False, granted=None, state="RECEIVED").order_by("at")[:A_PAGE],
    }  # fmt: skip
    return render(
        request, "participants/partners.html", context, status=status_of(problem) if problem else 200
    )


@require_POST
@requires("owner")
def invite(request: HttpRequest) -> HttpResponse:
    """A code to show to the other firm."""
    made = pairing.invite(_by(request))
    # The code is nowhere but in this session, as long as it is good.
    request.session[CODES] = dict(
        [*request.session.get(CODES, {}).items(), (made.pairing.pk, made.code)][-5:]
    )
    return redirect("participants:pairing", made.pairing.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("owner")
def join(request: HttpRequest) -> HttpResponse:
    """Enter the code of another firm."""
    if request.method != "POST":
        return redirect("participants:partners")
    try:
        made = pairing.join(
            request.POST.get("address", "")[:500], request.POST.get("code", "")[:100], _by(request)
        )
    except DureError as problem:
        return _partners(request, problem)
    return redirect("participants:pairing", made.pk)


def _code(request: HttpRequest, one: Pairing) -> str:
    found: str = request.session.get(CODES, {}).get(one.pk, "")
    return found if one.invited and one.state == Pairing.State.OPEN and one.until > timezone.now() else ""


@never_cache
@require_GET
@requires("owner")
def pairing_page(request: HttpRequest, pk: str) -> HttpResponse:
    """One pairing: the code to show, or the other firm's name and fingerprint to confirm."""
    return render(request, "participants/pairing.html", _context(request, get_object_or_404(Pairing, pk=pk)))


def _context(request: HttpRequest, one: Pairing) -> dict[str, Any]:
    problem: DureError | None = None
    try:
        one = pairing.standing(one)
    except DureError as silent:
        problem = silent
    code = _code(request, one)
    return {
        "one": one, "code": pairing.shown(code) if code else "", "address": identity.own().address, "problem": problem,
        "waits": one.state in {"open", "met"} and (one.invited or one.mine),
    }  # fmt: skip


@never_cache
@require_GET
@requires("owner")
def pairing_standing(request: HttpRequest, pk: str) -> HttpResponse:
    """How the pairing stands, asked every two seconds while it waits."""
    return render(request, "participants/standing.html", _context(request, get_object_or_404(Pairing, pk=pk)))


@never_cache
@require_GET
@requires("owner")
def code_picture(request: HttpRequest, pk: str) -> HttpResponse:
    """The code as a picture; gone with the code."""
    code = _code(request, get_object_or_404(Pairing, pk=pk))
    if not code:
        return HttpResponse(status=404)
    link = f"{identity.own().address}/pair/#{pairing.shown(code)}"  # what follows # is sent to no server
    return HttpResponse(svg(link), content_type="image/svg+xml")


@require_POST
@requires("owner")
def pairing_answer(request: HttpRequest, pk: str) -> HttpResponse:
    """Yes, it is them; or no."""
    one = get_object_or_404(Pairing, pk=pk)
    try:
        if request.POST.get("answer") == "yes":
            pairing.agree(one, _by(request))
        else:
            pairing.decline(one)
    except DureError as problem:
        context = {**_context(request, one), "problem": problem}
        return render(request, "participants/pairing.html", context, status=status_of(problem))
    return redirect("participants:pairing", one.pk)


@require_GET
@requires("owner")
def partner(request: HttpRequest, pk: int) -> HttpResponse:
    """One partner: keys, credentials that it has shown, and the way to end it."""
    one = get_object_or_404(Participant, pk=pk)
    keys = [method["publicKeyJwk"] for method in one.document.get("verificationMethod", ())]
    context = {
        "one": one, "active": one.active(timezone.now()), "issued": Issued.objects.filter(holder=one.did).order_by("-since")[:A_PAGE],
        "fingerprints": [fingerprint([thumbprint(key)]) for key in keys],
    }  # fmt: skip
    return render(request, "participants/partner.html", context)


@require_POST
@requires("owner")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End the participation."""
    one = get_object_or_404(Participant, pk=pk)
    gone = life.offboard(one.did, request.POST.get("reason", "")[:300], by=_by(request))
    said = ngettext(
        "%(name)s has ended; %(count)s credential was revoked.",
        "%(name)s has ended; %(count)s credentials were revoked.",
        gone,
    )
    messages.success(request, said % {"name": one, "count": gone})
    return redirect("participants:partner", one.pk)


@require_GET
@requires("owner")
def credentials(request: HttpRequest) -> HttpResponse:
    """What others attest of us, what we attest of others, and whose word counts here."""
    return _credentials(request)


def _credentials(request: HttpRequest, problem: DureError | None = None) -> HttpResponse:
    page = Paginator(Issued.objects.order_by("-since"), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page, "held": Held.objects.order_by("-received"), "issuers": TrustedIssuer.objects.filter(until=None).order_by("did"),
        "offers": OfferReceived.objects.order_by("-at")[:10], "kinds": issuing.KINDS, "problem": problem, "typed": request.POST,
        "asked": CredentialRequest.objects.filter(ours=True).order_by("-at")[:10], "moment": timezone.now(),
    }  # fmt: skip
    return render(
        request, "participants/credentials.html", context, status=status_of(problem) if problem else 200
    )


@require_POST
@requires("owner")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask an issuer for every credential of the newer profile that it can give."""
    did = request.POST.get("issuer", "").strip()[:500]
    try:
        wanted = [one["id"] for one in holding.offers_of(did) if one["profile"] == "vc20-bssl/jwt"]
        holding.request_credentials(did, wanted, by=_by(request))
    except DureError as problem:
        return _credentials(request, problem)
    messages.success(request, _("The issuer has the request."))
    return redirect("participants:credentials")


@require_POST
@requires("owner")
def revoke(request: HttpRequest) -> HttpResponse:
    """Revoke a credential of ours."""
    issuing.revoke_credential(request.POST.get("id", ""), request.POST.get("reason", ""), by=_by(request))
    messages.success(request, _("The credential is revoked."))
    return redirect("participants:credentials")


@require_POST
@requires("owner")
def trust(request: HttpRequest) -> HttpResponse:
    """Believe an issuer, or stop believing it."""
    kinds = [kind for kind in request.POST.getlist("kinds") if kind in issuing.KINDS]
    try:
        life.trust(request.POST.get("issuer", "").strip()[:500], kinds, by=_by(request))
    except DureError as problem:
        return _credentials(request, problem)
    messages.success(request, _("Whose word counts is changed."))
    return redirect("participants:credentials")


@require_POST
@requires("owner")
def decide(request: HttpRequest, pk: str) -> HttpResponse:
    """Grant or refuse a request for credentials."""
    one = get_object_or_404(CredentialRequest, pk=pk, ours=False)
    grant = request.POST.get("grant") == "yes"
    if grant and not Participant.objects.filter(did=one.peer).exists():
        life.admit(one.peer, how=Participant.How.DCP, by=_by(request))
    issuing.decide(one, grant=grant, by=_by(request), reason=request.POST.get("reason", ""))
    messages.success(
        request, _("The credentials are on their way.") if grant else _("The request is refused.")
    )
    return redirect("participants:partners")


@require_POST
@requires("owner")
def new_key(request: HttpRequest) -> HttpResponse:
    """Sign with a new key from now on; after a theft, without a bridge from the old one."""
    if request.POST.get("stolen") == "yes":
        identity.begin_anew(by=_by(request))
        messages.success(
            request, _("There is a new key, and the old one is void. Pair again with your partners.")
        )
    else:
        identity.rotate(by=_by(request))
        messages.success(request, _("There is a new key. Partners follow by themselves."))
    return redirect("participants:partners")
