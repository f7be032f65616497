"""What may be done with data: actions, and the permit that carries the answer (ODRL 2.2 words).

A permit is asked for before data is prepared, learnt from, exported or shared, and it travels with the call:
these functions take it as a required argument, so that forgetting to ask is a type error.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from dure.vocabulary.errors import NotPermitted
from dure.vocabulary.text import Text


class Action(StrEnum):
    """A use of data that someone may allow or forbid."""

    PREPARE = "prepare"
    TRAIN = "train"
    EXPORT = "export"
    SHARE = "share"


class ActionRefused(NotPermitted):
    """A permit that does not cover what is to be done."""

    key = "action-refused"
    says = Text("{where} may not be used to {action}.", "{where}을(를) {action}에 쓸 수 없습니다.")
    remedy = Text(
        "Ask the data's owner for a permission that names it.",
        "데이터 소유자에게 해당 이용 허락을 요청하세요.",
    )


@dataclass(frozen=True, slots=True)
class Permit:
    """What one party may do with named data; whatever is not listed is refused.

    >>> Permit.own(["line1.csv"]).require(Action.TRAIN) is None
    True
    >>> Permit(("agreement:7",), frozenset({Action.PREPARE})).require(Action.EXPORT)
    Traceback (most recent call last):
    dure.vocabulary.policy.ActionRefused: agreement:7 may not be used to export. Ask ...
    """

    data: tuple[str, ...]
    actions: frozenset[Action] = field(default_factory=frozenset)

    @classmethod
    def own(cls, data: Iterable[str]) -> "Permit":
        """Permit for data the firm itself made: every use is its own to decide."""
        return cls(tuple(data), frozenset(Action))

    def require(self, action: Action) -> None:
        """Raise `ActionRefused` unless `action` is allowed."""
        if action not in self.actions:
            raise ActionRefused(", ".join(self.data), action=action.value)
