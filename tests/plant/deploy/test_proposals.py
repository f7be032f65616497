"""Refits that are proposed with evidence: begun when labels say so, trained on newer rows, decided by a person."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import polars as pl
import pytest

from dure.foundation.ledger import Entry
from dure.plant.deploy import (
    NoReason,
    Proposal,
    ProposalClosed,
    Scorer,
    TooFewLabels,
    accept,
    ask,
    decline,
    gather,
    name_labels,
    propose,
    weigh,
)
from dure.plant.inventory import Signal
from dure.plant.registry import ModelVersion, open_model, register, release
from dure.science.learn import STAGES, TrainRequest, train
from dure.science.prepare import read
from dure.vocabulary import Permit, Work, WorkState
from machines.historian_process import SECOND, play, samples

START = 1_700_000_000 * SECOND
ROWS, LATE = 300, 24
_NUMBERS = count(1)


class AtOnce:
    """Works carried out here and now, stage by stage as the node's worker does them."""

    def __init__(self, line, scored, folder):
        self.line, self.scored, self.folder, self.asked, self.lost = line, scored, folder, [], False

    def submit(self, kind, facts):
        assert kind == "train"
        self.asked.append(json.loads(json.dumps(facts)))
        return f"work-{len(self.asked)}"

    def carry_out(self):
        facts = self.asked[-1]
        place = self.folder / f"work-{len(self.asked)}"
        (place / "learning").mkdir(parents=True)
        gather(self.line.historian, facts["proposal"], place, self.scored)
        request = replace(TrainRequest.from_dict(facts["request"]), sources=(str(place / "table.parquet"),))
        for stage in STAGES.values():
            stage(request, place / "learning", lambda *_: None)
        by = Proposal.objects.get(pk=facts["proposal"]).deployment.by
        register(
            place / "learning" / "package",
            facts["name"],
            by,
            lineage=facts["lineage"],
            asked={"request": facts["request"]},
        )
        weigh(facts["proposal"], place)
        return place

    def find(self, id):  # noqa: A002 - the word everyone uses
        return None if self.lost else Work(id, "train", WorkState.RUNNING)


