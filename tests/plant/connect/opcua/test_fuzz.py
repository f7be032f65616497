"""Malformed frames: whatever a server sends, the collector names it and goes on."""

# ruff: noqa: S311 - the noise must be the same each time
import asyncio
import random
import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect.opcua import decode, wire
from dure.plant.connect.opcua.decode import (
    NotUnderstood,
    Shapes,
    data_change,
    history_results,
    publish_response,
)

SHORT, LONG = 4_000, 100_000
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def notification(rng, count=20):
    """A PublishResponse behind its header, with readings of several types."""
    kinds = [ua.Variant(rng.random(), ua.VariantType.Double), ua.Variant(rng.randrange(99), ua.VariantType.Int32),
             ua.Variant("run"), ua.Variant([1.0, 2.0]), ua.Variant(True), ua.Variant(ua.LocalizedText("x")),
             ua.Variant(NOW, ua.VariantType.DateTime), None]  # fmt: skip
    items = []
    for handle in range(count):
        value = ua.DataValue(rng.choice(kinds), SourceTimestamp=NOW, ServerTimestamp=NOW)
        items.append(ua.MonitoredItemNotification(ClientHandle=handle, Value=value))
    result = ua.PublishResult(SubscriptionId=7, AvailableSequenceNumbers=[1, 2])
    result.NotificationMessage.SequenceNumber = 2
    result.NotificationMessage.NotificationData = [ua.DataChangeNotification(MonitoredItems=items)]
    return struct_to_binary(result)


def spoiled(rng, whole):
    """The bytes with some changed, cut out, doubled or cut off."""
    body = bytearray(whole)
    for _ in range(rng.randrange(1, 6)):
        place = rng.randrange(len(body))
        what = rng.randrange(5)
        if what == 0:
            body[place] = rng.randrange(256)
        elif what == 1:
            del body[place : place + rng.randrange(1, 9)]
        elif what == 2:
            body[place:place] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9)))
        elif what == 3 and place + 4 <= len(body):
            struct.pack_into("<i", body, place, rng.choice([-1, 0, 2**31 - 1, -(2**31), 65_536]))
        else:
            del body[place:]
        if not body:
            break
    return bytes(body)


def read_spoiled(rng, frames):
    """Read spoiled frames; how many were refused, how many read in part. Anything else is raised."""
    refused = partly = 0
    shapes = Shapes()
    wholes = [notification(rng, count) for count in (1, 5, 20, 40)]
    for _ in range(frames):
        try:
            message = publish_response(spoiled(rng, rng.choice(wholes)), lambda _: shapes)
        except NotUnderstood:
            refused += 1
            continue
        partly += message.broken
        for changes in message.changes:
            rows = len(changes.handle)
            assert len(changes.time) == len(changes.value) == len(changes.status) == rows
            assert all(0 <= row < rows for row in changes.text)
    return refused, partly


def test_spoiled_notifications_are_refused_or_read_in_part():
    refused, partly = read_spoiled(random.Random(1), SHORT)
    assert refused > SHORT / 20
    assert partly > SHORT / 20


@pytest.mark.soak
def test_a_hundred_thousand_spoiled_notifications_are_refused_or_read_in_part():
    refused, partly = read_spoiled(random.Random(2), LONG)
    assert refused + partly > LONG / 10


def test_an_array_that_says_more_than_it_has_is_refused_at_once():
    """2³¹ nulls take no byte: asyncua alone counts them for minutes."""
    item = struct_to_binary(
        ua.MonitoredItemNotification(ClientHandle=1, Value=ua.DataValue(ua.Variant([1.0, 2.0])))
    )
    for kind in (0, 30):
        body = item[:4] + b"\x01" + bytes([0x80 | kind]) + struct.pack("<i", 2**31 - 1) + b"\0" * 8
        changes = struct.pack("<i", 1) + body + struct.pack("<i", -1)
        with pytest.raises(NotUnderstood):
            decode._items_by_asyncua(changes)


@given(st.binary(max_size=300))
def test_other_bytes_are_no_history(noise):
    try:
        history_results(noise)
    except NotUnderstood:
        return


class Wire:
    """A socket of ours without a network: what is fed to it, and what it told those who waited."""

    def __init__(self):
        self.socket = wire.Socket()
        self.socket.connection_made(self)
        connection = self.socket._connection
        connection.security_token.ChannelId, connection.security_token.TokenId = 5, 9
        connection._limits.max_message_size, connection._limits.max_chunk_count = 2**20, 64
        self.aborted = False

    def close(self):
        self.aborted = True

    def write(self, sent):
        self.sent = sent

    def is_closing(self):
        return self.aborted


