"""Signals found are inventoried by measurement; what is wrong with them is said in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dure.plant.inventory.models import Signal
from dure.vocabulary import NotPermitted, Text
from dure.vocabulary import Signal as Described

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.historian import Historian


class NotYours(NotPermitted):
    """A person without the role that an act of this room takes."""

    key = "inventory-role-missing"
    says = Text("{where} takes the role {role}.", "{where}에는 {role} 역할이 필요합니다.")
    remedy = Text("Ask an owner for the role.", "소유자에게 역할을 요청하세요.")


def refresh(
    historian: Historian, described: Iterable[Described] = (), *, now: int | None = None
) -> list[Signal]:
    """Merge what the sources describe with what the historian measures; the signals as they now stand."""
    raise NotImplementedError


def confirm_unit(signal: Signal, unit: str, by: Person, semantic_id: str = "") -> Signal:
    """Write down, in a person's name, which unit (UCUM) a signal has; recorded in the ledger."""
    raise NotImplementedError
