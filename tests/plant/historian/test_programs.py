"""`/historian/query` over real HTTP: a node's pages, the historian behind them, and clients of other makes."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dure.foundation.ledger import Entry
from dure.node.command import run
from dure.plant.historian import Historian, HistorianBusy, ProgramTooFast, ScopeRefused, TokenRefused
from dure.plant.historian.programs import ARROW, CSV, PARQUET, AskedWrongly, Pace, allowed, media_of
from dure.plant.historian.tokens import Program, make_token, program_of, programs, revoke_token
from dure.vocabulary import Sample

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
# What a user writes in another program: nothing of ours is imported.
PYARROW = """
import sys, urllib.request, pyarrow as pa
url, token = sys.argv[1:]
asked = urllib.request.Request(url, headers={"Authorization": "Bearer " + token})
with urllib.request.urlopen(asked) as answer, pa.ipc.open_stream(answer) as stream:
    table = stream.read_all()
print(table.num_rows, table.schema.field("time").type, table["value"][0].as_py())
"""
POLARS = """
import sys, urllib.request, polars as pl
url, token = sys.argv[1:]
asked = urllib.request.Request(url, headers={"Authorization": "Bearer " + token})
frame = pl.read_ipc_stream(urllib.request.urlopen(asked).read())
print(frame.height, frame["time"].dtype, frame["value"][0])
"""
DUCKDB = """
import sys, urllib.request, duckdb, pyarrow as pa
url, token = sys.argv[1:]
asked = urllib.request.Request(url, headers={"Authorization": "Bearer " + token})
rows = pa.ipc.open_stream(urllib.request.urlopen(asked)).read_all()
print(duckdb.sql("SELECT count(*), min(value) FROM rows").fetchall()[0])
"""


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def pages(running, home):
    """A historian with samples of two lines, and the pages of the node in granian as `dure up` serves them."""
    client, _ = running
    for line in ("line1", "line2"):
        client.append("deploy", [Sample(f"{line}/p", START + n * SECOND, value=n / 4) for n in range(1000)])
    while sum(row["count"] for row in client.signals()) < 2000:
        time.sleep(0.02)
    port = free_port()
    environment = {**os.environ, "DURE_HOME": str(home), "DURE_PORT": str(port), "DURE_HOST": "127.0.0.1"}
    log = (home.parent / "pages.log").open("ab")
    process = subprocess.Popen([sys.executable, "-m", "dure.node.serving", "pages"], env=environment, stderr=log, stdout=log)  # fmt: skip
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/historian/query"
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def ask(url, token="", accept="", **words):
    query = urllib.parse.urlencode({"from": "2023-11-14T22:13:20", "to": "2023-11-14T22:23:20", **words}, doseq=True)  # fmt: skip
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Accept": accept} if accept else {}
    asked = urllib.request.Request(f"{url}?{query}", headers=headers)  # noqa: S310 - of our own node
    try:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 - of our own node
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, json.loads(refused.read())["error"]


def test_other_programs_read_with_a_token_and_are_refused_without(pages, home):
    """One node for all of it: starting one takes longer than asking."""
    token, _ = make_token(home, "mes", ["line1/*"], time.time(), 1)
    assert token not in (home / "secret" / "historian-programs.json").read_text()

    url = f"{pages}?signal=line1/p&from=2023-11-14T22:13:20&to=2023-11-14T22:23:20"
    for code, said in (
        (PYARROW, "600 timestamp[ns, tz=UTC] 0.0"),
        (POLARS, "600 Datetime(time_unit='ns', time_zone='UTC') 0.0"),
        (DUCKDB, "(600, 0.0)"),
    ):
        done = subprocess.run([sys.executable, "-c", code, url, token], capture_output=True, text=True, check=False)  # fmt: skip
        assert done.stdout.strip() == said, done.stderr

    status, headers, body = ask(pages, token, CSV, signal="line1/*", every="1m", kind="average")
    assert (status, headers["Content-Type"], headers["Set-Cookie"]) == (200, CSV, None)
    assert body.decode().splitlines()[:2] == ['"time","line1/p"', "2023-11-14 22:13:20.000000000Z,7.375"]
    status, _, body = ask(pages, token, PARQUET, signal="line1/p", every="5m", take="max")
    assert pq.read_table(pa.BufferReader(body))["line1/p"].to_pylist() == [74.75, 149.75]
    status, _, body = ask(pages, token, ARROW, signal="line1/p", kind="states", to="2023-11-14T22:13:22")
    assert pa.ipc.open_stream(body).read_all()["seconds"].to_pylist() == [1.0, 1.0]

    refusals = (
        ({}, 401, "historian-token"),
        ({"token": "dure_read_wrong"}, 401, "historian-token"),
        ({"token": token, "signal": "line2/p"}, 403, "historian-scope"),
        ({"token": token, "signal": "line2/*"}, 404, "signal-unknown"),
        ({"token": token, "signal": "line1/none"}, 404, "signal-unknown"),
        ({"token": token, "signal": "line1/p", "from": "yesterday"}, 422, "time-unreadable"),
        ({"token": token, "signal": "line1/p", "sql": "1"}, 422, "historian-http-request"),
        ({"token": token, "signal": "line1/p", "accept": "image/png"}, 422, "historian-http-request"),
    )
    for words, status, key in refusals:
        found = ask(pages, **{"signal": "line1/p", **words})
        assert (found[0], found[2]["key"]) == (status, key), words
        assert found[2]["message"]
    assert ask(pages)[1]["WWW-Authenticate"].startswith("Bearer")

    revoke_token(home, "mes")
    assert ask(pages, token, signal="line1/p")[0] == 401


@pytest.mark.django_db
def test_tokens_are_made_listed_and_ended_by_the_command_and_in_the_ledger(home, capsys):
    assert run(["historian", "token", "mes", "--signals", "line1/*", "--days", "5", "--json"]) == 0
    token = json.loads(capsys.readouterr().out)["token"]
    assert token not in (home / "secret" / "historian-programs.json").read_text()
    assert program_of(home, f"Bearer {token}", time.time(), "x").signals == ("line1/*",)
    assert run(["historian", "tokens"]) == 0
    assert "line1/*" in capsys.readouterr().out
    assert run(["historian", "token", "mes", "--revoke"]) == 0
    assert run(["historian", "token", "mes", "--revoke"]) == 2
    assert run(["historian", "token", "../x"]) == 2
    made = list(Entry.objects.order_by("index").values_list("what", "object"))
    assert made == [("historian.token-made", "program:mes"), ("historian.token-revoked", "program:mes")]
    assert not any(token in entry.facts for entry in Entry.objects.all())


def test_a_token_ends_and_each_program_has_one(tmp_path):
    made, entry = make_token(tmp_path, "mes", ["line1/*"], 1000.0, 2)
    assert entry.until == 1000.0 + 2 * 86_400
    header = f"Bearer {made}"
    assert program_of(tmp_path, header, 1001.0, "x").name == "mes"
    again, _ = make_token(tmp_path, "mes", ["*"], 1000.0, 2)
    assert len(programs(tmp_path)) == 1
    for wrong in (header, "", "Bearer", f"Basic {again}", f"Bearer {again}x", "Bearer " + "a" * 10_000):
        with pytest.raises(TokenRefused):
            program_of(tmp_path, wrong, 1001.0, "x")
    with pytest.raises(TokenRefused):
        program_of(tmp_path, f"Bearer {again}", entry.until, "x")
    assert (tmp_path / "secret" / "historian-programs.json").stat().st_mode & 0o77 == 0


def test_a_pattern_means_only_what_the_token_covers():
    program = Program("mes", "", ("line1/*",), 0.0)
    known = ["line1/a", "line1/b", "line2/a"]
    assert allowed(program, known, ["*/a"]) == ["line1/a"]
    with pytest.raises(ScopeRefused, match="does not cover line2/a"):
        allowed(program, known, ["line1/a", "line2/a"])
    with pytest.raises(AskedWrongly, match="at most 500"):
        allowed(Program("mes", "", ("*",), 0.0), [f"l/{n}" for n in range(600)], ["l/*"])


def test_a_program_asks_so_often_and_so_many_at_a_time():
    now = [0.0]
    pace = Pace(a_minute=3, at_once=2, clock=lambda: now[0])
    pace.begin("mes")
    pace.begin("mes")
    with pytest.raises(ProgramTooFast, match="Wait 1 s"):
        pace.begin("mes")
    pace.begin("other")
    pace.end("mes")
    pace.begin("mes")
    pace.end("mes")
    now[0] = 20.0
    with pytest.raises(ProgramTooFast, match="Wait 41 s"):
        pace.begin("mes")
    now[0] = 60.0
    pace.begin("mes")


def test_the_accept_header_names_the_form():
    assert media_of(f"{PARQUET};q=1, {CSV}") == PARQUET
    with pytest.raises(AskedWrongly, match="one of"):
        media_of("image/png")


def test_more_clients_than_seats_get_a_sentence(home, start):
    with start(home) as (client, _):
        seats = [Historian(home) for _ in range(64)]
        try:
            for one in seats[:63]:  # `client` has one already
                one.signals()
            with pytest.raises(HistorianBusy, match="serves 64 clients already"):
                seats[63].signals()
            seats[0].close()
            end = time.monotonic() + 20
            while time.monotonic() < end:
                try:
                    assert seats[63].signals() == []
                    break
                except HistorianBusy:  # the seat is given back in a moment
                    continue
            assert client.signals() == []
        finally:
            for one in seats:
                one.close()
