"""The live stream and a feed that no longer reaches back: it goes on, with nothing old told as new."""

import asyncio
import json
import threading
import time

from dure.node.following import Following
from dure.node.live import Live
from dure.node.options import Options
from dure.plant.transport import batch
from dure.vocabulary import Sample
from machines.historian_process import SECOND, historian_process, leave_behind, play

LONG_AGO = time.time_ns() - 30 * 24 * 3600 * SECOND


def readings(signal, *values, received=None):
    now = time.time_ns() if received is None else received
    return batch([Sample(signal, LONG_AGO + n, value, received=now) for n, value in enumerate(values)])


def test_a_stream_that_fell_behind_goes_on_with_the_newest_of_what_it_missed(home):
    turns, begun = threading.Semaphore(0), threading.Semaphore(0)

    async def listen(historian):
        following = Following(historian, wait=0.1)

        def held(after):
            """As a stream that stands still until it is its turn."""
            begun.release()
            assert turns.acquire(timeout=60)
            return following(after)

        app = Live(lambda: Options(home=home), lambda _home: held)
        said, answers = asyncio.Queue(), asyncio.Queue()
        said.put_nowait({"type": "lifespan.startup"})
        life = asyncio.ensure_future(app({"type": "lifespan"}, said.get, answers.put))
        browser = app.fan.join(None)

        async def told(signal, value, *batches, meanwhile=None):
            await asyncio.to_thread(play, historian, "line", batches)
            if meanwhile:
                await asyncio.to_thread(meanwhile)
            turns.release()
            return await heard(browser, signal, value)

        turns.release()
        for _ in range(2):  # its place in the feed is known once it asks again
            assert await asyncio.to_thread(begun.acquire, timeout=60)
        before = await told("line/a", 1.0, readings("line/a", 1.0))
        missed = [readings("line/a", 1.0, 2.0, 3.0), readings("line/b", 7.0)]
        behind = await told("line/b", 7.0, *missed, meanwhile=lambda: leave_behind(historian, LONG_AGO))
        after = await told("line/b", 8.0, readings("line/b", 7.0, 8.0))
        said.put_nowait({"type": "lifespan.shutdown"})
        turns.release()
        await life
        return before, behind, after

    with historian_process(home) as historian:
        long_silent = readings("line/silent", 5.0, received=time.time_ns() - 3600 * SECOND)
        play(historian, "line", [long_silent])
        before, behind, after = asyncio.run(listen(historian))
    assert ("line/a", 3.0) in behind
    assert ("line/b", 8.0) in after
    # A signal that was silent meanwhile is not told anew: a page would take it for fresh.
    assert not [row for row in before + behind + after if row[0] == "line/silent"]


async def heard(browser, signal, value):
    """All rows up to the one awaited."""
    rows = []
    while (signal, value) not in rows:
        await asyncio.wait_for(browser.wake.wait(), 30)
        parts = browser.give().decode().split("data: ")[1:]
        rows += [
            (row["signal"], row["value"]) for part in parts for row in json.loads(part.partition("\n")[0])
        ]
    return rows
