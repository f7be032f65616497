"""What payloads say: without a rule, by a rule, and what cannot be read."""

import json
import math
import random

import pytest

from dure.plant.connect import SettingRefused
from dure.plant.connect.mqtt.columns import Columns
from dure.plant.connect.mqtt.notebook import Notebook
from dure.plant.connect.mqtt.rules import TopicRuleWrong, read_rules
from dure.plant.transport.mqtt import Messages

NOW = 1_750_000_000_000_000_000
AT = 1_700_000_000_000_000_000


def read(*messages, rules="#", flags=2, **options):
    """{id: (time, value or words, quality)} of messages (topic, payload), and the faults."""
    columns = Columns("s", read_rules(rules), **options)
    batch = Messages(NOW)
    for number, (topic, payload) in enumerate(messages, 1):
        batch.topics.append(topic)
        batch.payloads.append(payload if isinstance(payload, bytes) else payload.encode())
        batch.flags.append(flags)
        batch.ids.append(number)
    readings, faults = columns.read(batch)
    rows = {}
    for row, place in enumerate(readings.index.tolist()):
        value = readings.text.get(row, float(readings.value[row]))
        rows[readings.names[place][2:]] = (int(readings.time[row]), value, int(readings.quality[row]))
    return rows, faults, columns


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("21.5", {"t": (NOW, 21.5, 0)}),
        (" -3e2 ", {"t": (NOW, -300.0, 0)}),
        ("true", {"t": (NOW, 1.0, 0)}),
        ("ON", {"t": (NOW, "ON", 0)}),
        ('"가동"', {"t": (NOW, "가동", 0)}),
        ('{"v": 1, "ts": 1700000000}', {"t": (AT, 1.0, 0)}),
        ('{"value": 2, "timestamp": "2023-11-15T07:13:20+09:00", "quality": "bad"}', {"t": (AT, 2.0, 2)}),
        ('{"temp": 20, "rpm": 1500.5, "time": 1700000000000}', {"t/temp": (AT, 20.0, 0), "t/rpm": (AT, 1500.5, 0)}),
        ('{"t": 21.5, "h": null}', {"t/t": (NOW, 21.5, 0), "t/h": (NOW, math.nan, 2)}),
        ("[1, 2]", {"t/0": (NOW, 1.0, 0), "t/1": (NOW, 2.0, 0)}),
        ('[{"a": 1, "ts": 1700000000}]', {"t/a": (AT, 1.0, 0)}),
        ('{"a/b": {"c": 1}}', {"t/a%2Fb/c": (NOW, 1.0, 0)}),
        ('{"value": NaN, "ts": 1700000000}', {"t": (AT, math.nan, 2)}),
        ("", {}),
    ],
)  # fmt: skip
def test_payloads_are_understood_by_themselves(payload, expected):
    rows, faults, _ = read(("t", payload))
    assert repr(rows) == repr(expected)
    assert not faults.count


def test_tasmota_and_zigbee2mqtt_need_no_rule():
    tasmota = {
        "Time": "2023-11-14T22:13:20",
        "ENERGY": {"Power": 5, "Voltage": 231},
        "DS18B20": {"Temperature": 20.4},
        "TempUnit": "C",
    }
    zigbee = {
        "temperature": 27.34,
        "humidity": 44.7,
        "last_seen": "2023-11-14T22:13:20Z",
        "state": "ON",
        "linkquality": 120,
    }
    rows, _, columns = read(
        ("tele/plug/SENSOR", json.dumps(tasmota)), ("zigbee2mqtt/lamp", json.dumps(zigbee))
    )
    assert rows["tele/plug/SENSOR/ENERGY/Voltage"] == (AT, 231.0, 0)
    assert rows["zigbee2mqtt/lamp/temperature"] == (AT, 27.34, 0)
    assert rows["zigbee2mqtt/lamp/state"] == (AT, "ON", 0)
    assert columns.signals["s/tele/plug/SENSOR/DS18B20/Temperature"].unit == "Cel"
    assert columns.signals["s/zigbee2mqtt/lamp/temperature"].address == "zigbee2mqtt/lamp $.temperature"


def test_a_rule_says_where_the_readings_lie():
    rule = 'plant/{line}/{machine}/data -> force=$.f[1], speed=$["s p"], time=$.when, quality=$.q, unit=N, id={line}/{machine}'
    payload = {"f": [1, 2.5], "s p": 3, "when": 1_700_000_000, "q": 192}
    rows, faults, columns = read(("plant/l1/press/data", json.dumps(payload)), ("other", "1"), rules=rule)
    assert rows == {"l1/press/force": (AT, 2.5, 0), "l1/press/speed": (AT, 3.0, 0)}
    assert columns.signals["s/l1/press/force"].unit == "N"
    assert not faults.count
    _, faults, _ = read(("plant/l1/press/data", "{}"), rules=rule)
    assert (faults.count, faults.why) == (1, "there is no 'f' in it")
    rows, _, _ = read(("plant/a", '{"v": 1, "ts": "soon"}'), rules="plant/+ -> value=$.v, time=$.ts")
    assert rows == {"plant/a": (NOW, 1.0, 1)}  # its time is not known


