"""Why something of a trade is refused."""

from dure.vocabulary import InputError, NotPermitted, Text


class PriceWrong(InputError):
    """A price that cannot be reckoned."""

    key = "price-wrong"
    says = Text("The price cannot be taken: {fault}", "가격을 받을 수 없습니다: {fault}")
    remedy = Text("Correct {where}.", "{where} 항목을 고쳐 주세요.")


class PeriodWrong(InputError):
    """A period that is no run of whole months."""

    key = "period-wrong"
    says = Text("“{where}” is no period.", "“{where}”은(는) 기간이 아닙니다.")
    remedy = Text("Write a month such as 2026-11, or 2026-10..2026-12.", "2026-11 같은 달이나 2026-10..2026-12 같은 기간으로 적어 주세요.")  # fmt: skip


class NotPriced(InputError):
    """Use of an agreement whose price was never written down."""

    key = "not-priced"
    says = Text(
        "No price is written down for the agreement {where}.", "계약 {where}의 가격이 기록되어 있지 않습니다."
    )
    remedy = Text("Write down what was agreed first.", "합의한 가격을 먼저 기록해 주세요.")


class UseWrong(InputError):
    """A count or a reference of use that cannot be written down."""

    key = "use-wrong"
    says = Text(
        "The use {where} cannot be written down: {fault}", "이용 {where}을(를) 기록할 수 없습니다: {fault}"
    )
    remedy = Text("Take the figures from the receipt.", "영수증의 수치를 그대로 쓰세요.")


class OfferClosed(InputError):
    """An order for an offer that does not stand."""

    key = "offer-closed"
    says = Text("The offer “{where}” does not stand.", "제안 “{where}”은(는) 유효하지 않습니다.")
    remedy = Text("Ask its provider for a new one.", "제공자에게 새 제안을 요청해 주세요.")


class OrderDecided(InputError):
    """An order that was decided otherwise already."""

    key = "order-decided"
    says = Text("The order {where} is {state} already.", "주문 {where}은(는) 이미 {state} 상태입니다.")
    remedy = Text("Place another order.", "새로 주문해 주세요.")


class VoucherShort(NotPermitted):
    """A voucher with less on it than is to be paid."""

    key = "voucher-short"
    says = Text("The voucher {where} has {left} won left; {asked} are asked.", "바우처 {where}의 잔액은 {left}원인데 {asked}원이 필요합니다.")  # fmt: skip
    remedy = Text("Pay the rest otherwise.", "나머지는 다른 방법으로 지급해 주세요.")


class VoucherOver(NotPermitted):
    """A voucher whose time is over."""

    key = "voucher-over"
    says = Text(
        "The voucher {where} was good until {until}.", "바우처 {where}의 사용 기한은 {until}까지였습니다."
    )
    remedy = Text("Ask the office that issued it.", "발급 기관에 문의해 주세요.")


class SpendingDecided(InputError):
    """A payment by voucher under a reference that stands for another one, or that was settled or given back."""

    key = "spending-decided"
    says = Text("The payment {where} is {state} already.", "지급 {where}은(는) 이미 {state} 상태입니다.")
    remedy = Text("Use a reference of its own for each payment.", "지급마다 고유한 참조를 쓰세요.")


class SettlementOpen(NotPermitted):
    """A settlement for a period that is not over."""

    key = "settlement-open"
    says = Text("The period {where} is not over yet.", "기간 {where}이(가) 아직 끝나지 않았습니다.")
    remedy = Text("Settle it from {after}.", "{after}부터 정산할 수 있습니다.")


class SettledOtherwise(InputError):
    """Figures that are not those of the settlement."""

    key = "settled-otherwise"
    says = Text("The figures of {where} differ: {ours} here, {theirs} there.", "{where}의 금액이 서로 다릅니다: 이쪽 {ours}, 상대 {theirs}.")  # fmt: skip
    remedy = Text("Compare what was used, then correct it or raise a dispute.", "이용 기록을 비교해 바로잡거나 이의를 제기해 주세요.")  # fmt: skip


class InDispute(NotPermitted):
    """A settlement about which a dispute is open, or was decided."""

    key = "in-dispute"
    says = Text("A dispute about {where} is {state}.", "{where}에 관한 이의가 {state} 상태입니다.")
    remedy = Text("Wait for its end; the clock of payment stands still meanwhile.", "끝날 때까지 기다려 주세요. 그동안 지급 기한은 멈춥니다.")  # fmt: skip
