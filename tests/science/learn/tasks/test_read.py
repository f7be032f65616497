"""Read: classes told from words, with texts that are alike held back together."""

import gzip
import json

import numpy as np
import polars as pl
import pytest

from dure.node.command import run
from dure.science.learn import TrainRequest, load, train
from dure.science.learn.refusals import PackageDamaged
from dure.science.learn.serving import similar
from dure.science.learn.serving.similar import NoRecordsKept, SimilarRecords, records_in
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
    _has_kept_its_records(tmp_path / "model", table, tmp_path)


def _has_kept_its_records(package, table, tmp_path):
    """The nearest earlier records stand beside what is predicted; a changed file of them is refused."""
    records = records_in(package, trust=True)
    told = [str(one) for one in table["text"].to_list()]
    found = records.beside(table, 2)
    assert found.columns == [*table.columns, "similar 1", "similar 1 sameness", "similar 1 fault", "similar 2", "similar 2 sameness", "similar 2 fault"]  # fmt: skip
    assert found["similar 1"].to_list() == told, "of a text that was learnt from, itself is the nearest"
    assert found["similar 1 fault"].to_list() == table["fault"].to_list()
    assert (found["similar 1 sameness"] > 0.999).all()
    asked = pl.DataFrame({"text": ["유압 호스 누유", None]})
    told = records.beside(asked).row(0)
    assert any(word in told[1] for word in ("leak", "hose", "oil", "hydraulic")), told
    assert records.beside(asked).row(1) == (None, None, None, None)
    table.write_csv(tmp_path / "new.csv")
    assert run(["predict", str(package), str(tmp_path / "new.csv"), "-o", str(tmp_path / "o.csv"), "--similar", "1", "--trust", "--json"]) == 0  # fmt: skip
    assert "similar fault" in pl.read_csv(tmp_path / "o.csv").columns
    (package / "similar.json").write_text("{}")
    with pytest.raises(PackageDamaged, match="similar"):
        records_in(package, trust=True)


def test_records_are_masked_bounded_and_refused_where_they_are_odd(monkeypatch):
    monkeypatch.setattr(similar, "MOST_RECORDS", 3)
    rows = pl.DataFrame({"memo": [f"Told Robert Miller 010-1234-567{n}: pump {n} leaks" for n in range(9)] + [None], "fault": ["yes", None] * 5})  # fmt: skip
    records = SimilarRecords.of(rows, ["memo"], "fault")
    assert len(records.texts) == 3
    assert records.vectors.shape == (3, 512)
    assert not any("Miller" in text or "1234" in text for text in records.texts)
    files = records.files()
    again = SimilarRecords.from_files(files, "m")
    assert (again.texts, again.answers) == (records.texts, records.answers)
    facts = json.loads(files["similar.json"])
    with pytest.raises(NoRecordsKept):
        SimilarRecords.from_files({}, "m")
    for odd in ({**facts, "texts": facts["texts"][:2]}, {**facts, "answers": [1, 2, 3]}, {"columns": 3}, []):
        with pytest.raises(PackageDamaged):
            SimilarRecords.from_files({**files, "similar.json": json.dumps(odd).encode()}, "m")
    with pytest.raises(PackageDamaged):
        SimilarRecords.from_files({**files, "similar.npz": b"PK"}, "m")


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
