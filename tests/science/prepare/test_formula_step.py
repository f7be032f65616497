"""The step `table.formula`: its units, what it freezes, and its words in a recipe that is wrong."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from dure.science.formula import FormulaWrong
from dure.science.prepare import Recipe, step_named
from dure.science.prepare.checks import laws, require_equal_arrays, require_equal_streams, sample
from dure.vocabulary import Permit, use_language

START = datetime(2024, 3, 5)  # noqa: DTZ001 - a plant's local time
OWN = Permit.own(["sample"])


def step(formula, **fields):
    return step_named("table.formula")(column=fields.pop("column", "made"), formula=formula, **fields)


def test_power_is_known_by_its_name_and_unit():
    rows = pl.DataFrame({"Torque [Nm]": [40.0, 42.0], "speed [rpm]": [1500.0, 1490.0]})
    power = step("=[Torque [Nm]]*[speed [rpm]]*2*PI()/60", column="power", unit="W")
    fitted = Recipe((power,)).fit(rows, OWN)
    assert fitted.transform(rows)["power"].to_list() == pytest.approx([6283.19, 6553.36], abs=0.01)
    assert fitted.quantities["power"].unit == "W"
    assert fitted.known_as["power"] == "power"


def test_a_statistic_of_the_whole_column_is_frozen_at_fit():
    rows = pl.DataFrame({"a": [1.0, 2.0, 6.0]})
    fitted = Recipe((step('=[a]/MAX([a])+COUNTIF([a], ">1")'),)).fit(rows, OWN)
    assert fitted.transform(pl.DataFrame({"a": [12.0]}))["made"].to_list() == [4.0]
    assert fitted.live().push(pl.DataFrame({"a": [3.0]}))["made"].to_list() == [2.5]


@pytest.mark.parametrize(
    "made",
    [
        step("=[bar]-MEDIAN([bar])", column="bar"), step('=ROLLMEAN([bar], "20min")-LAG([bar], "10min")', time="at", rows=12),
        step('=IF([shift]="a", ROLLMAX([bar], 4), LAG([temperature], 2))'), step("=PI()"), step('=[shift]&"/"&HOUR([at])'),
        step("=ROLLMEAN(COALESCE([bar], 0), 3)"),
    ],
    ids=lambda made: made.formula,
)  # fmt: skip
def test_formulas_of_all_kinds_keep_the_laws_of_steps(made):
    for law in laws().values():
        law(made)
    require_equal_streams(made, sample(made, rows=60), [3, 9, 20])
    require_equal_arrays(made, sample(made, rows=60))


def test_a_duration_holds_so_many_rows_at_most_in_batch_and_on_a_stream():
    rows = pl.DataFrame({"a": np.arange(6.0), "at": [START + timedelta(seconds=n) for n in range(6)]})
    made = step('=ROLLCOUNT([a], "1h")', time="at", rows=3)
    assert made.warm_up == 2
    assert made.fit(rows).transform(rows)["made"].to_list() == [1, 2, 3, 3, 3, 3]


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("=ROLLAVG([a], 5)", "Step 2, table.formula: Unknown function “ROLLAVG” at character 2; did you mean ROLLMEAN?"),
        ("=IF([a]>1, 1", "Step 2, table.formula: The formula cannot be read at character 4: “(” is never closed."),
        ('=ROLLMEAN([a], "60s")', "Step 2, table.formula: ROLLMEAN at character 2 looks back over a duration, but no time column is named."),
    ],
)  # fmt: skip
def test_a_broken_formula_in_a_recipe_is_refused_with_step_and_position(formula, says):
    written = f"version = 1\n[[steps]]\nstep = 'table.drop_columns'\ncolumns = ['x']\n[[steps]]\nstep = 'table.formula'\ncolumn = 'm'\nformula = '{formula}'\n"
    with pytest.raises(FormulaWrong) as refused:
        Recipe.from_toml(written)
    assert refused.value.message == says
    with use_language("ko"):
        assert refused.value.message.startswith("2번째 단계")


def test_what_only_the_table_shows_is_refused_with_the_column_s_name():
    rows = pl.DataFrame({"temp [C]": [1.0], "press [bar]": [2.0]})
    with pytest.raises(FormulaWrong, match="Formula of “made”: Cel and bar are different kinds of quantity"):
        Recipe((step("=[temp [C]]+[press [bar]]"),)).fit(rows, OWN)
    with pytest.raises(FormulaWrong, match="Formula of “made”: The formula gives K, not bar"):
        Recipe((step("=DIFF([temp [C]])", unit="bar"),)).fit(rows, OWN)
