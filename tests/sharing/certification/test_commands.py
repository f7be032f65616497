"""`dure certify` and `dure verify`, as a person types them."""

import json

import polars as pl
import pytest

from dure.node.command import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def say(capsys, home):
    del home

    def said(*words):
        code = run([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return said


@pytest.fixture
def loop(pump, tmp_path):
    pump.write_parquet(tmp_path / "loop.parquet")
    return tmp_path / "loop.parquet"


@pytest.fixture
def rule(quick, tmp_path):
    (tmp_path / "rules.yaml").write_text(json.dumps(dict(quick.values)))
    return tmp_path / "rules.yaml"


def test_certify_and_verify(say, loop, rule, pump, tmp_path):
    cert, blocks = tmp_path / "c.json", tmp_path / "b.json"
    code, made = say("certify", str(loop), "-o", str(cert), "--rules", str(rule), "--show", "3", "--seed", "s", "--blocks", str(blocks), "--keep")  # fmt: skip
    assert (code, made["rows"], made["assurance"], made["met"], made["required"]) == (
        0,
        1_800,
        "self-declared",
        3,
        3,
    )
    assert len(made["shown"]) == 3
    assert made["kept"] == made["id"].removeprefix("urn:uuid:")
    assert say("verify", str(cert), str(loop))[1]["state"] == "holds"
    code, part = say("verify", str(cert), "--blocks", str(blocks))
    assert (code, part["state"]) == (0, "partly")
    pump.with_columns(pl.col("Voltage") + 30).write_parquet(loop)
    assert say("verify", str(cert), str(loop))[1]["state"] == "broken"
    code, newer = say("verify", str(cert), str(loop), "--newer")
    assert (code, newer["still_holds"], newer["lapses"][0]["code"]) == (0, False, "moved")


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("certify", "nowhere.csv", "-o", "c.json"), "file-absent"),
        (("verify", "nowhere.json"), "certificate-wrong"),
    ],
)
def test_refusals_are_one_sentence(say, words, key, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, told = say(*words)
    assert code == 2
    assert told["error"]["key"] == key
    assert set(told["error"]) == {"key", "message", "where", "remedy"}


def test_a_person_reads_a_sentence(loop, rule, capsys, home, tmp_path):
    del home
    assert run(["certify", str(loop), "-o", str(tmp_path / "c.json"), "--rules", str(rule)]) == 0
    assert "1,800 rows meet 3 of 3 requirements" in " ".join(capsys.readouterr().out.split())
    assert run(["verify", str(tmp_path / "c.json"), str(loop)]) == 0
    assert "did:key:z" in capsys.readouterr().out
