"""Read: classes told from words, with texts that are alike held back together."""

import gzip
import json

import numpy as np
import polars as pl
import pytest

from dure.science.learn import TrainRequest, load, train
from dure.science.learn.tasks.read import NothingToBeRead, Read
from dure.science.prepare import read
from dure.vocabulary import Permit


@pytest.fixture
def orders(recorded, tmp_path):
    """500 work orders with whether they tell of a fault."""
    with gzip.open(recorded / "maintenance-text-maintie" / "gold_release.json.gz") as opened:
        told = json.load(opened)[:500]
    fault = [any("Undesirable" in one["type"] for one in text["entities"]) for text in told]
    frame = pl.DataFrame(
        {"text": [one["text"] for one in told], "fault": ["yes" if one else "no" for one in fault]}
    )
    frame.write_csv(tmp_path / "orders.csv")
    return tmp_path / "orders.csv"


def _request(file, **more):
    return TrainRequest(
        (str(file),), target="fault", task="read", budget=8.0, permit=Permit.own([str(file)]), **more
    )


def test_a_fault_is_read_from_a_work_order_better_than_guessed(orders, tmp_path):
    told = train(_request(orders, families=("logistic",)), tmp_path / "model", Permit.own([str(orders)]))
    assert told["validation"]["kind"] == "grouped"
    assert told["validation"]["by"] == "text: alike"
    assert told["metric"]["balanced_accuracy"] > 0.75 > told["null"]["balanced_accuracy"]
    assert told["task"] == "read"
    model = load(tmp_path / "model", trust=True)
    table = read([orders]).frame.head(40)
    whole = model.predict(table)
    alone = pl.concat([model.predict(table[row]) for row in range(10)])
    assert whole.head(10).equals(alone)


def test_texts_that_are_alike_are_one_group_and_join_the_group_that_is_named():
    rows = pl.DataFrame(
        {
            "memo": ["oil leak at pump number 3", "Oil leak at pump number 3!", *[f"text of its own {n} {n * 977 % 89}" for n in range(30)]],
            "line": ["A", "B", "B", *["C"] * 29],
            "fault": ["yes", "no"] * 16,
        }
    )  # fmt: skip
    from dure.science.prepare import Table

    request, table = Read().shape(_request("x", group="line"), Table(rows, ("x",), (32,)))
    groups = table.frame[request.group].to_list()
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] != groups[0]
    assert "line" in request.ignore
    assert len(np.unique(groups)) == 2


def test_a_table_without_texts_is_refused():
    from dure.science.prepare import Table

    rows = pl.DataFrame({"bar": [1.0] * 30, "shift": ["A"] * 30, "fault": ["yes", "no"] * 15})
    with pytest.raises(NothingToBeRead):
        Read().shape(_request("x"), Table(rows, ("x",), (30,)))
