"""`dure connect`, as a person and as a script use it."""

import json
import os
import sys

import pytest

from dure.node.command import run
from dure.plant.connect import source, sources
from peers.servers import free_port

FAST = ["--timeout", "2", "--publishing", "100"]


@pytest.fixture
def dure(capsys, monkeypatch):
    """Run a command as the `dure` command does; exit code, facts, all that was said."""

    def run_words(*words, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115, PTH123 - closed below
        code = run([*map(str, words), "--json"])
        sys.stdin.close()
        for name in environment:
            monkeypatch.delenv(name)
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else {}, said.out + said.err

    return run_words


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.csv").write_text(
        "time,Temperature [°C]\n2026-01-01T00:00:00,20.5\n2026-01-01T00:00:01,20.6\n"
    )
    return tmp_path / "a.csv"


def test_a_file_is_browsed_added_listed_and_removed(home, folder, dure):
    code, facts, _ = dure("connect", "browse", f"file://{folder}")
    assert (code, facts["count"], facts["signals"][0]["unit"]) == (0, 1, "Cel")
    code, facts, _ = dure("connect", "add", f"file://{folder}", "--name", "press", "--period", "0.5")
    assert (code, facts["settings"], facts["signals"]) == (0, {"period": 0.5}, 1)
    code, facts, _ = dure("connect", "list")
    assert [(one["id"], one["state"]) for one in facts["sources"]] == [("press", "off")]
    code, facts, _ = dure("connect", "test", "press")
    assert (code, facts["read"][0]["value"]) == (0, 20.6)
    assert dure("connect", "remove", "press")[0] == 0
    assert sources(home) == []


def test_a_server_that_is_not_there_is_refused_in_one_sentence_and_not_kept(home, dure):
    code, facts, said = dure("connect", "add", f"opc.tcp://127.0.0.1:{free_port()}", "--name", "line1", *FAST)
    assert (code, facts["error"]["key"]) == (2, "source-unreachable")
    assert "nothing listens at that port" in facts["error"]["message"]
    assert "Traceback" not in said
    assert sources(home) == []


def test_an_unknown_option_is_refused_with_the_ones_there_are(dure):
    code, facts, _ = dure("connect", "test", "opc.tcp://127.0.0.1:1", "--colour", "red")
    assert (code, facts["error"]["key"]) == (2, "setting-unknown")
    assert "publishing" in facts["error"]["remedy"]


def test_a_password_never_shows(home, peer, tmp_path, dure):
    server = peer("asyncua", variables=1, users={"op": "hunter2"}, anonymous=False)
    words = ["connect", "add", server.url, "--name", "line1", "--user", "op", *FAST]
    code, facts, said = dure(*words, DURE_PASSWORD="hunter2")
    assert (code, facts["error"]["key"]) == (2, "password-in-the-clear")
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    code, facts, said = dure(*words, "--clear-password", "true", "--password-file", secret)
    assert (code, facts["id"]) == (0, "line1")
    assert "hunter2" not in said
    assert "hunter2" not in (home / "sources" / "line1.json").read_text()
    assert source(home, "line1").settings["security"] == "none"  # what was found is what is kept
    code, facts, said = dure(
        *words[:-6],
        "--name",
        "other",
        "--user",
        "op",
        "--clear-password",
        "true",
        *FAST,
        DURE_PASSWORD="wrong",
    )
    assert (code, facts["error"]["key"]) == (2, "credentials-refused")
    assert "wrong" not in said
