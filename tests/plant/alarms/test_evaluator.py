"""The evaluator on a real historian: what comes rings, is journalled and is told to the historian."""

import polars as pl
import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.alarms import Alarm, Entry, Evaluator, State, shelve
from dure.plant.alarms.models import Unpublished
from dure.plant.alarms.telling import troubles
from dure.plant.inventory import Signal, refresh
from machines.historian_process import SECOND, leave_behind, play, samples

pytestmark = pytest.mark.django_db
START = 1_700_000_000 * SECOND


def define(plant, name, condition, more=""):
    folder = plant.home / "alarms"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(
        f'[[alarm]]\nid = "{name}"\ntitle = {{ en = "Hot", ko = "과열" }}\ncondition = "{condition}"\n{more}\n'
    )


def speak(plant, asset, **values):
    """Values of one signal `T` at whole seconds after the start."""
    table = pl.DataFrame(
        {"time": [START + int(t[1:]) * SECOND for t in values], "T": [float(v) for v in values.values()]}
    )
    play(plant, "press", [samples(asset, table)])


def journal(name):
    rows = Entry.objects.filter(alarm=name).order_by("pk").values_list("event", "at")
    return [(event, (at - START) / SECOND) for event, at in rows]


def heard(plant, name):
    table = plant.query([f"alarms/{name}"], 0, 2**62 - 1)
    return list(zip(table["value"].to_pylist(), table["quality"].to_pylist(), strict=True))


def test_a_condition_rings_returns_and_is_told_to_the_historian(at_plant):
    define(at_plant, "hot-a", "=[a/T]>80")
    speak(at_plant, "a", t0=20)
    worker = Evaluator(at_plant, at_plant.home)
    worker.tick(START + 1 * SECOND)
    speak(at_plant, "a", t2=90, t5=70, t9=95)
    worker.tick(START + 10 * SECOND)
    assert journal("hot-a") == [("annunciate", 2), ("return", 5), ("annunciate", 9)]
    alarm = Alarm.objects.get(pk="hot-a")
    assert (alarm.facts["values"], alarm.title.ko) == ({"a/T": 95.0}, "과열")
    assert not Unpublished.objects.exists()
    play(at_plant, "end", [samples("end", pl.DataFrame({"time": [START], "x": [0.0]}))])
    assert heard(at_plant, "hot-a") == [(1.0, 0), (3.0, 0), (1.0, 0)]
    refresh(at_plant)  # a state of ours is no signal of the plant
    assert [one.pk for one in Signal.objects.filter(pk__in=["a/T", "alarms/hot-a"])] == ["a/T"]


def test_a_new_definition_rings_for_what_is_wrong_already(at_plant):
    speak(at_plant, "b", t0=95)
    define(at_plant, "hot-b", "=[b/T]>80")
    Evaluator(at_plant, at_plant.home).tick(START + 60 * SECOND)
    assert journal("hot-b") == [("annunciate", 0)]


def test_a_second_worker_goes_on_where_the_first_stood(at_plant):
    define(at_plant, "hot-c", "=ROLLMEAN([c/T], 3)>80", "on_delay_s = 2")
    speak(at_plant, "c", t0=20)
    Evaluator(at_plant, at_plant.home).tick(START + 1 * SECOND)
    speak(at_plant, "c", t2=90, t3=90, t4=90, t5=99)  # nobody is there
    first = Evaluator(at_plant, at_plant.home)
    first.tick(START + 5 * SECOND)
    assert journal("hot-c") == []
    first._remember(START + 5 * SECOND, now_at_once=True)
    speak(at_plant, "c", t6=90, t7=90, t8=0, t9=0)
    second = Evaluator(at_plant, at_plant.home)
    second.tick(START + 10 * SECOND)
    again = Evaluator(at_plant, at_plant.home)
    again.tick(START + 10 * SECOND)
    assert journal("hot-c") == [("annunciate", 6), ("return", 8)]


def test_an_on_delay_runs_out_without_another_sample(at_plant):
    define(at_plant, "hot-d", "=[d/T]>80", "on_delay_s = 5")
    speak(at_plant, "d", t0=20)
    worker = Evaluator(at_plant, at_plant.home)
    worker.tick(START + 1 * SECOND)
    speak(at_plant, "d", t2=90)
    worker.tick(START + 3 * SECOND)
    assert journal("hot-d") == []
    worker.tick(START + 8 * SECOND)
    assert journal("hot-d") == [("annunciate", 7)]


