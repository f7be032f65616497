"""An interface by Node's own HTTP server, and a sink that keeps what it is given."""

import asyncio

import pytest

from dure.plant.connect import Place
from dure.plant.connect.rest import Rest, RestSettings
from peers.programs import Program


@pytest.fixture
def interface():
    """Start an interface: `interface(records=20)`."""
    started = []

    def start(*, port=None, **options):
        one = Program("rest_server.mjs", options, **({"port": port} if port else {}))
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def rest(home):
    """A connector: `rest(port, "/now", period=0.1)`."""

    def make(port, path, *, secret=None, scheme="http", host="127.0.0.1", **settings):
        url = f"rest+{scheme}://{host}:{port}{path}"
        return Rest(Place("mes", url, home, secret), RestSettings(**{"period": 0.1, "timeout": 2.0, **settings}))  # fmt: skip

    return make


class Kept:
    """A sink that remembers, as if on disk at once."""

    def __init__(self, latest=0):
        self.latest, self.rows, self.gaps, self.ups = latest, [], [], []

    def put(self, readings):
        for row in range(len(readings)):
            self.rows.append((readings.names[readings.index[row]], int(readings.time[row]), float(readings.value[row]), int(readings.quality[row]), readings.text.get(row)))  # fmt: skip
        return self._done()

    def gap(self, gap):
        self.gaps.append(gap)
        return self._done()

    def _done(self):
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def hurry(self):
        pass

    async def room(self):
        pass

    def up(self, how):
        self.ups.append(how)


@pytest.fixture
def kept():
    return Kept()
