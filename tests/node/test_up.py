"""`dure up`: its processes start, are started again, and end together; what cannot be is said in one sentence."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request

import psutil
import pytest

from dure.plant.connect import Source, add_source, change_source, remove_source
from fresh_database import fresh_database
from running_node import UP, free_port, running, until


def refused(home, *arguments, **environment):
    answer = subprocess.run(
        [*UP, "--home", str(home), "--json", *arguments],
        env={**os.environ, "DURE_LANG": "en", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    return json.loads(answer.stdout)["error"]


def test_a_node_starts_mends_itself_follows_its_sources_and_ends_whole(home):
    with running(home, empty=True) as node:
        answer = urllib.request.urlopen(f"http://127.0.0.1:{node.port}/account/login/", timeout=10)
        with answer:
            assert answer.status == 200
        link = str(until(lambda: node.said("owner's account"))).rpartition(" ")[2]
        token = link.rpartition("=")[2]
        page_of_setup = f"http://127.0.0.1:{node.port}/people/first/?token={token}"
        with urllib.request.urlopen(page_of_setup, timeout=10) as page:
            assert page.status == 200
        assert home.stat().st_mode & 0o777 == 0o700
        assert (home / "secret" / "django.key").stat().st_mode & 0o777 == 0o600

        for part in ("dure.node.worker", "dure.plant.historian", "serving pages"):
            before = until(lambda part=part: node.member(part))
            os.kill(before.pid, signal.SIGKILL)
            until(lambda part=part, before=before: (now := node.member(part)) and now.pid != before.pid)
        until(lambda: _answers(node.port))

        add_source(home, Source("line9", "opc.tcp://127.0.0.1:9"))
        first = until(lambda: node.member("dure.plant.connect line9"))
        change_source(home, "line9", settings={})
        until(lambda: (now := node.member("dure.plant.connect line9")) and now.pid != first.pid)
        remove_source(home, "line9")
        until(lambda: node.member("dure.plant.connect line9") is None)
        assert refused(home, "--port", str(free_port()))["key"] == "node-already-running"

        family = node.family()
        began = time.monotonic()
        node.process.send_signal(signal.SIGINT)
        assert node.process.wait(15) == 0
        assert time.monotonic() - began < 10
        assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    logs = "".join(path.read_text() for path in (home / "logs").iterdir())
    assert token not in logs
    assert (home / "secret" / "django.key").read_text() not in logs
    assert '"event": "process.ended", "process": "worker", "code": -9' in logs


def test_no_process_outlives_a_node_that_was_killed_and_its_lock_is_free(home):
    with fresh_database(home), running(home) as node:
        until(lambda: len(node.family()) >= 6)
        family = node.family()
        node.process.kill()
        until(
            lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family), 10
        )
        assert not node.said("owner's account")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert refused(home, "--port", str(taken.getsockname()[1]))["key"] == "port-taken"


def _answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/account/login/", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_taken_port_is_named(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        problem = refused(home, "--port", str(port))
    assert (problem["key"], problem["where"]) == ("port-taken", str(port))
    assert "--port" in problem["remedy"]


def test_the_port_of_live_values_must_be_free_too(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused(home, "--port", str(port - 1))["where"] == str(port)


def test_a_home_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert refused(tmp_path / "file" / "home")["key"] == "home-not-writable"


def test_an_unknown_setting_stops_the_start(home):
    assert refused(home, DURE_PROT="9000")["key"] == "node-setting-unknown"


def test_a_database_that_does_not_answer_is_named_without_its_password(home):
    problem = refused(home, DURE_DATABASE_URL="postgresql://dure:pa55word@127.0.0.1:9/none")
    assert problem["key"] == "node-not-prepared"
    assert "pa55word" not in json.dumps(problem)


@pytest.mark.parametrize("role", ["hub", "both"])
def test_the_hub_says_that_it_is_not_there_yet(home, role):
    assert refused(home, "--role", role)["key"] == "hub-absent"
    assert not home.exists()


def test_an_address_that_is_not_ours_is_named(home):
    assert refused(home, DURE_HOST="203.0.113.9")["key"] == "node-address-refused"
