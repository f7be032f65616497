"""What the parties of a contract settle: who they are, the data, its use, its price, and the rights."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dure.sharing.contracts.prices import Price
from dure.sharing.contracts.refusals import TermsWrong
from dure.vocabulary import Text

CHOICES = {
    "use_right": ("both", "provider", "receiver"),
    "profit_right": ("both", "provider", "receiver"),
    "derived_data": ("maker", "both", "provider", "receiver"),
    "sublicence": ("none", "consent", "free"),
    "liability": ("law", "capped"),
    "end": ("delete", "return", "keep"),
}
MOST_LETTERS = 2_000


@dataclass(frozen=True, slots=True)
class Party:
    """A firm in a contract: its DID, name, and who signs for it."""

    did: str
    name: str
    signs: str = ""


@dataclass(frozen=True, slots=True)
class Creator:
    """A firm that made the data, and by what investment or effort (the basis of its right, Article 2 of the Act)."""

    name: str
    basis: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a contract; of the rights, `None` means that the parties settled nothing.

    Parameters
    ----------
    subject, title
        Identifier of the dataset, and what it is called.
    start, until
        From when and until when, exclusively; no end if `None`. UTC.
    actions
        Terms of ODRL or ours that are permitted.
    days
        Within how many days after the end data is deleted. [d]

    Raises
    ------
    TermsWrong
        If a term is not one of those that may be chosen, or contradicts another.
    """

    subject: str
    title: str
    purposes: tuple[str, ...]
    start: datetime
    until: datetime | None = None
    actions: tuple[str, ...] = ("read", "dure:prepare", "dure:train")
    place: str = ""
    price: Price | None = None
    creators: tuple[Creator, ...] = ()
    use_right: str | None = None
    profit_right: str | None = None
    derived_data: str | None = None
    sublicence: str | None = None
    liability: str | None = None
    cap: Decimal | None = None
    end: str | None = None
    days: int = 30

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in (None, *allowed):
                raise _wrong(
                    name, f"choose one of {', '.join(allowed)}", f"{', '.join(allowed)} 가운데 고르세요"
                )
        if not self.subject or not self.title or not self.purposes or not self.actions:
            raise _wrong(
                "subject",
                "data, title, purpose and acts are needed",
                "데이터, 이름, 목적, 행위가 있어야 합니다",
            )
        texts = (self.subject, self.title, self.place, *self.purposes, *self.actions)
        if any(len(one) > MOST_LETTERS for one in texts):
            raise _wrong(
                "title", f"a text is over {MOST_LETTERS:,} letters", f"글이 {MOST_LETTERS:,}자를 넘습니다"
            )
        if self.start.tzinfo is None or (self.until is not None and self.until.tzinfo is None):
            raise _wrong("start", "a time needs its zone", "시각에 시간대가 있어야 합니다")
        if self.until is not None and self.until <= self.start:
            raise _wrong("until", "it lies before the start", "끝이 시작보다 앞섭니다")
        if (self.liability == "capped") != (self.cap is not None):
            raise _wrong(
                "cap",
                "a capped liability needs an amount, another none",
                "책임 한도에는 금액이 있어야 합니다",
            )
        if self.end == "delete" and (self.until is None or not 0 <= self.days <= 3650):
            raise _wrong("end", "deleting needs an end of the term", "삭제하려면 기간의 끝이 있어야 합니다")
        if self.sublicence == "none" and {"dure:pass-on", "dure:export", "distribute"} & {*self.actions}:
            raise _wrong(
                "sublicence",
                "an act permitted above is forbidden here",
                "위에서 허용한 행위를 여기서 금지합니다",
            )

    def content(self) -> dict[str, Any]:
        """The terms as JSON: times in UTC, amounts as texts."""
        return {one.name: _said(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Terms":
        """The terms that `content` once gave."""
        known = dict(content)
        price = known["price"]
        known |= {
            name: None if known[name] is None else datetime.fromisoformat(known[name])
            for name in ("start", "until")
        }
        known |= {name: tuple(known[name]) for name in ("purposes", "actions")}
        known["creators"] = tuple(Creator(**one) for one in known["creators"])
        known["cap"] = None if known["cap"] is None else Decimal(known["cap"])
        known["price"] = None if price is None else price_of(price)
        return cls(**known)


def price_of(content: Mapping[str, Any]) -> Price:
    """The price that a contract's content states."""
    amounts = {name: Decimal(content[name]) for name in ("amount", "share", "minimum")}
    cap = None if content["cap"] is None else Decimal(content["cap"])
    return Price(**{**content, **amounts, "cap": cap})


def _said(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return [_said(one) for one in value]
    if isinstance(value, Price | Creator):
        return {one.name: _said(getattr(value, one.name)) for one in fields(value)}
    return value


def _wrong(where: str, en: str, ko: str) -> TermsWrong:
    return TermsWrong(where, fault=Text(f"{en}.", f"{ko}."))
