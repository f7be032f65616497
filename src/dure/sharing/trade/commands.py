"""`dure trade`: what is owed, by this node's ledger."""

from typing import Annotated

import typer

from dure.vocabulary import Answer, ExtraAbsent, Text

app = typer.Typer()
trade = typer.Typer(no_args_is_help=True, help="What data costs and what is owed.")
app.add_typer(trade, name="trade")


@trade.callback()
def _group() -> None:
    pass


@trade.command()
def statement(
    agreement: Annotated[str, typer.Argument(help="Id of the agreement.")],
    period: Annotated[str, typer.Option(help="A month (2026-11) or several (2026-10..2026-12).")],
) -> Answer:
    """Reckon a statement from the ledger; the other side's node gives the same sha256."""
    _start_django()
    from dure.sharing.trade.metering import statement as reckoned
    from dure.sharing.trade.period import Period

    found = reckoned(agreement, Period.of(period))
    rows = [(str(one.words), one.amount) for one in found.lines]
    rows += [(str(Text("Tax", "부가세")), found.tax), (str(Text("Vouchers", "바우처")), -found.vouchers), (str(Text("Due", "지급할 금액")), found.due)]  # fmt: skip
    shown = "\n".join(f"{amount:>18,f}  {words}" for words, amount in rows)
    return Answer({**found.figures(), "sha256": found.sha256}, f"{shown}\nsha256 {found.sha256}")


@trade.command()
def settle(
    agreement: Annotated[str, typer.Argument(help="Id of the agreement.")],
    period: Annotated[str, typer.Option(help="A month that is over (2026-11), or several.")],
) -> Answer:
    """Issue the settlement of a period that is over."""
    _start_django()
    from django.utils import timezone

    from dure.sharing.trade.period import Period
    from dure.sharing.trade.settling import days_left, pay_by
    from dure.sharing.trade.settling import settle as issued

    one, now = issued(agreement, Period.of(period)), timezone.now()
    return Answer(
        {
            "settlement": one.pk, "state": one.state, "due": f"{one.amount:f}", "sha256": one.sha256,
            "pay_by": pay_by(one, now).isoformat(), "working_days_left": days_left(one, now),
        }
    )  # fmt: skip


def _start_django() -> None:
    try:
        import django
    except ImportError as absent:
        raise ExtraAbsent("dure trade", library="Django", extra="node") from absent
    django.setup()
