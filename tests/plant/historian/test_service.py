"""The running historian as other processes meet it."""

import os
import stat
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Client

import pytest

from dure.plant.historian import FeedBehind, Historian, HistorianDown, KeyRefused, RequestRefused
from dure.plant.historian.wire import Paths, prove_as_client
from dure.plant.transport import SegmentLog, WrongSamples, batch, encode
from dure.vocabulary import Sample

SECOND = 1_000_000_000
NOW = time.time_ns() // SECOND * SECOND - 3600 * SECOND


def run(first, count=100, signal="deploy/p"):
    return [Sample(signal, NOW + n * SECOND, value=float(n)) for n in range(first, first + count)]


def until(met, seconds=20):
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "not within the time given"
        time.sleep(0.02)


def count(client):
    return sum(row["count"] for row in client.signals())


def test_what_is_appended_is_soon_readable_in_every_way(running):
    client, _ = running
    client.append("deploy", run(0))
    client.append("deploy", batch(run(100)))
    until(lambda: count(client) == 200)
    assert client.query(["deploy/p"], NOW, NOW + 10**15)["value"].to_pylist() == list(range(200))
    assert client.last(["deploy/p"])[0]["value"] == 199.0
    assert client.query_every(["deploy/p"], NOW, NOW + 60 * SECOND, 20 * SECOND)["deploy/p"].to_pylist() == [
        0,
        20,
        40,
    ]
    assert client.trend(["deploy/p"], NOW, NOW + 200 * SECOND, 2)["deploy/p"]["max"] == [99, 199]
    assert client.measure()[0]["period_s"] == 1.0
    assert client.health()["sources"] == {"deploy": {"behind": 0}}
    assert client.gaps() == client.events() == []


def test_a_range_may_be_narrowed_to_nothing(running):
    client, _ = running
    assert client.query(["deploy/p"], NOW, NOW).num_rows == 0
    assert client.query_every(["deploy/p"], NOW, NOW, SECOND).num_rows == 0
    assert client.trend(["deploy/p"], NOW, NOW, 10) == {
        "deploy/p": {"time": [], "min": [], "max": [], "mean": []}
    }
    assert client.measure() == []


def test_the_feed_gives_each_sample_once_and_in_the_order_of_arrival(running):
    client, _ = running
    position, none = client.feed(None, wait=0, as_json=True)
    assert none == []
    client.append("deploy", run(0))
    client.append("deploy", run(50))
    got = []
    while len(got) < 150:
        position, more = client.feed(position, wait=5, as_json=True)
        got += more
    assert [row["value"] for row in got] == list(range(150))
    assert client.feed(position, wait=0.1, as_json=True) == (position, [])
    assert client.feed(0, ["no/such"], wait=0)[1].num_rows == 0


