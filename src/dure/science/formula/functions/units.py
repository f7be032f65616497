"""Functions of units: a value said in another unit, or given one."""
# ruff: noqa: ARG005 - a table of functions: each row has all columns, each compilation all arguments

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from dure.science.formula.function import Argument, Call, Example, Floats, Function, Setting
from dure.science.formula.kinds import Kind
from dure.science.formula.refusals import ArgumentWrong, UnitsClash, UnitsOfOneKind
from dure.science.formula.units import alike, interval
from dure.vocabulary import InputError, Text, convert, ucum

if TYPE_CHECKING:
    import polars as pl

Parts = Sequence["pl.Expr"]


def _code(call: Call, place: int) -> str:
    written = str(call.constants[place])
    try:
        return ucum(written)
    except InputError:
        wanted = Text("a UCUM unit such as Cel, kPa or A.h", "Cel, kPa, A.h 같은 UCUM 단위")
        way = Text("Correct the unit.", "단위를 고쳐 주세요.")
        call.refuse(ArgumentWrong, place, wanted=wanted, given=f"“{written[:40]}”", way=way)


def _require_same(call: Call, unit: str) -> None:
    kind = call.kinds[0]
    how = alike(str(kind.unit), unit) if kind.known else "same"
    if how != "same":
        call.refuse(UnitsClash if how == "different" else UnitsOfOneKind, first=unit, second=kind.unit)


def _converted(call: Call) -> Kind:
    unit, to = _code(call, 1), _code(call, 2)
    _require_same(call, unit)
    if alike(unit, to) == "different":
        call.refuse(UnitsClash, 1, first=unit, second=to)
    return Kind("number", to)


def _labelled(call: Call) -> Kind:
    unit = _code(call, 1)
    _require_same(call, unit)
    return Kind("number", unit)


@lru_cache(maxsize=256)
def _line(unit: str, to: str) -> tuple[float, float]:
    """Factor and summand of a conversion."""
    summand = convert(0.0, unit, to)
    return convert(1.0, interval(unit), interval(to)), summand


def _line_of(call: Call) -> tuple[float, float]:
    return _line(_code(call, 1), _code(call, 2))


def _convert(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    del setting
    factor, summand = _line_of(call)
    return parts[0] * factor + summand


def _convert_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    factor, summand = _line_of(call)
    return parts[0] * factor + summand


_UNIT = (Argument("value"), Argument("unit", "text", constant=True))
FUNCTIONS = (
    Function("CONVERT", (Argument("value"), Argument("from", "text", constant=True), Argument("to", "text", constant=True)), _converted,
             Text("A value in another unit; both as UCUM codes.", "다른 단위로 바꿉니다. 단위는 UCUM 코드로 적습니다."),
             Example('=CONVERT(25, "Cel", "K")', (298.15,)), _convert, _convert_arrays, cost=2, carries=True, wild=True),
    Function("UNIT", _UNIT, _labelled, Text("Says in which unit a number is, where that is not known; the number stays.",
             "단위를 모르는 수의 단위를 정합니다. 값은 그대로입니다."), Example('=UNIT(80, "Cel")', (80,)),
             lambda p, c, s: p[0], lambda p, c: p[0], carries=True),
)  # fmt: skip
