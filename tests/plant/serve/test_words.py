"""What is fresh, who may read, what the file says: the plain words of serving."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.serve import BEAT, Freshness, Serving, ServingRefused, beat, last_beat
from dure.plant.serve.freshness import TOLD_WITHIN, Why
from dure.plant.serve.users import add_user, known, remove_user, users
from dure.plant.serve.writing import set_face
from dure.vocabulary import Quality

S = 10**9


def fresh(now=100.0, every=1.0, count=10, signal="deploy/1/Cell01/score"):
    made = Freshness(answered=now, beaten=now)
    for n in range(count):
        made.take(signal, int((now - (count - 1 - n) * every) * S), float(n), None, 0)
    return made


def test_a_value_is_good_while_all_lives_and_uncertain_two_seconds_after_it_stopped():
    made = fresh()
    assert made.quality("deploy/1/Cell01/score", 100.0) is Quality.GOOD
    assert TOLD_WITHIN + BEAT <= 2.0
    assert made.why(100.0 + TOLD_WITHIN + 0.01) is Why.HISTORIAN
    assert made.quality("deploy/1/Cell01/score", 100.0 + TOLD_WITHIN + 0.01) is Quality.UNCERTAIN


def test_a_stopped_worker_makes_predictions_uncertain_and_leaves_machines_alone():
    made = fresh()
    made.take("line1/Cell01/Voltage", 100 * S, 3.7, None, 0)
    made.answered = 110.0
    assert made.why(110.0) is Why.SCORING
    assert made.quality("deploy/1/Cell01/score", 110.0) is Quality.UNCERTAIN
    assert made.quality("line1/Cell01/Voltage", 110.0) is Quality.GOOD


@pytest.mark.parametrize(("every", "late"), [(1.0, 6.0), (60.0, 200.0)])
def test_a_value_that_is_overdue_by_its_own_habit_is_uncertain(every, late):
    made = fresh(every=every)
    made.answered = made.beaten = 100.0 + late
    assert made.quality("deploy/1/Cell01/score", 100.0 + late) is Quality.UNCERTAIN
    made.answered = made.beaten = 100.0 + every
    assert made.quality("deploy/1/Cell01/score", 100.0 + every) is Quality.GOOD


def test_an_alarm_that_stays_as_it_is_does_not_grow_old():
    made = fresh(signal="alarms/press-hot")
    made.answered = made.beaten = 10_000.0
    assert made.quality("alarms/press-hot", 10_000.0) is Quality.GOOD


@given(st.lists(st.tuples(st.integers(0, 2**62), st.integers(0, 2)), min_size=1, max_size=30))
def test_the_newest_sample_counts_in_whatever_order_they_come(samples):
    made = Freshness()
    for time, quality in samples:
        made.take("a", time, 1.0, None, quality)
    assert made.values["a"].time == max(time for time, _ in samples)
    assert made.values["a"].usual >= 0


def test_a_bad_value_never_looks_better_than_it_is():
    made = fresh()
    made.take("deploy/1/Cell01/score", 101 * S, None, None, 2)
    assert made.quality("deploy/1/Cell01/score", 101.0) is Quality.BAD


def test_the_pulse_stops_when_scoring_hangs(tmp_path):
    assert beat(tmp_path, 10.0, due=9.5)
    assert last_beat(tmp_path).told == 10.0
    assert not beat(tmp_path, 12.0, due=9.5)
    assert last_beat(tmp_path).told == 10.0
    (tmp_path / "run/pulse.json").write_text("half")
    assert last_beat(tmp_path).told == 0.0


def test_users_have_hashes_and_one_password_that_is_shown_once(tmp_path):
    password = add_user(tmp_path, "scada")
    assert password not in (tmp_path / "secret/serve-users.json").read_text()
    assert known(tmp_path, "scada", password)
    assert not known(tmp_path, "scada", password + "x")
    assert not known(tmp_path, "nobody", "")
    assert users(tmp_path) == ["scada"]
    assert remove_user(tmp_path, "scada")
    assert not known(tmp_path, "scada", password)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("[opcua", "table declaration"),
        ("[opcua]\nport = 0", "65535"),
        ("[opcua]\nport = true", "port"),
        ("[opcua]\nprot = 1", "prot"),
        ("[sparkplug]\nbroker = 'mqtt://b'", "group"),
        ("[sparkplug]\nbroker = 'http://b'\ngroup = 'g'", "mqtts://"),
        ("[sparkplug]\nbroker = 'mqtt://u:p@b'\ngroup = 'g'", "password"),
        ("[sparkplug]\nbroker = 'mqtt://b'\ngroup = 'a/b'", "a/b"),
        ("publish = 'x'", "patterns"),
        ("publsh = []", "publsh"),
        ("opcua = 3", "table"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(written, why):
    with pytest.raises(ServingRefused, match=why):
        Serving.parse(written)


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fall(written):
    with suppress(ServingRefused):
        Serving.parse(written)


def test_a_face_is_set_by_command_and_a_wrong_one_changes_nothing(tmp_path):
    set_face(tmp_path, "opcua", {"port": 4900, "plain": True, "anonymous": False})
    set_face(tmp_path, "sparkplug", {"broker": "mqtt://b:1", "group": "plant", "node": "dure", "user": ""})
    kept = Serving.read(tmp_path)
    assert (kept.opcua.port, kept.opcua.plain, kept.sparkplug.address) == (4900, True, ("b", 1))
    with pytest.raises(ServingRefused):
        set_face(tmp_path, "sparkplug", {"broker": "ftp://b", "group": "plant"})
    assert Serving.read(tmp_path) == kept
    set_face(tmp_path, "opcua", None)
    assert Serving.read(tmp_path).opcua is None
