"""Several subscriptions in a session, batches by the server's make, deadbands, and what a server refuses of them."""

import asyncio
import contextlib

import pytest
from asyncua import ua

from dure.plant.connect import Place, SettingRefused
from dure.plant.connect.commit import GroupCommit
from dure.plant.connect.opcua import OpcUa, OpcUaSettings
from dure.plant.connect.opcua.profiles import Limits, profile_of
from dure.plant.connect.opcua.rates import Rate, Rates, groups
from dure.plant.transport import Kind, SegmentLog, decode, read_log
from dure.vocabulary import Signal
from peers.asyncua_server import DEFAULTS, build
from peers.servers import free_port

KINDS = [pytest.param("node-opcua", marks=pytest.mark.peer), "asyncua"]


@contextlib.asynccontextmanager
async def reading(home, url, signals=None, **settings):
    """A connector that reads into a log; yields it, its sink, and what is stored of a signal by its name."""
    home.mkdir(exist_ok=True)
    given = {"security": "none", "publishing": 100.0, "keep_alive": 0.5, "timeout": 10.0, **settings}
    connector = OpcUa(Place("line1", url, home), OpcUaSettings(**given))

    def stored(name):
        rows = (decode(f.payload).to_pylist() for _, f in read_log(home / "log") if f.kind is Kind.SAMPLES)
        return [row["value"] for part in rows for row in part if row["signal"].endswith(f"/{name}")]

    with SegmentLog(home / "log") as log:
        async with GroupCommit(log, every=0.05) as sink:
            task = asyncio.create_task(connector.subscribe(signals or (), sink))
            try:
                async with asyncio.timeout(20):
                    while not sink.tally.samples:
                        assert not task.done(), task.exception()
                        await asyncio.sleep(0.05)
                yield connector, sink, stored
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await connector.close()


@pytest.mark.parametrize("kind", KINDS)
def test_signals_are_spread_over_subscriptions_by_rate_and_number_and_all_are_read(kind, home, peer):
    server = peer(kind, variables=20, period=50)

    async def story():
        rates = "Line1/Value000* publishing=400 sampling=200"
        settings = {"rates": rates, "items_per_subscription": 12, "items_per_call": 5}
        async with reading(home, server.url, **settings) as (connector, _, stored):
            await asyncio.sleep(2.0)
            parts = connector._held.parts.values()
            assert sorted(len(part.handles) for part in parts if part.interval == pytest.approx(0.4)) == [10]
            assert max(len(part.handles) for part in parts) <= 12
            assert len(parts) == 3
            slow, fast = stored("Value0003"), stored("Value0013")
            assert 5 <= len(slow) <= len(fast)  # asyncua does not sample: it sends every write
            assert kind == "asyncua" or len(slow) < len(fast)
            assert stored("Temperature") == [25.0]

    asyncio.run(story())


def test_one_of_several_subscriptions_that_the_server_drops_is_made_anew_alone(home):
    async def story():
        port = free_port()
        server, (value, *_) = await build({**DEFAULTS, "port": port, "variables": 4})
        async with server:
            settings = {"items_per_subscription": 6}
            async with reading(home, f"opc.tcp://127.0.0.1:{port}", **settings) as (connector, _, stored):
                await asyncio.sleep(1.0)
                first, second = connector._held.parts
                connector._forget("a test", second)
                publishing = await connector._ready((), _Nowhere(), connector._book)
                assert first in publishing.held.parts
                assert len(publishing.held.parts) == 2
                assert not publishing.held.missing()
                await value.write_value(ua.DataValue(ua.Variant(7.0)))
                await asyncio.sleep(0.5)
                assert 7.0 in stored("Value0000")

    asyncio.run(story())


class _Nowhere:
    latest = 0

    def gap(self, gap):
        """Take it."""


def test_a_deadband_keeps_small_changes_away(home, peer):
    server = peer("node-opcua", variables=3, period=50)  # each turn changes a value by 1000

    async def story():
        rates = "Line1/Value0001 deadband=1e6; Line1/Value0002 deadband=1500"
        async with reading(home, server.url, rates=rates, trigger="value") as (_, _, stored):
            await asyncio.sleep(2.0)
            every, none, half = (stored(f"Value000{n}") for n in range(3))
            assert len(every) > 20
            assert len(none) <= 2
            assert len(every) / 3 < len(half) < len(every) * 2 / 3

    asyncio.run(story())