def chunk(body, *, sequence=1, request=1, end=b"F", channel=5, token=9):
    return struct.pack("<3s1sIIIII", b"MSG", end, 24 + len(body), channel, token, sequence, request) + body


def answer(result, *, request=1, sequence=1, **given):
    head = b"\x01\x00\x3d\x03" + struct.pack("<qIIBi", 0, 1, 0, 0, -1) + b"\0\0\0"
    return chunk(head + result, sequence=sequence, request=request, **given)


async def fed(*pieces):
    line = Wire()
    waiting = line.socket.publish([(7, 1), (7, 2)])
    for piece in pieces:
        line.socket.data_received(piece)
    await asyncio.sleep(0)
    return line, waiting


@given(st.lists(st.integers(1, 400), max_size=8), st.integers(1, 300))
def test_a_message_is_whole_however_the_network_cuts_it(cuts, size):
    async def story():
        body = notification(random.Random(size))
        whole = answer(body)
        parts = [whole[: 24 + size], b""]
        if size < len(whole) - 24:  # in two chunks
            first, rest = whole[24 : 24 + size], whole[24 + size :]
            whole = chunk(first, end=b"C") + chunk(rest, sequence=2)
        pieces, place = [], 0
        for cut in cuts:
            pieces.append(whole[place : place + cut])
            place += cut
        line, waiting = await fed(*pieces, whole[place:])
        assert parts is not None
        assert not line.aborted
        assert publish_response(wire.after_header(bytes(waiting.result()))).sequence == 2

    asyncio.run(story())


@pytest.mark.parametrize(
    "piece",
    [
        chunk(b"", channel=6),
        chunk(b"", token=10),
        chunk(b"x" * 70_000),
        struct.pack("<3s1sI", b"MSG", b"F", 3),
        struct.pack("<3s1sI", b"MSG", b"F", 2**31),
        struct.pack("<3s1sI", b"MSG", b"F", 12) + b"abcd",
        b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9,
    ],
)
def test_a_chunk_that_cannot_be_ends_the_channel_and_tells_who_waits(piece):
    async def story():
        line, waiting = await fed(piece)
        assert line.aborted
        assert waiting.done()
        assert waiting.exception() is not None

    asyncio.run(story())


def test_a_skipped_chunk_ends_the_channel():
    async def story():
        line, waiting = await fed(answer(notification(random.Random(1)), sequence=5))
        assert waiting.result()
        again = line.socket.publish([])
        line.socket.data_received(answer(b"", sequence=7, request=2))
        assert line.aborted
        assert "chunk 7 after 5" in str(again.exception())

    asyncio.run(story())


def test_an_aborted_message_is_told_to_who_waits_for_it_and_the_channel_goes_on():
    async def story():
        line, waiting = await fed(
            chunk(b"begun", end=b"C"), chunk(struct.pack("<Ii", 0x80080000, -1), sequence=2, end=b"A")
        )
        assert not line.aborted
        with pytest.raises(ua.uaerrors.BadEncodingLimitsExceeded if waiting.exception().code == 0x80080000 else ua.UaStatusCodeError):  # fmt: skip
            waiting.result()

    asyncio.run(story())


@given(st.lists(st.binary(max_size=120), max_size=6))
def test_noise_on_the_wire_is_told_or_waited_out_and_nothing_else_happens(noise):
    async def story():
        line, waiting = await fed(*noise)
        if line.aborted:
            assert waiting.done()
            assert waiting.exception() is not None

    asyncio.run(story())


def test_a_mixed_message_is_read_the_same_way_each_time_it_comes():
    rng, shapes = random.Random(3), Shapes()
    kinds = [(ua.VariantType.Double, rng.random), (ua.VariantType.Int32, lambda: rng.randrange(9)),
             (ua.VariantType.Boolean, lambda: rng.random() < 0.5), (ua.VariantType.String, lambda: rng.choice(["run", "off"]))]  # fmt: skip
    order = [rng.randrange(4) for _ in range(60)]
    for turn in range(12):
        items = []
        for handle, kind in enumerate(order):
            variant = ua.Variant(kinds[kind][1](), kinds[kind][0])
            value = ua.DataValue(variant, SourceTimestamp=NOW)
            items.append(ua.MonitoredItemNotification(ClientHandle=handle, Value=value))
        body = struct_to_binary(ua.DataChangeNotification(MonitoredItems=items))
        plain, fast = data_change(body), data_change(body, shapes)
        assert fast.text == plain.text
        for column in ("handle", "time", "value", "status"):
            np.testing.assert_array_equal(getattr(fast, column), getattr(plain, column))
        assert turn < 2 or shapes._shapes
    assert decode.WORTH_A_SHAPE <= 60
