"""Functions that look back over rows or a duration, through the kernel that all rooms share.

A window over rows is the row and those before it; over a duration d it is (t − d, t], rows after it left out, also
where times repeat. Missing values are left out of a window; no window reaches over the border of a file or run.
"""
# ruff: noqa: ARG005, PLR0913, PLR0917 - a table of functions: each row has all columns, each compilation all arguments

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.formula import rules
from dure.science.formula.function import Argument, Call, Example, Expression, Floats, Function, Setting
from dure.science.formula.functions.columns import require_share
from dure.science.formula.kinds import BARE, Kind
from dure.science.formula.refusals import TimeNotNamed, TimesGoBack
from dure.science.window import (
    span_starts,
    span_statistics,
    span_sums,
    window_matrix,
    window_statistics,
    window_sums,
)
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Parts = Sequence["pl.Expr"]
OverRows = Callable[[Floats, int, Call], Floats]
OverSpans = Callable[[Floats, Any, Call], Floats]
VALUE, WINDOW = Argument("value"), Argument("window", "window", constant=True)
_STEP = Argument("window", "window", constant=True, optional=True)
_LONG_AGO = np.iinfo(np.int64).min // 2
_SORTED_AT_ONCE = 2_000_000


def nanoseconds(times: "pl.Series") -> Any:
    """Times as whole nanoseconds, numbers read as seconds; one that is missing takes that of the row before. [N]."""
    import polars as pl

    if times.dtype.is_numeric():
        whole = (times.cast(pl.Float64) * 1e9).round().cast(pl.Int64, strict=False)
    else:
        whole = (times.cast(pl.Datetime("ns")) if times.dtype == pl.Date else times).dt.epoch("ns")
    return whole.fill_null(strategy="forward").fill_null(_LONG_AGO).to_numpy()


def runs(rows: int, segments: Sequence[int]) -> list[slice]:
    """Stretches of rows that a window stays within."""
    edges = np.cumsum([0, *segments]).tolist() if segments else [0]
    edges = [*(edge for edge in edges if edge < rows), rows]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]


def _starts(times: "pl.Series", span: int, setting: Setting) -> Any:
    """First row of each row's window, counted within its run."""
    whole = nanoseconds(times)
    found = np.empty(len(whole), dtype=np.int64)
    for run in runs(len(whole), setting.segments):
        back = np.flatnonzero(np.diff(whole[run]) < 0)
        if len(back):
            raise TimesGoBack(times.name, row=run.start + int(back[0]) + 2)
        found[run] = span_starts(whole[run], span, setting.most)
    return found


def _numbers(series: "pl.Series") -> Floats:
    import polars as pl

    values: Floats = series.cast(pl.Float64).to_numpy()
    return values