test_a_deadband_keeps_small_changes_away = pytest.mark.peer(test_a_deadband_keeps_small_changes_away)


@pytest.mark.peer
def test_a_deadband_that_the_server_refuses_is_left_out_with_a_note(home, peer):
    server = peer(
        "node-opcua", variables=3, period=50
    )  # percent needs an EURange, which only Temperature has

    async def story():
        async with reading(home, server.url, deadband="1%") as (connector, _, stored):
            await asyncio.sleep(1.0)
            assert any("take no deadband" in note for note in connector.notes), connector.notes
            assert len(stored("Value0001")) > 5
            assert stored("Words") or stored("Temperature")

    asyncio.run(story())


@pytest.mark.peer
def test_the_servers_own_limits_come_first(home, peer):
    server = peer("node-opcua", variables=40, period=50, limits={"maxNodesPerRead": 7, "maxMonitoredItemsPerCall": 3, "maxNodesPerBrowse": 2})  # fmt: skip

    async def story():
        async with reading(home, server.url) as (connector, _, stored):
            limits = await connector._link.limits()
            assert (limits.calls["read"], limits.calls["monitor"], limits.calls["browse"]) == (7, 3, 2)
            signals = await connector.browse()
            assert len(signals) == 49
            assert len(await connector.read(signals)) == 49
            await asyncio.sleep(0.5)
            assert stored("Value0039")

    asyncio.run(story())


@pytest.mark.peer
def test_thousands_of_variables_below_one_node_are_browsed_page_by_page(home, peer):
    server = peer("node-opcua", variables=2500, period=0)

    async def story():
        home.mkdir(exist_ok=True)
        connector = OpcUa(Place("line1", server.url, home), OpcUaSettings(security="none"))
        try:
            signals = await connector.browse()
            values = [signal for signal in signals if "Value" in signal.name]
            assert len(values) == 2500
            assert values[-1].id == "line1/Line1/Value2499"
            assert len(await connector.browse(1500)) == 1500
            assert any("stopped at 1500" in note for note in connector.notes)
            assert len(await connector.read(values)) == 2500
        finally:
            await connector.close()

    asyncio.run(story())


def test_a_refused_batch_is_halved_until_the_server_takes_it():
    asked = []

    async def story():
        limits = Limits(calls={"read": 100})

        async def call(part):
            asked.append(len(part))
            if len(part) > 30:
                raise ua.uaerrors.BadTooManyOperations
            return [one * 2 for one in part]

        assert await limits.each("read", list(range(110)), call) == [one * 2 for one in range(110)]
        assert limits.calls["read"] == 25

        async def never(_):
            raise ua.uaerrors.BadTooManyOperations

        with pytest.raises(ua.uaerrors.BadTooManyOperations):
            await limits.each("read", [1, 2, 3], never)

    asyncio.run(story())
    assert asked == [100, 50, 25, 25, 25, 25, 10]


def test_makes_are_known_by_a_part_of_their_name():
    assert profile_of("SIMATIC.S7-1200.OPC-UA.Application:PLC_1").call == 100
    assert profile_of("Kepware.KEPServerEX.V6").call == 1000
    assert profile_of("Prosys OPC UA Simulation Server").call == 800
    assert profile_of("something else").call == 500


@pytest.mark.parametrize(
    "rates",
    ["Line1/* sampling", "sampling=5", "Line1/* sampling=fast", "Line1/* queue=5", "Line1/* publishing=1",
     "Line1/* deadband=-1", "Line1/* deadband=100%"],
)  # fmt: skip
def test_rates_that_cannot_be_read_are_refused_before_anything_is_opened(rates, home):
    with pytest.raises(SettingRefused):
        OpcUa(Place("line1", "opc.tcp://h:1", home), OpcUaSettings(rates=rates))


def test_a_pattern_may_hold_spaces_and_the_first_that_fits_counts():
    rates = Rates.read(OpcUaSettings(rates="Line 1/Fast value sampling=5; Line 1/* sampling=500 deadband=2%"))
    assert rates.of("Line 1/Fast value").sampling == 5
    assert rates.of("Line 1/Slow") == Rate(500, 250, 2.0, percent=True)
    signals = [Signal(f"s/Line 1/{name}", "s") for name in ("Fast value", "a", "b")]
    assert [places for _, places in groups(signals, rates, 10)] == [[0], [1, 2]]
