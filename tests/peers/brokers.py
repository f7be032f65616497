"""Start, stop and kill real MQTT brokers, publishers and Sparkplug devices; each on a free port of the loopback."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from peers.servers import HERE, free_port


def need(program, *places):
    """Path of a program, or the test fails: a peer that is not there must not make a test green."""
    found = shutil.which(program) or next((place for place in places if Path(place).exists()), None)
    if found is None:
        pytest.fail(f"{program} is not installed: run scripts/test-services", pytrace=False)
    return found


@dataclass
class Broker:
    """One broker: `mosquitto` (3.1.1 and 5.0, with a store) or `aedes` (3.1.1, in memory)."""

    kind: str
    folder: Path
    lines: tuple = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None
    within: tuple = ()  # words before its own, as of networks.py and clocks.py

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.kind == "mosquitto":
            need("mosquitto", "/usr/sbin/mosquitto")
            words = [str(HERE / "mosquitto"), str(self.port), str(self.folder), *self.lines]
        else:
            words = [need("node"), "aedes.mjs", json.dumps({"port": self.port})]
        with (self.folder / "broker.log").open("a") as log:
            self.process = subprocess.Popen([*self.within, *words], cwd=HERE, stdout=log, stderr=log)
        self._wait()
        return self

    def _wait(self):
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if self._answers():
                return
            assert self.process.poll() is None, (self.folder / "broker.log").read_text()
            time.sleep(0.05)
        pytest.fail(f"{self.kind} did not start")

    def _answers(self):
        """Whether somebody listens, asked from where the broker runs."""
        ask = f"import socket; socket.create_connection(('127.0.0.1', {self.port}), 1)"
        if self.within:
            words = [*self.within, sys.executable, "-S", "-c", ask]
            return subprocess.run(words, capture_output=True, check=False).returncode == 0
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def stop(self, number=signal.SIGTERM):
        """SIGTERM lets Mosquitto write its store; SIGKILL does not."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None


@dataclass
class Talker:
    """A publisher (paho) or a Sparkplug device (npm sparkplug-client): a process that takes words and says lines."""

    words: list
    process: subprocess.Popen | None = None

    def start(self):
        self.process = subprocess.Popen(
            self.words, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.hears("ready"), "the publisher did not start"
        return self

    def say(self, word, answer):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self.hears(answer)

    def hears(self, word):
        return next((line.strip() for line in self.process.stdout if line.startswith(word)), "")

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                with suppress(OSError):
                    pipe.close()
            self.process = None


def publisher(log, within=(), **options):
    """A paho publisher that writes to `log` what the broker has confirmed to it."""
    words = json.dumps({**options, "log": str(log)})
    return Talker([*within, sys.executable, "mqtt_publisher.py", words])


def device(**options):
    """A Sparkplug edge node with a device, by npm sparkplug-client."""
    return Talker([need("node"), "sparkplug_device.mjs", json.dumps(options)])


def confirmed(log):
    """{(name, time [ns], value)} of the messages whose publication a broker confirmed."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("]")]
    return {(name, at, float(value)) for name, at, value in lines}
