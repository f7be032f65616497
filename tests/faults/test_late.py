"""Late samples land in their day and what came twice is there once: broker → collector → log → historian → day file."""

import json
import random
import signal
from datetime import UTC, datetime

import paho.mqtt.client as mqtt
import polars as pl
import pytest

from dure.plant.connect import Source, add_source
from faults.judging import reading
from faults.test_link import MQTT, UNBOUNDED
from machines.historian_process import historian_process
from peers.brokers import Broker

SECOND = 10**9
MIDNIGHT = 1_767_312_000 * SECOND  # 2026-01-02 UTC
DAYS = ("2026-01-01", "2026-01-02")


@pytest.fixture
def broker(tmp_path, ending):
    made = Broker("mosquitto", tmp_path / "broker", UNBOUNDED)
    ending(made.stop)
    return made.start()


@pytest.fixture
def tell(broker, ending):
    """Publish readings by their number, each with its own time, until the broker has confirmed them."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "late", clean_session=True)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    ending(lambda: (client.disconnect(), client.loop_stop()))

    def publish(numbers):
        sent = [client.publish("plant/oven", json.dumps({"value": n, "ts": at(n)}), qos=1) for n in numbers]
        for one in sent:
            one.wait_for_publish(20)

    return publish


def at(number):
    """Source time of a reading: a second apart, the first hundred before midnight."""
    return MIDNIGHT + (number - 100) * SECOND


def in_files(home):
    """(day of the file, number) of every row of the day files, as any reader of Parquet sees them."""
    rows = []
    for file in (home / "historian" / "archive").rglob("*.parquet"):
        table = pl.read_parquet(file)
        if "value" not in table.columns:
            continue  # a roll-up
        day = next(part.removeprefix("day=") for part in file.parts if part.startswith("day="))
        rows += [
            (day, int(value), time)
            for value, time in zip(table["value"], table["time"].cast(pl.Int64), strict=True)
        ]
    return sorted(rows)


def test_late_and_doubled_samples_are_once_in_the_file_of_their_day(home, broker, tell, collect, wait):
    add_source(home, Source("line1", f"mqtt://127.0.0.1:{broker.port}", MQTT))
    running = collect("line1")
    wait(lambda: reading(running), 30)
    with historian_process(home) as historian:

        def holds(count):
            wait(lambda: [row["count"] for row in historian.signals()] == [count], 30)

        tell(range(0, 200, 2))
        holds(100)
        for day in DAYS:
            historian.compact(day)
        assert len(in_files(home)) == 100
        late = [*range(1, 200, 2), *range(0, 200, 2)]  # those that were late, and the others again
        random.Random(5).shuffle(late)  # noqa: S311 - dice of a test
        tell(late[:100])
        running.stop(signal.SIGKILL)
        tell(late[100:])
        running.start()
        holds(200)
        for day in DAYS:
            historian.compact(day)
        holds(200)
        assert historian.query(["line1/plant/oven"], 0, 2**62 - 1)["value"].to_pylist() == list(range(200))
    expected = [
        (datetime.fromtimestamp(at(n) // SECOND, UTC).date().isoformat(), n, at(n)) for n in range(200)
    ]
    assert in_files(home) == sorted(expected)
