"""What the broker confirmed to the publisher against what is stored: once each, or named in the gap ledger."""

import signal
import time

import pytest

from dure.plant.connect import Source, add_source
from peers.brokers import confirmed

SETTINGS = {"timeout": 2.0, "keep_alive": 1.0, "topics": "plant/#", "queue": 0}
QUEUE = ("max_queued_messages 0", "max_inflight_messages 200")


def reading(running, since=0.0):
    status = running.status()
    return status["state"] == "collecting" and status["told"] > since


def begin(home, url, collector, wait, **settings):
    add_source(home, Source("line1", url, {**SETTINGS, **settings}), again=True)
    running = collector("line1")
    wait(lambda: reading(running))
    return running


def finish(running, source_of_load, log, stored, wait):
    """Let no more come, wait until all has arrived; the confirmed messages and what is stored."""
    assert source_of_load.say("pause", "paused") == "paused 0"
    sent = confirmed(log)
    wait(lambda: len(values_of(stored("line1"))) >= len(sent) or None, 20, 0.5)
    assert reading(running)
    assert running.stop() == 0
    return sent, stored("line1")


def values_of(kept):
    return {(row["signal"].rpartition("/")[2], row["value"]) for row in kept.rows}


def check_once(sent, kept, *, timed=True):
    """Every confirmed message is stored, and under one identity only."""
    missing = {(name, value) for name, _, value in sent} - values_of(kept)
    assert not missing, (len(missing), sorted(missing)[:5], kept.gaps)
    identities = {(row["signal"], row["time"], row["sequence"]) for row in kept.rows}
    assert len(identities) == len(values_of(kept)), "one message, two identities"
    if timed:
        assert sent <= kept.readings("line1/plant")


@pytest.mark.parametrize(
    ("untimed", "rounds"),
    [
        pytest.param(True, 2, id="untimed"),
        pytest.param(False, 12, id="timed, often", marks=pytest.mark.soak),
        pytest.param(True, 12, id="untimed, often", marks=pytest.mark.soak),
    ],
)
def test_a_killed_collector_loses_and_doubles_nothing(  # noqa: PLR0917 - fixtures
    untimed, rounds, home, tmp_path, broker, talker, collector, stored, wait
):
    server = broker("mosquitto", *QUEUE)
    running = begin(home, f"mqtt://127.0.0.1:{server.port}", collector, wait)
    log = tmp_path / "confirmed.jsonl"
    load = talker("publisher", log, port=server.port, topics=5, period=0.004, untimed=untimed)
    for _ in range(rounds):
        wait(lambda: running.status()["samples"] > 100)
        time.sleep(0.2)
        running.stop(signal.SIGKILL)
        time.sleep(0.3)
        again = time.time()
        running.start()
        wait(lambda again=again: reading(running, again))
    sent, kept = finish(running, load, log, stored, wait)
    assert len(sent) > 500
    check_once(sent, kept, timed=not untimed)
    assert not kept.gaps, kept.gaps  # the broker kept the session


def test_a_broker_that_restarts_loses_nothing_that_it_confirmed(  # noqa: PLR0917 - fixtures
    home, tmp_path, broker, talker, collector, stored, wait
):
    server = broker("mosquitto", *QUEUE)
    running = begin(home, f"mqtt://127.0.0.1:{server.port}", collector, wait)
    log = tmp_path / "confirmed.jsonl"
    load = talker("publisher", log, port=server.port, topics=5, period=0.01)
    wait(lambda: running.status()["samples"] > 100)
    server.stop(signal.SIGTERM)
    wait(lambda: running.status()["state"] == "lost")
    server.start()
    wait(lambda: reading(running))
    time.sleep(2)
    sent, kept = finish(running, load, log, stored, wait)
    check_once(sent, kept)
    lines = [line for line in running.said() if "being read" in line]
    assert [("not being" in line) for line in lines] == [False, True, False], lines


def test_a_broker_that_is_killed_loses_only_what_is_named(  # noqa: PLR0917 - fixtures
    home, tmp_path, broker, talker, collector, stored, wait
):
    server = broker("mosquitto", *QUEUE)
    running = begin(home, f"mqtt://127.0.0.1:{server.port}", collector, wait)
    log = tmp_path / "confirmed.jsonl"
    talker("publisher", log, port=server.port, topics=5, period=0.01)
    wait(lambda: running.status()["samples"] > 100)
    server.stop(signal.SIGKILL)
    for left in server.folder.glob("mosquitto.db*"):
        left.unlink()  # as a broker without a store
    wait(lambda: running.status()["state"] == "lost")
    server.start()
    wait(lambda: reading(running))
    time.sleep(1)
    assert running.stop() == 0
    (gap,) = stored("line1").gaps
    assert (gap.cause, gap.filled_by) == ("the broker no longer had our session", "permanent")
    kept = stored("line1")
    missing = [one for one in confirmed(log) if (one[0], one[2]) not in values_of(kept)]
    late = max(row["time"] for row in kept.rows)
    assert not [one for one in missing if not kept.named(one[1]) and one[1] < late], (missing[:3], gap)


def test_a_cut_link_loses_and_doubles_nothing(  # noqa: PLR0917 - fixtures
    home, tmp_path, broker, proxy, talker, collector, stored, wait
):
    server = broker("mosquitto", *QUEUE)
    link = proxy(server.port)
    running = begin(home, f"mqtt://127.0.0.1:{link.port}", collector, wait)
    log = tmp_path / "confirmed.jsonl"
    load = talker("publisher", log, port=server.port, topics=5, period=0.01, untimed=True)
    wait(lambda: running.status()["samples"] > 100)
    for down in (link.cut, link.blackhole):
        down()
        wait(lambda: running.status()["state"] == "lost")
        link.restore()
        wait(lambda: reading(running))
        time.sleep(0.5)
    sent, kept = finish(running, load, log, stored, wait)
    check_once(sent, kept, timed=False)
    assert not kept.gaps


def test_messages_of_qos_0_that_nobody_kept_are_named(  # noqa: PLR0917 - fixtures
    home, tmp_path, broker, talker, collector, stored, wait
):
    server = broker("mosquitto", *QUEUE)
    running = begin(home, f"mqtt://127.0.0.1:{server.port}", collector, wait)
    log = tmp_path / "confirmed.jsonl"
    load = talker("publisher", log, port=server.port, topics=5, period=0.02, qos=0)
    wait(lambda: running.status()["samples"] > 50)
    running.stop(signal.SIGKILL)
    time.sleep(0.5)
    again = time.time()
    running.start()
    wait(lambda: reading(running, again) and running.status()["samples"] > 50)
    load.say("pause", "paused")
    time.sleep(1)
    assert running.stop() == 0
    kept = stored("line1")
    (gap,) = kept.gaps
    assert gap.cause == "messages of QoS 0 are not kept while we are away"
    missing = confirmed(log) - kept.readings("line1/plant")
    assert missing
    assert not [one for one in missing if not kept.named(one[1])], (sorted(missing)[:3], gap)