@pytest.fixture(scope="module")
def package(recorded, line):
    """A model of 2011 that 2013 will prove wrong."""
    file = line.home / "stale.parquet"
    table = read([recorded / "gas-turbine-emissions" / "gt_2011.csv.gz"]).frame.head(900)
    table.sample(fraction=1.0, shuffle=True, seed=0).write_parquet(file)
    request = TrainRequest((str(file),), target="NOX", ignore=("CO",), budget=5, families=("ridge",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(line.home))
        train(request, line.home / "stale", Permit.own([str(file)]))
    return line.home / "stale", request


@pytest.fixture
def place(at_home, package, engineer, placed, recorded, tmp_path):  # noqa: PLR0917 - fixtures
    """Three hundred hours of 2013, scored, and labelled a day late."""
    folder, request = package
    model = register(folder, "NOX", engineer, asked={"request": request.to_dict()})
    release(model, engineer)
    name = f"R{next(_NUMBERS)}"
    inputs = {one["name"]: f"{name}/{one['name']}" for one in model.card["inputs"]}
    found = placed(model, "NOX", [{"asset": name, "inputs": inputs}], engineer, lateness_s=0.0)
    Signal.objects.create(id=f"lab/{name}/NOX", source="lab", name="NOX")
    name_labels(found, {name: f"lab/{name}/NOX"}, 0.0, engineer, "the lab is on line")
    frame = read([recorded / "gas-turbine-emissions" / "gt_2013.csv.gz"]).frame.head(ROWS)
    times = pl.Series("time", START + (1 + np.arange(ROWS, dtype=np.int64)) * SECOND)
    play(at_home.historian, "turbine", [samples(name, frame.select(times, pl.exclude("CO", "NOX")))])
    scorer = Scorer(at_home.historian, tmp_path / "scored")
    scorer.tick(START + ROWS * SECOND + SECOND // 2)
    play(at_home.historian, "lab", [samples(f"lab/{name}", frame.select(times, "NOX").head(ROWS - LATE))])
    scorer.tick(START + ROWS * SECOND + SECOND // 2)
    scorer.close()
    found.refresh_from_db()
    taught = {"rows": 276, "labelled": 276, "static": 9.0, "adapted": 4.0}
    found.health = {**found.health, "labels": {**(found.health.get("labels") or {}), **taught}}
    found.save()
    return found


@pytest.fixture
def works(at_home, tmp_path):
    return AtOnce(at_home, tmp_path / "scored", tmp_path)


NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_an_error_beyond_its_promise_trains_one_candidate_and_shows_both_on_rows_it_never_saw(place, works):
    (proposal,) = propose(works, NOW)
    assert propose(works, NOW) == []
    assert "times what its card promised" in proposal.why["en"]
    folder = works.carry_out()
    proposal.refresh_from_db()
    assert proposal.state == "proposed"
    assert proposal.candidate.number == 2
    assert proposal.candidate.release is None
    learnt, kept = (pl.read_parquet(folder / f"{name}.parquet") for name in ("table", "evidence"))
    assert learnt["time"].max() < kept["time"].min()
    assert proposal.evidence["champion"]["rows"] == kept.height
    assert proposal.evidence["paired"]["labels"] == kept["NOX"].drop_nulls().len()
    wrong = [
        (open_model(one).predict(kept)["prediction"] - kept["NOX"]).abs().mean()
        for one in (place.model, proposal.candidate)
    ]
    told = proposal.evidence["paired"]
    assert [told["champion"], told["challenger"]] == pytest.approx(wrong)
    assert told["verdict"] == ("worse" if wrong[0] < wrong[1] else "better")
    assert "Keep the present one" in told["en"]  # two hundred hours teach less than the two years before
    request = works.asked[0]["request"]
    assert request["families"] == ["ridge"]
    assert request["budget"] == 5
    assert {"refit.begun", "refit.proposed"} <= set(Entry.objects.values_list("what", flat=True))


def test_what_it_learns_is_what_the_line_saw(place, works, at_home):
    propose(works, NOW)
    folder = works.carry_out()
    learnt = pl.read_parquet(folder / "table.parquet")
    asset = place.assets[0]
    name = next(iter(asset["inputs"]))
    played = at_home.historian.query([asset["inputs"][name]], 0, 2**61)
    by_time = dict(zip(played["time"].to_pylist(), played["value"].to_pylist(), strict=True))
    assert [by_time[one] for one in learnt["time"].dt.epoch("ns").to_list()] == learnt[name].to_list()


def test_accepted_it_challenges_and_the_line_sees_nothing_of_it(place, works, engineer):
    (proposal,) = propose(works, NOW)
    works.carry_out()
    made = accept(proposal, engineer, "better on 69 rows")
    assert made.challenges == place
    assert made.shadow
    assert made.model.release.by == engineer
    with pytest.raises(ProposalClosed):
        decline(proposal, engineer, "too late")


def test_declined_its_reason_is_kept_and_the_next_waits_a_week(place, works, engineer):
    (proposal,) = propose(works, NOW)
    works.carry_out()
    with pytest.raises(NoReason):
        decline(proposal, engineer, " ")
    declined = decline(proposal, engineer, "the lab was out of order that week")
    assert declined.reason == "the lab was out of order that week"
    assert not place.challengers.exists()
    Proposal.objects.filter(pk=proposal.pk).update(at=NOW)
    assert propose(works, NOW + timedelta(days=6)) == []
    assert len(propose(works, NOW + timedelta(days=8))) == 1


@pytest.mark.usefixtures("place")
def test_a_training_that_is_lost_closes_its_proposal_and_is_tried_again_the_day_after(works):
    (proposal,) = propose(works, NOW)
    Proposal.objects.filter(pk=proposal.pk).update(at=NOW)
    works.lost = True
    assert propose(works, NOW) == []
    proposal.refresh_from_db()
    assert proposal.state == "failed"
    assert len(propose(works, NOW + timedelta(days=2))) == 1


def test_a_good_model_or_too_few_labels_propose_nothing(place, works, engineer):
    place.health["labels"]["static"] = 1.2 * place.model.card["metric"]["mean_absolute_error"]
    place.health["moved"] = []
    place.save()
    assert propose(works, NOW) == []
    assert len(ask_twice(place, works, engineer)) == 1
    place.health["labels"]["labelled"] = 150
    place.save()
    Proposal.objects.all().delete()
    with pytest.raises(TooFewLabels):
        ask(place, works, engineer, "let me see")


def ask_twice(place, works, engineer):
    found = [ask(place, works, engineer, "a new season")]
    with pytest.raises(ProposalClosed):
        ask(place, works, engineer, "again")
    return found


def test_drift_alone_asks_for_a_refit_once_it_has_lasted(place, works):
    place.health["labels"]["static"] = 1.2 * place.model.card["metric"]["mean_absolute_error"]
    since = int((NOW - timedelta(minutes=30)).timestamp() * 1e9)
    place.health["moved"] = [
        {"asset": "R", "signal": "AT", "state": "", "median": 1.0, "usual": 2.0, "since": since}
    ]
    place.save()
    assert propose(works, NOW) == []
    (proposal,) = propose(works, NOW + timedelta(hours=1))
    assert proposal.why["kind"] == "drift"
    assert "AT" in proposal.why["en"]
    assert ModelVersion.objects.count() == 1
