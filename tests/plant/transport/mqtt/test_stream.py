"""The stream: any bytes in any pieces, read or refused, never a crash."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.transport.mqtt import Stream
from dure.plant.transport.mqtt.packets import publish
from dure.plant.transport.mqtt.properties import Cut, decode, encode

ROWS = st.lists(
    st.tuples(
        st.text("abc/가", min_size=1, max_size=20),
        st.binary(max_size=300),
        st.sampled_from([0, 1]),
        st.booleans(),
    ),
    max_size=30,
)


@given(ROWS, st.lists(st.integers(1, 400), max_size=20), st.sampled_from([4, 5]))
def test_messages_are_the_same_in_whatever_pieces_they_come(rows, pieces, version):
    content = b"".join(
        publish(version, topic, payload, qos=qos, retain=retain, packet_id=number + 1)
        for number, (topic, payload, qos, retain) in enumerate(rows)
    )
    stream, read, at = Stream(version, largest=10_000), [], 0
    for piece in [*pieces, len(content)]:
        messages, others = stream.feed(content[at : at + piece], 1)
        at += piece
        assert not others
        flags = ((f >> 1 & 3, bool(f & 1)) for f in messages.flags)
        read += [(t, p, *f) for t, p, f in zip(messages.topics, messages.payloads, flags, strict=True)]
    assert read == rows


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "session_expiry": st.integers(0, 2**32 - 1),
            "receive_maximum": st.integers(1, 65_535),
            "reason": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
            "correlation": st.binary(max_size=40),
            "payload_format": st.integers(0, 1),
            "subscription_id": st.lists(st.integers(1, 268_435_455), min_size=1, max_size=3),
            "user": st.lists(st.tuples(st.text("ab"), st.text("가")), min_size=1, max_size=3),
        },
    )
)
def test_properties_come_back(properties):
    written = encode(properties)
    assert decode(written, 0) == (properties, len(written))


def fuzz(count, seed):
    """Feed broken packets: whole ones with bytes changed, cut, put in or repeated; the messages read and refusals."""
    choose = random.Random(seed)  # noqa: S311 - broken on purpose, the same each time
    read = refused = 0
    for number in range(count):
        version = choose.choice((4, 5))
        properties = (
            {"topic_alias": choose.randrange(1, 9), "user": [("a", "b")]} if choose.random() < 0.3 else None
        )
        whole = publish(
            version,
            "plant/line1",
            b"21.5" * choose.randrange(9),
            qos=choose.randrange(2),
            packet_id=7,
            properties=properties,
        )
        content = bytearray(whole * choose.randrange(1, 4))
        for _ in range(choose.randrange(1, 6)):
            place = choose.randrange(len(content))
            way = choose.randrange(4)
            if way == 0:
                content[place] = choose.randrange(256)
            elif way == 1:
                del content[place : place + choose.randrange(1, 5)]
            elif way == 2:
                content[place:place] = choose.randbytes(choose.randrange(1, 5))
            else:
                content[place] ^= 1 << choose.randrange(8)
            content = content or bytearray(b"0")
        stream = Stream(version, largest=1000)
        try:
            read += len(stream.feed(bytes(content), number)[0])
        except Cut:
            refused += 1
    return read, refused


def test_broken_packets_are_read_or_refused():
    read, refused = fuzz(3000, 1)
    assert read > 500
    assert refused > 500


@pytest.mark.soak
def test_very_many_broken_packets_are_read_or_refused():
    read, refused = fuzz(120_000, 2)
    assert read > 20_000
    assert refused > 20_000
