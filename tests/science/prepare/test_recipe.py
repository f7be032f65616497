"""A recipe: read, refused, fingerprinted, fitted by permit, and kept to its columns."""

import json

import polars as pl
import pytest

from dure.science.prepare import FittedRecipe, Recipe, form, step_named
from dure.vocabulary import Action, InputError, NotPermitted, Permit, RecipeProblem, TableProblem

OWN = Permit.own(["rows"])
ROWS = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "bar": [1, 2, None, 4],
        "mould": [8412, 8412, 8573, None],
        "ok": [True, False, True, True],
    }
)
RECIPE = """
version = 1
aside = ["ok"]

[[steps]]
step = "table.drop_columns"
columns = ["id"]

[[steps]]
step = "table.encode_category"
columns = ["mould"]

[[steps]]
step = "table.fill_missing"
columns = ["bar"]

[[steps]]
step = "series.window_statistics"
columns = ["bar"]
rows = 2
statistics = ["mean"]
"""


def test_a_recipe_makes_numbers_of_the_same_rows():
    made = Recipe.from_toml(RECIPE).fit(ROWS, OWN).transform(ROWS)
    assert made.to_dict(as_series=False) == {
        "bar": [1.0, 2.0, 2.0, 4.0],
        "mould": [0.0, 0.0, 1.0, None],
        "bar mean 2": [1.0, 1.5, 2.0, 3.0],
    }
    assert set(made.dtypes) == {pl.Float64}


def test_every_made_column_knows_the_signal_it_came_from():
    fitted = Recipe.from_toml(RECIPE).fit(ROWS, OWN)
    assert fitted.origins == {"bar": "bar", "mould": "mould", "bar mean 2": "bar"}
    assert list(fitted.origins) == fitted.transform(ROWS).columns


def test_a_recipe_needs_a_permit_to_prepare():
    lent = Permit(("agreement:7",), frozenset({Action.SHARE}))
    with pytest.raises(NotPermitted):
        Recipe.from_toml(RECIPE).fit(ROWS, lent)


def test_layout_and_comments_do_not_change_the_fingerprint_but_a_setting_does():
    recipe = Recipe.from_toml(RECIPE)
    assert Recipe.from_toml(recipe.to_toml()).fingerprint == recipe.fingerprint
    assert Recipe.from_toml(RECIPE.replace("rows = 2", "rows = 3")).fingerprint != recipe.fingerprint


def test_what_was_learnt_is_used_on_later_rows_and_survives_a_file():
    fitted = Recipe.from_toml(RECIPE).fit(ROWS, OWN)
    again = FittedRecipe.from_dict(json.loads(json.dumps(fitted.to_dict())))
    later = pl.DataFrame(
        {"id": [9], "bar": [None], "mould": [1234], "more": [1]}, schema_overrides={"bar": pl.Float64}
    )
    assert again.transform(later).row(0) == (2.0, 2.0, 2.0)


def test_a_table_without_the_target_or_with_more_columns_is_still_treated():
    fitted = Recipe.from_toml(RECIPE).fit(ROWS, OWN)
    assert fitted.transform(ROWS.drop("ok").with_columns(extra=pl.lit(1))).equals(fitted.transform(ROWS))


def test_a_renamed_column_is_refused_with_the_nearest_name():
    fitted = Recipe.from_toml(RECIPE).fit(ROWS, OWN)
    with pytest.raises(TableProblem, match=r"no column “bar”; the nearest is “bar ”"):
        fitted.transform(ROWS.rename({"bar": "bar "}))


def test_words_where_numbers_were_are_refused_with_the_word():
    fitted = Recipe.from_toml(RECIPE).fit(ROWS, OWN)
    with pytest.raises(TableProblem, match="“bar” should hold numbers but holds “ERR”"):
        fitted.transform(ROWS.with_columns(bar=pl.lit("ERR")))


def test_a_column_that_a_short_file_left_empty_or_as_text_is_taken_for_what_it_was():
    fitted = Recipe.from_toml(RECIPE).fit(ROWS, OWN)
    short = pl.DataFrame({"id": [1, 2], "bar": ["7", None], "mould": [None, None]})
    assert fitted.transform(short)["bar"].to_list() == [7.0, 2.0]