def test_the_feed_outlives_a_restart_and_says_when_it_can_not(home, start):
    with start(home) as (client, _):
        client.append("deploy", run(0))
        until(lambda: count(client) == 100)
    with start(home) as (client, _):
        assert client.feed(40, wait=0)[1]["value"].to_pylist() == list(range(40, 100))
        client.compact(time.strftime("%Y-%m-%d", time.gmtime(NOW // SECOND)))
        client.compact(time.strftime("%Y-%m-%d", time.gmtime(NOW // SECOND + 100)))
        with pytest.raises(FeedBehind, match="no longer reaches back to position 40"):
            client.feed(40, wait=0)
        assert client.feed(100, wait=0, as_json=True) == (100, [])


def test_a_long_poll_ends_as_soon_as_something_comes(running):
    client, _ = running
    position, _ = client.feed(None, wait=0, as_json=True)
    threading.Timer(0.3, client.append, ("deploy", run(0, 1))).start()
    began = time.monotonic()
    assert len(client.feed(position, wait=20, as_json=True)[1]) == 1
    assert time.monotonic() - began < 10


@pytest.mark.usefixtures("running")
def test_json_operations_leave_pyarrow_out_of_the_asking_process(home):
    code = (
        "import sys, pathlib; from dure.plant.historian import Historian; from dure.vocabulary import Sample;"
        f"h = Historian(pathlib.Path({str(home)!r})); h.append('deploy', [Sample('deploy/p', 1, 2.0)]);"
        "h.signals(); h.last(); h.feed(0, as_json=True); h.trend(['deploy/p'], 0, 9, 3); h.measure(); h.health();"
        "bad = {'pyarrow', 'duckdb', 'numpy', 'polars', 'django'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_readers_see_whole_batches_while_a_collector_writes(running, home):
    client, _ = running
    wrong, stop = [], threading.Event()

    def read():
        with Historian(home) as own:
            while not stop.is_set():
                found = own.query(["line1/p"], 0, 10**15)["time"].to_pylist()
                if found != list(range(len(found))) or len(found) % 50:
                    wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    with SegmentLog(home / "segments" / "line1") as log:
        for n in range(40):
            log.append(batch(Sample("line1/p", n * 50 + i, value=0.5) for i in range(50)))
    client.compact("1970-01-01")
    until(lambda: count(client) == 2_000)
    client.compact("1970-01-01")
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert client.query(["line1/p"], 0, 10**15).num_rows == 2_000


def connected(home, key=None):
    paths = Paths(home)
    connection = Client(str(paths.address()), family="AF_UNIX")
    prove_as_client(connection, paths.key.read_bytes() if key is None else key)
    return connection


def test_a_wrong_key_is_refused_and_the_right_one_still_serves(running, home):
    client, _ = running
    key = Paths(home).key
    right = key.read_bytes()
    key.write_bytes(b"0" * 64)
    with Historian(home) as stranger, pytest.raises(KeyRefused):
        stranger.health()
    key.write_bytes(right)
    assert client.health()["state"] == "running"


@pytest.mark.usefixtures("running")
def test_the_key_and_the_socket_are_for_the_owner_alone(home):
    for path in (Paths(home).key, Paths(home).address()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    "message", [b"", b"\x80\x04]\x94.", b"{}", b'{"do": "query"}', b"\xff\xfe", b'{"do": ["health"]}']
)
def test_a_malformed_request_is_answered_with_a_refusal(home, message):
    with connected(home) as connection:
        connection.send_bytes(message)
        assert connection.recv_bytes()[:1] == b"E"
        connection.send_bytes(b'{"do": "health"}')
        assert connection.recv_bytes()[:1] == b"J"


def test_an_oversized_request_ends_its_connection_alone(running, home):
    client, _ = running
    with connected(home) as connection, pytest.raises((EOFError, OSError)):  # noqa: PT012 - either call may meet it
        connection.send_bytes(b" " * (65 * 2**20))
        connection.recv_bytes()
    assert client.health()["state"] == "running"


def test_a_client_that_keeps_silent_does_not_keep_others_waiting(running, home):
    client, _ = running
    with Client(str(Paths(home).address()), family="AF_UNIX"), Historian(home, patience=10) as other:
        assert other.health()["state"] == "running"
    assert client.health()["state"] == "running"


def test_samples_that_are_none_are_refused_and_nothing_is_kept(running, home):
    client, _ = running
    with connected(home) as connection:
        connection.send_bytes(
            b'{"do":"append","source":"deploy"}\n' + encode(batch(run(0, 2)).select(["signal"]))
        )
        assert b"samples-wrong" in connection.recv_bytes()
    with pytest.raises(WrongSamples):
        client.append("deploy", batch(run(0, 2)).select(["signal"]))
    with pytest.raises(RequestRefused):
        client.append("deploy", [Sample("deploy/p", -5, 1.0)])
    assert client.signals() == []


def test_without_a_historian_there_is_one_sentence(home):
    with (
        Historian(home) as client,
        pytest.raises(HistorianDown, match=r"does not answer\. Start the node: dure up"),
    ):
        client.health()


@pytest.mark.usefixtures("running")
def test_a_second_historian_is_refused(home):
    second = subprocess.run(
        [sys.executable, "-m", "dure.plant.historian"],
        env={**os.environ, "DURE_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (second.returncode, second.stderr) == (
        2, f"Another historian already works in {home}. Use the running one, or stop it first.\n"
    )  # fmt: skip


def test_sigterm_ends_it_cleanly_and_the_client_finds_the_next_one(home, start):
    with start(home) as (client, process):
        client.append("deploy", run(0))
        until(lambda: count(client) == 100)
        process.terminate()
        assert process.wait(30) == 0
        assert not Paths(home).ready.exists()
        assert not (home / "historian" / "hot.duckdb.wal").exists()
        with start(home):
            assert count(client) == 100


def test_a_long_home_gets_a_short_socket(tmp_path, start, monkeypatch):
    home = tmp_path / ("long-" * 20)
    monkeypatch.setenv("DURE_HOME", str(home))
    with start(home) as (client, _):
        address = Paths(home).address()
        assert home not in address.parents
        assert client.health()["state"] == "running"
    assert not address.parent.exists()
