"""Offers and orders: a price is offered, somebody orders, the provider accepts and an agreement is priced, or refuses."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dure.foundation.ledger import record
from dure.sharing.contracts import Price
from dure.sharing.trade.metering import agreed
from dure.sharing.trade.models import Offer, Order
from dure.sharing.trade.pricing import facts_of, price_from
from dure.sharing.trade.refusals import OfferClosed, OrderDecided


def offer(  # noqa: PLR0913 - what is offered
    dataset: str, title: str, provider: str, price: Price, *, until: datetime | None = None, by: str = "node"
) -> Offer:
    """Offer a dataset at a price; written to the ledger."""
    with transaction.atomic():
        made = Offer.objects.create(
            dataset=dataset, title=title[:300], provider=provider, price=facts_of(price), until=until
        )
        record(by, "trade.offered", f"offer:{made.pk}", {"dataset": dataset, "price": facts_of(price)})
    return made


def withdraw(one: Offer, now: datetime | None = None, by: str = "node") -> None:
    """End an offer; orders that were accepted stay."""
    with transaction.atomic():
        if Offer.objects.filter(Q(until=None) | Q(until__gt=now or timezone.now()), pk=one.pk).update(until=now or timezone.now()):  # fmt: skip
            record(by, "trade.withdrawn", f"offer:{one.pk}")


def order(one: Offer, consumer: str, now: datetime | None = None, by: str = "node") -> Order:
    """Order what is offered, at the price of now.

    Raises
    ------
    OfferClosed
        If the offer does not stand.
    """
    now = now or timezone.now()
    with transaction.atomic():
        held = Offer.objects.select_for_update().get(pk=one.pk)
        if held.since > now or (held.until is not None and held.until <= now):
            raise OfferClosed(held.title)
        made = Order.objects.create(offer=held, consumer=consumer, price=held.price, placed=now)
        record(by, "trade.ordered", f"order:{made.pk}", {"offer": held.pk, "consumer": consumer})
    return made


def accept(one: Order, agreement: str, now: datetime | None = None, by: str = "node") -> Order:
    """Accept an order: what the agreement costs is then written down.

    Raises
    ------
    OrderDecided
        If it was decided otherwise already.
    """
    now = now or timezone.now()
    with transaction.atomic():
        held = _undecided(one, Order.State.ACCEPTED, agreement)
        if held.state == Order.State.PLACED:
            held.state, held.agreement, held.decided = Order.State.ACCEPTED, agreement, now
            held.save(update_fields=["state", "agreement", "decided"])
            record(by, "trade.accepted", f"order:{held.pk}", {"agreement": agreement})
            agreed(agreement, price_from(held.price), held.offer.provider, held.consumer, since=now, by=by)
    return held


def refuse(one: Order, now: datetime | None = None, by: str = "node") -> Order:
    """Refuse an order; raises `OrderDecided` if it was accepted."""
    with transaction.atomic():
        held = _undecided(one, Order.State.REFUSED, "")
        if held.state == Order.State.PLACED:
            held.state, held.decided = Order.State.REFUSED, now or timezone.now()
            held.save(update_fields=["state", "decided"])
            record(by, "trade.refused", f"order:{held.pk}")
    return held


def _undecided(one: Order, state: str, agreement: str) -> Order:
    held = Order.objects.select_for_update().select_related("offer").get(pk=one.pk)
    if held.state != Order.State.PLACED and (held.state, held.agreement) != (state, agreement):
        raise OrderDecided(held.pk, state=held.get_state_display())
    return held
