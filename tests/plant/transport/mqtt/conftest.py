"""Brokers of other makers, stopped at the end of the test."""

import pytest

from peers.brokers import Broker


@pytest.fixture
def broker(tmp_path):
    """Start a broker: `broker("mosquitto", "max_queued_messages 0")`."""
    started = []

    def start(kind, *lines):
        started.append(Broker(kind, tmp_path / f"broker{len(started)}", lines))
        return started[-1].start()

    yield start
    for one in started:
        one.stop()
