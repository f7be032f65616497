"""The sources of the demo, each tried before it is kept, as anybody's would be: `dure connect add` in a few lines."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.plant.connect import Connector
    from dure.plant.connect import Source as Kept
    from dure.vocabulary import Signal

PAPERS = Path(__file__).parent / "papers"
MES = "mes"


@dataclass(frozen=True, slots=True)
class Way:
    """A source: its name, the protocol as the line announces it and as people say it, settings unlike their default."""

    source: str
    key: str
    protocol: str
    settings: Mapping[str, Any] = field(default_factory=dict)


LINE = Way("daon", "opcua", "OPC UA")
ROOMS = Way("hall", "mqtt", "MQTT", {"queue": 20_000})
METERS = Way("utilities", "modbus", "Modbus TCP")
WAYS = (LINE, ROOMS, METERS)
SOURCES = tuple(way.source for way in WAYS)


def connect(home: Path, way: Way, url: str) -> "Sequence[Signal]":
    """Try an address and keep it as a source; one that is kept already only gets its address of today."""
    from dure.plant import connect as room

    settings = dict(way.settings)
    if way is METERS:
        settings["tags"] = str(register_list(home))
    new = room.Source(way.source, url, settings)
    found = asyncio.run(_tried(room.open_source(home, new)))
    _keep(home, replace(new, signals=tuple(found)))
    return found


def connect_mes(home: Path, url: str) -> int:
    """Keep the MES's database, for events and not for signals, so that no collector runs; how many tables of it can be read."""
    from dure.plant import connect as room

    mes = room.Source(MES, url, enabled=False)
    asyncio.run(_identified(room.open_source(home, mes)))
    _keep(home, mes)
    tables = ("cell_run", "cycle", "lot_material")
    return sum(room.rows(home, MES, table, limit=1).num_columns > 0 for table in tables)


def register_list(home: Path) -> Path:
    """The register list of the meters, laid where the source finds it again."""
    place = home / "daon" / "utilities.csv"
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(PAPERS / "utilities.csv", place)
    return place


def _keep(home: Path, described: "Kept") -> None:
    from dure.plant import connect as room

    here = next((one for one in room.sources(home) if one.id == described.id), None)
    if here is None or (here.url, here.signals) != (described.url, described.signals):
        room.add_source(home, described, again=True)


async def _tried(connector: "Connector") -> "list[Signal]":
    try:
        await connector.identify()
        found = await connector.browse(10_000)
        await connector.read(found[:5])
    finally:
        await connector.close()
    return found


async def _identified(connector: "Connector") -> None:
    try:
        await connector.identify()
    finally:
        await connector.close()
