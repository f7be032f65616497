"""Facts of signals, mended by persons: one at a time or many at once, each with who said it and when."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from dure.plant.inventory.acts import Writing, change
from dure.plant.inventory.models import Equipment, Signal
from dure.vocabulary import InputError, Text, ucum

if TYPE_CHECKING:
    from dure.foundation.parties import Person

FACTS = ("unit", "semantic_id", "equipment", "owner", "signal_class", "low", "high")
"""What a person may say of a signal."""
LONGEST = {"unit": 40, "semantic_id": 200, "equipment": 300, "signal_class": 40}
AT_ONCE = 5000
"""Signals in one change."""


class FactRefused(InputError):
    """Something said of a signal that cannot be so."""

    key = "signal-fact-refused"
    says = Text(
        "“{value}” cannot be the {fact} of {where}.", "“{value}”은(는) {where}의 {fact} 값이 될 수 없습니다."
    )
    remedy = Text("Give {allowed}.", "다음과 같이 적어 주세요: {allowed}.")


def say(signals: Sequence[Signal], facts: Mapping[str, Any], by: "Person") -> int:
    """Write down in a person's name what these signals are; how many changed.

    Parameters
    ----------
    facts
        Any of `FACTS`; an empty value takes back what was said, and the next measuring fills it again.

    Raises
    ------
    FactRefused, UnknownUnit, RoleTooSmall
    """
    given = {name: _checked(signals, name, value) for name, value in facts.items()}
    names = ", ".join(given)
    says = Text(f"{names} of {_named(signals)}", f"{_named(signals)}의 {names}")
    with change(by, "signals-said", says) as writing:
        return sum(_put(writing, one, given, by) for one in signals[:AT_ONCE])


def confirm_suggested(signals: Iterable[Signal], by: "Person") -> int:
    """Confirm the suggested unit of each of these signals that has one; how many there were."""
    suggested = [one for one in signals if one.suggested_unit and not one.unit][:AT_ONCE]
    says = Text(f"suggested units of {_named(suggested)}", f"{_named(suggested)}의 제안된 단위")
    with change(by, "units-confirmed", says) as writing:
        return sum(_put(writing, one, {"unit": one.suggested_unit}, by) for one in suggested)


def _named(signals: Sequence[Signal]) -> str:
    return signals[0].pk if len(signals) == 1 else f"{len(signals)} ×"


def _put(writing: Writing, signal: Signal, given: Mapping[str, Any], by: "Person") -> bool:
    said = dict(signal.said)
    row: dict[str, Any] = {}
    for name, value in given.items():
        row |= _columns(name, value, by)
        if value in ("", None):
            said.pop(name, None)
        else:
            said[name] = {"by": by.pk, "name": str(by), "at": timezone.now().isoformat(timespec="seconds")}
    same = all(getattr(signal, name) == value for name, value in row.items() if name not in _WHEN)
    if same and said.keys() == signal.said.keys():
        return False
    return writing.put("signals", signal.pk, {**row, "said": said})


_WHEN = ("confirmed_at", "confirmed_by_id")


def _columns(name: str, value: Any, by: "Person") -> dict[str, Any]:
    if name == "unit":
        source = Signal.UnitSource.CONFIRMED if value else Signal.UnitSource.NOBODY
        who = (by.pk, timezone.now()) if value else (None, None)
        return {
            "unit": value,
            "unit_source": str(source),
            "suggested_unit": "",
            "confirmed_by_id": who[0],
            "confirmed_at": who[1],
        }
    return {"owner_id" if name == "owner" else name: value}


def _checked(signals: Sequence[Signal], name: str, value: Any) -> Any:
    """The value as it is stored."""
    where = _named(signals) if signals else "–"
    if name not in FACTS:
        raise FactRefused(where, fact=name, value=str(value)[:80], allowed=", ".join(FACTS))
    if name in ("low", "high"):
        return _number(where, name, value)
    if name == "owner":
        return _person(where, value)
    text = str(value or "").strip()[: LONGEST[name]]
    if name == "unit":
        return ucum(text) if text else ""
    if name == "equipment" and text and not Equipment.objects.filter(pk=text).exists():
        raise FactRefused(where, fact=name, value=text, allowed="Equipment.id")
    return text


def _number(where: str, name: str, value: Any) -> float | None:
    if value in ("", None):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not math.isfinite(number):
        raise FactRefused(where, fact=name, value=str(value)[:80], allowed="-40.5")
    return number


def _person(where: str, value: Any) -> int | None:
    from dure.foundation.parties import Person

    if value in ("", None):
        return None
    found = Person.objects.filter(username=str(value)).first()
    if found is None:
        raise FactRefused(where, fact="owner", value=str(value)[:80], allowed="a user name")
    return int(found.pk)
