"""Our decoder against asyncua's encoder, and against bytes that are no notification."""

import contextlib
from datetime import UTC, datetime

import numpy as np
import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect.opcua import decode
from dure.plant.connect.opcua.decode import NotUnderstood, data_change, publish_response

KINDS = ua.VariantType
stamps = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - asyncua's times bear no zone
doubles = st.floats(allow_nan=False)
scalars = st.one_of(
    doubles.map(lambda v: ua.Variant(v, KINDS.Double)),
    st.floats(width=32, allow_nan=False).map(lambda v: ua.Variant(v, KINDS.Float)),
    st.booleans().map(lambda v: ua.Variant(v, KINDS.Boolean)),
    st.integers(-(2**31), 2**31 - 1).map(lambda v: ua.Variant(v, KINDS.Int32)),
    st.integers(0, 2**53).map(lambda v: ua.Variant(v, KINDS.UInt64)),
    st.integers(0, 255).map(lambda v: ua.Variant(v, KINDS.Byte)),
    st.text(max_size=20).map(lambda v: ua.Variant(v, KINDS.String)),
    st.lists(doubles, max_size=5).map(lambda v: ua.Variant(v, KINDS.Double, is_array=True)),
    st.lists(st.text(max_size=4), min_size=1, max_size=3).map(lambda v: ua.Variant(v, KINDS.String)),
    st.text(max_size=9).map(lambda v: ua.Variant(ua.LocalizedText(v), KINDS.LocalizedText)),
    st.just(ua.Variant(ua.NodeId(85), KINDS.NodeId)),
    st.just(None),
)
statuses = st.sampled_from([0, 0x40000000, 0x80340000, 0x00000480])


@st.composite
def items(draw, value=scalars):
    item = ua.MonitoredItemNotification()
    item.ClientHandle = draw(st.integers(0, 2**32 - 1))
    item.Value = ua.DataValue(
        draw(value),
        ua.StatusCode(draw(statuses)),
        SourceTimestamp=draw(st.none() | stamps),
        ServerTimestamp=draw(st.none() | stamps),
    )
    return item


def encoded(notification):
    return struct_to_binary(notification)


def nanoseconds(stamp):
    since = stamp.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000


def agree(sent, got):
    assert got.handle.tolist() == [item.ClientHandle for item in sent]
    for row, item in enumerate(sent):
        reading = item.Value
        stamp = reading.SourceTimestamp or reading.ServerTimestamp
        assert got.time[row] == (nanoseconds(stamp) if stamp else 0)
        assert got.status[row] == reading.StatusCode.value
        value = reading.Value
        if value is None or value.Value is None:  # asyncua makes a null Variant of None
            assert np.isnan(got.value[row])
            assert row not in got.text
        elif value.is_array or value.VariantType is KINDS.NodeId:
            assert np.isnan(got.value[row])
            assert row not in got.text
            assert item.ClientHandle in got.ignored
        elif isinstance(value.Value, str | ua.LocalizedText):
            words = value.Value if isinstance(value.Value, str) else value.Value.Text
            assert got.text.get(row) == words
        else:
            assert got.value[row] == float(value.Value)


@given(st.lists(items(), max_size=8))
def test_mixed_notifications_are_read_as_they_were_sent(sent):
    agree(sent, data_change(encoded(ua.DataChangeNotification(MonitoredItems=sent))))


@given(st.lists(doubles, min_size=1, max_size=300), stamps)
def test_alike_notifications_are_read_as_one_array(values, stamp):
    sent = []
    for n, value in enumerate(values):
        item = ua.MonitoredItemNotification()
        item.ClientHandle, item.Value = (
            n,
            ua.DataValue(ua.Variant(value, KINDS.Double), SourceTimestamp=stamp),
        )
        sent.append(item)
    body = encoded(ua.DataChangeNotification(MonitoredItems=sent))
    assert decode._strided(body, len(sent)) is not None
    agree(sent, data_change(body))


@given(st.lists(items(), max_size=4), st.integers(1, 2**32 - 1), st.booleans())
def test_a_publish_response_is_read_whole(sent, number, more):
    result = ua.PublishResult(SubscriptionId=7, AvailableSequenceNumbers=[number], MoreNotifications=more)
    result.NotificationMessage.SequenceNumber = number
    result.NotificationMessage.PublishTime = datetime(2026, 1, 1)  # noqa: DTZ001 - asyncua's times bear no zone
    result.NotificationMessage.NotificationData = [ua.DataChangeNotification(MonitoredItems=sent)]
    message = publish_response(encoded(result))
    assert (message.subscription, message.sequence, message.more, message.available) == (
        7,
        number,
        more,
        (number,),
    )
    assert message.sent == 1_767_225_600_000_000_000
    agree(sent, message.changes[0])


def test_the_end_of_a_subscription_is_understood():
    result = ua.PublishResult(SubscriptionId=7)
    status = ua.StatusChangeNotification(Status=ua.StatusCode(ua.StatusCodes.BadTimeout))
    result.NotificationMessage.NotificationData = [status]
    assert publish_response(encoded(result)).status == ua.StatusCodes.BadTimeout


def test_a_keep_alive_is_empty():
    result = ua.PublishResult(SubscriptionId=7)
    result.NotificationMessage.SequenceNumber = 12
    message = publish_response(encoded(result))
    assert message.empty
    assert message.sequence == 12


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_and_nothing_else_happens(noise):
    for read in (publish_response, data_change):
        with contextlib.suppress(NotUnderstood):
            read(noise)


@given(st.lists(items(), min_size=1, max_size=3), st.data())
def test_a_message_cut_short_is_refused(sent, data):
    whole = encoded(ua.DataChangeNotification(MonitoredItems=sent))
    end = data.draw(st.integers(0, len(whole) - 5))
    with pytest.raises(NotUnderstood):
        data_change(whole[:end])


def test_a_count_that_cannot_be_is_refused_without_taking_memory():
    with pytest.raises(NotUnderstood):
        data_change(b"\xff\xff\xff\x7f" + bytes(100))
