"""What the makers' connectors share: a link on which nothing is trusted after a fault, and blocks that are split once."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from dure.plant.connect import AddressRefused, Place, SourceLost, SourceOdd, SourceSilent
from dure.plant.connect.asking import Framing, Line, Refused, odd, target_of
from dure.plant.connect.controller import Answer, Reader
from dure.plant.connect.polling import Spot, Tag, plan
from dure.vocabulary import Text


def length_of(head):
    if head[:1] != b"!":
        raise odd("no frame", "프레임이 아닙니다")
    return head[1]


FRAMING = Framing(2, length_of, 20)


@asynccontextmanager
async def line(home, answers, patience=1.0):
    """A line to a server that gives those answers; None is silence."""
    left = iter(answers)

    async def serve(reader, writer):
        try:
            while await reader.read(100):
                if (answer := next(left)) is not None:
                    writer.write(answer)
                    await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    one = Line(Place("press", f"x://127.0.0.1:{port}", home), 1, patience, FRAMING)
    await one.open()
    try:
        yield one
    finally:
        await one.close()
        server.close()
        await asyncio.sleep(0.01)  # the end of its last link is seen


def test_a_frame_is_read_to_its_own_length(home):
    async def ask():
        async with line(home, [b"!\x04ab!\x03c", b""]) as one:
            return await one.ask(b"?")

    assert asyncio.run(ask()) == b"!\x04ab"


@pytest.mark.parametrize(("answer", "says"), [(b"HTTP", "no frame"), (b"!\xffab", "a frame of 255 bytes"), (b"!\x01ab", "a frame of 1 bytes")])  # fmt: skip
def test_after_an_odd_answer_nothing_more_is_asked(home, answer, says):
    async def ask():
        async with line(home, [answer, b"!\x04ab"]) as one:
            with pytest.raises(SourceOdd, match=says):
                await one.ask(b"?")
            assert not one.alive
            with pytest.raises(SourceOdd, match=says):
                await one.ask(b"?")

    asyncio.run(ask())


def test_a_late_answer_is_not_taken_for_the_next_ones(home):
    async def ask():
        async with line(home, [None, b"!\x04ab"], patience=0.1) as one:
            with pytest.raises(SourceSilent, match=r"press .* within 0\.1 s"):
                await one.ask(b"?")
            with pytest.raises(SourceSilent):
                await one.ask(b"?")

    asyncio.run(ask())


def test_a_question_that_is_cancelled_breaks_the_link(home):
    async def ask():
        async with line(home, [None, b"!\x04ab"], patience=5.0) as one:
            waiting = asyncio.create_task(one.ask(b"?"))
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            with pytest.raises(SourceLost, match="broken off"):
                await one.ask(b"?")

    asyncio.run(ask())


@pytest.mark.parametrize("url", ["s7://", "s7://h:99999", "s7://h/db", "s7://me@h", "s7://h?a=1"])
def test_an_address_that_holds_more_than_a_host_and_a_port_is_refused(home, url):
    with pytest.raises(AddressRefused, match=r"Write it like s7://192\.168\.0\.20:102"):
        target_of(Place("press", url, home), 102)


class Cells:
    """A controller with the cells 0 to 9, which counts what it is asked."""

    where, alive = "cells", True

    def __init__(self):
        self.asked = []

    def plan(self, tags):
        return plan(tags, lambda tag: Spot("D", int(tag.address)), limit=100, hole=4)

    async def fetch(self, blocks):
        self.asked += [(block.start, block.cells) for block in blocks]
        return [Answer(self.cells(block), 7) for block in blocks]

    @staticmethod
    def cells(block):
        if block.start + block.cells > 10:
            return Refused(Text("no such cell", "없는 셀입니다"), splits=True)
        return b"".join(n.to_bytes(2, "big") for n in range(block.start, block.start + block.cells))


def read_twice(addresses):
    cells = Cells()
    reader = Reader(cells)
    tags = tuple(Tag(f"t{n}", str(n)) for n in addresses)

    async def twice():
        first = await reader.read(tags)
        asked = len(cells.asked)
        return first, await reader.read(tags), asked, cells.asked[asked:]

    return asyncio.run(twice())


def test_a_refused_block_is_split_once_and_only_the_bad_tag_is_bad():
    first, second, asked, again = read_twice([6, 7, 9, 10])
    for readout in (first, second):
        assert readout.values[:3].tolist() == [6.0, 7.0, 9.0]
        assert readout.qualities.tolist() == [0, 0, 0, 2]
        assert readout.reasons[3].en == "no such cell"
    assert asked == 5
    assert again == [(6, 2), (9, 1), (10, 1)]


def test_a_block_of_which_nothing_is_there_is_asked_as_a_whole_from_then_on():
    first, second, asked, again = read_twice([20, 21, 22, 23])
    assert first.qualities.tolist() == second.qualities.tolist() == [2, 2, 2, 2]
    assert (asked, again) == (7, [(20, 4)])
