"""What the server emitted against what is stored: nothing else may be missing than the gap ledger names."""

import signal
import time

import pytest

from dure.plant.connect import Source, add_source

KINDS = [pytest.param("node-opcua", marks=pytest.mark.peer), "asyncua"]
SETTINGS = {"publishing": 100.0, "keep_alive": 0.5, "timeout": 1.5, "queue": 1000, "security": "none"}


def collected(stored, server, started):
    """Emitted since `started`, stored, and what is missing."""
    kept = stored("line1")
    emitted = {reading for reading in server.emitted() if reading[1] >= started}
    got = kept.readings("line1/Line1/Value")
    invented = {r for r in got if r[1] >= started} - emitted
    assert not invented, f"stored but never emitted: {sorted(invented)[:5]}"
    return emitted, kept, sorted(emitted - got)


def begin(home, url, collector, wait, **settings):
    add_source(home, Source("line1", url, {**SETTINGS, **settings}), again=True)
    running = collector("line1")
    wait(lambda: running.status()["state"] == "collecting" and running.status()["samples"] > 50)
    return running, time.time_ns()


def finish(server, running, wait):
    """Let the server emit a little longer, then wait until all has arrived."""
    time.sleep(1.0)
    server.say("pause")
    wait(lambda: running.status()["state"] == "collecting")
    time.sleep(1.5)
    assert running.stop() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_reading_is_stored_once_with_its_own_time(kind, home, peer, collector, stored, wait):
    server = peer(kind, variables=20, period=50)
    running, started = begin(home, server.url, collector, wait)
    time.sleep(2)
    finish(server, running, wait)
    emitted, kept, missing = collected(stored, server, started)
    assert len(emitted) > 400
    assert not missing
    assert not kept.gaps
    identities = [(row["signal"], row["time"], row["sequence"]) for row in kept.rows]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["cut", "blackhole"])
def test_a_link_that_breaks_loses_nothing_that_is_not_named(kind, how, home, peer, proxy, collector, stored, wait):
    server = peer(kind, variables=20, period=50)
    link = proxy(server.port)
    running, started = begin(home, f"opc.tcp://127.0.0.1:{link.port}", collector, wait)
    time.sleep(1)
    getattr(link, how)()
    wait(lambda: running.status()["state"] == "lost")
    time.sleep(0.5)
    link.restore()
    wait(lambda: running.status()["state"] == "collecting")
    finish(server, running, wait)
    emitted, kept, missing = collected(stored, server, started)
    assert len(emitted) > 1000
    assert not [reading for reading in missing if not kept.named(reading[1])]
    lines = [line for line in running.said() if "being read" in line]
    assert len([line for line in lines if "not being read" in line]) == 1, lines
    assert len(lines) == 3, lines  # up, down, up
    if kind == "node-opcua":  # it keeps session and subscription, so there is nothing to be missing
        assert not missing
        assert not [gap for gap in kept.gaps if gap.filled_by == "permanent"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_restarted_server_loses_nothing_that_is_not_named(kind, home, peer, collector, stored, wait):
    server = peer(kind, variables=20, period=50)
    running, started = begin(home, server.url, collector, wait)
    time.sleep(1)
    down = time.time_ns()
    server.kill()
    wait(lambda: running.status()["state"] == "lost")
    server.start()
    wait(lambda: running.status()["state"] == "collecting")
    finish(server, running, wait)
    emitted, kept, missing = collected(stored, server, started)
    assert len({r for r in emitted if r[1] > down}) > 200
    assert not [reading for reading in missing if not kept.named(reading[1])]
    (gap,) = [gap for gap in kept.gaps if gap.filled_by == "permanent"]
    assert down - 2e9 < gap.start < down + 1e9
    assert gap.end < time.time_ns()


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_collector_loses_nothing_that_is_not_named(kind, home, peer, collector, stored, wait):
    server = peer(kind, variables=20, period=50)
    running, started = begin(home, server.url, collector, wait)
    time.sleep(1)
    running.stop(signal.SIGKILL)
    time.sleep(1.5)
    running.start()
    wait(lambda: running.status()["state"] == "collecting" and running.status()["samples"] > 100)
    finish(server, running, wait)
    emitted, kept, missing = collected(stored, server, started)
    assert len(emitted) > 1000
    assert not [reading for reading in missing if not kept.named(reading[1])]
    if kind == "node-opcua":  # the subscription outlives us and is taken over
        assert not missing
        assert not [gap for gap in kept.gaps if gap.filled_by == "permanent"]
