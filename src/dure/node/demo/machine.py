"""The line's cyclers as an OPC UA server: its address space, and what its tags show."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from dure.node.demo.formation import Readings

if TYPE_CHECKING:
    from asyncua.common.node import Node
    from asyncua.server.server import Server
    from asyncua.ua.uatypes import DataValue, NodeId

NAMESPACE = "urn:daon-battery:formation"
UNECE = "http://www.opcfoundation.org/UA/units/un/cefact"
# UNECE Recommendation 20 code, sign, range; the id of a unit is its code's letters as bytes (OPC UA Part 8, 5.6.3.3).
UNITS = {"V": ("VLT", "V", (0.0, 5.0)), "A": ("AMP", "A", (-10.0, 10.0)), "Cel": ("CEL", "°C", (-20.0, 80.0))}
KOREAN = {"Voltage": "전압", "Current": "전류", "Temperature": "온도"}
# Tags that somebody set up without a unit, as on any real line.
WITHOUT_UNIT = frozenset({"Cell05/Voltage", "Cell12/Temperature", "Cell20/Current"})


@dataclass(frozen=True, slots=True)
class Tag:
    """One measured quantity of the line: its place below the formation area, and its unit (UCUM) if any."""

    path: str
    unit: str

    @property
    def names(self) -> Sequence[str]:
        """Folder and name."""
        return self.path.split("/")


def tags(cells: int) -> list[Tag]:
    """Every tag of the line, cell by cell; the chamber last.

    >>> [tag.path for tag in tags(1)]
    ['Cell01/Voltage', 'Cell01/Current', 'Cell01/Temperature', 'Chamber/Temperature']
    """
    kinds = (("Voltage", "V"), ("Current", "A"), ("Temperature", "Cel"))
    listed = [(f"Cell{n:02d}/{name}", unit) for n in range(1, cells + 1) for name, unit in kinds]
    listed.append(("Chamber/Temperature", "Cel"))
    return [Tag(path, "" if path in WITHOUT_UNIT else unit) for path, unit in listed]


def samples(readings: Readings, origin: datetime) -> Iterator[tuple[int, datetime, float]]:
    """Place of the tag, source time and value of everything that was sent in one second."""
    now = origin + timedelta(seconds=readings.second)
    for cell, sent in enumerate(readings.sent):
        if sent:
            when = now - timedelta(seconds=float(readings.behind[cell]))
            yield 3 * cell, when, float(readings.voltage[cell])
            yield 3 * cell + 1, when, float(readings.current[cell])
            yield 3 * cell + 2, when, float(readings.temperature[cell])
    yield 3 * len(readings.sent), now, readings.chamber


async def set_up(server: "Server", cells: int) -> list["NodeId"]:
    """Build the address space; the node id of every tag, in the order of `tags`."""
    from asyncua import ua
    from asyncua.ua.attribute_ids import AttributeIds

    index = await server.register_namespace(NAMESPACE)
    area = server.nodes.objects
    for name in ("Line1", "Formation"):
        area = await area.add_object(index, name)
    folders: dict[str, Node] = {}
    ids = []
    for tag in tags(cells):
        folder, name = tag.names
        if folder not in folders:
            folders[folder] = await area.add_object(index, folder)
        place = ua.NodeId(ua.String(f"Line1.Formation.{folder}.{name}"), ua.Int16(index))
        variable = await folders[folder].add_variable(place, ua.QualifiedName(name, index), 0.0)
        label = ua.DataValue(ua.Variant(ua.LocalizedText(f"{folder} {KOREAN[name]}", "ko")))
        for attribute in (AttributeIds.DisplayName, AttributeIds.Description):
            await server.write_attribute_value(variable.nodeid, label, attribute)
        if tag.unit:
            await _add_unit(variable, tag.unit)
        ids.append(variable.nodeid)
    return ids


async def _add_unit(variable: "Node", unit: str) -> None:
    """Properties EngineeringUnits and EURange (OPC UA Part 8, 5.3.2.3)."""
    from asyncua import ua

    code, sign, (low, high) = UNITS[unit]
    information = ua.EUInformation(
        NamespaceUri=UNECE,
        UnitId=int.from_bytes(code.encode("ascii"), "big"),
        DisplayName=ua.LocalizedText(sign),
        Description=ua.LocalizedText(code),
    )
    await variable.add_property(ua.NodeId(), ua.QualifiedName("EngineeringUnits", 0), information)
    await variable.add_property(ua.NodeId(), ua.QualifiedName("EURange", 0), ua.Range(Low=low, High=high))


class Machine:
    """The OPC UA server on a port of 127.0.0.1, with the tags of so many cells; `show` writes what they read."""

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._ids: list[NodeId] = []
        self._server: Server | None = None

    async def start(self, port: int) -> None:
        """Build the address space, and listen."""
        from asyncua import ua
        from asyncua.server.server import Server

        server = self._server = Server()
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
        server.set_server_name("Daon Battery formation line (simulated)")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        self._ids = await set_up(server, self._cells)
        await server.start()

    async def show(self, shown: Iterable[tuple[int, datetime, float]]) -> None:
        """Write tags, each with its source time."""
        if self._server is None:
            return
        for place, when, value in shown:
            await self._server.write_attribute_value(self._ids[place], _data_value(value, when))

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            await self._server.stop()


def _data_value(value: float, when: datetime) -> "DataValue":
    from asyncua import ua

    # asyncua writes any datetime; its own subclass adds nothing, and making one costs more than the write.
    source, server = cast("ua.DateTime", when), cast("ua.DateTime", datetime.now(UTC))
    return ua.DataValue(
        ua.Variant(value, ua.VariantType.Double), SourceTimestamp=source, ServerTimestamp=server
    )
