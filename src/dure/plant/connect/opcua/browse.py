"""What a server has: its variables under Objects, level by level, bounded (OPC 10000-4 §5.9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dure.plant.connect.opcua.link import Session
from dure.plant.connect.opcua.profiles import Limits
from dure.plant.connect.opcua.protocol import ua
from dure.plant.connect.opcua.units import unit_of
from dure.vocabulary import Signal

NODES_PER_CALL = 100
DEEPEST = 24
MOST_NODES = 500_000
_HIERARCHICAL, _HAS_PROPERTY = ua.NodeId(33), ua.NodeId(46)
_OBJECTS = ua.NodeId(85)
_SERVER = ua.NodeId(2253)
_SEPARATOR = "/"
_NEVER = datetime(1601, 1, 1, tzinfo=UTC)
_NO_POINT = "BadNoContinuationPoints"

# DataTypes of namespace 0 whose values are one number or one text, OPC 10000-3 §8
_NUMBERS = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 26, 27, 28, 29, 290}
_TEXTS = {12, 13, 21, 294}
_BOOLEAN = 1


@dataclass(slots=True)
class Found:
    """A variable on the way to being a signal."""

    node: Any
    path: str
    parent: str
    units: Any = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Browser:
    """Browses one server for one source; `notes` says what was left out."""

    session: Session
    source: str
    limits: Limits
    notes: list[str]

    async def signals(self, limit: int) -> list[Signal]:
        """Variables as signals, in the order of the server's tree, at most `limit`."""
        found = await self._walk(limit)
        await self._describe(found)
        arrays = [variable.path for variable in found if not variable.facts.get("kind")]
        if arrays:
            self.notes.append(f"{len(arrays)} variables hold no single number or text and are left out: {', '.join(arrays[:3])}")  # fmt: skip
        return [self._signal(variable) for variable in found if variable.facts.get("kind")]

    async def _walk(self, limit: int) -> list[Found]:
        found: list[Found] = []
        seen = {_OBJECTS, _SERVER}
        level: list[tuple[Any, str]] = [(_OBJECTS, "")]
        paths: set[str] = set()
        for _ in range(DEEPEST):
            below: list[tuple[Any, str]] = []
            for part in _parts(level, NODES_PER_CALL):
                children = await self._children([node for node, _ in part])
                for (_, path), references in zip(part, children, strict=True):
                    for reference in references:
                        node = _node(reference.NodeId)
                        if node in seen or self._own_of_server(node):
                            continue
                        seen.add(node)
                        here = _free(path, _name(reference), paths)
                        below.append((node, here))
                        if reference.NodeClass == ua.NodeClass.Variable:
                            found.append(Found(node, here, path))
                        if len(found) >= limit or len(seen) >= MOST_NODES:
                            self.notes.append(f"browsing stopped at {len(found)} signals")
                            return found
            level = below
            if not level:
                return found
        self.notes.append(f"browsing stopped at depth {DEEPEST}")
        return found

    def _own_of_server(self, node: Any) -> bool:
        """Whether it is one of the standard's own nodes: the server's diagnostics and the like."""
        return bool(node.NamespaceIndex == 0)

    async def _children(self, nodes: Sequence[Any]) -> list[list[Any]]:
        """Objects and variables below each node, properties apart."""
        both = ua.NodeClass.Object | ua.NodeClass.Variable
        results = await self._browse(nodes, _HIERARCHICAL, both)
        return [[one for one in result if one.ReferenceTypeId != _HAS_PROPERTY] for result in results]

    async def _browse(self, nodes: Sequence[Any], reference: Any, classes: int) -> list[list[Any]]:
        async def browse(part: Sequence[Any]) -> Sequence[list[Any]]:
            parameters = ua.BrowseParameters()
            parameters.View.Timestamp = _NEVER  # asyncua would send now, which strict servers read as a view
            parameters.RequestedMaxReferencesPerNode = 1000
            parameters.NodesToBrowse = [_description(node, reference, classes) for node in part]
            results = await self.session.browse(parameters)
            # a server with few continuation points refuses some nodes of a call: they are asked for alone
            return [
                (await browse([node]))[0] if len(part) > 1 and result.StatusCode.name == _NO_POINT else await self._whole(result)
                for node, result in zip(part, results, strict=True)
            ]  # fmt: skip

        return await self.limits.each("browse", nodes, browse)

    async def _whole(self, result: Any) -> list[Any]:
        """References of one node, with those the server kept for later."""
        references = list(result.References or ())
        while result.ContinuationPoint and len(references) < MOST_NODES:
            later = ua.BrowseNextParameters()
            later.ContinuationPoints, later.ReleaseContinuationPoints = [result.ContinuationPoint], False
            result = (await self.session.browse_next(later))[0]
            references.extend(result.References or ())
        return references

    async def _read(self, wanted: Sequence[tuple[Any, Any]]) -> list[Any]:
        """Values of (node, attribute) pairs; None where there is none."""

        async def read(part: Sequence[tuple[Any, Any]]) -> Sequence[Any]:
            parameters = ua.ReadParameters()
            parameters.NodesToRead = [
                ua.ReadValueId(NodeId=node, AttributeId=attribute) for node, attribute in part
            ]
            return list(await self.session.read(parameters))

        return [a.Value for a in await self.limits.each("read", wanted, read)]

    async def _describe(self, variables: Sequence[Found]) -> None:
        """Read type, rank, description and unit of the variables."""
        by = ua.AttributeIds
        names = {
            "type": by.DataType,
            "rank": by.ValueRank,
            "description": by.Description,
            "access": by.UserAccessLevel,
        }
        wanted = [(variable.node, attribute) for variable in variables for attribute in names.values()]
        answers = iter(await self._read(wanted))
        for variable in variables:
            for name in names:
                value = next(answers)
                variable.facts[name] = None if value is None else value.Value
        await self._read_units(variables)
        unclear = [variable for variable in variables if _kind(variable.facts) is None]
        values = await self._read([(variable.node, by.Value) for variable in unclear])
        for variable, value in zip(unclear, values, strict=True):
            variable.facts["kind"] = _kind_of_value(value)
        for variable in variables:
            variable.facts.setdefault("kind", _kind(variable.facts))

    async def _read_units(self, variables: Sequence[Found]) -> None:
        """Read the EngineeringUnits property where there is one (OPC 10000-8 §5.3.2)."""
        properties = await self._browse([v.node for v in variables], _HAS_PROPERTY, ua.NodeClass.Variable)
        having = [
            (variable, _node(one.NodeId))
            for variable, of_variable in zip(variables, properties, strict=True)
            for one in of_variable
            if one.BrowseName.Name == "EngineeringUnits"
        ]
        values = await self._read([(node, ua.AttributeIds.Value) for _, node in having])
        for (variable, _), value in zip(having, values, strict=True):
            variable.units = None if value is None else value.Value

    def _signal(self, variable: Found) -> Signal:
        facts, units = variable.facts, variable.units
        unit = unit_of(units.UnitId, units.DisplayName.Text or "") if hasattr(units, "UnitId") else ""
        return Signal(
            id=f"{self.source}/{variable.path}",
            source=self.source,
            name=variable.path.rpartition(_SEPARATOR)[2],
            unit=unit,
            address=address(variable.node, self.limits.namespaces),
            equipment=f"{self.source}/{variable.parent}".rstrip(_SEPARATOR),
            kind=facts["kind"],
            description=getattr(facts.get("description"), "Text", None) or "",
        )


