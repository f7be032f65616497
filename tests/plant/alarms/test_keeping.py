"""Transitions kept: once each, in the journal for good, and told to the historian."""

import time

import pytest

from dure.foundation.ledger import Entry as LedgerEntry
from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.alarms import (
    Alarm,
    Entry,
    Event,
    Priority,
    State,
    acknowledge,
    clear_alarm,
    put_back,
    raise_alarm,
    reset,
    shelve,
    take_out,
    unshelve,
)
from dure.plant.alarms.acting import HOUR
from dure.plant.alarms.keeping import Happening, expire, keep
from dure.plant.alarms.models import Unpublished
from dure.plant.alarms.refusals import ActRefused, AlarmUnknown, ReasonMissing, RoleTooNarrow, ShelfRefused
from dure.vocabulary import Text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
HOT = "deploy/3/line1/Cell01"
START = 1_700_000_000_000_000_000


@pytest.fixture
def worker():
    return person("worker")


@pytest.fixture
def engineer():
    return person("engineer")


def person(role):
    made = Person.objects.create_user(role, password="a long enough one", name=role.title())
    give_role(made, role, Organisation.objects.get_or_create(name="Daon")[0])
    return made


def rings(id=HOT, at=START, **more):  # noqa: A002 - the word everyone uses
    return raise_alarm(id, Text("Cell 01 unusual", "셀 01 이상"), at=at, equipment="line1/Cell01", **more)


def state(id=HOT):  # noqa: A002 - the word everyone uses
    return State(Alarm.objects.get(pk=id).state)


def test_raised_twice_it_rings_once_and_cleared_twice_it_returns_once():
    assert rings()
    assert rings() is None
    assert rings(at=START + 5) is None
    assert state() is State.UNACKNOWLEDGED
    assert clear_alarm(HOT, at=START + 9)
    assert clear_alarm(HOT, at=START + 9) is None
    assert state() is State.RETURNED
    assert rings() is None  # the same ringing, found again by a worker that was killed
    assert rings(at=START + 20)
    assert list(Entry.objects.order_by("pk").values_list("event", "at")) == [
        ("annunciate", START), ("return", START + 9), ("annunciate", START + 20)
    ]  # fmt: skip


def test_an_acknowledgement_bears_a_name_and_is_in_the_ledger(worker):
    rings()
    entry = acknowledge([HOT], worker, "reset the feeder")[0]
    assert (entry.by, entry.why, entry.after) == (worker, "reset the feeder", State.ACKNOWLEDGED)
    noted = LedgerEntry.objects.order_by("-pk").first()
    assert noted.what == "alarm.acknowledged"
    assert noted.who == f"person:{worker.pk}"
    with pytest.raises(ActRefused, match="acknowledged"):
        acknowledge([HOT], worker)
    with pytest.raises(AlarmUnknown):
        acknowledge(["nobody"], worker)


def test_many_are_acknowledged_at_once_and_only_those_that_wait(worker):
    for number in range(20):
        rings(f"a-{number}", at=START + number)
    acknowledge(["a-3"], worker)
    assert len(acknowledge([f"a-{number}" for number in range(20)], worker)) == 19
    assert LedgerEntry.objects.filter(what="alarm.acknowledged").count() == 2


def test_a_shelf_has_an_end_a_reason_and_a_limit_by_role(worker, engineer):
    rings()
    now = time.time_ns()
    for hours, reason in ((1, " "), (0, "x"), (9, "x"), (float("nan"), "x"), (float("inf"), "x")):
        with pytest.raises(ShelfRefused):
            shelve(HOT, worker, hours, reason)
    assert state() is State.UNACKNOWLEDGED
    shelve(HOT, engineer, 100, "the sensor is being changed", now=now)
    assert Alarm.objects.get(pk=HOT).until == now + 100 * HOUR
    assert not expire(now + 100 * HOUR - 1)
    assert [one.at for one in expire(now + 200 * HOUR)] == [now + 100 * HOUR]
    assert state() is State.UNACKNOWLEDGED  # its condition still holds: it asks again
    assert Alarm.objects.get(pk=HOT).until is None
    assert not expire(now + 200 * HOUR)


def test_what_happens_on_the_shelf_is_not_lost(worker):
    rings()
    shelve(HOT, worker, 1, "nuisance")
    assert clear_alarm(HOT, at=START + 9)
    assert state() is State.SHELVED
    unshelve(HOT, worker)
    assert state() is State.NORMAL


def test_out_of_service_is_an_engineers_act_with_a_reason(worker, engineer):
    rings()
    with pytest.raises(RoleTooNarrow):
        take_out(HOT, worker, "broken")
    with pytest.raises(ReasonMissing):
        take_out(HOT, engineer, " ")
    take_out(HOT, engineer, "broken")
    assert state() is State.OUT_OF_SERVICE
    put_back(HOT, engineer)
    assert state() is State.UNACKNOWLEDGED


def test_a_latched_alarm_stays_until_somebody_resets_it(worker):
    rings()
    Alarm.objects.filter(pk=HOT).update(latch=True)
    clear_alarm(HOT, at=START + 1)
    assert state() is State.LATCHED
    with pytest.raises(ActRefused):
        unshelve(HOT, worker)
    acknowledge([HOT], worker)
    reset(HOT, worker)
    assert state() is State.NORMAL


def test_the_journal_is_append_only():
    entry = rings()
    for act in (entry.delete, entry.save, Entry.objects.all().delete, lambda: Entry.objects.update(why="x")):
        with pytest.raises(TypeError, match="append-only"):
            act()


def test_what_the_historian_is_to_hear_rises_in_time_whatever_the_sources_clock_says(worker):
    rings()
    acknowledge([HOT], worker)  # now, years after the source's time
    clear_alarm(HOT, at=START + 1)
    stamps = list(Unpublished.objects.order_by("pk").values_list("stamp", flat=True))
    assert stamps == sorted(set(stamps))
    assert list(Unpublished.objects.order_by("pk").values_list("state", flat=True)) == [1, 2, 0]


def test_a_refused_act_leaves_nothing_behind(worker):
    rings()
    before = Entry.objects.count(), LedgerEntry.objects.count(), Unpublished.objects.count()
    with pytest.raises(AlarmUnknown):
        keep([Happening(HOT, Event.ACKNOWLEDGE, START, worker), Happening("nobody", Event.RETURN, START)])
    assert (Entry.objects.count(), LedgerEntry.objects.count(), Unpublished.objects.count()) == before
    assert state() is State.UNACKNOWLEDGED


def test_a_flood_told_twice_is_kept_once_with_few_questions(django_assert_max_num_queries):
    names = [f"flood-{number}" for number in range(500)]
    Alarm.objects.bulk_create(
        Alarm(pk=one, title_en=one, title_ko=one, priority=Priority.LOW.value) for one in names
    )
    happenings = [
        Happening(
            names[n % 500], Event.ANNUNCIATE if n // 500 % 2 == 0 else Event.RETURN, START + n * 30_000_000
        )
        for n in range(2_000)
    ]
    with django_assert_max_num_queries(4 * 30):
        assert len(keep(happenings)) == 2_000
    assert len(keep(happenings)) == 0
    assert Entry.objects.count() == 2_000
