"""Alarms on recorded faults: raised once, with their reasons, through a restart, answered by a person."""

from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.utils.html import escape

from dure.foundation.ledger import Entry
from dure.foundation.parties import Person
from dure.plant.deploy import (
    Alarm,
    AlarmAnswered,
    Decision,
    Deployment,
    InputAbsent,
    NoEquipment,
    NoReason,
    Scorer,
    StepRefused,
    UnitDiffers,
    acknowledge,
    change,
    deploy,
    matching_assets,
    open_alarms,
)
from dure.plant.deploy.views import _card
from dure.plant.inventory import Signal, refresh
from dure.plant.registry import NotReleased, RoleMissing, register
from machines.historian_process import SECOND

START = 1_700_000_000 * SECOND


def run(line, folder, until, *, step=120, begin=0, scorer=None):
    one = scorer or Scorer(line.historian, folder)
    try:
        for second in (*range(begin, until, step), until):
            one.tick(START + second * SECOND)
    finally:
        if scorer is None:
            one.close()


def shape(alarm):
    return (alarm.asset, alarm.began, alarm.raised, alarm.ended, round(alarm.peak, 9), alarm.peak_at)


@pytest.fixture
def whole(at_home, deployed, tmp_path):
    """The deployment after all that was recorded."""
    run(at_home, tmp_path / "scored", 1260)
    return deployed


def test_a_recorded_fault_raises_an_alarm_that_says_why(at_home, whole):
    alarms = list(whole.alarms.filter(asset="pumps/P0"))
    assert alarms
    # The valve is closed from row 572 on in SKAB valve1/0; normal rows before it raise nothing.
    assert min(alarm.raised for alarm in alarms) > START + 570 * SECOND
    for alarm in alarms:
        assert alarm.began <= alarm.raised - 2 * SECOND
        assert alarm.peak > alarm.threshold
        assert alarm.shadow
        for when in ("raised", "peak"):
            first = alarm.reasons[when][0]
            assert first["column"] in at_home.columns
            assert first["signal"] == f"{alarm.asset}/{first['column']}"
            assert first["en"].startswith(first["column"])
            assert ", usual " in first["en"]
            assert ", 평소 " in first["ko"]
            shares = [one["share"] for one in alarm.reasons[when]]
            assert shares == sorted(shares, reverse=True)
        told = alarm.reasons["instead"]
        assert len(told["changes"]) <= 2
        assert all(one["column"] in at_home.columns for one in told["changes"])
        assert told["now"] <= told["was"]
        card = render_to_string("deploy/alarm.html", {"card": _card(alarm, picture=False)})
        assert escape(told["en"]) in card or escape(told["ko"]) in card


@pytest.mark.usefixtures("whole")
def test_one_alarm_at_a_time_stands_for_an_asset():
    for asset in {alarm.asset for alarm in Alarm.objects.all()}:
        spans = sorted((alarm.raised, alarm.ended) for alarm in Alarm.objects.filter(asset=asset))
        assert all(end is not None and end < begin for (_, end), (begin, _) in pairwise(spans))


def test_alarms_are_the_same_whether_the_worker_was_restarted_or_not(  # noqa: PLR0917 - fixtures
    at_home, whole, released, engineer, placed, tmp_path
):
    again = placed(released, "Again", at_home.assets(), engineer)
    folder = tmp_path / "other"
    Deployment.objects.filter(pk=whole.pk).update(state="stopped")
    for begin in range(0, 1261, 140):
        run(at_home, folder, min(begin + 120, 1260), begin=begin, step=40)
    assert [shape(a) for a in Alarm.objects.filter(deployment=again)] == [
        shape(a) for a in Alarm.objects.filter(deployment=whole)
    ]


def test_the_alarm_signal_tells_the_standing_alarms(at_home, whole):
    for alarm in Alarm.objects.filter(asset="pumps/P0", ended__isnull=False):
        table = at_home.historian.query([whole.signal("pumps/P0", "alarm")], alarm.raised, alarm.ended)
        assert set(table["value"].to_pylist()) == {1.0}


