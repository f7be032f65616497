"""The one check of every connector, with an independent device, against both brokers."""

import asyncio

import pytest

from dure.plant.connect import Place
from dure.plant.connect.check import World, check
from dure.plant.connect.sparkplug import Sparkplug, SparkplugSettings
from dure.vocabulary import Quality, Sample

pytestmark = pytest.mark.peer
FAST = {"timeout": 2.0, "keep_alive": 1.0, "listen": 1.5, "rebirth": 0.3, "reorder": 0.3}
DEVICE = "line1/plant/line1/press"
KNOWN = (
    Sample("line1/plant/line1/load", 0, 0.5),
    Sample(f"{DEVICE}/Temperature", 0, 21.5),
    Sample(f"{DEVICE}/Negative", 0, -7.0),
    Sample(f"{DEVICE}/Running", 0, 1.0),
    Sample(f"{DEVICE}/Words", 0, text="가동 중"),
    Sample(f"{DEVICE}/Big", 0, 4_294_967_296.0),
    Sample(f"{DEVICE}/Nothing", 0, quality=Quality.BAD),
)


@pytest.mark.parametrize("kind", ["mosquitto", "aedes"])
def test_sparkplug_keeps_the_promise(  # noqa: PLR0917 - fixtures
    kind, home, tmp_path, broker, proxy, talker
):
    server = broker(kind)
    link, nothing = proxy(server.port), proxy(1)
    talker("device", port=server.port)

    def at(port):
        return Sparkplug(Place("line1", f"sparkplug://127.0.0.1:{port}", home), SparkplugSettings(**FAST))

    world = World(
        open=lambda: at(link.port),
        nowhere=lambda: at(nothing.port),
        known=KNOWN,
        units={f"{DEVICE}/Temperature": "Cel"},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))
