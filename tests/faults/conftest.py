"""Cables, clocks and small disks for the tests of faults, and the figures that long runs leave."""

import json
import os
import time
from pathlib import Path

import pytest

from dure.plant.transport import Kind, read_log
from peers.networks import Cable
from peers.servers import Collector
from plant.connect.conftest import Stored, until


@pytest.fixture
def cable():
    """Two network namespaces and the cable between them."""
    made = Cable()
    yield made
    made.close()


@pytest.fixture
def ending():
    """Whatever is added is ended when the test is: `ending(peer.kill)`."""
    acts = []
    yield acts.append
    for act in reversed(acts):
        act()


@pytest.fixture
def collect(home, ending):
    """Start the collector of a described source, with words before its own: `collect("line1", cable.near)`."""

    def start(source, within=(), at=home):
        one = Collector(at, source, within=within)

        def end():
            if one.process is not None:
                one.process.kill()
                one.process.wait()
                one.errors.close()

        ending(end)
        return one.start()

    return start


class Kept(Stored):
    """What lies in a source's segment log, the events of its connection too."""

    def __init__(self, folder):
        super().__init__(folder)
        self.events = [json.loads(frame.payload) for _, frame in read_log(folder) if frame.kind is Kind.EVENT]


@pytest.fixture
def stored(home):
    return lambda source, at=home: Kept(at / "segments" / source)


@pytest.fixture
def wait():
    return until


@pytest.fixture
def figures(request):
    """Keep a long run's figures: a line of JSON in the file that FAULT_FIGURES names, if it names one."""

    def keep(**told):
        if file := os.environ.get("FAULT_FIGURES"):
            line = {"test": request.node.name, "at": time.strftime("%FT%TZ", time.gmtime()), **told}
            with Path(file).open("a") as kept:
                kept.write(json.dumps(line, ensure_ascii=False) + "\n")

    return keep
