"""Decisions, and what to do about missing values."""
# ruff: noqa: ARG005 - a table of functions: each row has all columns, each compilation all arguments

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from dure.science.formula import rules
from dure.science.formula.function import Argument, Call, Example, Floats, Function, Setting
from dure.science.formula.kinds import YES_NO, Kind
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Parts = Sequence["pl.Expr"]
TEST = Argument("condition", "yes-no")
ANY = Argument("value", "any")


def _if(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    chosen = pl.when(parts[0]).then(parts[1])
    return chosen.when(~parts[0]).then(parts[2]) if len(parts) == 3 else chosen


def _if_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    del call
    otherwise = parts[2] if len(parts) == 3 else np.nan
    return np.where(np.isnan(parts[0]), np.nan, np.where(parts[0] != 0.0, parts[1], otherwise))


def _ifs(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    chosen: Any = pl.when(parts[0]).then(parts[1])
    for place in range(2, len(parts), 2):
        unknown = parts[place - 2].is_null()
        chosen = chosen.when(unknown).then(None).when(parts[place]).then(parts[place + 1])
    return cast("pl.Expr", chosen)


def _ifs_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    del call
    found: Floats = np.asarray(np.nan)
    for place in range(len(parts) - 2, -1, -2):
        test, value = parts[place], parts[place + 1]
        found = np.where(np.isnan(test), np.nan, np.where(test != 0.0, value, found))
    return found


def _and_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    del call
    return reduce(lambda a, b: np.where((a == 0) | (b == 0), 0.0, a * b), parts)


def _or_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    del call
    return reduce(lambda a, b: np.where((a == 1) | (b == 1), 1.0, a + b), parts)


def _filled(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    return pl.coalesce(list(parts))


def _filled_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    del call
    return reduce(lambda a, b: np.where(np.isnan(a), b, a), parts)


def _blank(name: str, en: str, ko: str) -> Function:
    return Function(
        name, (ANY,), rules.gives(YES_NO), Text(en, ko), Example(f"={name}([x])", (False, False, False, True, False)),
        lambda p, c, s: p[0].is_null(), lambda p, c: np.isnan(p[0]).astype(np.float64), nulls="own",
    )  # fmt: skip


def _filling(name: str, arguments: tuple[Argument, ...], repeats: int, en: str, ko: str) -> Function:
    return Function(
        name, arguments, rules.common, Text(en, ko), Example(f"={name}([x], 0)", (1, 3, 2, 0, 5)),
        _filled, _filled_arrays, repeats=repeats, nulls="own",
    )  # fmt: skip


def _branches(call: Call) -> Kind:
    return rules.common(call)


FUNCTIONS = (
    Function("IF", (TEST, Argument("then", "any"), Argument("otherwise", "any", optional=True)), _branches,
             Text("One value where the condition holds, the other where it does not; a missing value where the condition is missing, or where it does not hold and no other is given.",
                  "조건이 참이면 앞의 값, 거짓이면 뒤의 값입니다. 조건이 비었거나, 거짓인데 뒤의 값이 없으면 빈 값입니다."),
             Example("=IF([x]>2, 1, 0)", (0, 1, 0, None, 1)), _if, _if_arrays, nulls="own", cost=2),
    Function("IFS", (TEST, Argument("value", "any")), _branches,
             Text("The value behind the first condition that holds; a missing value where none does, or where one before it is missing.",
                  "처음으로 참인 조건 뒤의 값입니다. 참이 없거나 그 앞 조건이 비었으면 빈 값입니다."),
             Example('=IFS([x]>2, "high", TRUE, "low")', ("low", "high", "low", None, "high")), _ifs, _ifs_arrays,
             repeats=2, nulls="own", cost=2),
    Function("AND", (TEST,), rules.gives(YES_NO),
             Text("Whether all hold. One that does not decides, also beside missing ones.", "모두 참인지 봅니다. 하나라도 거짓이면 빈 값이 있어도 거짓입니다."),
             Example("=AND([x]>1, [y]>1)", (False, True, None, None, False)), lambda p, c, s: reduce(lambda a, b: a & b, p),
             _and_arrays, repeats=1, nulls="own"),
    Function("OR", (TEST,), rules.gives(YES_NO),
             Text("Whether one holds. One that does decides, also beside missing ones.", "하나라도 참인지 봅니다. 참이 있으면 빈 값이 있어도 참입니다."),
             Example("=OR([x]>2, [y]>2)", (False, True, None, True, True)), lambda p, c, s: reduce(lambda a, b: a | b, p),
             _or_arrays, repeats=1, nulls="own"),
    Function("NOT", (TEST,), rules.gives(YES_NO), Text("Whether it does not hold.", "참과 거짓을 바꿉니다."),
             Example("=NOT([x]>2)", (True, False, True, None, False)), lambda p, c, s: ~p[0], lambda p, c: 1.0 - p[0]),
    _filling("IFERROR", (ANY, Argument("instead", "any")), 0, "The value, or another where it is missing or cannot be reckoned (as a division by zero).",
             "값이 없거나 계산할 수 없으면(0으로 나눔 등) 다른 값을 씁니다."),
    _filling("COALESCE", (ANY, Argument("next", "any")), 1, "The first value that is not missing.", "비어 있지 않은 첫 값입니다."),
    _blank("ISBLANK", "Whether the value is missing.", "값이 비었는지 봅니다."),
    _blank("ISERROR", "The same as ISBLANK: what cannot be reckoned is a missing value.", "ISBLANK와 같습니다. 계산할 수 없는 값은 빈 값입니다."),
)  # fmt: skip
