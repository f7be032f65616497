"""`dure demo` plays its steps for real, tells only what it computed, and leaves nothing running."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

# As `dure demo` does it, with less to learn from and a fault that comes sooner.
SHORT = (
    "import json, sys, pathlib\n"
    "from dure.node.demo.scene import Tempo\n"
    "from dure.node.demo.telling import tell\n"
    "tempo = Tempo(speed=10.0, learn=120.0, rises_after=500.0, rises_over=60.0, afterwards=60.0)\n"
    "print(json.dumps(tell(pathlib.Path(sys.argv[1]), tempo).facts, default=str))\n"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module")
def told(place: Path) -> dict[int, dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, "-c", SHORT, str(place)], capture_output=True, text=True, timeout=280, check=False
    )
    assert ended.returncode == 0, ended.stderr
    facts = json.loads(ended.stdout)
    assert [one["step"] for one in facts["not_yet"]] == [4, *range(6, 17)]
    return {one["step"]: one for one in facts["steps"]}


def test_the_line_and_the_file_are_connected_and_nothing_is_lost(told):
    assert told[1]["protocols"] == {"OPC UA": 73, "MQTT": 7, "Modbus TCP": 9}
    assert (told[1]["signals"], told[1]["without_unit"], told[1]["mes_tables"]) == (89, 3, 3)
    assert (told[1]["file_signals"], told[1]["file_samples"]) == (24, 24 * 14)
    assert told[2]["emitted"] > 80 * 110
    assert told[2]["lost"] == told[2]["ledger_gaps"] == 0
    assert told[2]["meter_samples"] == 9 * told[2]["rounds"] > 0


def test_the_inventory_finds_what_was_seeded(told):
    assert (told[2]["signals"], told[2]["with_unit"], told[2]["yes_or_no"]) == (89, 88, 1)
    assert told[2]["confirmed"] == 3
    assert told[2]["where"]["stuck"] == ["Cell08/Temperature"]
    assert told[2]["where"]["clock-skew"] == ["Cell15"]


def test_the_lots_of_the_mes_are_joined_to_the_signals_of_their_cells(told):
    assert (told[2]["machines"], told[2]["unfit"]) == (24, 0)
    assert (told[2]["lots"], told[2]["materials"]) == (1, 6)
    assert (told[2]["frames"], told[2]["joined"], told[2]["joined_signals"]) == (24, 24, 72)


def test_the_open_door_of_the_dry_room_rings_its_alarm(told):
    assert told[2]["alarms"] == 2
    assert told[2]["rings"] >= 1
    # The dew point passes the limit some seconds after the door opens, and is back within a minute of its closing.
    assert 15 * told[2]["rings"] < told[2]["ringing_s"] < 100 * told[2]["rings"]


def test_the_rising_resistance_is_found_and_named_as_the_reason(told):
    assert told[3]["faulty"] == "Cell17"
    assert told[3]["alarm"] is True
    assert 0 < told[3]["after_s"] < 120
    assert told[3]["why"].startswith("Direct-current resistance")
    assert 15 < told[3]["rise_percent_end"] < 21


def test_the_other_cells_stay_quiet(told):
    assert told[5]["cells"] == 24
    assert told[5]["scored"] > 24 * 60
    assert told[5]["false_alarms"] + told[3]["other_alarms"] <= 1


def test_the_model_speaks_only_after_a_person_has_let_it(told):
    assert told[5]["state"] == "advisory"
    assert told[5]["moved_by"] == "김지훈 (Kim Ji-hoon)"
    assert told[5]["open_alarms"] >= 1


def test_nothing_is_left_running(told, place):
    assert told
    assert running_in(place) == []


def test_ctrl_c_ends_it_at_once_and_leaves_nothing_running(tmp_path):
    words = [sys.executable, "-m", "dure", "demo", "--home", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 90
        while len(running_in(tmp_path)) < 6 and time.monotonic() < end:  # itself and five of its own
            time.sleep(0.2)
        assert len(running_in(tmp_path)) >= 6
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert running_in(tmp_path) == []


def running_in(place: Path) -> list[list[str]]:
    return [process.cmdline() for process in psutil.process_iter() if _of_story(process, place)]


def _of_story(process: psutil.Process, place: Path) -> bool:
    try:
        return process.environ().get("DURE_HOME", "").startswith(str(place))
    except psutil.Error:
        return False
