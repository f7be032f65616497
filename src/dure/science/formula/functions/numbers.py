"""Functions of numbers in one row.

Rounding is that of Excel: halves go away from zero, and a number that is a half but for the last bit counts as
one (2.675 is kept as 2.67499999999999982, and rounds to 2.68). Functions of the C library (EXP, LN, SIN, powers)
are called value by value in both compilations, which is what makes their bits equal.
"""
# ruff: noqa: ARG005, PLR0913, PLR0917 - a table of functions: each row has all columns, each compilation all arguments

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dure.science.formula import rules
from dure.science.formula.function import Argument, Call, Example, Floats, Function, Setting
from dure.science.formula.functions.operators import ARITHMETIC, each_of
from dure.science.formula.kinds import BARE
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Parts = Sequence["pl.Expr"]
VALUE = Argument("value")
DIGITS = Argument("digits", constant=True, optional=True)
_LAST_BIT = 2.0**-52


def _plain(
    name: str, rule: rules.Rule, en: str, ko: str, example: Example,
    expression: Callable[["pl.Expr"], "pl.Expr"], arrays: Callable[[Floats], Floats], *,
    cost: float = 1, carries: bool = False, wild: bool = False,
) -> Function:  # fmt: skip
    return Function(
        name, (VALUE,), rule, Text(en, ko), example, lambda p, c, s: expression(p[0]), lambda p, c: arrays(p[0]),
        cost=cost, carries=carries, wild=wild,
    )  # fmt: skip


def _c_library(do: Callable[[float], float], beyond: float = np.nan) -> Callable[[Floats], Floats]:
    def one(value: float) -> float:
        if math.isnan(value):
            return value
        try:
            return do(value)
        except ValueError:
            return np.nan
        except OverflowError:
            return beyond

    return lambda values: each_of(one, values)


PLAIN = (
    _plain("ABS", rules.first, "Size without sign.", "절댓값입니다.", Example("=ABS([x]-3)", (2, 0, 1, None, 2)),
           lambda x: x.abs(), np.abs, carries=True),
    _plain("SIGN", rules.gives(BARE), "1, 0 or −1.", "부호를 1, 0, −1로 나타냅니다.", Example("=SIGN([x]-2)", (-1, 1, 0, None, 1)),
           lambda x: x.sign(), np.sign),
    _plain("INT", rules.first, "The whole number below.", "작거나 같은 정수입니다.", Example("=INT(-1.5)", (-2,)),
           lambda x: x.floor(), np.floor),
    _plain("SQRT", rules.rooted, "Square root; of a negative number a missing value.", "제곱근. 음수면 빈 값입니다.",
           Example("=SQRT([x]-1)", (0, math.sqrt(2), 1, None, 2)), lambda x: x.sqrt(), np.sqrt, cost=4, wild=True),
    _plain("EXP", rules.pure, "e to the power of a pure number.", "자연상수 e의 거듭제곱입니다.", Example("=EXP(1)", (math.e,)),
           lambda x: x.exp(), _c_library(math.exp, np.inf), cost=20, wild=True),
    _plain("LN", rules.pure, "Natural logarithm of a pure number; not above zero: a missing value.",
           "자연로그. 0 이하면 빈 값입니다.", Example("=LN([x])", (0, math.log(3), math.log(2), None, math.log(5))),
           lambda x: x.log(), _c_library(math.log), cost=20, wild=True),
    _plain("LOG10", rules.pure, "Logarithm to base 10.", "상용로그입니다.", Example("=LOG10(1000)", (3,)),
           lambda x: _by_numpy(x, np.log10), lambda x: np.asarray(np.log10(x)), cost=20, wild=True),
    _plain("SIN", rules.pure, "Sine of an angle in radians.", "라디안 각도의 사인입니다.", Example("=ROUND(SIN(PI()/2), 9)", (1,)),
           lambda x: x.sin(), _c_library(math.sin), cost=20),
    _plain("COS", rules.pure, "Cosine of an angle in radians.", "라디안 각도의 코사인입니다.", Example("=COS(0)", (1,)),
           lambda x: x.cos(), _c_library(math.cos), cost=20),
    _plain("TAN", rules.pure, "Tangent of an angle in radians.", "라디안 각도의 탄젠트입니다.", Example("=TAN(0)", (0,)),
           lambda x: x.tan(), _c_library(math.tan), cost=20),
    _plain("ASIN", rules.pure, "Angle [rad] of a sine.", "사인 값의 각도[rad]입니다.", Example("=ASIN(0)", (0,)),
           lambda x: x.arcsin(), _c_library(math.asin), cost=20, wild=True),
    _plain("ACOS", rules.pure, "Angle [rad] of a cosine.", "코사인 값의 각도[rad]입니다.", Example("=ACOS(1)", (0,)),
           lambda x: x.arccos(), _c_library(math.acos), cost=20, wild=True),
    _plain("ATAN", rules.pure, "Angle [rad] of a tangent.", "탄젠트 값의 각도[rad]입니다.", Example("=ATAN(0)", (0,)),
           lambda x: x.arctan(), _c_library(math.atan), cost=20),
    _plain("TANH", rules.pure, "Hyperbolic tangent.", "쌍곡탄젠트입니다.", Example("=TANH(0)", (0,)),
           lambda x: x.tanh(), _c_library(math.tanh), cost=20),
)  # fmt: skip


