"""The page of an entry, its files, and what this plant could offer."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import chart, requires
from dure.sharing.catalog.croissant import to_croissant
from dure.sharing.catalog.dcat import to_dcat
from dure.sharing.catalog.models import OWN, Entry, Source
from dure.sharing.catalog.offering import OFFERS, offer_of, spoken
from dure.sharing.catalog.publishing import facts_of, publish, shelf, withdraw
from dure.sharing.catalog.quantities import label_of
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50


def entry_of(pk: str) -> Entry:
    """The entry of an address, or 404."""
    found = Entry.objects.select_related("twin").exclude(state=Entry.States.GONE).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_GET
@requires("engineer")
def entry(request: HttpRequest, pk: str) -> HttpResponse:
    """What is known of an entry: a picture of its data, its quality, its policy in a sentence, where it is from."""
    one = entry_of(pk)
    context = {
        "entry": one,
        "source": Source.objects.filter(pk=one.source).first(),
        "columns": [_column(column) for column in one.fields],
        "quality": [_rated(measured) for measured in one.measured],
        "offers": [spoken(offer, one.title) for offer in one.offers],
        "copies": one.copies.exclude(state=Entry.States.GONE)[:20],
    }
    return render(request, "catalog/entry.html", context)


def _column(column: Any) -> dict[str, Any]:
    quantity = label_of(column.quantity) if column.quantity else ""
    return {
        "column": column,
        "quantity": quantity,
        "spark": chart.spark(column.shape) if column.shape else "",
    }


def _rated(measured: Any) -> dict[str, Any]:
    share = measured.unit == "1" and 0 <= measured.value <= 1
    return {"measured": measured, "tenths": round(10 * measured.value) if share else None}


@require_GET
@requires("engineer")
def dcat(request: HttpRequest, pk: str) -> HttpResponse:
    """The entry as DCAT-AP 3 (JSON-LD)."""
    del request
    return JsonResponse(
        to_dcat(entry_of(pk)), content_type="application/ld+json", json_dumps_params={"ensure_ascii": False}
    )


@require_GET
@requires("engineer")
def croissant(request: HttpRequest, pk: str) -> HttpResponse:
    """The entry as Croissant metadata."""
    del request
    return JsonResponse(
        to_croissant(entry_of(pk)),
        content_type="application/ld+json",
        json_dumps_params={"ensure_ascii": False},
    )


@requires("owner")
def offer(request: HttpRequest) -> HttpResponse:
    """What is measured here and could be offered; one press offers it, or brings its entry up to date."""
    refusal = None
    if request.method == "POST":
        try:
            made = _offered(request)
        except DureError as odd:
            refusal = odd
        else:
            messages.success(
                request, _("It is in the catalogue. What others see is measured; nothing was typed.")
            )
            return redirect("catalog:entry", made.pk)
    offered = dict(
        Entry.objects.filter(source=OWN).exclude(state=Entry.States.GONE).values_list("origin", "pk")
    )
    words = request.GET.get("words", "").strip()[:200].casefold()
    found = [
        one for one in shelf().datasets() if words in f"{one.title.en} {one.title.ko} {one.id}".casefold()
    ]
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    lines = [{"facts": one, "entry": offered.get(one.id, ""), "quantities": len(one.columns)} for one in page]
    context = {"page": page, "lines": lines, "offers": OFFERS, "words": words, "refusal": refusal}
    return render(request, "catalog/offer.html", context, status=422 if refusal else 200)


def _offered(request: HttpRequest) -> Entry:
    from dure.sharing.participants import own

    me, by = own(), cast("Person", request.user)
    facts = facts_of(request.POST.get("dataset", ""))
    terms = offer_of(request.POST.get("terms", ""), facts.id, me.did)
    return publish(facts, terms, by=f"person:{by.pk}", publisher=(me.did, me.name))


@require_POST
@requires("owner")
def take_out(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw an own entry."""
    try:
        withdraw(pk, by=f"person:{request.user.pk}")
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is withdrawn. Those who have read our feed take it out, too."))
    return redirect(reverse("catalog:search"))