def test_shadow_alarms_stay_off_the_line_until_a_person_moves_the_model(
    at_home, deployed, engineer, tmp_path
):
    scorer, second = Scorer(at_home.historian, tmp_path / "scored"), 0
    while not open_alarms(shadow=True).exists():
        second += 10
        scorer.tick(START + second * SECOND)
        assert second < 1200
    scorer.close()
    assert not open_alarms().exists()
    change(deployed, "advisory", engineer, "a quiet week")
    assert {alarm.shadow for alarm in open_alarms()} == {False}
    change(deployed, "stopped", engineer, "pump is overhauled")
    assert not open_alarms().exists()
    assert not Alarm.objects.filter(ended=None).exists()


@pytest.mark.usefixtures("whole")
def test_an_answer_is_given_once_and_written_in_the_ledger(engineer):
    alarm = Alarm.objects.first()
    acknowledge(alarm, engineer, "valve was closed by hand")
    alarm.refresh_from_db()
    assert (str(alarm.acknowledged_by), alarm.note) == ("Kim", "valve was closed by hand")
    entry = Entry.objects.get(what="alarm.acknowledged")
    assert (entry.who, entry.object) == (f"person:{engineer.pk}", f"alarm:{alarm.pk}")
    with pytest.raises(AlarmAnswered, match="acknowledged by Kim"):
        acknowledge(alarm, engineer)


def test_health_holds_the_alarms_a_shift_against_the_promise(whole):
    told = Deployment.objects.get(pk=whole.pk).health["alarms_shift"]
    assert told["alarms"] == Alarm.objects.count()
    assert 0 < told["hours"] <= 8
    assert told["promised"] is not None


def test_each_step_is_a_named_persons_and_stands_in_the_ledger(deployed, engineer):
    change(deployed, "advisory", engineer, "a quiet week")
    change(deployed, "on", engineer, "the shift trusts it")
    steps = [(d.before, d.after, str(d.by)) for d in Decision.objects.order_by("at")]
    assert steps == [("", "shadow", "Kim"), ("shadow", "advisory", "Kim"), ("advisory", "on", "Kim")]
    assert Entry.objects.filter(what="deployment.moved", object=f"deployment:{deployed.pk}").count() == 3


def test_a_refused_step_changes_nothing(deployed, engineer):
    with pytest.raises(StepRefused):
        change(deployed, "on", engineer, "in a hurry")
    with pytest.raises(NoReason):
        change(deployed, "advisory", engineer, "")
    assert Deployment.objects.get().state == "shadow"
    assert Decision.objects.count() == 1


def test_a_worker_may_answer_alarms_but_not_move_models(whole):
    from dure.foundation.parties import give_role

    worker = Person.objects.create_user("lee", password="a long enough one")
    with pytest.raises(RoleMissing):
        acknowledge(Alarm.objects.first(), worker)
    give_role(worker, "worker")
    acknowledge(Alarm.objects.first(), worker)
    with pytest.raises(RoleMissing, match="takes the role engineer"):
        change(whole, "advisory", worker, "why not")


def test_only_a_released_model_is_deployed(at_home, engineer):
    model = register(at_home.package, "Pump watch", engineer)
    with pytest.raises(NotReleased):
        deploy(model, "Pumps", at_home.assets(), engineer, reason="test")


def test_equipment_that_does_not_fit_is_refused(at_home, released, engineer):
    with pytest.raises(NoEquipment):
        deploy(released, "Pumps", [], engineer, reason="test")
    inputs = at_home.inputs("pumps/P0")
    del inputs["Voltage"]
    with pytest.raises(InputAbsent, match="pumps/P0 lacks the input Voltage"):
        deploy(released, "Pumps", [{"asset": "pumps/P0", "inputs": inputs}], engineer, reason="test")


def test_a_signal_in_another_unit_is_refused(at_home, released, engineer):
    released.card["inputs"] = [
        one | {"unit": "V"} if one["name"] == "Voltage" else one for one in released.card["inputs"]
    ]
    Signal.objects.create(id="pumps/P0/Voltage", source="pumps", unit="mV")
    with pytest.raises(UnitDiffers, match=r"pumps/P0/Voltage is in mV, and the model learnt Voltage in V\."):
        deploy(released, "Pumps", at_home.assets("pumps/P0"), engineer, reason="test")


def test_equipment_with_all_inputs_is_found_by_name(at_home, released):
    refresh(at_home.historian, [])
    found = {one["asset"]: one["inputs"] for one in matching_assets(released)}
    assert set(found) >= set(at_home.tables)
    assert found["pumps/P0"] == at_home.inputs("pumps/P0")
