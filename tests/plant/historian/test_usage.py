"""Memory is given back only while nobody uses the database."""

import threading

import duckdb

from dure.plant.historian.settings import Settings
from dure.plant.historian.store import Usage, give_back_memory


def test_the_database_is_had_alone_only_when_nobody_uses_it():
    usage, done = Usage(), []
    with usage, usage:
        assert not usage.alone(lambda: done.append(1))
    assert usage.alone(lambda: done.append(2))
    assert done == [2]


def test_who_comes_while_one_is_alone_waits():
    usage, order, come = Usage(), [], threading.Event()

    def act():
        come.wait(5)
        order.append("alone")

    def use():
        come.set()
        with usage:
            order.append("used")

    user = threading.Timer(0.05, use)
    user.start()
    assert usage.alone(act)
    user.join()
    assert order == ["alone", "used"]


def test_giving_back_memory_leaves_the_limit_as_it_was():
    with duckdb.connect(config={"memory_limit": "256MB"}) as database:
        before = database.execute("SELECT current_setting('memory_limit')").fetchone()
        give_back_memory(database, Settings())
        assert database.execute("SELECT current_setting('memory_limit')").fetchone() == before
