"""Units that persons confirmed reach the card of a model that learnt from live signals."""

import json

import polars as pl
import pytest

from dure.plant.inventory import UnitsMixed, signals_of, units_of
from dure.plant.inventory.models import Signal
from dure.science.learn import TrainRequest, train
from dure.vocabulary import Permit

pytestmark = pytest.mark.usefixtures("db", "home")
INPUTS = {"Cell01": {"Voltage": "l/C1/V", "T": "l/C1/T"}, "Cell02": {"Voltage": "l/C2/V", "T": "l/C2/T"}}


def test_units_of_columns_are_those_of_their_signals():
    for key, unit in (("l/C1/V", "V"), ("l/C2/V", "V"), ("l/C1/T", "Cel"), ("l/C2/T", "")):
        Signal.objects.create(id=key, source="l", unit=unit)
    assert units_of(INPUTS) == {"Voltage": "V", "T": "Cel"}
    Signal.objects.filter(pk="l/C2/V").update(unit="mV")
    with pytest.raises(UnitsMixed, match="V, mV"):
        units_of(INPUTS)
    assert signals_of(INPUTS)[0] == "signal:l/C1/T"


def test_they_stand_on_the_card(tmp_path):
    rows = 400
    table = pl.DataFrame({
        "Voltage": [3.6 + 0.01 * ((i * 7) % 13) for i in range(rows)], "T": [25 + 0.1 * ((i * 11) % 17) for i in range(rows)],
    })  # fmt: skip
    table.write_parquet(tmp_path / "t.parquet")
    request = TrainRequest(
        (str(tmp_path / "t.parquet"),),
        task="detect",
        budget=3.0,
        units={"Voltage": "V", "T": "Cel"},
        permit=Permit.own([str(tmp_path / "t.parquet")]),
    )
    assert TrainRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request
    train(request, tmp_path / "model", Permit.own([str(tmp_path / "t.parquet")]))
    card = json.loads((tmp_path / "model" / "card.json").read_text())
    assert {one["name"]: one["unit"] for one in card["inputs"]} == {"Voltage": "V", "T": "Cel"}
