"""Every step, found by its place, is held to every law; nothing here names a step."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.science.prepare import Recipe, Step, steps
from dure.science.prepare.checks import (
    LawBroken,
    coded,
    example,
    laws,
    require_equal_arrays,
    require_equal_streams,
    sample,
)
from dure.vocabulary import Permit

STREAMING = {name: step for name, step in steps().items() if step.causal and step.keeps_rows}
values = st.one_of(
    st.just(float("nan")),
    st.sampled_from([0.0, -0.0, 1000.1, -1.0]),
    st.floats(-1e12, 1e12, allow_subnormal=False),
)


@pytest.mark.parametrize("law", laws())
@pytest.mark.parametrize("name", steps())
def test_a_step_keeps_the_law(name, law):
    laws()[law](example(steps()[name]))


@pytest.mark.parametrize("name", STREAMING)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(st.tuples(values, values), min_size=1, max_size=60),
    chunks=st.lists(st.integers(1, 25), max_size=12),
)
def test_any_values_in_any_chunks_give_the_same_bits(name, numbers, chunks):
    step = example(STREAMING[name])
    frame = sample(step, rows=len(numbers))
    for place, column in enumerate(("bar", "temperature")):
        frame = frame.with_columns(pl.Series(column, [pair[place] for pair in numbers], dtype=pl.Float64))
    require_equal_streams(step, frame, chunks)
    require_equal_arrays(step, frame)


@pytest.mark.parametrize("name", STREAMING)
def test_every_step_for_a_stream_has_a_form_on_plain_arrays(name):
    step = example(STREAMING[name])
    frame = sample(step)
    words = [column for column in ("at", "shift") if column not in step.reads()]
    chain = (step, *coded(step, frame))
    assert Recipe(chain, tuple(words)).fit(frame, Permit.own(["sample"])).by_row() is not None


class DoublesOnArrays(Step):
    """A step whose form on arrays says something else than its batch."""

    def reads(self):
        return ("bar",)

    def apply(self, frame, _):
        return frame

    def array(self, _, __):
        return lambda window: window[-1] * (1 + 2**-52)


def test_a_step_that_differs_on_arrays_is_found():
    step = DoublesOnArrays()
    with pytest.raises(LawBroken, match="other bits on arrays"):
        require_equal_arrays(step, sample(step))


class LooksAhead(Step):
    """A step that says it is causal and is not."""

    def apply(self, frame, _):
        return frame.with_columns(pl.col("bar").shift(-1))


class CountsRows(Step):
    """A step whose result depends on where the stream began."""

    def apply(self, frame, _):
        return frame.with_columns(pl.col("bar") + pl.int_range(pl.len()))


@pytest.mark.parametrize("broken", [LooksAhead, CountsRows])
def test_a_step_that_differs_on_a_stream_is_found(broken):
    step = broken()
    with pytest.raises(LawBroken):
        require_equal_streams(step, sample(step), [10, 10])


def test_a_recipe_of_all_steps_streams_like_its_batch():
    chain = tuple(example(step) for step in STREAMING.values() if not step.name().startswith("table.drop"))
    first = [
        step
        for step in chain
        if "columns" in step.settings() and step.settings()["columns"] == ["bar", "temperature"]
    ]
    frame = sample(first[0], rows=120)
    fitted = Recipe(tuple(first)).fit(frame, Permit.own(["sample"]))
    whole, live = fitted.transform(frame), fitted.live()
    rows = pl.concat([live.push(frame[row : row + 1]) for row in range(len(frame))])
    assert rows.equals(whole, null_equal=True)
    assert fitted.warm_up == sum(step.warm_up for step in first)