@pytest.mark.parametrize(
    ("written", "line"),
    [("", 1), ("a/#/b", 1), ("a; b -> ", 2), ("a -> value=v", 1), ("a\nb -> time=$.t", 2), ("a -> value=$.v, unit=bananas", 1),
     ("a -> value=$.v, id={x}", 1), ("a -> value=$.v, id={0.__class__}", 1), ("a -> value=$.v, id={topic!r}", 1), ("a -> value", 1)],
)  # fmt: skip
def test_a_wrong_rule_is_refused_with_its_line(written, line):
    with pytest.raises(TopicRuleWrong, match=f"Line {line} of the topics is wrong"):
        read_rules(written)


def test_a_zone_is_kept_and_an_unknown_one_refused():
    rows, *_ = read(("t", '{"Time": "2023-11-15T07:13:20", "a": 1}'), zone="Asia/Seoul")
    assert rows == {"t/a": (AT, 1.0, 0)}
    with pytest.raises(SettingRefused, match="zone"):
        Columns("s", (), zone="Mars/Olympus")


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"\xff\xfe", "not UTF-8"), (b'{"a": 1', "no JSON"), (b"[" * 100_000, "nested|no JSON"), (b'{"a": ' * 50 + b"1" + b"}" * 50, "levels"),
        (json.dumps(list(range(100))).encode(), "list"), (b"x" * 5000, "neither"), (json.dumps("y" * 5000).encode(), "text"),
        (json.dumps({str(n): n for n in range(3000)}).encode(), "fields"), (b'{"a": ' + b"9" * 5000 + b"}", "no JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_counted_and_the_rest_is_kept(payload, why):
    rows, faults, _ = read(("a", "1"), ("bad", payload), ("b", "2"))
    assert rows == {"a": (NOW, 1.0, 0), "b": (NOW + 2, 2.0, 0)}
    assert (faults.count, faults.topic) == (1, "bad")
    assert any(one in faults.why for one in why.split("|")), faults.why


def test_a_retained_message_without_a_time_is_uncertain():
    rows, *_ = read(("t", "5"), ("u", '{"v": 5, "ts": 1700000000}'), flags=3)
    assert rows == {"t": (NOW, 5.0, 1), "u": (AT, 5.0, 0)}


def test_only_the_wanted_signals_are_kept():
    rows, *_ = read(("t", '{"a": 1, "b": 2}'), ("u", "3"), wanted=["s/t/b"])
    assert rows == {"t/b": (NOW, 2.0, 0)}


def test_a_shape_may_change_its_types():
    payloads = [
        '{"a": 1.5, "b": 2}',
        '{"a": "off", "b": null}',
        '{"a": {"x": 1}, "b": 1}',
        '{"a": 3.5, "b": true}',
    ]
    columns = Columns("s", read_rules("#"))
    batch = Messages(NOW, ["t"] * 4, [p.encode() for p in payloads], [0] * 4, [0] * 4)
    readings, faults = columns.read(batch)
    assert readings.value.tolist()[:2] == [1.5, 2.0]
    assert readings.text == {2: "off"}
    assert readings.quality.tolist() == [0, 0, 0, 2, 0, 0]
    assert faults.count == 1


def test_the_arrival_of_a_message_that_comes_again_is_remembered(tmp_path):
    book = Notebook(tmp_path, "s")
    assert book.arrival(5, b"tON", NOW, False) == NOW
    book.close()
    again = Notebook(tmp_path, "s")  # after kill -9
    assert again.arrival(5, b"tON", NOW + 9, True) == NOW
    assert again.arrival(5, b"tOFF", NOW + 10, True) == NOW + 10
    for number in range(40_000):
        again.arrival(number % 65_000 + 10, b"x", NOW, False)
    assert again.arrival(5, b"tOFF", NOW + 99, True) == NOW + 99  # too long ago to be the same message
    again.close()


def fuzz(count, seed):
    """Payloads broken in many ways: readings, faults."""
    choose = random.Random(seed)  # noqa: S311 - broken on purpose, the same each time
    kinds = [b"21.5", b'{"value": 21.5, "ts": 1700000000, "q": 192}', b'{"a": {"b": [1, 2, {"c": "x"}]}, "Time": "2023-11-14T22:13:20"}',
             b'[{"a": 1, "ts": 1}, {"a": 2}]', '"가동 중"'.encode(), b"ON", b"\x08\x96\x01\xff"]  # fmt: skip
    columns = Columns("s", read_rules("r/+ -> value=$.a.b[0], time=$.Time; #"))
    rows = faults = 0
    for number in range(count):
        content = bytearray(choose.choice(kinds))
        for _ in range(choose.randrange(4)):
            place = choose.randrange(len(content) + 1)
            content[place : place + choose.randrange(3)] = choose.choice(
                [b"{", b"[", b'"', b"9" * 40, b"e", b"\0", b"\xff", b":", b",", b"-", b"1e999"]
            )
        topic = choose.choice(["a", "b/c", "r/1", "/", "$x", "가/나"])
        readings, wrong = columns.read(
            Messages(NOW + number, [topic], [bytes(content)], [choose.randrange(16)], [number % 65_536])
        )
        rows += len(readings)
        faults += wrong.count
        assert (readings.time > 0).all()
        assert (readings.quality <= 2).all()
    return rows, faults


def test_broken_payloads_are_read_or_counted():
    rows, faults = fuzz(3000, 1)
    assert rows > 1000
    assert faults > 300


@pytest.mark.soak
def test_very_many_broken_payloads_are_read_or_counted():
    rows, faults = fuzz(120_000, 2)
    assert rows > 40_000
    assert faults > 10_000
