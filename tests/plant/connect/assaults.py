"""Answers that no sound controller gives: each must be a refusal of ours or a bad reading, never a wrong value, never a hang."""

import asyncio
import random
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from dure.vocabulary import DureError, Quality


@dataclass(frozen=True)
class Dialect:
    """How a protocol's requests are framed, what a sound controller answers, and what of an answer must be right.

    `rigid(answer)` is {place: bits} of the bytes without which nothing may be believed; all others are content.
    """

    head: int
    length_of: Callable[[bytes], int]
    answer: Callable[[bytes], bytes]
    is_read: Callable[[bytes], bool]
    rigid: Callable[[bytes], dict[int, int]]


def mutated(chance, frame):
    """A frame that is wrong in one of the ways that the years have shown."""
    changed = bytearray(frame)
    kind = chance.randrange(7)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 300))
    if kind == 1:
        return bytes(changed[: chance.randrange(len(changed))])
    if kind == 2:
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    elif kind == 3:
        changed[chance.randrange(min(40, len(changed)))] ^= 1 << chance.randrange(8)
    elif kind == 4:
        return bytes(changed) + chance.randbytes(chance.randrange(1, 300))
    elif kind == 5:
        start = chance.randrange(len(changed))
        del changed[start : start + chance.randrange(1, 5)]
    else:
        start = chance.randrange(len(changed))
        changed[start:start] = chance.randbytes(chance.randrange(1, 5))
    return bytes(changed)


@asynccontextmanager
async def hostile(dialect, chance, sent):
    """Port of a controller whose answers are mutated, after which it closes; handshakes one time in ten."""

    async def serve(reader, writer):
        try:
            while True:
                head = await reader.readexactly(dialect.head)
                request = head + await reader.readexactly(dialect.length_of(head) - dialect.head)
                sound = dialect.answer(request)
                if dialect.is_read(request) or chance.random() < 0.1:
                    sent.append((sound, mutated(chance, sound)))
                    writer.write(sent[-1][1])
                    await writer.drain()
                    return
                writer.write(sound)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0.01)  # the end of its last link is seen


def believable(dialect, sound, frame):
    """Whether a frame, or what it begins with, answers as the protocol has it."""
    return len(frame) >= len(sound) and all((frame[at] ^ sound[at]) & bits == 0 for at, bits in dialect.rigid(sound).items())  # fmt: skip


async def assaulted(make, dialect, rounds, seed):
    """Ask so many times; {"read": n, "refused": n}."""
    chance, sent = random.Random(seed), []  # noqa: S311 - what is tried must be tried again
    outcomes = {"read": 0, "refused": 0}
    async with hostile(dialect, chance, sent) as port:
        connector = make(port)
        signals = [tag.signal("press") for tag in connector._tags()]
        for _ in range(rounds):
            try:
                samples = await asyncio.wait_for(connector.read(signals), 5.0)
            except DureError as refusal:
                assert "press" in refusal.where  # noqa: PT017 - one of two right outcomes
                outcomes["refused"] += 1
            else:
                outcomes["read"] += 1
                if any(sample.quality is Quality.GOOD for sample in samples):
                    assert believable(dialect, *sent[-1]), [one.hex() for one in sent[-1]]
        await connector.close()
    return outcomes
