"""A collector that is really killed: every record of the interface is stored, and no identity stands for two of them."""

import signal
import time

import pytest

from dure.plant.connect import Source, add_source

ROUNDS = 2


@pytest.mark.peer
@pytest.mark.parametrize(
    ("path", "settings"),
    [("/since?from={since}", {}), pytest.param("/after?id={key}", {"key": "id"}, marks=pytest.mark.soak)],
)
def test_a_killed_collector_loses_nothing(interface, home, collector, stored, wait, *, path, settings):
    server = interface(records=30)
    told = {"period": 0.1, "tags": "id,address\nvalue,value\n", "names": "sensor", "time": "at", **settings}
    add_source(home, Source("mes", f"rest+http://127.0.0.1:{server.port}{path}", told))
    for turn in range(ROUNDS):
        began = time.time()
        running = collector("mes")
        wait(lambda one=running, began=began: one.status()["state"] == "collecting" and one.status()["told"] > began)  # fmt: skip
        server.say(f"add {40 + turn}")
        time.sleep(0.05 + 0.1 * turn)
        running.stop(signal.SIGKILL)
        server.say("add 10")
    collector("mes")
    count = 30 + sum(50 + turn for turn in range(ROUNDS))
    wait(lambda: len({row["value"] for row in stored("mes").rows}) == count)
    rows = stored("mes").rows
    identities = {(row["signal"], row["time"], row["sequence"]): row["value"] for row in rows}
    assert sorted(identities.values()) == [n / 2 for n in range(1, count + 1)]
    assert stored("mes").gaps == []
