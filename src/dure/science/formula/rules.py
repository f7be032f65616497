"""Unit rules: what a function's result is measured in, and which arguments cannot meet."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NoReturn

from dure.science.formula.function import Call
from dure.science.formula.kinds import BARE, NUMBER, PURE, YES_NO, Kind
from dure.science.formula.refusals import ArgumentWrong, UnitNotPure, UnitsClash, UnitsOfOneKind, UnitWithZero
from dure.science.formula.units import alike, has_zero_by_agreement, interval, product
from dure.vocabulary import Text

Rule = Callable[[Call], Kind]
NAMES = {
    "number": Text("a number", "숫자"),
    "text": Text("a text", "글자"),
    "yes-no": Text("yes or no", "참/거짓"),
    "time": Text("a time", "시각"),
}


def gives(kind: Kind) -> Rule:
    """Always this kind."""
    return lambda _: kind


def first(call: Call) -> Kind:
    """That of the first argument."""
    return call.kinds[0]


def together(call: Call) -> Kind:
    """Numbers of one unit, which the result has too."""
    return _one_unit(call, call.kinds)


def _one_unit(call: Call, kinds: Sequence[Kind]) -> Kind:
    numbers = [kind for kind in kinds if kind.type == "number"]
    known = [kind for kind in numbers if kind.known]
    for other in known[1:]:
        _require_same(call, str(known[0].unit), str(other.unit))
    if any(kind.unit is None and not kind.bare for kind in numbers):
        return NUMBER
    return Kind("number", known[0].unit) if known else BARE


def _require_same(call: Call, first_unit: str, other: str) -> None:
    how = alike(first_unit, other)
    if how != "same":
        call.refuse(UnitsClash if how == "different" else UnitsOfOneKind, first=first_unit, second=other)


def added(call: Call) -> Kind:
    """Sum: of one unit; a temperature and a difference of temperatures are a temperature."""
    one, other = call.kinds
    for level, step in ((one, other), (other, one)):
        if level.known and step.known and _is_interval(level, step):
            return level
    return together(call)


def subtracted(call: Call) -> Kind:
    """Difference: of one unit; of two temperatures in Cel it is in K."""
    one, other = call.kinds
    if one.known and other.known and _is_interval(one, other):
        return one
    found = together(call)
    return spread_of(found) if other.known or other.unit is None else found


def _is_interval(level: Kind, step: Kind) -> bool:
    unit = str(level.unit)
    return has_zero_by_agreement(unit) and alike(interval(unit), str(step.unit)) == "same"


def spread_of(kind: Kind) -> Kind:
    """Kind of a difference or a standard deviation: K for Cel."""
    return (
        Kind("number", interval(kind.unit))
        if kind.known and kind.unit
        else Kind("number", kind.unit, kind.bare)
    )


def spread(call: Call) -> Kind:
    """A difference within the first argument."""
    return spread_of(call.kinds[0])


def squared(call: Call) -> Kind:
    """The square of a difference within the first argument."""
    return _powered(spread_of(call.kinds[0]), Fraction(2))


def multiplied(call: Call) -> Kind:
    """Product of the units."""
    return _product(call, Fraction(1))


def divided(call: Call) -> Kind:
    """Quotient of the units."""
    return _product(call, Fraction(-1))


def _product(call: Call, power: Fraction) -> Kind:
    one, other = call.kinds
    for kind, beside in ((one, other), (other, one)):
        if kind.known and has_zero_by_agreement(str(kind.unit)):
            if beside.known:
                _refuse_zero(call, str(kind.unit))
            return NUMBER
    if one.bare and other.bare:
        return BARE
    if any(kind.unit is None and not kind.bare for kind in (one, other)):
        return NUMBER
    factors = [
        (kind.unit, by) for kind, by in ((one, Fraction(1)), (other, power)) if kind.unit and not kind.bare
    ]
    return Kind("number", product(factors))


def _refuse_zero(call: Call, unit: str) -> NoReturn:
    call.refuse(UnitWithZero, found=unit, absolute=interval(unit))


def raised(call: Call) -> Kind:
    """Power of the unit, where the exponent is written out; the exponent is a pure number."""
    base, exponent = call.kinds
    _require_pure(call, exponent, 1)
    if base.known and has_zero_by_agreement(str(base.unit)):
        _refuse_zero(call, str(base.unit))
    written = call.constants[1]
    if not base.known or base.unit == "1":
        return base
    return _powered(base, Fraction(written)) if isinstance(written, float) else NUMBER


def rooted(call: Call) -> Kind:
    """Square root of the unit."""
    kind = call.kinds[0]
    if kind.known and has_zero_by_agreement(str(kind.unit)):
        _refuse_zero(call, str(kind.unit))
    return _powered(kind, Fraction(1, 2))


def _powered(kind: Kind, power: Fraction) -> Kind:
    return Kind("number", product([(kind.unit, power)])) if kind.known and kind.unit else kind


def pure(call: Call) -> Kind:
    """Pure numbers, and a pure number out of them."""
    for place, kind in enumerate(call.kinds):
        _require_pure(call, kind, place)
    if all(kind.bare for kind in call.kinds):
        return BARE
    return PURE if all(kind.known or kind.bare for kind in call.kinds) else NUMBER


def _require_pure(call: Call, kind: Kind, place: int) -> None:
    if not kind.known or alike(str(kind.unit), "1") == "same":
        return
    if alike(str(kind.unit), "1") == "kind":
        way = Text(f'CONVERT(…, "{kind.unit}", "1").', f'CONVERT(…, "{kind.unit}", "1")을 쓰세요.')
    else:
        way = Text("Divide it by a value of the same unit.", "같은 단위의 값으로 나눠 주세요.")
    call.refuse(UnitNotPure, place, found=kind.unit, way=way)


def compared(call: Call) -> Kind:
    """Yes or no, from values of one type and one unit."""
    common(call)
    return YES_NO


def common(call: Call) -> Kind:
    """The kind that the arguments taking any type have in common, numbers in one unit."""
    picked = [
        (place, kind) for place, kind in enumerate(call.kinds) if call.function.argument(place).of == "any"
    ]
    wanted = picked[0][1].type
    for place, kind in picked[1:]:
        if kind.type != wanted:
            wrong_type(call, place, wanted, kind.type)
    kinds = [kind for _, kind in picked]
    return _one_unit(call, kinds) if wanted == "number" else kinds[0]


def wrong_type(call: Call, place: int, wanted: str, given: str) -> NoReturn:
    """Raise `ArgumentWrong` for an argument of another type, with the function that turns one into the other."""
    ways = {
        "number": Text("Turn text into a number with VALUE.", "VALUE 함수로 글자를 숫자로 바꿔 주세요."),
        "text": Text('Turn it into text with TEXT(…, "0.0").', 'TEXT(…, "0.0") 함수로 글자로 바꿔 주세요.'),
        "yes-no": Text("Compare it with something.", "다른 값과 비교해 주세요."),
        "time": Text('Write a time as DATETIME("2024-03-05 14:05").', '시각을 DATETIME("2024-03-05 14:05")처럼 적어 주세요.'),
    }  # fmt: skip
    call.refuse(ArgumentWrong, place, wanted=NAMES[wanted], given=NAMES[given], way=ways[wanted])
