"""A formula gives the same bits in batch, in chunks, row by row, on arrays, and over segments alone."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.formula import FormulaWrong, evaluate, evaluate_all, parse, schema_of
from dure.science.window import window_statistics
from dure.vocabulary import TableProblem

START = datetime(2024, 3, 5, 14, 5)  # noqa: DTZ001 - a plant's local time
NUMERIC = [
    "=[a]+[b]*2-3/[a]", "=[a]/3", "=3/[a]", "=-[a]^2", "=[a]^3", "=ABS([a])^[b]", "=2^[a]", "=[a]^0.5", "=IF(AND([a]>1,[b]>1),[a],[b]/7)",
    "=IFS([a]>3,1,[b]>2,[a],TRUE,0)", "=OR([a]>1,[b]>1)", "=NOT([a]>[b])", "=IFERROR([a]/[b],-1)", "=COALESCE([a],[b],0)", "=ISBLANK([a]/[b])",
    "=ROUND([a],2)", "=ROUNDUP([a]/3,1)", "=ROUNDDOWN([a]*100,-1)", "=INT([a])", "=MOD([a],3)", "=MOD([a],[b])", "=SIGN([a])", "=SQRT([a])", "=EXP([a])",
    "=LN([a])", "=LOG10([a])", "=LOG([a],2)", "=SIN([a])+COS([b])", "=TAN([a])", "=ATAN([a])", "=ASIN([a]/10)", "=TANH([a])", "=MIN([a],[b])", "=MAX([a],[b],0)",
    "=SUM([a],[b])", "=AVERAGE([a],[b])", "=COUNT([a],[b])", "=[a]%", '=CONVERT([a],"[degF]","Cel")', "=[a]=[b]", "=[a]<>0", "=1+1", "=IF([a],1,0)",
    "=LAG([a])", "=LAG([a],5)", "=DIFF([a],3)", "=ROLLMEAN([a],4)", "=ROLLSTD([a],7)", "=ROLLMIN([a],3)", "=ROLLMAX([b],6)", "=ROLLSLOPE([a],5)", "=ROLLSUM([a],5)",
    "=ROLLCOUNT([a],3)", "=ROLLPCT([a],6,30%)", "=ROLLPCT([a],5,50%)", "=ROLLMEAN(COALESCE([a],0),3)", "=ROLLMAX(DIFF([a]),4)-LAG(ROLLMEAN([b],3),2)", "=ROLLMEAN(1,3)",
    "=IF(ROLLSTD([a],3)=0,LAG([b]),[a])", "=ROLLCOUNT([a]>1,4)", "=LAG([a]>[b],2)",
]  # fmt: skip
OTHERS = [
    '=ROLLMEAN([a],"25s")', '=ROLLSTD([a],"1min")', '=ROLLMIN([a],"10s")', '=ROLLMAX([a],"31s")', '=ROLLSUM([a],"25s")', '=ROLLCOUNT([a],"25s")',
    '=ROLLPCT([a],"40s",25%)', '=ROLLSLOPE([a],"40s")', '=LAG([a],"20s")', '=DIFF([a],"20s")', '=LAG(ROLLMEAN([a],"20s"),3)', '=ROLLMAX(LAG([a],2),"20s")',
    '=ROLLMEAN(ROLLMAX(LAG([a]),"15s"),"15s")', '=LAG([w],"20s")', '=[w]&"-"&[a]', '=IF([w]="A",LAG([w]),[w])', "=HOUR([at])+MINUTE(LAG([at]))", "=SECONDS(LAG([at]),[at])",
    '=IF(CONTAINS([w],"a"),[a],[b])', '=TEXT([a],"#,##0.00")&LEFT([w])', "=VALUE([w])",
]  # fmt: skip
values = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, 1.0, 2.5, float("inf"), 1e-300, 1e200]),
    st.floats(-1e3, 1e3, allow_subnormal=False),
)
rows = st.lists(st.tuples(values, values, st.sampled_from([0, 0, 1, 5, 10, 20, 300]), st.sampled_from(["A", "a", "7", None])), min_size=1, max_size=16)  # fmt: skip
lengths = st.lists(st.integers(1, 15), max_size=6)


def table(data):
    at = [START + timedelta(seconds=int(s)) for s in np.cumsum([row[2] for row in data])]
    return pl.DataFrame(
        {
            "a": [row[0] for row in data],
            "b": [row[1] for row in data],
            "at": at,
            "w": [row[3] for row in data],
        },
        schema={"a": pl.Float64, "b": pl.Float64, "at": pl.Datetime("us"), "w": pl.String},
    )


def bits(series):
    if series.dtype != pl.Float64:
        return series.to_list()
    return [None if value is None else np.float64(value).tobytes() for value in series.to_list()]


def cut(frame, chunks):
    start = 0
    for length in [*chunks, len(frame)]:
        if start < len(frame):
            yield frame.slice(start, length)
        start += length


def require_equal_streams(formula, frame, chunks):
    checked = parse(formula).checked(schema_of(frame))
    whole = bits(checked.evaluate(frame, time="at"))
    for lengths in (chunks, [1] * len(frame)):
        live = checked.live(time="at")
        assert [bit for part in cut(frame, lengths) for bit in bits(live.push(part))] == whole, (
            formula,
            lengths,
        )
    return checked, whole


@pytest.mark.parametrize("formula", [*NUMERIC, *OTHERS])
@settings(max_examples=3, deadline=None)
@given(data=rows, chunks=lengths)
def test_batch_chunks_and_single_rows_agree_to_the_bit(formula, data, chunks):
    require_equal_streams(formula, table(data), chunks)


@pytest.mark.parametrize("formula", NUMERIC)
@settings(max_examples=10, deadline=None)
@given(data=rows)
def test_arrays_give_the_bits_of_the_table(formula, data):
    frame = table(data).select("b", "a")
    checked = parse(formula).checked(schema_of(frame))
    wanted = bits(checked.evaluate(frame).cast(pl.Float64))
    matrix = frame.select(pl.all().cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    found = checked.arrays(matrix, ["b", "a"])
    assert bits(pl.Series(found, nan_to_null=True)) == wanted
    form = checked.by_row(["b", "a"])
    one_by_one = [form.push(row) for row in matrix]
    assert bits(pl.Series(np.array(one_by_one), nan_to_null=True)) == wanted


@pytest.mark.parametrize("formula", ["=[w]&[a]", '=ROLLMEAN([a],"5s")', "=HOUR([at])", "=SUM([a])"])
def test_what_arrays_cannot_hold_has_no_array_form(formula):
    frame = table([(1.0, 2.0, 1, "A")])
    checked = parse(formula).checked(schema_of(frame))
    assert checked.arrays(np.ones((1, 2)), ["a", "b"]) is None
    assert checked.by_row(["a", "b"]) is None


@pytest.mark.parametrize(
    "formula", [one for one in [*NUMERIC, *OTHERS] if "LAG" in one or "ROLL" in one or "DIFF" in one]
)
@settings(max_examples=4, deadline=None)
@given(data=rows, chunks=lengths)
def test_no_window_reaches_over_the_border_of_a_run(formula, data, chunks):
    frame = table(data)
    parts = list(cut(frame, chunks))
    alone = [bit for part in parts for bit in bits(evaluate(formula, part, time="at"))]
    assert bits(evaluate(formula, frame, time="at", segments=[len(part) for part in parts])) == alone


@pytest.mark.parametrize("exponent", ["3", "7", "64", "65", "-1", "-3", "2.5", "[b]", "1/3"])
def test_a_power_has_the_same_bits_alone_and_among_others(exponent):
    chance = np.random.default_rng(0)
    values = np.abs(chance.normal(size=300)) * 10.0 ** chance.integers(-2, 3, 300)
    frame = pl.DataFrame({"a": values, "b": chance.integers(-4, 5, 300).astype(float)})
    formula = f"=[a]^({exponent})" if "/" in exponent else f"=[a]^{exponent}"
    whole = evaluate(formula, frame).to_list()
    assert whole == [evaluate(formula, frame[at : at + 1])[0] for at in range(300)]
    arrays = parse(formula).checked(schema_of(frame)).arrays(frame.to_numpy(), ["a", "b"])
    assert whole == arrays.tolist()
    np.testing.assert_allclose(
        whole,
        values ** frame["b"].to_numpy() if exponent == "[b]" else values ** float(eval_of(exponent)),
        rtol=1e-12,
    )


def eval_of(exponent):
    above, _, under = exponent.partition("/")
    return float(above) / float(under or 1)


@settings(max_examples=25, deadline=None)
@given(data=rows, span=st.integers(1, 60))
def test_a_duration_holds_the_rows_so_far_that_are_younger(data, span):
    frame = table(data)
    times = np.cumsum([row[2] for row in data])
    count, largest = (
        evaluate(f'={name}([a],"{span}s")', frame, time="at").to_list() for name in ("ROLLCOUNT", "ROLLMAX")
    )
    for row in range(len(data)):
        held = [data[at][0] for at in range(row + 1) if times[at] > times[row] - span]
        there = [value for value in held if value is not None and np.isfinite(value)]
        assert count[row] == len(there)
        assert largest[row] == (max(there) if there else None)


@settings(max_examples=25, deadline=None)
@given(data=rows, window=st.integers(1, 12), share=st.integers(0, 100))
def test_a_percentile_of_a_window_is_that_of_its_values(data, window, share):
    frame = table(data)
    found = evaluate(f"=ROLLPCT([a],{window},{share}%)", frame).to_list()
    for row in range(len(data)):
        there = [v for v, *_ in data[max(0, row - window + 1) : row + 1] if v is not None and np.isfinite(v)]
        assert found[row] == (
            pytest.approx(np.quantile(there, share / 100), rel=1e-9, abs=1e-9) if there else None
        )


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("ROLLMEAN", "mean"),
        ("ROLLSTD", "std"),
        ("ROLLMIN", "min"),
        ("ROLLMAX", "max"),
        ("ROLLSLOPE", "slope"),
    ],
)
@pytest.mark.parametrize("holes", [0.0, 0.2])
def test_windows_over_rows_are_those_of_the_shared_kernel_to_the_bit(name, of, holes):
    chance = np.random.default_rng(0)
    values = 3600 + chance.normal(size=30_000)
    values[chance.random(len(values)) < holes] = np.nan
    frame = pl.DataFrame({"a": pl.Series(values, nan_to_null=True)})
    wanted = window_statistics(values[:, None], 60, [of])[:, 0, 0]
    assert (
        evaluate(f"={name}([a],60)", frame).fill_null(float("nan")).to_numpy().tobytes()
        == np.where(np.isnan(wanted), np.nan, wanted).tobytes()
    )


@pytest.mark.parametrize(
    "name", ["ROLLMEAN", "ROLLSTD", "ROLLMIN", "ROLLMAX", "ROLLSLOPE", "ROLLSUM", "ROLLCOUNT"]
)
def test_a_minute_of_even_seconds_is_sixty_rows_to_the_bit(name):
    values = np.random.default_rng(1).normal(size=70_000)
    frame = pl.DataFrame({"a": values, "at": [START + timedelta(seconds=n) for n in range(len(values))]})
    rows_, span = (evaluate(f"={name}([a],{window})", frame, time="at")[59:] for window in ("60", '"60s"'))
    assert bits(rows_) == bits(span)


def test_a_duration_without_times_is_refused_and_so_are_times_that_go_back():
    frame = table([(1.0, 2.0, 5, "A"), (2.0, 2.0, 5, "A"), (3.0, 2.0, 5, "A")])
    with pytest.raises(FormulaWrong, match="no time column is named"):
        evaluate('=ROLLMEAN([a],"5s")', frame)
    back = frame.with_columns(at=frame["at"].reverse())
    with pytest.raises(TableProblem, match="go back at row 2"):
        evaluate('=ROLLMEAN([a],"5s")', back, time="at")
    assert evaluate('=ROLLMEAN([a],"5s")', back, time="at", segments=[1, 1, 1]).to_list() == [1.0, 2.0, 3.0]


def test_a_row_without_a_time_is_in_no_window():
    frame = table([(1.0, 0.0, 5, "A"), (2.0, 0.0, 5, "A"), (4.0, 0.0, 5, "A")])
    frame = frame.with_columns(at=pl.Series([frame["at"][0], None, frame["at"][2]]))
    assert evaluate('=ROLLSUM([a],"1h")', frame, time="at").to_list() == [1.0, None, 5.0]


def test_a_whole_column_is_not_there_on_a_stream():
    checked = parse("=[a]-MEDIAN([a])").checked(schema_of(table([(1.0, 2.0, 5, "A")])))
    with pytest.raises(FormulaWrong, match="whole column"):
        checked.live()


def test_reach_tells_how_many_rows_to_keep():
    assert parse("=LAG(ROLLMEAN([a],60),2)").warm_up == 61
    assert parse('=ROLLMEAN([a],"60s")').warm_up_over(1.0) == 61
    assert parse("=[a]+1").warm_up == 0


def test_long_formulas_are_reckoned_in_layers():
    frame = table([(1.0, 2.0, 5, "A")] * 3)
    formula = "=" + "+".join(["[a]*[b]-LAG([a])"] * 300)
    start = 0.0
    for _ in range(300):
        start = start + 2.0 - 1.0
    assert evaluate(formula, frame).to_list() == [None, 300.0, 300.0]
    assert evaluate_all({"x": formula, "y": "=[x]*2"}, frame)["y"].to_list() == [None, 600.0, 600.0]