def test_infinity_counts_as_missing():
    rows = ROWS.with_columns(bar=pl.Series([1.0, float("inf"), float("nan"), 3.0]))
    assert Recipe.from_toml(RECIPE).fit(rows, OWN).transform(rows)["bar"].to_list() == [1.0, 2.0, 2.0, 3.0]


def test_no_window_reaches_from_one_file_into_the_next():
    recipe = Recipe.from_toml(RECIPE)
    rows = pl.concat([ROWS, ROWS])
    fitted = recipe.fit(rows, OWN, [4, 4])
    parted = fitted.transform(rows, [4, 4])
    assert parted.equals(pl.concat([fitted.transform(ROWS)] * 2))
    assert not fitted.transform(rows).equals(parted)


def test_a_step_that_changes_the_rows_is_refused_on_a_stream_but_not_in_preparation():
    at = ROWS.with_columns(
        at=pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 1, 0, 0, 45), "15s")
    )
    paced = Recipe((step_named("series.resample")(column="at", every="30s"),))
    fitted = paced.fit(at, OWN)
    assert len(fitted.transform(at)) == 2
    with pytest.raises(RecipeProblem, match=r"series\.resample .* cannot run on a live signal"):
        fitted.live()


WRONG = {
    "version = 2": "this dure reads version 1",
    "steps = 3\nversion = 1": "steps a list of tables",
    "version = 1\nstep = []": "unknown entry 'step'",
    "not toml at all": "cannot be read",
    'version = 1\n[[steps]]\nstep = "table.melt"': "There is no step “table.melt”",
    'version = 1\n[[steps]]\nstep = "table.drop_columns"': "columns",
    'version = 1\n[[steps]]\nstep = "table.drop_columns"\ncolumns = "id"': "a list of texts",
    'version = 1\n[[steps]]\nstep = "table.drop_columns"\ncolumn = ["id"]': "no field 'column'",
    'version = 1\n[[steps]]\nstep = "series.lag"\ncolumns = ["bar"]\nrows = 0': "from 1 to",
    'version = 1\n[[steps]]\nstep = "series.lag"\ncolumns = ["bar"]\nrows = 1.5': "a whole number",
    'version = 1\n[[steps]]\nstep = "series.lag"\ncolumns = ["bar"]\nrows = true': "a whole number",
    'version = 1\n[[steps]]\nstep = "table.blank_values"\ncolumns = ["bar"]\nvalues = [inf]': "a finite number",
    'version = 1\n[[steps]]\nstep = "series.resample"\ncolumn = "at"\nevery = "soon"': "like 500ms, 10s or 1m",
    'version = 1\n[[steps]]\nstep = "series.window_statistics"\ncolumns = ["bar"]\nstatistics = ["mode"]': "one of mean, std",
}


@pytest.mark.parametrize("written", WRONG)
def test_a_wrong_recipe_is_refused_saying_what_is_wrong(written):
    with pytest.raises(RecipeProblem) as refusal:
        Recipe.from_toml(written)
    assert WRONG[written] in str(refusal.value)


@pytest.mark.parametrize(
    "written",
    [{}, {"recipe": {"version": 1}}, {"recipe": {"version": 1, "steps": []}, "columns": [], "learnt": [{}]}],
)
def test_a_wrong_fitted_recipe_is_refused(written):
    with pytest.raises(InputError):
        FittedRecipe.from_dict(written)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda facts: facts["learnt"].__setitem__(1, {}),
        lambda facts: facts["learnt"].__setitem__(1, {"mould": 7}),
        lambda facts: facts["columns"].pop(),
        lambda facts: facts["columns"][0].update(kind="matrix"),
        lambda facts: facts["columns"][0].update(name=3),
    ],
)
def test_a_fitted_recipe_that_was_meddled_with_is_refused_when_it_is_opened(spoil):
    facts = Recipe.from_toml(RECIPE).fit(ROWS, OWN).to_dict()
    spoil(facts)
    with pytest.raises(InputError):
        FittedRecipe.from_dict(facts)


def test_a_form_has_label_unit_range_and_default_of_every_field():
    columns, rows, *_ = form(step_named("series.window_statistics"))
    assert (columns.kind, columns.default, columns.of) == ("columns", None, "number")
    assert (rows.default, rows.low, rows.high, rows.label.ko) == (10, 2, 100_000, "구간 길이(행)")
