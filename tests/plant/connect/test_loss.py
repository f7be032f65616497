"""What the server emitted against what is stored: nothing else may be missing than the gap ledger names."""

import signal
import time

import pytest

from dure.plant.connect import (
    CertificateUnknown,
    Source,
    add_source,
    source,
    trust_certificate,
    try_source,
)

KINDS = [pytest.param("node-opcua", marks=pytest.mark.peer), "asyncua"]
SETTINGS = {"publishing": 100.0, "keep_alive": 0.6, "timeout": 1.5, "queue": 1000, "security": "none"}


def collected(stored, server, started):
    """Emitted since `started`, stored, and what is missing."""
    kept = stored("line1")
    emitted = {reading for reading in server.emitted() if reading[1] >= started}
    got = kept.readings("line1/Line1/Value")
    invented = {r for r in got if r[1] >= started} - emitted
    assert not invented, f"stored but never emitted: {sorted(invented)[:5]}"
    return emitted, kept, sorted(emitted - got)


def begin(home, url, collector, wait, **settings):
    add_source(home, Source("line1", url, {**SETTINGS, **settings}), again=True)
    running = collector("line1")
    wait(lambda: reading(running) and running.status()["samples"] > 50)
    return running, time.time_ns()


def reading(running, since=0.0):
    """Whether the collector reads its source, and told so after `since` [s]."""
    status = running.status()
    return status["state"] == "collecting" and status["told"] > since


def finish(server, running):
    """Let the server emit a little longer, then wait until all has arrived."""
    time.sleep(1.0)
    server.say("pause")
    time.sleep(1.0)
    assert reading(running)
    assert running.stop() == 0


def disturb(running, wait, *, down, up):
    """Do `down`, wait until the collector has noticed, do `up`, wait until it reads again."""
    down()
    wait(lambda: running.status()["state"] == "lost")
    up()
    wait(lambda: reading(running))
    time.sleep(0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_cuts_silence_and_a_restart_lose_nothing_that_is_not_named(  # noqa: PLR0917 - fixtures
    kind, home, peer, proxy, collector, stored, wait
):
    server = peer(kind, variables=20, period=50)
    link = proxy(server.port)
    running, started = begin(home, f"opc.tcp://127.0.0.1:{link.port}", collector, wait)
    disturb(running, wait, down=link.cut, up=link.restore)
    if kind == "node-opcua":
        disturb(running, wait, down=link.blackhole, up=link.restore)
    stopped = time.time_ns()
    disturb(running, wait, down=server.kill, up=server.start)
    finish(server, running)
    emitted, kept, missing = collected(stored, server, started)
    assert len({one for one in emitted if one[1] > stopped}) > 200
    unnamed = [one for one in missing if not kept.named(one[1])]
    assert not unnamed, (len(unnamed), unnamed[:3], kept.gaps)
    identities = [(row["signal"], row["time"], row["sequence"]) for row in kept.rows]
    assert len({identity[:2] for identity in identities}) == len(set(identities)), (
        "one reading, two identities"
    )
    lines = [line for line in running.said() if "being read" in line]
    assert [("not being" in line) for line in lines] == [False, True] * (len(lines) // 2) + [False], lines
    assert len(lines) == (7 if kind == "node-opcua" else 5), lines
    permanent = [gap for gap in kept.gaps if gap.filled_by == "permanent"]
    if (
        kind == "node-opcua"
    ):  # it keeps session and subscription while the link is cut: only the restart loses
        assert len(permanent) == 1
        assert not [one for one in missing if one[1] < stopped - 10**9]
    assert stopped - 2e9 < permanent[-1].start < permanent[-1].end < time.time_ns()


@pytest.mark.peer
def test_a_killed_collector_loses_nothing_that_is_not_named(home, peer, collector, stored, wait):
    server = peer("node-opcua", variables=20, period=50, secured=True)
    add_source(home, Source("line1", server.url, {**SETTINGS, "security": "auto"}))
    # an anonymous subscription is handed over on a signed channel only, as the standard says
    with pytest.raises(CertificateUnknown) as refused:
        try_source(home, source(home, "line1"))
    trust_certificate(home, refused.value.facts["fingerprint"])
    running = collector("line1")
    wait(lambda: reading(running) and running.status()["samples"] > 50)
    started = time.time_ns()
    time.sleep(0.5)
    running.stop(signal.SIGKILL)
    again = time.time()
    running.start()
    wait(lambda: reading(running, again) and running.status()["samples"] > 100)
    finish(server, running)
    emitted, kept, missing = collected(stored, server, started)
    assert len(emitted) > 500
    assert not missing, (
        len(missing),
        missing[:3],
        kept.gaps,
    )  # the subscription outlives us and is taken over
    assert not [gap for gap in kept.gaps if gap.filled_by == "permanent"]


@pytest.mark.peer
def test_a_killed_collector_names_the_gap_where_the_server_gives_nothing_back(
    home, peer, collector, stored, wait
):
    server = peer("node-opcua", variables=20, period=50)
    running, started = begin(home, server.url, collector, wait)
    running.stop(signal.SIGKILL)
    again = time.time()
    running.start()
    wait(lambda: reading(running, again) and running.status()["samples"] > 100)
    finish(server, running)
    _, kept, missing = collected(stored, server, started)
    assert missing
    assert not [one for one in missing if not kept.named(one[1])]
    assert max(gap.end - gap.start for gap in kept.gaps) < (time.time() - again) * 1e9


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_servers_queue_dropped_is_named(  # noqa: PLR0917 - fixtures
    kind, home, peer, collector, stored, wait
):
    server = peer(kind, variables=5, period=20)
    running, started = begin(home, server.url, collector, wait, queue=10, publishing=600.0)
    time.sleep(1.5)
    finish(server, running)
    _, kept, missing = collected(stored, server, started)
    assert len(missing) > 50
    unnamed = [one for one in missing if not kept.named(one[1])]
    assert not unnamed, (len(unnamed), unnamed[:3], kept.gaps)
    assert all("queue overflow" in gap.cause for gap in kept.gaps)
