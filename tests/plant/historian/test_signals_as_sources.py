"""`signal:` names as sources of the file commands, from a running historian."""

import json
import time

import pytest

from dure.node.command import run
from dure.vocabulary import Quality, Sample

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
STUCK, MOVING = "line1/Cell01/Voltage", "line1/Cell02/Voltage"


@pytest.fixture
def line(running):
    client, _ = running
    for name in (STUCK, MOVING):
        values = [3 + n % 17 / 100 if n < 200 or name == MOVING else 3.01 for n in range(300)]
        quality = [Quality.BAD if n == 50 else Quality.GOOD for n in range(300)]
        client.append(
            "deploy", [Sample(name, START + n * SECOND, values[n], quality=quality[n]) for n in range(300)]
        )
    end = time.monotonic() + 20
    while sum(row["count"] for row in client.signals()) < 600:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.usefixtures("line")
def test_a_profile_of_signals_tells_their_rate_gaps_and_stuck_stretches(capsys):
    assert run(["profile", f"signal:{STUCK}", f"signal:{MOVING}", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["rows"] == 300
    assert {one["name"]: one["rate"] for one in facts["columns"]}["time"] == 1.0
    found = {(one["key"], one["where"]) for one in facts["findings"]}
    assert ("stuck-sensor", STUCK) in found
    assert ("stuck-sensor", MOVING) not in found
    assert ("missing-values", MOVING) in found
    assert ("missing-values", STUCK) in found


@pytest.mark.usefixtures("line")
def test_a_signal_that_never_spoke_is_refused_by_name(capsys):
    assert run(["profile", "signal:line1/Cell09/Voltage"]) == 2
    assert "line1/Cell09/Voltage" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_signals_without_a_node_are_refused_with_one_sentence(capsys):
    assert run(["profile", f"signal:{STUCK}", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["key"] == "historian-down"
