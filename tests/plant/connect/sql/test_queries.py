"""What is sent and what is refused without a server: queries, dialects, times, places; and a real SQLite file."""

import asyncio
import importlib
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import column, table

from dure.plant.connect import (
    AddressRefused,
    NoTables,
    Place,
    Source,
    SourceUnreachable,
    add_source,
    open_source,
    rows,
)
from dure.plant.connect.check import World, check
from dure.plant.connect.sql import Sql, SqlSettings
from dure.plant.connect.sql.address import engine_of, url_of
from dure.plant.connect.sql.query import check_query, page, tags
from dure.plant.connect.sql.refusals import QueryUnfit, ZoneUnknown
from dure.plant.connect.sql.shape import Shape
from dure.plant.connect.sql.tail import Places, Tail
from dure.plant.connect.sql.times import as_raw, nanoseconds
from dure.vocabulary import Sample
from peers.servers import free_port

SECOND = 1_000_000_000
BASE = 1_767_225_600


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM t",
        "SELECT 1; DROP TABLE t",
        "SELECT 1) q; DROP TABLE t; --",
        "SELECT 1) UNION (SELECT 2",
        "SELECT 'a\\'' ; DROP TABLE t; -- '",
        "SELECT `;` FROM t; x",
        "SELECT 1 /* ; */",
        "SELECT 1 # ' \n ; DROP TABLE t -- '",
        "SELECT $a$ ; $a$",
        "SELECT 'open",
        "x" * 30_000,
    ],
)
def test_what_is_not_one_select_is_refused(query):
    with pytest.raises(QueryUnfit):
        check_query(query, "mes")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a, b FROM t WHERE state = 'run;stop' AND x > (SELECT avg(x) FROM t)",
        'WITH q AS (SELECT "at;x" FROM t) SELECT * FROM q',
        "select a::int from t where b like '%:30%'",
    ],
)
def test_one_select_is_taken(query):
    check_query(query, "mes")


@given(st.text(max_size=200))
def test_any_words_are_taken_or_refused(words):
    try:
        check_query(f"SELECT {words}", "mes")
    except QueryUnfit:
        return
    bare = words
    for sign in ("'", '"'):
        assert bare.count(sign) % 2 == 0
    assert "\\" not in words


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite", "mssql", "oracle"])
def test_every_dialect_quotes_names_and_binds_values(dialect):
    module = importlib.import_module(f"sqlalchemy.dialects.{dialect}")
    source = table('odd "name"; --', column("select"), column("time"), column("v"))
    shape = Shape(
        "odd", {"select": "number", "time": "time", "v": "number"}, source, "time", "select", ("v",), "v"
    )
    for statement in (page(shape, 5, 10), page(shape, None, 10), tags(shape, 7)):
        compiled = statement.compile(dialect=module.dialect())
        assert "--" not in str(compiled).replace('odd ""name""; --', "").replace(
            "odd `name`; --", ""
        ).replace('odd "name"; --', "")
        assert " 5" not in str(compiled).split("WHERE")[-1].replace(" 50", "")
    assert 5 in page(shape, 5, 10).compile(dialect=module.dialect()).params.values()


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("postgresql://10.0.0.5/plant", "postgresql+psycopg://op:***@10.0.0.5:5432/plant"),
        ("mariadb://db.plant:3307/mes", "mariadb+pymysql://op:***@db.plant:3307/mes"),
        ("mysql://db/mes", "mysql+pymysql://op:***@db:3306/mes"),
        ("mssql://10.0.0.9/Plant", "mssql+pymssql://op:***@10.0.0.9:1433/Plant"),
        ("oracle://10.0.0.9/ORCL", "oracle+oracledb://op:***@10.0.0.9:1521?service_name=ORCL"),
    ],
)
def test_addresses_become_those_of_the_drivers(url, kept, home):
    place = Place("mes", url, home, "geheim")
    assert str(url_of(place, SqlSettings(user="op"))) == kept
    assert "geheim" not in repr(engine_of(place, SqlSettings(user="op")))


@pytest.mark.parametrize(
    "url", ["postgresql://", "postgresql://host", "mssql://h:x/db", "mysql://h/db?ssl=0", "sqlite://host/x"]
)
def test_an_address_that_is_not_whole_is_refused(url, home):
    with pytest.raises(AddressRefused):
        Sql(Place("mes", url, home), SqlSettings())


def test_a_file_may_be_written_as_sqlalchemy_does(home):
    ways = [
        str(url_of(Place("mes", url, home), SqlSettings()))
        for url in ("sqlite:///var/mes.db", "sqlite:////var/mes.db")
    ]
    assert ways[0] == ways[1]
    assert url_of(Place("mes", "sqlite:////var/mes.db", home), SqlSettings()).database == "file:/var/mes.db"


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb", "mssql", "oracle"])
def test_where_nothing_listens_every_kind_says_so(scheme, home):
    async def story():
        connector = open_source(
            home, Source("mes", f"{scheme}://127.0.0.1:{free_port()}/x", {"user": "op"}), password="p"
        )
        try:
            with pytest.raises(SourceUnreachable, match=r"mes .*cannot be reached") as refused:
                await connector.identify()
            assert "\n" not in str(refused.value)
        finally:
            await connector.close()

    asyncio.run(story())


