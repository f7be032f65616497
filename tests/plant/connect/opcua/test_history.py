"""Back-fill: what a killed collector or a restarted server lost is read from the server's history."""

import asyncio
import signal
import time

import pytest

from dure.plant.connect import Source, add_source
from dure.plant.connect.opcua.history import BackFill
from dure.plant.connect.opcua.notebook import Notebook
from dure.plant.transport import Gap

SETTINGS = {"publishing": 100.0, "keep_alive": 0.6, "timeout": 5.0, "queue": 1000, "security": "none"}


def last_word(kept):
    """The ledger as its last entries stand: a later one with the same stretch replaces an earlier one."""
    return list({(gap.start, gap.first_sequence, gap.last_sequence): gap for gap in kept.gaps}.values())


def reading(running, since=0.0):
    status = running.status()
    return status["state"] == "collecting" and status["told"] > since


def begin(home, server, collector, wait, **settings):
    add_source(home, Source("line1", server.url, {**SETTINGS, **settings}), again=True)
    running = collector("line1")
    wait(lambda: reading(running) and running.status()["samples"] > 10)
    return running, time.time_ns()


def killed_for(seconds, running, wait):
    running.stop(signal.SIGKILL)
    time.sleep(seconds)
    again = time.time()
    running.start()
    wait(lambda: reading(running, again))


def filled(stored, count=1):
    """Whether `count` gaps have been written a second time."""
    entries = [gap for gap in stored("line1").gaps if gap.filled_by]
    return len(entries) >= count and not [gap for gap in last_word(stored("line1")) if not gap.filled_by]


def missing(server, kept, started):
    emitted = {one for one in server.emitted() if one[1] >= started}
    assert len(emitted) > 20
    return sorted(emitted - kept.readings("line1/Line1/Value"))


@pytest.mark.peer
def test_a_killed_collector_of_an_open_anonymous_server_gets_everything_from_the_history(
    home, peer, collector, stored, wait
):
    server = peer("node-opcua", variables=10, period=50, history=True)
    running, started = begin(home, server, collector, wait)
    killed_for(1.5, running, wait)
    wait(lambda: filled(stored))
    server.say("pause")
    time.sleep(1.0)
    assert running.stop() == 0
    kept = stored("line1")
    assert not missing(server, kept, started)
    assert {gap.filled_by for gap in last_word(kept)} == {"history"}
    identities = {(row["signal"], row["time"], row["sequence"]) for row in kept.rows}
    assert len(identities) == len({one[:2] for one in identities}), "one reading, two identities"
    assert not (home / "run" / "collector-line1.gaps.json").exists()


def test_a_restarted_server_whose_history_outlives_it_fills_the_gap(home, peer, collector, stored, wait):
    server = peer("asyncua", variables=2, period=200, history="sqlite")
    running, started = begin(home, server, collector, wait)
    time.sleep(1.5)
    server.kill()
    wait(lambda: running.status()["state"] == "lost")
    server.start()
    wait(lambda: reading(running))
    wait(lambda: filled(stored))
    kept = stored("line1")
    (gap,) = last_word(kept)
    # the constant values were written anew by the restarted server, and nobody kept what they were before
    assert (gap.filled_by, "2 of 10 signals are whole" in gap.cause) == ("permanent", True), gap
    server.say("pause")
    time.sleep(1.0)
    assert running.stop() == 0
    # what asyncua noticed and had not yet put into its database when it was killed is nowhere
    assert not [
        one for one in missing(server, stored("line1"), started) if not gap.start <= one[1] <= gap.end
    ]


@pytest.mark.peer
def test_a_history_that_begins_after_the_gap_does_not_fill_it(home, peer, collector, stored, wait):
    server = peer("node-opcua", variables=5, period=50, history=True)
    running, _ = begin(home, server, collector, wait)
    server.kill()
    wait(lambda: running.status()["state"] == "lost")
    server.start()
    wait(lambda: reading(running))
    wait(lambda: filled(stored))
    assert running.stop() == 0
    (gap,) = last_word(stored("line1"))
    assert gap.filled_by == "permanent"
    assert "begins after the gap's start" in gap.cause


@pytest.mark.peer
def test_a_full_queue_at_the_server_is_filled_from_the_history(home, peer, collector, stored, wait):
    server = peer("node-opcua", variables=3, period=20, history=True)
    running, started = begin(home, server, collector, wait, queue=10, publishing=600.0)
    time.sleep(1.0)
    server.say("pause")
    time.sleep(1.5)
    wait(lambda: filled(stored))
    assert running.stop() == 0
    kept = stored("line1")
    assert not missing(server, kept, started)
    assert {gap.filled_by for gap in last_word(kept)} == {"history"}


@pytest.mark.peer
def test_a_limit_of_readings_leaves_the_rest_named(home, peer, collector, stored, wait):
    server = peer("node-opcua", variables=10, period=20, history=True)
    running, started = begin(home, server, collector, wait, back_fill=5)
    killed_for(1.0, running, wait)
    wait(lambda: filled(stored))
    server.say("pause")
    time.sleep(1.0)
    assert running.stop() == 0
    kept = stored("line1")
    (gap,) = last_word(kept)
    assert gap.filled_by == "permanent"
    assert "up to the limit of 5" in gap.cause
    assert not [one for one in missing(server, kept, started) if not kept.named(one[1])]


def test_a_gap_is_crossed_off_only_when_its_end_is_on_the_disk(home):
    """Killed before the commit, the readings from the history are gone with the memory: the gap must still wait."""
    gap, book = Gap("line1", 10**18, 10**18 + 10**9, cause="link cut"), Notebook(home, "line1")

    class Read(BackFill):
        async def _filled(self, gap, _names):
            return gap

    class Disk:
        """A sink whose commit is due."""

        def gap(self, _gap):
            self.due = asyncio.get_running_loop().create_future()
            return self.due

    async def story():
        book.keep_gaps([(gap, None)])
        disk = Disk()
        filling = asyncio.create_task(Read(None, None, {}, disk, book).run())
        await asyncio.sleep(0.05)
        before = Notebook(home, "line1").gaps()
        disk.due.set_result(None)
        await asyncio.sleep(0.05)
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
        return before, Notebook(home, "line1").gaps()

    assert asyncio.run(story()) == ([(gap, None)], [])