def _description(node: Any, reference: Any, classes: int) -> Any:
    wanted = ua.BrowseDescription()
    wanted.NodeId, wanted.ReferenceTypeId = node, reference
    wanted.BrowseDirection, wanted.IncludeSubtypes = ua.BrowseDirection.Forward, True
    wanted.NodeClassMask, wanted.ResultMask = classes, ua.BrowseResultMask.All
    return wanted


def _kind(facts: dict[str, Any]) -> str | None:
    """`number`, `boolean`, `text`, empty for what is no single value, None where only a look at the value tells."""
    rank, data_type, access = facts.get("rank"), facts.get("type"), facts.get("access")
    if access is not None and not int(access) & 1:
        return ""
    if rank is not None and int(rank) >= 0:
        return ""
    if data_type is not None and data_type.NamespaceIndex == 0 and isinstance(data_type.Identifier, int):
        if data_type.Identifier == _BOOLEAN:
            return "boolean"
        if data_type.Identifier in _NUMBERS | _TEXTS:
            return "number" if data_type.Identifier in _NUMBERS else "text"
    return None


def _kind_of_value(variant: Any) -> str:
    if variant is None or getattr(variant, "is_array", False):
        return ""
    kind = int(variant.VariantType.value)
    if kind == 1:
        return "boolean"
    if kind in range(2, 12) or kind == 19:
        return "number"
    return "text" if kind in (12, 13, 21) else ""


def _name(reference: Any) -> str:
    return str(reference.BrowseName.Name or "?").replace(_SEPARATOR, "_").strip() or "?"


def _free(path: str, name: str, taken: set[str]) -> str:
    """Path of a child that no other node has: two servers' namespaces may use one name twice."""
    here = f"{path}{_SEPARATOR}{name}" if path else name
    free, turn = here, 2
    while free in taken:
        free, turn = f"{here}~{turn}", turn + 1
    taken.add(free)
    return free


def _node(expanded: Any) -> Any:
    """NodeId without the parts of an ExpandedNodeId, so that two spellings are one key."""
    return ua.NodeId(expanded.Identifier, expanded.NamespaceIndex)


def _parts(whole: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


def address(node: Any, namespaces: Sequence[str]) -> str:
    """NodeId as text with its namespace by name: the index may change when the server restarts (OPC 10000-6 §5.3.1.10)."""
    index = node.NamespaceIndex
    plain = ua.NodeId(node.Identifier, 0, node.NodeIdType).to_string() if index else node.to_string()
    return f"nsu={namespaces[index].replace('%', '%25').replace(';', '%3B')};{plain}" if 0 < index < len(namespaces) else node.to_string()  # fmt: skip


def node_of(written: str, namespaces: Sequence[str]) -> Any:
    """NodeId of an address; ValueError if the server has no such namespace or the text is no NodeId."""
    if not written.startswith("nsu="):
        return ua.NodeId.from_string(written)
    name, _, rest = written.removeprefix("nsu=").partition(";")
    index = list(namespaces).index(name.replace("%3B", ";").replace("%25", "%"))
    return ua.NodeId.from_string(f"ns={index};{rest}")
