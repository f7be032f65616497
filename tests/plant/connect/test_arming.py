"""Writing only under a live leave of a named person, read back, and every step of it in the journal."""

import json
import math
import stat
import time

import pytest

from dure.plant.connect import (
    ArmRefused,
    Source,
    WriteNotArmed,
    add_source,
    arm,
    armed,
    arms,
    disarm,
    journal,
    open_source,
    write,
)
from peers.servers import Peer

HOUR = 3600 * 10**9
SIGNAL = "line/Line1/SetPoint"


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 5, "high": 5},
        {"high": math.inf},
        {"low": math.nan},
        {"by": " "},
        {"reason": ""},
        {"rate": 0},
        {"until": 0},
        {"until": 13 * HOUR},
    ],
)
def test_a_leave_without_limits_person_reason_or_end_is_refused(home, wrong):
    asked = {"low": 0, "high": 10, "by": "hana", "until": HOUR, "reason": "trial", "rate": 1.0} | wrong
    given = [asked.pop(name) for name in ("low", "high", "by", "until")]
    with pytest.raises(ArmRefused):
        arm(home, SIGNAL, *given, now=1, **asked)
    assert arms(home, 1) == []


def test_a_leave_is_kept_private_and_ends_by_itself_or_at_once(home):
    arm(home, SIGNAL, 0, 10, "hana", HOUR, reason="trial 7", now=1)
    [kept] = (home / "arms").glob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert armed(home, SIGNAL, HOUR - 1).by == "hana"
    assert armed(home, SIGNAL, HOUR) is None
    assert armed(home, f"{SIGNAL}2", 2) is None
    assert disarm(home, SIGNAL, "hana", now=5)
    assert armed(home, SIGNAL, 6) is None
    assert not disarm(home, SIGNAL)
    assert [entry["what"] for entry in journal(home)] == ["disarmed", "armed"]


def test_a_file_that_somebody_broke_or_moved_is_no_leave(home):
    arm(home, SIGNAL, 0, 10, "hana", HOUR, reason="trial", now=1)
    [kept] = (home / "arms").glob("*.json")
    other = kept.with_name("ab" * 20 + ".json")
    other.write_bytes(kept.read_bytes())
    assert [one.signal for one in arms(home, 2)] == [SIGNAL, SIGNAL]
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "signal": "line/Other"}))
    assert armed(home, SIGNAL, 2) is None
    kept.write_text("{")
    assert armed(home, SIGNAL, 2) is None


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A node-opcua server with a set-point that can be written."""
    peer = Peer("node-opcua", tmp_path_factory.mktemp("machine"), {"variables": 1, "period": 0}).start()
    yield peer
    peer.kill()


@pytest.fixture
def line(home, machine):
    """The server as a source of this node."""
    return add_source(home, Source("line", machine.url))


def allowed(home, **more):
    asked = {"rate": math.inf, "reason": "trial 7", "low": 0.0, "high": 50.0} | more
    low, high = asked.pop("low"), asked.pop("high")
    return arm(home, SIGNAL, low, high, "hana", time.time_ns() + HOUR, **asked)


def present(home, line):
    import asyncio

    async def read():
        connector = open_source(home, line)
        try:
            signals = [one for one in await connector.browse(100) if one.id == SIGNAL]
            return (await connector.read(signals))[0].value
        finally:
            await connector.close()

    return asyncio.run(read())


def test_nothing_is_written_without_a_leave_and_the_refusal_is_recorded(home, line):
    before, told = present(home, line), []
    with pytest.raises(WriteNotArmed):
        write(home, "line", SIGNAL, before + 1, by="hana", tell=told.append)
    assert present(home, line) == before
    assert (told[0]["what"], told[0]["why"], told[0]["by"]) == ("refused", "write-not-armed", "hana")


def test_a_write_within_the_leave_is_read_back_and_recorded(home, line):
    allowed(home)
    done = write(home, line, SIGNAL, 21.5)
    assert (done.value, done.after, done.by) == (21.5, 21.5, "hana")
    assert present(home, line) == 21.5
    assert [entry["what"] for entry in journal(home, 3)] == ["written", "begun", "armed"]


@pytest.mark.parametrize("value", [50.5, -0.1, math.nan, math.inf])
def test_a_value_outside_the_limits_never_leaves(home, line, value):
    allowed(home)
    before = present(home, line)
    with pytest.raises(WriteNotArmed):
        write(home, line, SIGNAL, value)
    assert present(home, line) == before


def test_a_step_above_the_rate_and_a_second_write_within_a_second_are_refused(home, line):
    before = present(home, line)
    allowed(home, rate=2.0)
    with pytest.raises(WriteNotArmed, match="above 2"):
        write(home, line, SIGNAL, before + 5)
    now = time.time_ns()  # a loaded machine may need a second for a write
    write(home, line, SIGNAL, before + 1.5, clock=lambda: now)
    with pytest.raises(WriteNotArmed, match="less than 1 s ago"):
        write(home, line, SIGNAL, before + 2, clock=lambda: now + 900_000_000)
    assert present(home, line) == before + 1.5


def test_a_leave_that_was_taken_back_does_not_write_although_somebody_still_holds_it(home, line):
    held = allowed(home)
    disarm(home, SIGNAL, "juwon")
    with pytest.raises(WriteNotArmed):
        write(home, line, SIGNAL, 7, arm=held)


def test_a_source_that_cannot_be_written_says_so_and_the_attempt_is_recorded(home, tmp_path):
    (tmp_path / "press.csv").write_text("time,force\n2026-01-01T00:00:00Z,1\n")
    files = add_source(home, Source("press", f"file://{tmp_path}/press.csv"))
    arm(home, "press/force", 0, 10, "hana", time.time_ns() + HOUR, reason="trial")
    with pytest.raises(WriteNotArmed):
        write(home, files, "press/force", 2)
    assert journal(home)[0]["what"] == "refused"
