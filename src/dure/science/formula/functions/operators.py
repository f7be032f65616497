"""Operators as functions: arithmetic, comparison, the joining of texts, and the turns between types.

A result of arithmetic that is no finite number (a division by zero, an overflow) is a missing value wherever it is
looked at. Polars divides many rows by one number as a product with its inverse, but one row truly; a divisor that
depends on the row (0 × x + d) makes it divide truly always.
"""
# ruff: noqa: ARG005, PLR0913, PLR0917 - a table of functions: each row has all columns, each compilation all arguments

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from dure.science.formula import rules
from dure.science.formula.function import Argument, Call, Example, Expression, Floats, Function, Setting
from dure.science.formula.kinds import BARE, TEXT, YES_NO
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Parts = Sequence["pl.Expr"]
A, B = Argument("a"), Argument("b")
ANY = (Argument("a", "any"), Argument("b", "any"))
TEXT_LIMIT = 32_767


def _divide(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    del setting
    return parts[0] / parts[1] if call.constants[0] is not None else parts[0] / (parts[0] * 0.0 + parts[1])


def true_quotient(above: "pl.Expr", under: float) -> "pl.Expr":
    """`above` divided by a number that is written out, to the last bit as one row alone would be."""
    return above / (above * 0.0 + under)


#: Whole exponents up to here are multiplied out, along one chain in both compilations.
MOST_MULTIPLIED = 64


def _raise(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    del setting
    import polars as pl

    base, exponent = parts
    known = call.constants[1]
    if _multiplied(known):
        powered: pl.Expr = _chain(base, int(known))
        return powered
    if known == 0.5:
        return base.sqrt()
    if isinstance(known, float) and not known.is_integer():
        return base.pow(base * 0.0 + exponent)
    # Polars takes another way to a whole power for one row than for many: the last bit would tell them apart.
    return pl.map_batches(
        [base.cast(pl.Float64), (base * 0.0 + exponent).cast(pl.Float64)],
        _raise_series,
        return_dtype=pl.Float64,
    )


def _raise_series(parts: "Sequence[pl.Series]") -> "pl.Series":
    import polars as pl

    base, exponent = (part.fill_null(float("nan")).to_numpy() for part in parts)
    return pl.Series(parts[0].name, each_of(_power, base, exponent)).fill_nan(None)


def _raise_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    base, exponent = parts
    known = call.constants[1]
    if _multiplied(known):
        return np.asarray(_chain(base, int(known)))
    if known == 0.5:
        return np.asarray(np.sqrt(base))
    return each_of(_power, base, exponent)


def _multiplied(exponent: object) -> TypeGuard[float]:
    return isinstance(exponent, float) and exponent.is_integer() and 2 <= exponent <= MOST_MULTIPLIED


def _chain(base: Any, exponent: int) -> Any:
    """A whole power by squaring: every product is exact to the bit wherever it is reckoned.

    >>> _chain(np.array([2.0, -3.0]), 5).tolist()
    [32.0, -243.0]
    """
    half = base if exponent < 4 else _chain(base, exponent // 2)
    whole = half if exponent == 1 else base * base if exponent < 4 else half * half
    return whole * base if exponent % 2 else whole


def _power(base: float, exponent: float) -> float:
    if base != base or exponent != exponent:  # noqa: PLR0124 - a missing value, which is not equal to itself
        return np.nan
    try:
        found = base**exponent
    except (OverflowError, ZeroDivisionError):
        return np.inf
    return np.nan if isinstance(found, complex) else found


def each_of(do: Callable[..., float], *parts: Floats) -> Floats:
    """A function of single numbers over arrays: the C library's own, as Polars calls it."""
    rows = np.broadcast_arrays(*parts)
    found = [do(*values) for values in zip(*(row.ravel().tolist() for row in rows), strict=True)]
    return np.array(found, dtype=np.float64).reshape(rows[0].shape)


def _compare(
    do: Callable[["pl.Expr", "pl.Expr"], "pl.Expr"],
) -> Expression:
    def made(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
        del setting
        one, other = (_lowered(part, call, place) for place, part in enumerate(parts))
        return do(one, other)

    return made


def _lowered(part: "pl.Expr", call: Call, place: int) -> "pl.Expr":
    """Texts compare without regard to capitals, as in Excel; times as instants."""
    if call.kinds[place].type == "text":
        import polars as pl

        written = call.constants[place]
        return pl.lit(written.lower()) if isinstance(written, str) else part.str.to_lowercase()
    return part.dt.epoch("ns") if call.kinds[place].type == "time" else part


def _compare_arrays(do: Callable[[Floats, Floats], Any]) -> Callable[[Sequence[Floats], Call], Floats]:
    def made(parts: Sequence[Floats], call: Call) -> Floats:
        del call
        one, other = parts
        return np.where(np.isnan(one) | np.isnan(other), np.nan, do(one, other))

    return made


def _joined(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    return pl.concat_str(list(parts))


def _as_words(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    """Whole numbers without a decimal point, as Excel writes them."""
    import polars as pl

    del setting
    (part,) = parts
    if call.kinds[0].type == "yes-no":
        return pl.when(part).then(pl.lit("TRUE")).when(~part).then(pl.lit("FALSE"))
    whole = (part == part.floor()) & (part.abs() < 1e15)
    return (
        pl.when(whole).then(part.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(part.cast(pl.String))
    )


def _cast_number(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    return parts[0].cast(pl.Float64)


def _settled(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    return pl.when(parts[0].is_finite()).then(parts[0])


def _arithmetic(
    sign: str, rule: rules.Rule, en: str, ko: str, example: Example, expression: Expression,
    arrays: Callable[[Sequence[Floats], Call], Floats], *, carries: bool = False, cost: float = 1.0,
) -> Function:  # fmt: skip
    return Function(
        sign, (A, B), rule, Text(en, ko), example, expression, arrays, wild=True, carries=carries, cost=cost
    )


ARITHMETIC = (
    _arithmetic("+", rules.added, "Sum; both in one unit.", "더하기. 단위가 같아야 합니다.", Example("=[x]+1", (2, 4, 3, None, 6)),
                lambda p, c, s: p[0] + p[1], lambda p, c: p[0] + p[1], carries=True),
    _arithmetic("-", rules.subtracted, "Difference; of two temperatures in Cel it is in K.", "빼기. 섭씨 온도끼리의 차이는 K입니다.",
                Example("=[x]-[y]", (-1, 1, None, None, 4)), lambda p, c, s: p[0] - p[1], lambda p, c: p[0] - p[1], carries=True),
    _arithmetic("*", rules.multiplied, "Product; units multiply.", "곱하기. 단위도 곱해집니다.", Example("=[x]*2", (2, 6, 4, None, 10)),
                lambda p, c, s: p[0] * p[1], lambda p, c: p[0] * p[1], carries=True),
    _arithmetic("/", rules.divided, "Quotient; units divide. Division by zero is a missing value.",
                "나누기. 단위도 나뉩니다. 0으로 나누면 빈 값입니다.", Example("=[x]/([y]-2)", (None, None, None, None, -5)),
                _divide, lambda p, c: p[0] / p[1], cost=2),
    _arithmetic("^", rules.raised, "Power, from left to right as in Excel: 2^3^2 is 64.", "거듭제곱. 엑셀처럼 왼쪽부터 계산해 2^3^2는 64입니다.",
                Example("=2^3^2", (64,)), _raise, _raise_arrays, cost=20),
)  # fmt: skip


def _comparison(
    sign: str, en: str, ko: str, gives: tuple[object, ...], expression: Expression, arrays: Callable[[Floats, Floats], Any]
) -> Function:  # fmt: skip
    words = Text(f"{en}; texts without regard to capitals.", f"{ko}. 글자는 대소문자를 가리지 않습니다.")
    example = Example(f"=[x]{sign}2", gives)
    return Function(sign, ANY, rules.compared, words, example, expression, _compare_arrays(arrays), cost=2)


COMPARISONS = (
    _comparison("=", "Equal", "같음", (False, False, True, None, False), _compare(lambda a, b: a == b), lambda a, b: a == b),
    _comparison("<>", "Not equal", "다름", (True, True, False, None, True), _compare(lambda a, b: a != b), lambda a, b: a != b),
    _comparison("<", "Less", "작음", (True, False, False, None, False), _compare(lambda a, b: a < b), lambda a, b: a < b),
    _comparison("<=", "Less or equal", "작거나 같음", (True, False, True, None, False), _compare(lambda a, b: a <= b), lambda a, b: a <= b),
    _comparison(">", "More", "큼", (False, True, False, None, True), _compare(lambda a, b: a > b), lambda a, b: a > b),
    _comparison(">=", "More or equal", "크거나 같음", (False, True, True, None, True), _compare(lambda a, b: a >= b), lambda a, b: a >= b),
)  # fmt: skip

JOIN = Function("&", (Argument("a", "text"), Argument("b", "text")), rules.gives(TEXT),
                Text("Joins two texts; numbers are written out.", "두 글자를 잇습니다. 숫자는 글자로 바뀝니다."),
                Example('=[word]&"-"&[x]', ("Run-1", "off-3", "run 7-2", None, "RUN-5")), _joined, cost=20)  # fmt: skip
NEGATIVE = Function("minus", (A,), rules.first, Text("The number with its sign turned.", "부호를 바꿉니다."),
                    Example("=-[x]", (-1, -3, -2, None, -5)), lambda p, c, s: -p[0], lambda p, c: -p[0], carries=True)  # fmt: skip
PERCENT = Function("%", (A,), rules.first, Text("A hundredth.", "100분의 1입니다."), Example("=50%", (0.5,)),
                   lambda p, c, s: true_quotient(p[0], 100.0), lambda p, c: p[0] / 100.0, carries=True)  # fmt: skip
OPERATORS = {one.name: one for one in (*ARITHMETIC, *COMPARISONS, JOIN, NEGATIVE, PERCENT)}

_NONE = Example("=1", (1,))
AS_NUMBER = Function("as number", (Argument("a", "any"),), rules.gives(BARE), Text("Yes is 1, no is 0.", "참은 1, 거짓은 0."),
                     _NONE, _cast_number, lambda p, c: p[0])  # fmt: skip
AS_YES_NO = Function("as yes-no", (A,), rules.gives(YES_NO), Text("All but 0 is yes.", "0이 아니면 참."), _NONE,
                     lambda p, c, s: p[0] != 0.0, lambda p, c: np.where(np.isnan(p[0]), np.nan, p[0] != 0.0))  # fmt: skip
AS_WORDS = Function(
    "as words",
    (Argument("a", "any"),),
    rules.gives(TEXT),
    Text("Written out.", "글자로."),
    _NONE,
    _as_words,
    cost=20,
)
SETTLE = Function("settle", (A,), rules.first, Text("No finite number is a missing value.", "유한한 수가 아니면 빈 값."), _NONE,
                  _settled, lambda p, c: np.where(np.isfinite(p[0]), p[0], np.nan))  # fmt: skip
