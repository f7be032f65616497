"""Every function of the table is held to its promise; nothing here names one."""

import re
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from dure.science.formula import FUNCTIONS, SAMPLE, FormulaWrong, evaluate, parse
from dure.science.formula.functions.operators import OPERATORS
from dure.science.formula.tree import Call, Column, walk, written

START = datetime(2024, 3, 5, 14, 5)  # noqa: DTZ001 - a plant's local time
EVERY = dict([*FUNCTIONS.items(), *OPERATORS.items()])
EVERY |= {f"{name} of a column": one.alone for name, one in FUNCTIONS.items() if one.alone}
CALLED = {name: one for name, one in EVERY.items() if one.name in FUNCTIONS}


def sample():
    columns = {name: list(values) for name, values in SAMPLE.items() if name != "second"}
    return pl.DataFrame(columns).with_columns(
        at=pl.Series([START + timedelta(seconds=s) for s in SAMPLE["second"]])
    )


def close(found, wanted):
    if found is None or wanted is None or isinstance(wanted, str | bool):
        return found == wanted
    return found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_its_example_gives_the_stated_values(name):
    one = EVERY[name]
    found = evaluate(one.example.formula, sample()).to_list()
    wanted = list(one.example.gives) * (5 if len(one.example.gives) == 1 else 1)
    assert all(close(a, b) for a, b in zip(found, wanted, strict=True)), (found, wanted)


@pytest.mark.parametrize("name", EVERY)
def test_it_is_documented_in_both_languages(name):
    doc = EVERY[name].doc
    assert doc.en.rstrip().endswith((".", "…")), doc.en
    assert re.search("[가-힣]", doc.ko)
    assert not re.search("[가-힣]", doc.en)


@pytest.mark.parametrize("name", EVERY)
def test_its_cost_is_declared(name):
    assert EVERY[name].cost > 0
    assert EVERY[name].nulls in ("spread", "skipped", "own")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_its_number_of_arguments_is_checked(name):
    one = FUNCTIONS[name]
    counts = {given for given in range(8) if one.takes(given) or (one.alone and one.alone.takes(given))}
    assert counts
    for given in set(range(8)) - counts:
        with pytest.raises(FormulaWrong, match=r"takes|needs"):
            parse(f"={name}({', '.join(['1'] * given)})")


def call_with(one, missing=None):
    """The example's call of `one` on columns of the types it takes; the argument at `missing` holds no value."""
    shown = {"number": "n{}", "text": "t{}", "yes-no": "b{}", "time": "m{}", "any": "n{}"}
    example = next(
        node
        for node, _ in walk(parse(one.example.formula).tree)
        if isinstance(node, Call) and node.name == one.name
    )
    given = list(example.arguments)
    for place in range(len(given)):
        argument = one.argument(place)
        if not argument.constant:
            given[place] = Column(shown[argument.of].format(0 if place == missing else 1))
    return "=" + written(Call(one.name, tuple(given)))


def columns(rows=40):
    chance = np.random.default_rng(3)
    numbers = np.where(chance.random(rows) < 0.2, np.nan, chance.normal(5, 3, rows))
    words = chance.choice(["a1", "b,2", "12", "3%"], rows).tolist()
    full = {
        "n1": pl.Series(numbers, nan_to_null=True),
        "t1": words,
        "b1": (numbers > 4).tolist(),
        "m1": [START + timedelta(seconds=int(9 * n)) for n in range(rows)],
    }
    empty = {"n0": pl.Float64, "t0": pl.String, "b0": pl.Boolean, "m0": pl.Datetime("us")}
    return pl.DataFrame(full).with_columns(
        [pl.lit(None).cast(kind).alias(name) for name, kind in empty.items()]
    )


@pytest.mark.parametrize(
    "name", [name for name, one in CALLED.items() if one.nulls == "spread" and one.least]
)
def test_missing_in_any_argument_is_missing_out(name):
    one = CALLED[name]
    for place, argument in enumerate(one.arguments):
        if not argument.constant:
            assert evaluate(call_with(one, place), columns()).null_count() == 40, call_with(one, place)


@pytest.mark.parametrize("name", [name for name, one in CALLED.items() if one.nulls == "skipped"])
def test_missing_values_are_left_out(name):
    one, frame = CALLED[name], columns()
    there = frame["n1"].is_not_null()
    if not one.causal:
        assert evaluate(call_with(one), frame)[0] == evaluate(call_with(one), frame.filter(there))[0]
    elif one.looks:
        assert (
            not evaluate(call_with(one), frame).filter(there | there.shift(1, fill_value=False)).null_count()
        )
    else:
        assert evaluate(call_with(one, missing=0), frame).is_not_null().equals(there | (name == "COUNT"))


@pytest.mark.parametrize("name", [name for name, one in CALLED.items() if one.least])
def test_it_is_causal_if_and_only_if_later_rows_change_nothing(name):
    one, frame = CALLED[name], columns()
    formula = call_with(one)
    whole = evaluate(formula, frame)
    same = all(
        evaluate(formula, frame.head(rows)).equals(whole.head(rows), null_equal=True)
        for rows in (1, 7, 20, 39)
    )
    assert same is one.causal
    assert parse(formula).causal is one.causal


@pytest.mark.parametrize("name", [name for name, one in CALLED.items() if one.least])
def test_it_is_pure(name):
    formula, frame = call_with(CALLED[name]), columns()
    assert CALLED[name].pure
    assert evaluate(formula, frame).equals(evaluate(formula, frame), null_equal=True)


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        FUNCTIONS["PI"] = FUNCTIONS["ABS"]  # type: ignore[index]  # that it cannot be written to is what is tested
