"""Functions of times; the calendar is that of the column's own zone."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from dure.science.formula import rules
from dure.science.formula.function import Argument, Call, Example, Function, Setting
from dure.science.formula.functions.operators import true_quotient
from dure.science.formula.kinds import BARE, TIME, Kind
from dure.science.formula.refusals import ArgumentWrong
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Parts = Sequence["pl.Expr"]
AT = Argument("time", "time")


def _part(name: str, do: str, en: str, ko: str, gives: tuple[object, ...]) -> Function:
    def expression(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
        import polars as pl

        del call, setting
        return getattr(parts[0].dt, do)().cast(pl.Float64)  # type: ignore[no-any-return]  # the accessor is named by the table

    return Function(
        name, (AT,), rules.gives(BARE), Text(en, ko), Example(f"={name}([at])", gives), expression, cost=4
    )


def _weekday(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del setting
    day = parts[0].dt.weekday().cast(pl.Float64)
    if len(call.constants) > 1 and call.constants[1] == 2.0:
        return day
    return pl.when(day == 7.0).then(1.0).otherwise(day + 1.0) + day * 0.0


def _seconds(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del call, setting
    start, end = (part.dt.epoch("ns") for part in parts)
    return true_quotient((end - start).cast(pl.Float64), 1e9)


def _moment(call: Call) -> datetime:
    written = str(call.constants[0])
    try:
        found = datetime.fromisoformat(written.strip())
    except ValueError:
        wanted = Text("a time such as 2024-03-05 14:05", "2024-03-05 14:05 같은 시각")
        way = Text("Correct the time.", "시각을 고쳐 주세요.")
        call.refuse(ArgumentWrong, 0, wanted=wanted, given=f"“{written[:40]}”", way=way)
    return found


def _moment_kind(call: Call) -> Kind:
    _moment(call)
    return TIME


def _written(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    del parts, setting
    return pl.lit(_moment(call)).dt.cast_time_unit("ns")


FUNCTIONS = (
    _part("YEAR", "year", "Year.", "연도입니다.", (2024,)),
    _part("MONTH", "month", "Month, 1 to 12.", "월(1~12)입니다.", (3,)),
    _part("DAY", "day", "Day of the month.", "일입니다.", (5,)),
    _part("HOUR", "hour", "Hour, 0 to 23.", "시(0~23)입니다.", (14,)),
    _part("MINUTE", "minute", "Minute, 0 to 59.", "분(0~59)입니다.", (5, 5, 5, 5, 6)),
    _part("SECOND", "second", "Second, 0 to 59.", "초(0~59)입니다.", (0, 10, 20, 40, 0)),
    Function("WEEKDAY", (AT, Argument("first", constant=True, optional=True)), rules.gives(BARE),
             Text("Day of the week: Sunday is 1, or Monday with 2 behind it, as in Excel.", "요일입니다. 일요일이 1이고, 뒤에 2를 쓰면 월요일이 1입니다(엑셀과 같음)."),
             Example("=WEEKDAY([at], 2)", (2,)), _weekday, cost=4),
    Function("SECONDS", (Argument("from", "time"), Argument("to", "time")), rules.gives(Kind("number", "s")),
             Text("Seconds from one time to another; [to]-[from] means the same.", "두 시각 사이의 초입니다. [to]-[from]과 같습니다."),
             Example('=SECONDS(DATETIME("2024-03-05 14:05"), [at])', (0, 10, 20, 40, 60)), _seconds, cost=4),
    Function("DATETIME", (Argument("text", "text", constant=True),), _moment_kind,
             Text("A time written out; beside a column with a time zone it counts as UTC.", "글자로 적은 시각입니다. 시간대가 있는 열과 비교하면 UTC로 봅니다."),
             Example('=[at]>DATETIME("2024-03-05 14:05:30")', (False, False, False, True, True)), _written),
)  # fmt: skip