def test_a_bad_sample_says_that_the_state_is_uncertain(at_plant):
    define(at_plant, "hot-e", "=[e/T]>80")
    speak(at_plant, "e", t0=90)
    worker = Evaluator(at_plant, at_plant.home)
    worker.tick(START + 1 * SECOND)
    bad = samples("e", pl.DataFrame({"time": [START + 2 * SECOND], "T": [0.0]}))
    import pyarrow as pa

    bad = bad.set_column(5, bad.schema.field(5), pa.array([2], pa.uint8()))
    play(at_plant, "press", [bad])
    worker.tick(START + 3 * SECOND)
    assert journal("hot-e") == [("annunciate", 0)]
    assert not Alarm.objects.get(pk="hot-e").known
    play(at_plant, "end", [samples("end", pl.DataFrame({"time": [START + 1], "x": [0.0]}))])
    assert heard(at_plant, "hot-e") == [(1.0, 0), (1.0, 1)]


def test_a_definition_that_is_switched_off_takes_its_alarm_out_of_service(at_plant):
    define(at_plant, "hot-f", "=[f/T]>80")
    speak(at_plant, "f", t0=90)
    worker = Evaluator(at_plant, at_plant.home)
    worker.tick(START + 1 * SECOND)
    define(at_plant, "hot-f", "=[f/T]>80", "enabled = false")
    worker.tick(START + 20 * SECOND)
    alarm = Alarm.objects.get(pk="hot-f")
    assert (alarm.state, alarm.retired) == (State.OUT_OF_SERVICE, True)
    define(at_plant, "hot-f", "=[f/T]>80")
    worker.tick(START + 40 * SECOND)
    alarm = Alarm.objects.get(pk="hot-f")
    assert (alarm.state, alarm.retired) == (State.UNACKNOWLEDGED, False)


def test_what_went_well_while_a_definition_was_off_returns_when_it_is_on_again(at_plant):
    define(at_plant, "hot-j", "=[j/T]>80")
    speak(at_plant, "j", t0=90)
    worker = Evaluator(at_plant, at_plant.home)
    worker.tick(START + 1 * SECOND)
    define(at_plant, "hot-j", "=[j/T]>80", "enabled = false")
    worker.tick(START + 20 * SECOND)
    speak(at_plant, "j", t21=20)
    define(at_plant, "hot-j", "=[j/T]>80")
    worker.tick(START + 40 * SECOND)
    alarm = Alarm.objects.get(pk="hot-j")
    assert (alarm.state, alarm.active) == (State.RETURNED, False)


def test_a_file_that_cannot_be_read_stops_nothing_and_is_told(at_plant):
    define(at_plant, "hot-g", "=[g/T]>80")
    speak(at_plant, "g", t0=20)
    worker = Evaluator(at_plant, at_plant.home)
    worker.tick(START + 1 * SECOND)
    (at_plant.home / "alarms" / "bad.toml").write_text("[[alarm]]\nid = 3\n")
    worker.tick(START + 20 * SECOND)
    assert "bad.toml, line 2" in troubles(at_plant.home)[""]
    speak(at_plant, "g", t21=90)
    worker.tick(START + 22 * SECOND)
    assert journal("hot-g") == [("annunciate", 21)]


def test_who_is_behind_the_feed_reads_the_historian_instead(at_plant):
    define(at_plant, "hot-h", "=[h/T]>80")
    speak(at_plant, "h", t0=20)
    worker = Evaluator(at_plant, at_plant.home)
    worker.tick(START + 1 * SECOND)
    speak(at_plant, "h", t2=90, t4=20, t6=90)
    leave_behind(at_plant, START)
    worker.tick(START + 10 * SECOND)
    assert journal("hot-h") == [("annunciate", 2), ("return", 4), ("annunciate", 6)]


def test_a_shelf_ends_at_its_time_and_not_a_moment_before(at_plant):
    define(at_plant, "hot-i", "=[i/T]>80")
    speak(at_plant, "i", t0=90)
    worker = Evaluator(at_plant, at_plant.home)
    worker.tick(START + 1 * SECOND)
    kim = Person.objects.create_user("kim", password="a long enough one")
    give_role(kim, "worker", Organisation.objects.create(name="Daon"))
    shelve("hot-i", kim, 1, "nuisance", now=START + 2 * SECOND)
    worker.tick(START + 3601 * SECOND)
    assert Alarm.objects.get(pk="hot-i").state == State.SHELVED
    worker.tick(START + 3602 * SECOND)
    assert Alarm.objects.get(pk="hot-i").state == State.UNACKNOWLEDGED
    assert journal("hot-i")[-1] == ("expire", 3602)
