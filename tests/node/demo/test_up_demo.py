"""`dure up --demo` from an empty home to the first alarm, and on again after Ctrl-C; minutes long."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


@contextmanager
def node(home: Path) -> Iterator[list[tuple[float, str]]]:
    """A node with the demo in `home`; the lines of its terminal so far, each with when it came [s]."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "dure", "up", "--demo", "--port", str(port)]
    environment = {**os.environ, "DURE_HOME": str(home), "DURE_LANG": "en"}
    begun, lines = time.monotonic(), []

    def read(stream) -> None:
        lines.extend((time.monotonic() - begun, line) for line in stream)

    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment) as process:
        reader = threading.Thread(target=read, args=(process.stderr,))
        reader.start()
        yield lines
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        reader.join(10)


def line_with(lines: list[tuple[float, str]], words: str, patience: float) -> tuple[float, str]:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        for when, line in list(lines):
            if words in line:
                return when, line
        time.sleep(0.5)
    raise AssertionError(f"{words!r} did not come; there was: {lines}")


def test_the_first_alarm_comes_within_five_minutes_and_again_after_a_restart(home):
    with node(home) as lines:
        when, alarm = line_with(lines, "Alarm on", 400)
        assert when < 300
        assert "Alarm on Cell17" in alarm
        assert "Direct-current resistance" in alarm
        shadow = line_with(lines, "in shadow with", 1)[1]
        assert "with 0 alarms" in shadow
        assert "7 signals. Power meter and chiller by Modbus TCP: 9" in line_with(lines, "by MQTT", 1)[1]
        assert "24 are joined to their 72 signals" in line_with(lines, "MES tells of", 1)[1]
        assert "score of Cell17" in line_with(lines, "OPC UA client reads", 60)[1]
    with node(home) as lines:
        assert "goes on" in line_with(lines, "of an earlier start", 120)[1]
        assert "Alarm on Cell17" in line_with(lines, "Alarm on", 400)[1]
