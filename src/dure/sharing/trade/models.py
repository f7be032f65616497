"""What is kept of a trade beside the ledger: offers, orders, settlements, vouchers and what was spent of them."""

import secrets
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(8)


class Offer(models.Model):
    """Data at a price; an order freezes the price as it is then."""

    id = models.CharField(_("priced offer"), max_length=16, primary_key=True, default=new_id)
    dataset = models.CharField(_("dataset"), max_length=300, db_index=True)
    title = models.CharField(_("title"), max_length=300)
    provider = models.CharField(_("provider"), max_length=300)
    price = models.JSONField(_("price"))
    since = models.DateTimeField(_("from"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("priced offer")
        verbose_name_plural = _("priced offers")
        ordering: ClassVar = ["-since"]

    def __str__(self) -> str:
        return self.title


class Order(models.Model):
    """Somebody's wish to have what is offered, and how it was decided."""

    class State(models.TextChoices):
        """How far an order is."""

        PLACED = "placed", _("placed")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")

    id = models.CharField(_("order"), max_length=16, primary_key=True, default=new_id)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="orders", verbose_name=_("priced offer"))
    consumer = models.CharField(_("consumer"), max_length=300)
    price = models.JSONField(_("price"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PLACED)
    agreement = models.CharField(_("agreement"), max_length=300, blank=True)
    placed = models.DateTimeField(_("placed at"), default=timezone.now)
    decided = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering: ClassVar = ["-placed"]

    def __str__(self) -> str:
        return self.id


class Settlement(models.Model):
    """The statement of one period as it was issued; the ledger can be asked for it again at any time."""

    class State(models.TextChoices):
        """How far a settlement is."""

        ISSUED = "issued", _("statement issued")
        CONFIRMED = "confirmed", _("confirmed by the other side")
        PAID = "paid", _("paid")

    id = models.CharField(_("settlement"), max_length=16, primary_key=True, default=new_id)
    agreement = models.CharField(_("agreement"), max_length=300, db_index=True)
    period = models.CharField(_("period"), max_length=20)
    figures = models.JSONField(_("figures"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    amount = models.DecimalField(_("amount due"), max_digits=20, decimal_places=2)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ISSUED)
    issued = models.DateTimeField(_("issued at"), default=timezone.now)
    paid = models.DateTimeField(_("paid at"), null=True, blank=True)

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering: ClassVar = ["-issued"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "period"], name="settlement_once")
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.period}"


class Voucher(models.Model):
    """Money [won] of a programme for one organisation, to be spent on data."""

    id = models.CharField(_("voucher"), max_length=16, primary_key=True, default=new_id)
    holder = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="vouchers", verbose_name=_("holder")
    )
    programme = models.CharField(_("programme"), max_length=200)
    amount = models.BigIntegerField(_("amount"))
    balance = models.BigIntegerField(_("balance"))
    issued = models.DateTimeField(_("issued at"), default=timezone.now)
    until = models.DateTimeField(_("spendable until"))

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering: ClassVar = ["-issued"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="voucher_never_negative"),
            models.CheckConstraint(
                condition=models.Q(balance__lte=models.F("amount")), name="voucher_never_more"
            ),
        ]

    def __str__(self) -> str:
        return self.id


class Spending(models.Model):
    """A payment [won] by voucher: taken off the balance, then settled on the evidence of a delivery, or given back."""

    class State(models.TextChoices):
        """How far a payment is."""

        SPENT = "spent", _("spent")
        SETTLED = "settled", _("settled")
        RELEASED = "released", _("given back")

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="spendings", verbose_name=_("voucher"))
    reference = models.CharField(_("reference"), max_length=200)
    agreement = models.CharField(_("agreement"), max_length=300)
    amount = models.BigIntegerField(_("amount"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.SPENT)
    evidence = models.CharField(_("evidence"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("payment by voucher")
        verbose_name_plural = _("payments by voucher")
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voucher", "reference"], name="spending_reference_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="spending_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id}: {self.reference}"
