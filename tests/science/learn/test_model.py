"""A model in use: the gate in front of it, its reasons, and one verdict in batch and live."""

import numpy as np
import polars as pl
import pytest

from dure.science.learn import load
from dure.science.learn.refusals import ColumnEmpty, ColumnNotNumbers, ColumnsUnlike
from dure.science.prepare import read

TABLE = pl.DataFrame({"heat": [200.0, 190.0], "force": [50.0, 40.0], "mood": [0.0, 1.0]})


def test_more_columns_in_another_order_do_not_matter(scrap):
    more = TABLE.select("mood", pl.lit("x").alias("note"), "force", "heat")
    assert scrap.predict(more).equals(scrap.predict(TABLE))


@pytest.mark.parametrize("name", ["Heat", "heet"])
def test_a_renamed_column_is_named_with_what_it_may_be(scrap, name):
    with pytest.raises(ColumnsUnlike, match=f"“heat”.*nearest is “{name}”"):
        scrap.predict(TABLE.rename({"heat": name}))


def test_words_for_numbers_are_refused_and_numbers_in_words_are_read(scrap):
    with pytest.raises(ColumnNotNumbers, match="“force” of line1 holds “fast”"):
        scrap.predict(TABLE.with_columns(force=pl.Series(["50", "fast"])), where="line1")
    assert scrap.predict(TABLE.with_columns(force=pl.Series(["50", "40"]))).equals(scrap.predict(TABLE))


def test_a_signal_that_is_gone_is_refused_and_a_single_hole_is_not(scrap):
    with pytest.raises(ColumnEmpty, match="mood"):
        scrap.predict(TABLE.with_columns(mood=pl.lit(None, pl.Float64)))
    assert len(scrap.predict(TABLE.with_columns(mood=pl.Series([None, 1.0])))) == 2


def test_values_far_outside_are_flagged_and_not_refused(scrap):
    far = TABLE.with_columns(heat=pl.Series([200.0, 900.0]))
    assert [(flag["column"], flag["share"]) for flag in scrap.flags(far)] == [("heat", 0.5)]
    assert len(scrap.predict(far)) == 2


def test_the_reasons_of_a_class_name_what_is_unusual(scrap):
    reasons = scrap.explain(TABLE, 1)
    assert reasons[0].signal == "force"
    assert reasons[0].value == 40.0
    assert reasons[0].usual_low > 40.0
    assert reasons[0].effect > 0
    assert sum(one.share for one in reasons) == pytest.approx(1.0)


@pytest.mark.parametrize("family", ["boosting", "neighbours", "ridge"])
def test_every_family_says_which_signal_moved_the_number(learn, press, own_home, family):
    _, folder = learn(press, target="strength", ignore=("scrap",), families=(family,))
    model = load(folder, home=own_home)
    weak = pl.DataFrame({"heat": [200.0], "force": [42.0], "mood": [0.0]})
    assert model.explain(weak, 0)[0].signal == "force"
    assert model.explain(weak, 0)[0].effect < 0


def test_a_model_of_words_and_numbers_reads_both_back(learn, press, own_home):
    shift = np.where(np.arange(400) % 2 == 0, "day", "night")
    pl.read_csv(press).with_columns(
        shift=pl.Series(shift), strength=pl.col("strength") + pl.Series((shift == "day") * 20.0)
    ).write_csv(press)
    _, folder = learn(press, target="strength", ignore=("scrap",), families=("boosting",))
    model = load(folder, home=own_home)
    rows = pl.DataFrame(
        {"heat": [200.0] * 3, "force": [50.0] * 3, "mood": [0.0] * 3, "shift": ["day", "night", "dawn"]}
    )
    found = model.predict(rows)["prediction"]
    assert found[0] - found[1] > 15
    assert model.explain(rows, 0)[0].signal == "shift"


@pytest.mark.parametrize(
    ("family", "target"),
    [("boosting", "quality"), ("neighbours", "quality"), ("boosting", "Shot"), ("ridge", "Shot")],
)
def test_no_verdict_flips_between_batch_chunks_and_single_rows(learn, recorded, own_home, family, target):
    source = recorded / "injection-moulding-airtlab" / "data.csv.gz"
    name = "SVo - Shot volume" if target == "Shot" else target
    _, folder = learn(source, target=name, families=(family,), budget=3.0)
    model = load(folder, home=own_home)
    frame = read([source]).frame.head(150)
    whole = model.predict(frame)
    back = model.warm_up

    def with_history(at, rows):
        first = max(0, at - back)
        return model.predict(frame[first : at + rows])[at - first :]

    alone = pl.concat([with_history(at, 1) for at in range(len(frame))])
    chunks = pl.concat([with_history(at, 17) for at in range(0, len(frame), 17)])
    assert whole.equals(alone)
    assert whole.equals(chunks)
