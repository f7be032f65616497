"""Statistics of a whole column, and with several arguments, of the values in one row.

Over a column they are not causal: refused on a live signal, frozen at `fit` in a recipe step. Missing values are
left out; of no values at all the statistic is missing.
"""
# ruff: noqa: ARG005, PLR0913, PLR0917 - a table of functions: each row has all columns, each compilation all arguments

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from dure.science.formula import rules
from dure.science.formula.function import Argument, Call, Example, Floats, Function, Setting
from dure.science.formula.kinds import BARE, Kind
from dure.science.formula.refusals import ArgumentWrong
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Parts = Sequence["pl.Expr"]
COLUMN = Argument("column")
VALUE = Argument("value")


def _held(column: "pl.Expr", found: "pl.Expr") -> "pl.Expr":
    import polars as pl

    return pl.when(column.count() > 0).then(found)


def _over(
    name: str, rule: rules.Rule, en: str, ko: str, gives: float, do: Callable[["pl.Expr"], "pl.Expr"], argument: Argument = COLUMN
) -> Function:  # fmt: skip
    def expression(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
        import polars as pl

        del call, setting
        return do(parts[0]).cast(pl.Float64)

    return Function(name, (argument,), rule, Text(en, ko), Example(f"={name}([x])", (gives,)), expression,
                    causal=False, nulls="skipped", wild=True, cost=2)  # fmt: skip


def _across(
    over: Function, en: str, ko: str, gives: tuple[object, ...],
    do: Callable[[list["pl.Expr"]], "pl.Expr"], arrays: Callable[[Sequence[Floats]], Floats],
) -> Function:  # fmt: skip
    """Both meanings of a name: of several arguments in a row, and (`over`) of one column."""
    rule = rules.gives(BARE) if over.name == "COUNT" else rules.together
    return Function(over.name, (VALUE, Argument("next")), rule, Text(en, ko), Example(f"={over.name}([x], [y])", gives),
                    lambda p, c, s: do(list(p)), lambda p, c: arrays(p), repeats=1, nulls="skipped", wild=True, alone=over, cost=4)  # fmt: skip


def _count(parts: list["pl.Expr"]) -> "pl.Expr":
    import polars as pl

    return reduce(lambda a, b: a + b, [part.is_not_null().cast(pl.Float64) for part in parts])


def _sum(parts: list["pl.Expr"]) -> "pl.Expr":
    import polars as pl

    found = reduce(lambda a, b: a + b, [part.fill_null(0.0) for part in parts])
    return pl.when(_count(parts) > 0).then(found)


def _least(parts: list["pl.Expr"]) -> "pl.Expr":
    import polars as pl

    return pl.min_horizontal([part + 0.0 for part in parts])


def _largest(parts: list["pl.Expr"]) -> "pl.Expr":
    import polars as pl

    return pl.max_horizontal([part + 0.0 for part in parts])


def _count_arrays(parts: Sequence[Floats]) -> Floats:
    return reduce(lambda a, b: a + b, [(~np.isnan(part)).astype(np.float64) for part in parts])


def _sum_arrays(parts: Sequence[Floats]) -> Floats:
    found = reduce(lambda a, b: a + b, [np.where(np.isnan(part), 0.0, part) for part in parts])
    return np.where(_count_arrays(parts) > 0, found, np.nan)


ACROSS = (
    _across(_over("SUM", rules.first, "Sum of a column.", "열의 합입니다.", 11, lambda x: _held(x, x.sum())),
            "Sum of the values in the row.", "같은 행 값들의 합입니다.", (3, 5, 2, 4, 6), _sum, _sum_arrays),
    _across(_over("AVERAGE", rules.first, "Mean of a column.", "열의 평균입니다.", 2.75, lambda x: x.mean()),
            "Mean of the values in the row.", "같은 행 값들의 평균입니다.", (1.5, 2.5, 2, 4, 3),
            lambda p: _sum(p) / _count(p), lambda p: _sum_arrays(p) / _count_arrays(p)),
    _across(_over("MIN", rules.first, "Smallest value of a column.", "열의 최솟값입니다.", 1, lambda x: x.min()),
            "Smallest of the values in the row.", "같은 행 값들의 최솟값입니다.", (1, 2, 2, 4, 1),
            _least, lambda p: reduce(np.fmin, [part + 0.0 for part in p])),
    _across(_over("MAX", rules.first, "Largest value of a column.", "열의 최댓값입니다.", 5, lambda x: x.max()),
            "Largest of the values in the row.", "같은 행 값들의 최댓값입니다.", (2, 3, 2, 4, 5),
            _largest, lambda p: reduce(np.fmax, [part + 0.0 for part in p])),
    _across(_over("COUNT", rules.gives(BARE), "How many values of a column are there.", "열에서 비지 않은 값의 수입니다.", 4, lambda x: x.count()),
            "How many of the values in the row are there.", "같은 행에서 비지 않은 값의 수입니다.", (2, 2, 1, 1, 2), _count, _count_arrays),
)  # fmt: skip

OVER = (
    _over("MEDIAN", rules.first, "Median of a column.", "열의 중앙값입니다.", 2.5, lambda x: x.median()),
    _over("STDEV", rules.spread, "Standard deviation of a column, by n − 1 as in Excel.", "열의 표준편차(n−1)입니다.", 1.707825127659933, lambda x: x.std()),
    _over("STDEVP", rules.spread, "Standard deviation of a column, by n.", "열의 표준편차(n)입니다.", 1.479019945774904, lambda x: x.std(ddof=0)),
    _over("VAR", rules.squared, "Variance of a column, by n − 1.", "열의 분산(n−1)입니다.", 2.9166666666666665, lambda x: x.var()),
)  # fmt: skip


def _percentile(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    del setting
    return parts[0].quantile(float(call.constants[1] or 0.0), "linear")


def _share(call: Call) -> Kind:
    require_share(call, 1)
    return call.kinds[0]


def require_share(call: Call, place: int) -> None:
    """Raise `ArgumentWrong` unless the argument is a share from 0 to 1."""
    given = call.constants[place]
    if not isinstance(given, float) or not 0.0 <= given <= 1.0:
        way = Text("Write 0.95 or 95%.", "0.95나 95%처럼 적어 주세요.")
        wanted = Text("a share from 0 to 1", "0에서 1 사이의 비율")
        call.refuse(ArgumentWrong, place, wanted=wanted, given=given, way=way)


def _criterion(call: Call) -> tuple[str, float | str]:
    """`>80` → `>`, 80; a bare value is equality."""
    given = call.constants[1]
    if not isinstance(given, str):
        return "=", float(given or 0.0)
    sign = next(one for one in ("<>", "<=", ">=", "<", ">", "=", "") if given.startswith(one))
    rest = given[len(sign) :]
    if call.kinds[0].type != "number":
        return sign or "=", rest.lower()
    try:
        return sign or "=", float(rest)
    except ValueError:
        way = Text('Write ">80" or "<>0".', '">80", "<>0"처럼 적어 주세요.')
        wanted = Text("a comparison with a number", "숫자와의 비교")
        call.refuse(ArgumentWrong, 1, wanted=wanted, given=f"“{given[:40]}”", way=way)


def _fulfils(column: "pl.Expr", call: Call) -> "pl.Expr":
    import operator

    import polars as pl

    sign, value = _criterion(call)
    do = {
        "=": operator.eq,
        "<>": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
    kept: pl.Expr = do[sign](column.str.to_lowercase() if isinstance(value, str) else column, pl.lit(value))
    return kept


def _criterion_kind(call: Call) -> Kind:
    _criterion(call)
    if call.kinds[0].type not in ("number", "text"):
        rules.wrong_type(call, 0, "number", call.kinds[0].type)
    return BARE if call.function.name == "COUNTIF" else call.kinds[2 if len(call.kinds) > 2 else 0]


def _selected(do: Callable[["pl.Expr"], "pl.Expr"]) -> Callable[[Parts, Call, Setting], "pl.Expr"]:
    def expression(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
        del setting
        kept = parts[2 if len(parts) > 2 else 0].filter(_fulfils(parts[0], call))
        return _held(kept, do(kept))

    return expression


def _countif(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del setting
    return _fulfils(parts[0], call).sum().cast(pl.Float64)


_TESTED = (Argument("column", "any"), Argument("criterion", "any", constant=True))
_SELECTED = (Argument("column"), _TESTED[1], Argument("values", optional=True))
SELECTED = (
    Function("COUNTIF", _TESTED, _criterion_kind, Text('How many values fulfil a criterion such as ">80" or "run".', '">80"이나 "run" 같은 조건에 맞는 값의 수입니다.'),
             Example('=COUNTIF([x], ">1")', (3,)), _countif, causal=False, nulls="skipped", cost=2),
    Function("SUMIF", _SELECTED, _criterion_kind, Text("Sum of the values (of the last column given) where the first fulfils a criterion.", "조건에 맞는 행의 값의 합입니다."),
             Example('=SUMIF([x], ">1", [y])', (3,)), _selected(lambda x: x.sum()), causal=False, nulls="skipped", wild=True, cost=2),
    Function("AVERAGEIF", _SELECTED, _criterion_kind, Text("Mean of the values (of the last column given) where the first fulfils a criterion.", "조건에 맞는 행의 값의 평균입니다."),
             Example('=AVERAGEIF([x], ">1")', (10 / 3,)), _selected(lambda x: x.mean()), causal=False, nulls="skipped", wild=True, cost=2),
    Function("PERCENTILE", (COLUMN, Argument("share", constant=True)), _share, Text("Value below which a share of a column lies, between values in proportion, as PERCENTILE.INC of Excel.", "열 값의 일정 비율이 그 아래에 있는 값입니다(엑셀 PERCENTILE.INC)."),
             Example("=PERCENTILE([x], 0.5)", (2.5,)), _percentile, causal=False, nulls="skipped", cost=8),
)  # fmt: skip
FUNCTIONS = (*ACROSS, *OVER, *SELECTED)