def _rolled(rows: OverRows, spans: OverSpans) -> Expression:
    def expression(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
        import polars as pl

        def over_rows(series: "pl.Series") -> "pl.Series":
            values = _numbers(series)
            found = [rows(values[run], call.window.rows, call) for run in runs(len(values), setting.segments)]
            return _series(found[0] if len(found) == 1 else np.concatenate([*found, np.empty(0)]))

        def over_spans(given: Sequence["pl.Series"]) -> "pl.Series":
            values, unknown = _numbers(given[0]), given[1].is_null().to_numpy()
            starts = _starts(given[1], call.window.span, setting)
            values = np.where(unknown, np.nan, values) if unknown.any() else values
            found = np.empty(len(values))
            for run in runs(len(values), setting.segments):
                found[run] = spans(values[run], starts[run], call)
            return _series(np.where(unknown, np.nan, found) if unknown.any() else found)

        if call.window.span:
            times = _times(call, setting)
            return pl.map_batches([parts[0], times], over_spans, return_dtype=pl.Float64)
        return parts[0].map_batches(over_rows, return_dtype=pl.Float64)

    return expression


def _times(call: Call, setting: Setting) -> "pl.Expr":
    import polars as pl

    if setting.time is None:
        call.refuse(TimeNotNamed)
    return pl.col(setting.time)


def _series(values: Floats) -> "pl.Series":
    import polars as pl

    return pl.Series(values, nan_to_null=True)


def _in_rows(rows: OverRows) -> Callable[[Sequence[Floats], Call], Floats]:
    """A window over the rows of an array; a duration has no array form."""
    return lambda parts, call: rows(parts[0], call.window.rows, call)


def _statistic(name: str, of: str, rule: rules.Rule, en: str, ko: str, gives: tuple[object, ...]) -> Function:
    def rows(values: Floats, window: int, call: Call) -> Floats:
        del call
        return window_statistics(values[:, None], window, [of])[:, 0, 0]

    def spans(values: Floats, starts: Any, call: Call) -> Floats:
        del call
        return span_statistics(values, starts, [of])[:, 0]

    return _window(name, rule, en, ko, gives, rows, spans)


def _window(
    name: str, rule: rules.Rule, en: str, ko: str, gives: tuple[object, ...], rows: OverRows, spans: OverSpans
) -> Function:  # fmt: skip
    return Function(name, (VALUE, WINDOW), rule, Text(en, ko), Example(f"={name}([x], 2)", gives), _rolled(rows, spans),
                    _in_rows(rows), cost=10, looks="over", nulls="skipped", wild=True)  # fmt: skip


def _sum(sums: tuple[Floats, Floats]) -> Floats:
    return np.where(sums[1] > 0, sums[0], np.nan)


STATISTICS = (
    _statistic("ROLLMEAN", "mean", rules.first, "Mean of the window.", "구간의 평균입니다.", (1, 2, 2.5, 2, 5)),
    _statistic("ROLLSTD", "std", rules.spread, "Standard deviation of the window, by n; of equal values exactly 0.",
               "구간의 표준편차(n)입니다. 값이 모두 같으면 정확히 0입니다.", (0, 1, 0.5, 0, 0)),
    _statistic("ROLLMIN", "min", rules.first, "Smallest value of the window.", "구간의 최솟값입니다.", (1, 1, 2, 2, 5)),
    _statistic("ROLLMAX", "max", rules.first, "Largest value of the window.", "구간의 최댓값입니다.", (1, 3, 3, 2, 5)),
    _statistic("ROLLSLOPE", "slope", rules.spread, "Change a row of the straight line through the window.",
               "구간을 지나는 직선의 행당 변화량입니다.", (0, 2, -1, 0, 0)),
    _window("ROLLSUM", rules.first, "Sum of the window.", "구간의 합입니다.", (1, 4, 5, 2, 5),
            lambda v, n, c: _sum(window_sums(v, n)), lambda v, starts, c: _sum(span_sums(v, starts))),
    _window("ROLLCOUNT", rules.gives(BARE), "How many values of the window are there.", "구간에서 비지 않은 값의 수입니다.", (1, 2, 2, 1, 1),
            lambda v, n, c: window_sums(v, n)[1], lambda v, starts, c: span_sums(v, starts)[1]),
)  # fmt: skip


def _between(low: Floats, high: Floats, place: Floats) -> Floats:
    """Between two neighbours in proportion; 0 × (a − b) of one and the same value is 0."""
    return low + (high - low) * (place - np.floor(place))


def _percentile_rows(values: Floats, window: int, call: Call) -> Floats:
    """The neighbours are picked by order, which no way of picking can change; the step between them is ours."""
    import polars as pl

    share = float(call.constants[2] or 0.0)
    series = pl.Series(values + 0.0, nan_to_null=True)
    held = np.maximum(window_sums(values, window)[1], 1.0)
    low, high = (
        series.rolling_quantile(share, interpolation=side, window_size=window, min_samples=1).to_numpy()
        for side in ("lower", "higher")
    )
    return _between(low, high, share * (held - 1.0))


def _percentile_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    values, window, share = parts[0], call.window.rows, float(call.constants[2] or 0.0)
    found = np.empty(len(values))
    block = max(1, _SORTED_AT_ONCE // window)
    for start in range(0, len(values), block):
        part = values[max(0, start - window + 1) : start + block] + 0.0
        ordered = np.sort(window_matrix(part[:, None], window)[min(start, window - 1) :, 0, :], axis=-1)
        found[start : start + block] = _picked(ordered, share)
    return found


def _picked(ordered: Floats, share: float) -> Floats:
    held = np.maximum((~np.isnan(ordered)).sum(-1), 1)
    place = share * (held - 1.0)
    rows = np.arange(len(ordered))
    low, high = (ordered[rows, side(place).astype(np.int64)] for side in (np.floor, np.ceil))
    return _between(low, high, place)


def _percentile_spans(values: Floats, starts: Any, call: Call) -> Floats:
    share, first = float(call.constants[2] or 0.0), 0
    window: list[float] = []
    low, high, held = np.full(len(values), np.nan), np.full(len(values), np.nan), np.ones(len(values))
    numbers = (values + 0.0).tolist()
    for row, start in enumerate(starts.tolist()):
        for gone in numbers[first:start]:
            if gone == gone:  # noqa: PLR0124 - not missing
                del window[bisect_left(window, gone)]
        first = start
        if numbers[row] == numbers[row]:
            insort(window, numbers[row])
        if window:
            place = share * (len(window) - 1.0)
            held[row] = len(window)
            low[row], high[row] = window[int(np.floor(place))], window[int(np.ceil(place))]
    return _between(low, high, share * (held - 1.0))


def _share(call: Call) -> Kind:
    require_share(call, 2)
    return call.kinds[0]


PERCENTILE = Function(
    "ROLLPCT", (VALUE, WINDOW, Argument("share", constant=True)), _share,
    Text("Value below which a share of the window lies, between values in proportion.", "구간 값의 일정 비율이 그 아래에 있는 값입니다."),
    Example("=ROLLPCT([x], 3, 50%)", (1, 2, 2, 2.5, 3.5)), _rolled(_percentile_rows, _percentile_spans), _percentile_arrays,
    cost=4, looks="over", linear=True, nulls="skipped", wild=True, most_rows=10_000,
)  # fmt: skip


def _ago(parts: Parts, call: Call, setting: Setting) -> "pl.Expr":
    """The value so many rows ago, or the last one at least so long ago and at most twice so long."""
    import polars as pl

    if call.window.span:
        return pl.map_batches(
            [parts[0], _times(call, setting)], lambda given: _last_before(given, call, setting)
        )
    rows = call.window.rows
    earlier = parts[0].shift(rows)
    if len(setting.segments) < 2:
        return earlier
    return pl.when(pl.lit(_places(setting.segments)) >= rows).then(earlier)


def _places(segments: Sequence[int]) -> "pl.Series":
    """Place of each row within its run."""
    import polars as pl

    return pl.Series("", np.concatenate([np.arange(rows) for rows in segments]), dtype=pl.Int64)


def _last_before(given: Sequence["pl.Series"], call: Call, setting: Setting) -> "pl.Series":
    import polars as pl

    values, times = given
    stretches = runs(len(times), setting.segments)
    starts = _starts(times, call.window.span, replace(setting, most=None))
    oldest = _starts(times, 2 * call.window.span, setting)
    first = np.concatenate(
        [np.full(run.stop - run.start, run.start) for run in stretches] or [np.empty(0, np.int64)]
    )
    known = (starts > oldest) & ~times.is_null().to_numpy()
    if times.null_count():
        known[known] &= ~times.is_null().to_numpy()[(starts + first - 1)[known]]
    places = pl.Series("", np.where(known, starts + first - 1, 0), dtype=pl.UInt32)
    return values.gather(pl.select(pl.when(pl.Series("", known)).then(places)).to_series())


def _ago_arrays(parts: Sequence[Floats], call: Call) -> Floats:
    found = np.full(len(parts[0]), np.nan)
    found[call.window.rows :] = parts[0][: max(0, len(found) - call.window.rows)]
    return found


AGO = (
    Function("LAG", (Argument("value", "any"), _STEP), rules.first,
             Text("The value so many rows ago (1 if none is given); with a duration d the last value from at least d ago, if it is less than 2 d old.",
                  "몇 행 전의 값입니다(없으면 1행). 시간 d를 쓰면 d 이전의 마지막 값이고, 2d보다 오래되면 빈 값입니다."),
             Example("=LAG([x])", (None, 1, 3, 2, None)), _ago, _ago_arrays, looks="ago", nulls="own", cost=2),
    Function("DIFF", (VALUE, _STEP), rules.spread, Text("The change since then: value − LAG(value, window).", "그때부터의 변화량입니다: value − LAG(value, window)."),
             Example("=DIFF([x])", (None, 2, -1, None, None)), lambda p, c, s: p[0] - _ago(p, c, s), lambda p, c: p[0] - _ago_arrays(p, c),
             looks="ago", wild=True, cost=2),
)  # fmt: skip
FUNCTIONS = (*STATISTICS, PERCENTILE, *AGO)
