"""A golden set's sealed half scores a stranger's model at home, a counted number of times, and gives nothing else away."""

import json
import stat
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from dure.foundation.ledger import Entry
from dure.science.learn import TrainRequest, train
from dure.science.prepare import read
from dure.sharing.certification.golden import attempt, folder, make, open_half, split
from dure.sharing.certification.models import Attempt
from dure.sharing.certification.refusals import AttemptsSpent, GoldenProblem
from dure.vocabulary import DureError, Permit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def press():
    """A press whose strength follows heat and force, in ten lots."""
    rng = np.random.default_rng(0)
    heat, force = rng.normal(200, 5, 400), rng.normal(50, 3, 400)
    lot = [f"L{row // 40}" for row in range(400)]
    return pl.DataFrame(
        {
            "lot": lot,
            "heat": heat,
            "force": force,
            "strength": 0.4 * heat + 1.2 * force + rng.normal(size=400),
        }
    )


def test_whole_groups_are_sealed_and_nobody_knows_which_without_the_secret(press):
    opened, sealed = split(press, "lot", 0.3, b"one")
    assert set(opened["lot"]) & set(sealed["lot"]) == set()
    assert 0.2 <= len(sealed) / len(press) <= 0.4
    others = {tuple(sorted(set(split(press, "lot", 0.3, bytes([n]))[1]["lot"]))) for n in range(8)}
    assert len(others) > 4


def test_of_times_the_last_are_sealed(recorded):
    frame = read([recorded / "skab" / "anomaly-free"]).frame
    opened, sealed = split(frame, "datetime")
    assert opened["datetime"].max() < sealed["datetime"].min()


@pytest.mark.parametrize(
    ("by", "change"),
    [
        ("nowhere", lambda one: one),
        ("lot", lambda one: one.head(120)),
        ("heat", lambda one: one),
        ("lot", lambda one: one.with_columns(pl.lit(None).alias("lot"))),
        ("lot", lambda one: one.gather_every(8)),
    ],
)
def test_what_cannot_be_split_honestly_is_refused(press, by, change):
    with pytest.raises(GoldenProblem):
        split(change(press), by)


@pytest.fixture
def golden(db, home, press):
    del db, home
    asked = {
        "by": "lot",
        "target": "strength",
        "secret": b"secret",
        "who": "person:1",
        "permit": Permit.own(["press"]),
    }
    return make("press", "Press of ten lots", press, attempts=2, now=NOW, **asked)


@pytest.mark.django_db(transaction=True)
def test_a_model_is_scored_at_home_and_only_its_score_leaves(golden, tmp_path):
    train(
        TrainRequest((str(open_half(golden)),), target="strength", ignore=("lot",), families=("ridge",), budget=5),
        tmp_path / "model", Permit.own(["open half"]),
    )  # fmt: skip
    tried = attempt(golden, "did:web:supplier.example", tmp_path / "model", now=NOW)
    assert tried.score is not None
    assert tried.null is not None
    assert tried.score != tried.null
    assert f"{tried.score:.3g}" == f"{tried.score:g}"
    said = [json.loads(one.facts) for one in Entry.objects.filter(object="golden:press").order_by("index")]
    assert said[1:] == [
        {"number": 1, "of": 2, "model": tried.model},
        {"number": 1, "metric": tried.metric, "score": tried.score},
    ]


@pytest.mark.django_db(transaction=True)
def test_attempts_are_counted_before_they_run_and_end(golden, tmp_path):
    def broken(*_):
        raise ValueError

    package = tmp_path / "model"
    package.mkdir()
    (package / "card.json").write_text("{}")
    from dure.science import learn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learn, "fingerprint", lambda _: "sha256:model")
        with pytest.raises(ValueError):  # noqa: PT011 - what broke is the stranger's
            attempt(golden, "did:web:a.example", package, scorer=broken, now=NOW)
        fair = {"metric": "r2", "score": 0.912345, "null": 0.0}
        assert attempt(golden, "did:web:a.example", package, scorer=lambda *_: fair, now=NOW).score == 0.912
        with pytest.raises(AttemptsSpent, match="All 2 attempts"):
            attempt(golden, "did:web:a.example", package, scorer=lambda *_: fair, now=NOW)
        assert attempt(golden, "did:web:b.example", package, scorer=lambda *_: fair, now=NOW).number == 1
    assert Attempt.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_package_that_is_none_is_refused(golden, tmp_path):
    with pytest.raises(DureError):
        attempt(golden, "did:web:a.example", tmp_path, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_sealed_half_is_for_our_eyes_only_and_cannot_be_exchanged(golden, press, tmp_path):
    sealed = folder("press") / "sealed.parquet"
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert len(pl.read_parquet(sealed)) == golden.sealed_rows
    press.head(100).write_parquet(sealed)
    from dure.sharing.certification.golden import sealed_rows

    with pytest.raises(GoldenProblem, match="not the one whose root was named"):
        sealed_rows(golden)
    with pytest.raises(GoldenProblem, match="the name is taken"):
        make(
            "press",
            "Again",
            press,
            by="lot",
            target="strength",
            secret=b"",
            who="person:1",
            permit=Permit.own(["press"]),
        )
    del tmp_path