def _by_numpy(values: "pl.Expr", do: np.ufunc) -> "pl.Expr":
    """Polars reckons log10 as a quotient of logarithms, which gives 2.9999999999999996 for 1000."""
    import polars as pl

    def found(series: "pl.Series") -> "pl.Series":
        with np.errstate(all="ignore"):
            return pl.Series(series.name, do(series.cast(pl.Float64).to_numpy()), nan_to_null=True)

    return values.map_batches(found, return_dtype=pl.Float64, is_elementwise=True)


def _digits(call: Call) -> int:
    given = call.constants[1] if len(call.constants) > 1 else 0.0
    return max(-15, min(15, int(given))) if isinstance(given, float) else 0


def _rounding(size: Callable[["pl.Expr"], "pl.Expr"], sizes: Callable[[Floats], Floats]) -> dict[str, object]:
    """Both compilations of a rounding, from how it treats a size that is scaled to whole numbers."""

    def expression(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
        import polars as pl

        del setting
        value, power = parts[0], 10.0 ** abs(_digits(call))
        down = _digits(call) < 0
        scaled = (value.abs() / (value * 0.0 + power)) if down else value.abs() * power
        whole = size(scaled)
        back = whole * power if down else whole / (value * 0.0 + power)
        return pl.when(scaled < 2.0**52).then(value.sign() * back).otherwise(value)

    def arrays(parts: Sequence[Floats], call: Call) -> Floats:
        value, power = parts[0], 10.0 ** abs(_digits(call))
        down = _digits(call) < 0
        scaled = np.abs(value) / power if down else np.abs(value) * power
        whole = sizes(scaled)
        back = whole * power if down else whole / power
        return np.where(np.isnan(value) | (scaled < 2.0**52), np.sign(value) * back, value)

    return {"expression": expression, "arrays": arrays}


def _rounded(name: str, en: str, ko: str, example: Example, **ways: object) -> Function:
    return Function(name, (VALUE, DIGITS), rules.first, Text(en, ko), example, cost=4, **ways)  # type: ignore[arg-type]  # the two compilations, by name


_UP, _DOWN = 1.0 + _LAST_BIT, 1.0 - _LAST_BIT
ROUNDINGS = (
    _rounded("ROUND", "To so many digits; halves away from zero. Without digits: to a whole number.",
             "지정한 자릿수로 반올림합니다. 자릿수가 없으면 정수로 합니다.", Example("=ROUND(2.675, 2)", (2.68,)),
             **_rounding(lambda s: (s * _UP + 0.5).floor(), lambda s: np.floor(s * _UP + 0.5))),
    _rounded("ROUNDUP", "To so many digits, away from zero.", "0에서 먼 쪽으로 올림합니다.", Example("=ROUNDUP(-1.21, 1)", (-1.3,)),
             **_rounding(lambda s: (s * _DOWN).ceil(), lambda s: np.ceil(s * _DOWN))),
    _rounded("ROUNDDOWN", "To so many digits, towards zero.", "0에 가까운 쪽으로 내림합니다.", Example("=ROUNDDOWN(-1.29, 1)", (-1.2,)),
             **_rounding(lambda s: (s * _UP).floor(), lambda s: np.floor(s * _UP))),
)  # fmt: skip


def _quotient(parts: Parts, call: Call) -> "pl.Expr":
    return parts[0] / parts[1] if call.constants[0] is not None else parts[0] / (parts[0] * 0.0 + parts[1])


def _log(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    del setting
    if len(parts) == 1 or call.constants[1] == 10.0:
        return _by_numpy(parts[0], np.log10)
    return parts[0].log() / (parts[0] * 0.0 + parts[1].log())


def _log_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    if len(parts) == 1 or call.constants[1] == 10.0:
        return np.asarray(np.log10(parts[0]))
    natural = _c_library(math.log)
    return natural(parts[0]) / natural(parts[1])


_POWER = next(one for one in ARITHMETIC if one.name == "^")
OTHERS = (
    Function("MOD", (VALUE, Argument("divisor")), rules.together,
             Text("What is left after whole divisions, with the sign of the divisor.", "나눗셈의 나머지. 부호는 나누는 수를 따릅니다."),
             Example("=MOD(-3, 2)", (1,)), lambda p, c, s: p[0] - p[1] * _quotient(p, c).floor(),
             lambda p, c: p[0] - p[1] * np.floor(p[0] / p[1]), cost=4, wild=True),
    Function("POWER", (VALUE, Argument("exponent")), rules.raised, Text("The same as value^exponent.", "value^exponent와 같습니다."),
             Example("=POWER(2, 10)", (1024,)), _POWER.expression, _POWER.arrays, cost=20, wild=True),
    Function("LOG", (VALUE, Argument("base", constant=True, optional=True)), rules.pure,
             Text("Logarithm to a base, 10 if none is given.", "밑을 정한 로그. 밑이 없으면 10입니다."), Example("=LOG(8, 2)", (3,)),
             _log, _log_arrays, cost=20, wild=True),
    Function("PI", (), rules.gives(BARE), Text("3.14159…", "원주율입니다."), Example("=PI()", (math.pi,)),
             lambda p, c, s: _pi(), lambda p, c: np.asarray(math.pi)),
)  # fmt: skip


def _pi() -> "pl.Expr":
    import polars as pl

    return pl.lit(math.pi)


FUNCTIONS = (*PLAIN, *ROUNDINGS, *OTHERS)
