"""Whatever is cut or killed between box and node, each sample of the box is stored once."""

import http.client
import json
import random
import ssl
import time
from contextlib import closing

import pytest

from dure.plant.connect import Source, add_source, source
from dure.plant.edge import invite, remove_box
from dure.plant.transport import Frame, Gap, Kind, SegmentLog, batch, decode, read_log, samples
from dure.vocabulary import Sample, Signal
from machines.historian_process import historian_process
from plant.edge.conftest import until

HOUR = 3600 * 10**9
BEGIN = 1_790_000_000 * 10**9


def write(log, start, count):
    rows = [
        Sample("press/Temp", BEGIN + i * 10**9, float(i), received=BEGIN + i * 10**9)
        for i in range(start, start + count)
    ]
    log.append(batch(rows))


def arrived(home, name="press"):
    """Every sample in the node's log, as often as it lies there."""
    frames = (frame for _, frame in read_log(home / "segments" / name))
    whole = (f.payload for f in frames if isinstance(f, Frame) and f.kind is Kind.SAMPLES)
    return [int(sample.value) for payload in whole for sample in samples(decode(payload))]


def test_what_a_box_collects_arrives_and_is_forgotten_there(pair):
    pair.start("intake")
    pair.start("forward")
    with SegmentLog(pair.box / "segments/press", rotate_bytes=2000) as log:
        for start in range(0, 400, 20):
            write(log, start, 20)
        log.append_gap(Gap("press", BEGIN, BEGIN + HOUR, cause="link cut"))
        until(lambda: len(arrived(pair.node)) == 400)
        assert arrived(pair.node) == list(range(400))
        until(lambda: len(list((pair.box / "segments/press").glob("*.log"))) == 1)
    kinds = [frame.kind for _, frame in read_log(pair.node / "segments/press")]
    assert kinds.count(Kind.GAP) == 1


def test_a_cut_link_and_killed_ends_lose_nothing_and_double_nothing(pair):
    """Twelve kills under load; the historian, which knows a sample by its identity, counts each once."""
    chance = random.Random(7)  # noqa: S311 - which process is killed is no secret
    pair.start("intake")
    pair.start("forward")
    with SegmentLog(pair.box / "segments/press", rotate_bytes=20_000) as log:
        written = 0
        for _ in range(12):
            for _ in range(10):
                write(log, written, 30)
                written += 30
                time.sleep(0.02)
            end = chance.choice(["intake", "forward"])
            pair.kill(end)
            time.sleep(chance.random() * 0.3)
            pair.start(end)
        until(lambda: set(arrived(pair.node)) == set(range(written)), 60)
    pair.end()
    with historian_process(pair.node) as historian:
        until(lambda: [row["count"] for row in historian.signals()] == [written])


def test_seventy_two_hours_without_the_node_are_handed_on_when_it_is_back(pair):
    """A tick a second for three days, written as fast as the disk takes it: the link is what was away, not the clock."""
    pair.start("forward")
    count = 72 * 3600
    with SegmentLog(pair.box / "segments/press", rotate_bytes=2**20) as log:
        for start in range(0, count, 7200):
            write(log, start, 7200)
        until(lambda: "does not answer" in pair.words("forward"))
        pair.start("intake")
        until(lambda: len(arrived(pair.node)) >= count, 90)
    assert set(arrived(pair.node)) == set(range(count))
    assert pair.words("forward").count("does not answer") == 1


def test_the_node_sees_how_the_sources_of_a_box_do_and_what_they_are(pair):
    signal = Signal("press/Temp", source="press", unit="Cel")
    add_source(pair.box, Source("press", "modbus://10.0.0.9", {"unit": 3}, (signal,)), password="machine")
    (pair.box / "run").mkdir()
    told = {"state": "collecting", "samples": 5, "told": 1.0}
    (pair.box / "run/collector-press.json").write_text(json.dumps(told))
    pair.start("intake")
    pair.start("forward")
    until(
        lambda: (
            (pair.node / "run/collector-press.json").exists() and (pair.node / "sources/press.json").exists()
        )
    )
    kept = json.loads((pair.node / "run/collector-press.json").read_text())
    assert kept["state"] == "collecting"
    assert kept["box"] == "press-shop"
    assert abs(kept["told"] - time.time()) < 30
    described = source(pair.node, "press")
    assert described.signals == (signal,)
    assert described.box == "press-shop"
    assert described.settings == {}, "settings and secrets stay on the box"
    assert not (pair.node / "secret/sources/press.password").exists()


def post(pair, path, body=b"", token=None):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with closing(http.client.HTTPSConnection("127.0.0.1", pair.port, context=context, timeout=10)) as link:
        link.request("POST", path, body, {"Authorization": f"Bearer {token}"} if token else {})
        answer = link.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("path", ["/v1/frames/press", "/v1/state", "/", "/etc/passwd"])
def test_a_stranger_is_told_nothing(pair, path):
    pair.start("intake")
    assert post(pair, path) == (401, "not invited")
    assert post(pair, path, token="guess") == (401, "not invited")


def test_a_box_may_not_send_for_the_source_of_another(pair):
    other = invite(pair.node, "paint-shop", "https://x:1", "00" * 32)
    pair.start("intake")
    pair.start("forward")
    with SegmentLog(pair.box / "segments/press") as log:
        write(log, 0, 5)
        until(lambda: len(arrived(pair.node)) == 5)
    from dure.plant.edge.wire import body

    sent = body([Frame(Kind.EVENT, b"{}")])
    status, said = post(pair, "/v1/frames/press", sent, other.token)
    assert status == 409
    assert "press-shop" in said
    assert post(pair, "/v1/frames/..%2f..%2fx", sent, other.token)[0] in (400, 404)
    assert post(pair, "/v1/frames/new", b"junk", other.token)[0] == 400
    assert post(pair, "/v1/state", b'{"sources": 3}', other.token)[0] == 400


def test_a_removed_box_is_refused_and_keeps_what_it_has(pair):
    pair.start("intake")
    remove_box(pair.node, "press-shop")
    pair.start("forward")
    with SegmentLog(pair.box / "segments/press") as log:
        write(log, 0, 50)
        until(lambda: "refused this box" in pair.words("forward"))
    assert sorted(arrived(pair.box)) == list(range(50))
    assert not (pair.node / "segments/press").exists()


def test_a_node_with_another_certificate_gets_neither_token_nor_data(pair):
    for file in ("certificates/edge.pem", "secret/edge.key"):
        (pair.node / file).unlink()
    pair.start("intake")
    pair.start("forward")
    with SegmentLog(pair.box / "segments/press") as log:
        write(log, 0, 50)
        until(lambda: "does not answer" in pair.words("forward"))
    assert not (pair.node / "segments/press").exists()
