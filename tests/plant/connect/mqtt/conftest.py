"""Brokers and those who publish to them, all stopped at the end of the test."""

import pytest

from peers.brokers import Broker, device, publisher


@pytest.fixture
def broker(tmp_path):
    """Start a broker: `broker("mosquitto", "max_queued_messages 0")`."""
    started = []

    def start(kind, *lines):
        one = Broker(kind, tmp_path / f"broker{len(started)}", lines)
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def talker():
    """Start a publisher or a device: `talker(publisher, log, port=1883)`."""
    started = []

    def start(make, *args, **options):
        started.append({"publisher": publisher, "device": device}[make](*args, **options))
        return started[-1].start()

    yield start
    for one in started:
        one.stop()
