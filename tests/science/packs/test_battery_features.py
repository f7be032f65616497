"""The feature step of the battery pack: the same in a table and on a stream, and telling of a dearer cell."""

import numpy as np
import polars as pl
import pytest

from dure.science.learn import TrainRequest, train
from dure.science.learn import load as load_model
from dure.science.packs import load
from dure.science.prepare import Recipe
from dure.science.process.battery import Cell, CellState, advance, terminal_voltage
from dure.vocabulary import Permit


def pulses(rows: int, seed: int, dearer: float = 1.0) -> pl.DataFrame:
    """Readings of a cell under charge and discharge pulses, with the noise of real instruments."""
    rng = np.random.default_rng(seed)
    cell = Cell(ohmic=0.022 * dearer, fast=0.008 * dearer, slow=0.006 * dearer)
    state, readings = CellState(), []
    for row in range(rows):
        current = (2.5, 0.0, -2.5, 0.0)[row % 20 // 5]
        state = advance(cell, state, current, 25.0, 1.0)
        volts = float(terminal_voltage(cell, state, current)) + rng.normal(0, 3e-4)
        readings.append((volts, current + rng.normal(0, 2e-3), float(state.temperature), 25.0))
    columns = ["Voltage", "Current", "Temperature", "Chamber temperature"]
    return pl.DataFrame(readings, schema=columns, orient="row")


@pytest.fixture
def recipe() -> Recipe:
    steps = load("battery").features_for(pulses(1, 0).columns)
    return Recipe.from_dict({"version": 1, "steps": [dict(step) for step in steps]})


def test_the_pack_makes_what_it_says_it_derives(recipe):
    table = pulses(200, 0)
    made = recipe.fit(table, Permit.own(["cell"])).transform(table)
    assert made.columns == [quantity.id for quantity in load("battery").derived]
    assert made["power"][-1] == table["Voltage"][-1] * table["Current"][-1]
    assert made["above_ambient"][-1] == table["Temperature"][-1] - 25.0


def test_eighteen_per_cent_more_resistance_stands_out_of_the_noise(recipe):
    usual = recipe.fit(pulses(300, 0), Permit.own(["cell"]))
    before, after = (usual.transform(pulses(300, 1, by))["resistance"][100:] for by in (1.0, 1.18))
    # std of the reading itself is about 0.3 % of it
    assert after.min() - before.max() > 20 * before.std()
    assert after.mean() / before.mean() == pytest.approx(1.18, abs=0.01)


def test_rows_one_by_one_give_the_same_bits_as_the_table(recipe):
    table = pulses(150, 2).with_columns(Voltage=pl.when(pl.int_range(150) != 70).then("Voltage"))
    fitted = recipe.fit(table, Permit.own(["cell"]))
    live = fitted.live()
    one_by_one = pl.concat([live.push(table[row]) for row in range(len(table))])
    assert one_by_one.equals(fitted.transform(table))
    later = fitted.live()
    tail = later.push(table[60:])
    assert tail[fitted.warm_up :].equals(one_by_one[60 + fitted.warm_up :])


def test_a_cell_that_rests_has_no_resistance_yet(recipe):
    table = pulses(100, 0).with_columns(Current=pl.lit(0.0))
    made = recipe.fit(table, Permit.own(["cell"])).transform(table)
    assert made["resistance"].is_null().all()


def test_what_is_reckoned_is_known_by_its_own_name(recipe):
    table = pulses(150, 3)
    fitted = recipe.fit(table, Permit.own(["cell"]))
    assert set(fitted.known_as.values()) == {quantity.id for quantity in load("battery").derived}
    assert {name: one.unit for name, one in fitted.quantities.items()} == {
        quantity.id: quantity.ucum for quantity in load("battery").derived
    }
    assert {name: one.label for name, one in fitted.quantities.items()} == {
        quantity.id: quantity.name for quantity in load("battery").derived
    }
    assert fitted.reckon(table)["resistance"].equals(fitted.transform(table)["resistance"])


def test_a_detector_names_the_resistance_as_its_reason(tmp_path):
    usual = pl.concat([pulses(160, seed).with_columns(cell=pl.lit(f"{seed}")) for seed in range(8)])
    usual.write_parquet(tmp_path / "usual.parquet")
    asked = TrainRequest(
        (str(tmp_path / "usual.parquet"),), task="detect", group="cell", pack="battery", budget=20.0
    )
    train(asked, tmp_path / "cells.model", Permit.own(["usual"]))
    model = load_model(tmp_path / "cells.model", trust=True)
    dear = pulses(160, 9, dearer=1.18)
    assert model.predict(dear)["alarm"][model.warm_up :].mean() > 0.9
    assert model.predict(pulses(160, 10))["alarm"].mean() < 0.05
    first = model.explain(dear, 150)[0]
    assert first.signal == "resistance"
    assert first.share > 0.5
    assert first.value > first.usual_high
    known = {one["name"]: one for one in model.card.quantities}
    assert known["resistance"]["unit"] == "mOhm"
