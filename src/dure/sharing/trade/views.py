"""Pages of trade: settlements with their time to pay, one of them line by line, and a way to dispute it."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.sharing.contracts import money
from dure.sharing.trade.disputing import dispute, open_dispute
from dure.sharing.trade.metering import statement
from dure.sharing.trade.models import Offer, Settlement, Voucher
from dure.sharing.trade.period import Period
from dure.sharing.trade.pricing import price_from
from dure.sharing.trade.settling import days_left, pay_by
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50


@require_GET
@requires("engineer")
def settlements(request: HttpRequest) -> HttpResponse:
    """Settlements, the latest first; offers that stand, and vouchers."""
    page = Paginator(Settlement.objects.all(), A_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    standing = Offer.objects.exclude(until__lte=now)[:A_PAGE]
    context = {
        "page": page,
        "lines": [_line(one) for one in page],
        "offers": [_offered(one) for one in standing],
        "vouchers": Voucher.objects.select_related("holder")[:A_PAGE],
    }
    return render(request, "trade/settlements.html", context)


@require_GET
@requires("engineer")
def settlement(request: HttpRequest, pk: str) -> HttpResponse:
    """One settlement: its lines, whether the ledger still says so, its time to pay, its dispute."""
    one = get_object_or_404(Settlement, pk=pk)
    found = statement(one.agreement, Period.of(one.period))
    line = _line(one)
    context = {**line, "line": line, "found": found, "same": found.sha256 == one.sha256}
    return render(request, "trade/settlement.html", context)


@require_POST
@requires("owner")
def raise_dispute(request: HttpRequest, pk: str) -> HttpResponse:
    """Open a dispute as a draft, to be completed and raised on its own page."""
    one = get_object_or_404(Settlement, pk=pk)
    try:
        claim = request.POST.get("claim", "0").replace(",", "")
        case = dispute(one, cast("Person", request.user), request.POST.get("why", ""), claim)
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("trade:settlement", pk)
    return redirect("procedure:case", case.pk)


def _offered(one: Offer) -> dict[str, Any]:
    price = price_from(one.price)
    amount, share = money(price.amount, price.currency), f"{price.share.normalize():f}"
    return {"offer": one, "price": price, "amount": amount, "share": share}


def _line(one: Settlement) -> dict[str, Any]:
    now = timezone.now()
    left = days_left(one, now)
    return {
        "settlement": one,
        "pay_by": pay_by(one, now),
        "left": left,
        "late_days": -left,
        "is_paid": one.state == Settlement.State.PAID,
        "dispute": open_dispute(one),
    }
