"""A command that needs a node's records says so where there is no node, instead of showing its inside."""

import json
import subprocess
import sys

import pytest


@pytest.mark.parametrize("words", ["catalog publish --list", "procedure list", "alarms list"])
def test_a_home_without_a_node_is_told_in_one_sentence(words, home):
    answer = subprocess.run(
        [sys.executable, "-m", "dure", *words.split(), "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(answer.stdout)["error"]
    assert (answer.returncode, said["key"]) == (2, "node-not-begun")
    assert answer.stderr.splitlines() == [f"{said['message']} {said['remedy']}"]
    assert not home.exists()
