"""What a box sends is foreign: spoilt bodies and states at the node's intake, over real TLS, are answered and give no sample."""

import asyncio
import json
import random
import zlib

import aiohttp
import pytest

from dure.plant.edge.wire import body
from dure.plant.transport import Frame, Gap, Kind, batch, decode, encode, pack, read_log
from dure.vocabulary import Sample
from plant.edge.conftest import Pair

BEGIN = 1_790_000_000 * 10**9
STATES = (
    {"clock": 1.0, "sources": {"press": {"status": {"state": "collecting"}, "described": {"url": "modbus://x"}, "signals": [{"id": "press/T"}]}}},
    {"clock": 1e300, "sources": {"../x": {}}},
    {"clock": "now", "sources": []},
)  # fmt: skip


@pytest.fixture
def pair(tmp_path, ending):
    made = Pair(tmp_path)
    ending(made.end)
    made.start("intake")
    return made


def frames(number):
    """A frame of samples whose values are `number`s of their own, and one of a gap."""
    rows = batch([Sample("press/T", BEGIN + number, float(number)), Sample("press/U", BEGIN, text="가동")])
    return [Frame(Kind.SAMPLES, encode(rows)), Frame(Kind.GAP, Gap("press", 1, 2, cause="cut").to_bytes())]


def spoilt(content, chance):
    """Some bytes changed, cut out, doubled, or the rest cut off."""
    made = bytearray(content)
    for _ in range(chance.randrange(1, 4)):
        at, kind = chance.randrange(len(made) + 1), chance.randrange(4)
        if kind == 0 and at < len(made):
            made[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del made[at : at + chance.randrange(1, 9)]
        elif kind == 2:
            made[at:at] = made[at : at + chance.randrange(1, 40)]
        elif len(made) > 1:
            del made[max(1, at) :]
    return bytes(made)


def request(number, chance):
    """Path and body of a spoilt request: compressed, in a frame, or a state."""
    kind = chance.randrange(4)
    if kind == 0:
        return "/v1/frames/press", spoilt(body(frames(number)), chance)
    if kind == 1:
        plain = b"".join(pack(frame.kind, frame.payload) for frame in frames(number))
        return "/v1/frames/press", zlib.compress(spoilt(plain, chance), 1)
    if kind == 2:
        return "/v1/state", spoilt(json.dumps(chance.choice(STATES)).encode(), chance)
    foreign = [
        Frame(Kind.SAMPLES, spoilt(frames(number)[0].payload, chance)),
        Frame(Kind.EVENT, chance.randbytes(9)),
    ]
    return "/v1/frames/odd", body(foreign)  # a sound frame whose content is none


def assault(pair, count, seed):
    """How often each status was answered, and the numbers of the bodies that were taken."""
    chance, answers, taken = random.Random(seed), {}, set()  # noqa: S311 - which byte is spoilt is no secret
    told, numbers = pair.invitation, iter(range(count))

    async def send(session):
        for number in numbers:
            path, content = request(number, chance)
            async with session.post(told.url + path, data=content) as answer:
                answers[answer.status] = answers.get(answer.status, 0) + 1
                if answer.status == 200 and path.endswith("press"):
                    taken.add(number)

    async def story():
        pinned = aiohttp.Fingerprint(bytes.fromhex(told.fingerprint))
        headers = {"Authorization": f"Bearer {told.token}"}
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=pinned), headers=headers
        ) as session:
            await asyncio.gather(*(send(session) for _ in range(8)))
            async with session.post(f"{told.url}/v1/frames/press", data=body(frames(count))) as answer:
                assert answer.status == 200, "a sound body is taken afterwards"

    asyncio.run(story())
    return answers, taken | {count}


@pytest.mark.parametrize(
    "count", [1500, pytest.param(100_000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])]
)
def test_spoilt_bodies_are_answered_and_none_of_their_samples_is_stored(count, pair, figures):
    answers, taken = assault(pair, count, count)
    assert sum(answers.values()) == count
    assert set(answers) <= {200, 400}, answers
    assert answers[400] > count / 3
    values = set(arrived_values(pair.node))
    assert values <= taken
    assert count in values
    assert pair.running["intake"].poll() is None
    assert "Traceback" not in pair.words("intake"), pair.words("intake")[-2000:]
    figures(requests=count, answers=answers)


def arrived_values(home):
    """Values of press/T in the node's log."""
    found = [
        frame
        for _, frame in read_log(home / "segments" / "press")
        if isinstance(frame, Frame) and frame.kind is Kind.SAMPLES
    ]
    return [
        int(row["value"])
        for frame in found
        for row in decode(frame.payload).to_pylist()
        if row["text"] is None
    ]
