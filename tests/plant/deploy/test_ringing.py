"""What a deployment finds rings with the plant's other alarms, and an answer on either page is one answer."""

import pytest

from dure.foundation.ledger import Entry
from dure.plant.alarms import Alarm as PlantAlarm
from dure.plant.alarms import Entry as Journal
from dure.plant.alarms import State
from dure.plant.alarms import acknowledge as acknowledge_there
from dure.plant.deploy import Alarm, acknowledge, change
from dure.plant.deploy.ringing import hush, id_of, ring

START = 1_700_000_000 * 10**9
ASSET = "pumps/P0"


@pytest.fixture
def found(deployed):
    return Alarm.objects.create(
        deployment=deployed, asset=ASSET, raised=START, began=START, peak=2.0, peak_at=START, threshold=1.0,
        shadow=True, reasons={"raised": [{"signal": "pumps/P0/Pressure", "value": 3.5, "column": "Pressure"}]},
    )  # fmt: skip


def there(deployed):
    return PlantAlarm.objects.get(pk=id_of(deployed, ASSET))


def test_in_shadow_nobody_is_rung_and_a_step_onto_the_line_rings(found, deployed, engineer):
    ring(found, deployed)
    assert not PlantAlarm.objects.exists()
    moved = change(deployed, "advisory", engineer, "a quiet week")
    rung = there(moved)
    assert (rung.state, rung.rang, rung.facts["values"]) == (
        State.UNACKNOWLEDGED,
        START,
        {"pumps/P0/Pressure": 3.5},
    )
    ring(found, moved)
    assert Journal.objects.count() == 1
    hush(moved, ASSET, START + 5)
    assert there(moved).state == State.RETURNED


def test_an_answer_on_the_line_is_one_on_the_list(found, deployed, engineer):
    moved = change(deployed, "advisory", engineer, "a quiet week")
    found.refresh_from_db()
    acknowledge(found, engineer, "valve closed")
    assert there(moved).state == State.ACKNOWLEDGED
    assert Entry.objects.filter(what="alarm.acknowledged").count() == 1


def test_an_answer_on_the_list_is_one_on_the_line(found, deployed, engineer):
    moved = change(deployed, "advisory", engineer, "a quiet week")
    acknowledge_there([id_of(moved, ASSET)], engineer, "valve closed")
    found.refresh_from_db()
    assert (found.acknowledged_by, found.note) == (engineer, "valve closed")


def test_a_deployment_that_stops_leaves_no_alarm_standing(found, deployed, engineer):
    moved = change(deployed, "advisory", engineer, "a quiet week")
    change(moved, "stopped", engineer, "overhaul")
    assert not there(moved).active
    assert found.asset == ASSET
