"""Every connector against the one check, with a real peer."""

import asyncio

import pytest

from dure.plant.connect import (
    RULES,
    Place,
    SchemeUnknown,
    Source,
    connector_for,
    members,
    open_source,
    schemes,
)
from dure.plant.connect.check import PromiseBroken, World, check
from dure.plant.connect.file import Files, FileSettings
from dure.plant.connect.opcua import OpcUa, OpcUaSettings
from dure.plant.connect.promise import Mark
from dure.vocabulary import Quality, Sample

FAST = {"publishing": 100.0, "keep_alive": 0.5, "timeout": 1.5, "security": "none"}


def test_every_member_is_found_by_its_address():
    assert {"file", "opc.tcp"} <= set(schemes())
    assert all(connector_for(f"{scheme}://x") is member for scheme, member in schemes().items())
    with pytest.raises(
        SchemeUnknown, match=r"No connector reads .*An address starts with .*file://, .*opc.tcp://"
    ):
        connector_for("gopher://x")


@pytest.mark.parametrize("member", members())
def test_every_member_answers_every_rule(member):
    assert set(member.rules) == set(RULES)
    assert all(standing.why for standing in member.rules.values() if standing.mark is not Mark.DONE)


@pytest.mark.parametrize("kind", [pytest.param("node-opcua", marks=pytest.mark.peer), "asyncua"])
def test_opcua_keeps_the_promise(kind, home, tmp_path, peer, proxy):
    server = peer(kind, variables=3, period=100)
    link = proxy(server.port)

    def at(port):
        return OpcUa(Place("line1", f"opc.tcp://127.0.0.1:{port}", home), OpcUaSettings(**FAST))

    nothing = proxy(1)
    known = (
        Sample("line1/Line1/Whole", 0, -7.0),
        Sample("line1/Line1/Large", 0, 42.0),
        Sample("line1/Line1/Single", 0, 1.5),
        Sample("line1/Line1/Flag", 0, 1.0),
        Sample("line1/Line1/Words", 0, text="가동 중"),
        Sample("line1/Line1/Broken", 0, quality=Quality.BAD),
    )
    world = World(
        open=lambda: at(link.port),
        nowhere=lambda: at(nothing.port),
        known=known,
        units={"line1/Line1/Temperature": "Cel", "line1/Line1/Whole": ""},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))


def write_csv(folder, rows=50):
    folder.mkdir()
    lines = ["time,Temperature [°C],state"]
    lines += [f"2026-01-01T00:00:{n:02d},{20 + n / 10},{'run' if n % 2 else 'stop'}" for n in range(rows)]
    (folder / "line.csv").write_text("\n".join(lines) + "\n")


def test_files_keep_the_promise(home, tmp_path):
    folder = tmp_path / "machine"
    write_csv(folder)
    away = tmp_path / "away"

    def at(path):
        return open_source(home, Source("press", f"file://{path}", {"look": 0.1}))

    second = 1_000_000_000
    base = 1_767_225_600 * second  # 2026-01-01 UTC
    world = World(
        open=lambda: at(folder),
        nowhere=lambda: at(tmp_path / "nothing"),
        known=(
            Sample("press/Temperature", base + 7 * second, 20.7),
            Sample("press/state", base + 7 * second, text="run"),
            Sample("press/Temperature", base + 49 * second, 24.9),
        ),
        units={"press/Temperature": "Cel"},
        leave=lambda: folder.rename(away),
        come_back=lambda: away.rename(folder),
    )
    asyncio.run(check(world, tmp_path / "log"))


def test_a_connector_that_writes_unarmed_is_found_out(home, tmp_path):
    folder = tmp_path / "machine"
    write_csv(folder)

    class Careless(Files):
        async def write(self, signal, value, arm):
            """Write whatever is asked."""

    def make():
        return Careless(Place("press", f"file://{folder}", home), FileSettings())

    def nowhere():
        return Careless(Place("press", f"file://{tmp_path}/nothing", home), FileSettings())

    world = World(make, nowhere, (Sample("press/Temperature", 0, 20.0),), lambda: None, lambda: None)
    with pytest.raises(PromiseBroken, match="write-armed"):
        asyncio.run(check(world, tmp_path / "log"))