def test_an_unknown_zone_is_refused(home):
    with pytest.raises(ZoneUnknown, match="Asia/Seoul or UTC"):
        Sql(Place("mes", "postgresql://h/db", home), SqlSettings(zone="Mars/Olympus"))


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is drawn too
    st.sampled_from(["UTC", "Asia/Seoul", "America/New_York"]),
)
def test_times_go_there_and_back(moment, zone):
    where = ZoneInfo(zone)
    aware = moment.replace(tzinfo=UTC)
    assert nanoseconds(as_raw(nanoseconds(aware, where), aware, where), where) == nanoseconds(aware, where)
    assert nanoseconds(aware.isoformat(), where) == nanoseconds(aware, UTC)
    assert nanoseconds(aware.astimezone(where), UTC) == nanoseconds(aware, UTC)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 200)), max_size=60), st.integers(0, 40))
def test_rows_that_come_in_any_order_within_the_lag_are_taken_once(given_rows, lag):
    """Keys become visible up to `lag` seconds late; each look reads from where the tail says."""
    stored, taken, tail = {}, [], Tail(lag=lag)
    for number, (wait, time) in enumerate(given_rows):
        del wait
        newest = max(stored.values(), default=0)
        stored[number] = max(time, newest - lag)
        look = sorted(key for key in stored if tail.begin is None or key >= tail.begin)
        taken += [key for key in look if tail.take((key, stored[key]), key, stored[key])]
        tail.settle(now=10**18)
    assert sorted(taken) == sorted(stored)


def test_a_place_comes_back_as_it_was(tmp_path):
    path = tmp_path / "run" / "tables.json"
    for place in (5, "2026-01-01", 1.5, None, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=3)):
        Places(path).keep("t", place, {"a": "number"})
        assert Places(path).place("t") == place
    path.write_text("{")
    assert Places(path).place("t") is None


WRITER = """
import sqlite3, sys, time
base = sqlite3.connect(sys.argv[1], timeout=30)
base.execute("PRAGMA journal_mode=WAL")
base.execute("CREATE TABLE IF NOT EXISTS readings (id INTEGER PRIMARY KEY, ts TEXT, \\"T [°C]\\" REAL, state TEXT)")
for n in range(int(sys.argv[2])):
    with base:
        base.execute("INSERT INTO readings VALUES (NULL, ?, ?, ?)", (f"2026-01-01 00:{n // 60:02}:{n % 60:02}", n / 2, f"s{n}"))
    time.sleep(0.01)
"""


def test_a_file_that_another_process_writes_is_read_whole_over_kills(home, tmp_path, collector, log, wait):
    file, count = tmp_path / "mes.db", 150
    writing = subprocess.Popen([sys.executable, "-c", WRITER, str(file), str(count)])
    wait(file.exists)
    wait(lambda: _rows_in(file) > 10)
    add_source(home, Source("mes", f"sqlite://{file}", {"period": 0.2, "lag": 5, "batch": 50}))
    running = collector("mes")
    for _ in range(3):
        wait(log)
        running.stop(signal.SIGKILL)
        running.start()
    assert writing.wait(60) == 0
    wait(lambda: len(log()) == 2 * count)
    kept = [row for row in log().values() if row["text"] is None]
    assert {(row["time"], row["sequence"]): row["value"] for row in kept} == {
        ((BASE + n) * SECOND, 0): n / 2 for n in range(count)
    }
    assert {row["signal"] for row in kept} == {"mes/readings/T [°C]"}
    assert rows(home, "mes", "readings", after=(BASE + count - 2) * SECOND).num_rows == 2


def _rows_in(file):
    try:
        base = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)
        try:
            return base.execute("SELECT count(*) FROM readings").fetchone()[0]
        finally:
            base.close()
    except sqlite3.OperationalError:
        return 0


def test_sqlite_keeps_the_promise(home, tmp_path):
    file, away = tmp_path / "mes.db", tmp_path / "away.db"
    base = sqlite3.connect(file)
    with base:
        base.execute('CREATE TABLE readings (ts TEXT, "T [°C]" REAL, state TEXT)')
        base.executemany(
            "INSERT INTO readings VALUES (?, ?, ?)",
            [(f"2026-01-01T00:00:0{n}", 20 + n, "run") for n in range(5)],
        )
    base.close()

    def at(path):
        return open_source(home, Source("mes", f"sqlite://{path}", {"period": 0.2}))

    world = World(
        open=lambda: at(file),
        nowhere=lambda: at(tmp_path / "nothing.db"),
        known=(
            Sample("mes/readings/T [°C]", (BASE + 1) * SECOND, 21.0),
            Sample("mes/readings/state", BASE * SECOND, text="run"),
        ),
        units={"mes/readings/T [°C]": "Cel"},
        leave=lambda: file.rename(away),
        come_back=lambda: away.rename(file),
    )
    asyncio.run(check(world, tmp_path / "log"))


def test_a_source_without_tables_is_refused(home, tmp_path):
    add_source(home, Source("press", f"file://{tmp_path}"))
    with pytest.raises(NoTables, match="holds no tables"):
        rows(home, "press", "t")


@pytest.mark.parametrize("slashes", ["sqlite://", "sqlite:///"])
def test_both_spellings_of_a_file_and_odd_names_are_read(slashes, home, tmp_path):
    """`sqlite:///var/x.db`, and `sqlite:////var/x.db` as SQLAlchemy writes it."""
    file = tmp_path / "설비 100%.db"
    base = sqlite3.connect(file)
    with base:
        base.execute("CREATE TABLE readings (ts TEXT, v REAL)")
        base.execute("INSERT INTO readings VALUES ('2026-01-01T00:00:00', 1.5)")
    base.close()
    url = slashes + str(file).replace("%", "%25")

    async def story():
        connector = open_source(home, Source("mes", url))
        try:
            return await connector.read(await connector.browse())
        finally:
            await connector.close()

    assert [sample.value for sample in asyncio.run(story())] == [1.5]
