"""Writing one value, in the type that the variable has; whether it may be written is decided before."""

from dure.plant.connect import SourceOdd
from dure.plant.connect.opcua.browse import node_of
from dure.plant.connect.opcua.link import Link
from dure.plant.connect.opcua.protocol import ua
from dure.plant.connect.opcua.subscription import namespaces_of
from dure.vocabulary import Signal


async def write(link: Link, signal: Signal, value: float) -> None:
    """Write `value` to the signal's variable.

    Raises
    ------
    SourceOdd
        If the server does not take it.
    """
    node = node_of(signal.address, await namespaces_of(link))
    (present,) = await link.session.read_attributes([node], ua.AttributeIds.Value)
    kind = present.Value.VariantType if present.Value is not None else ua.VariantType.Double
    given: bool | int | float = value
    if kind is ua.VariantType.Boolean:
        given = bool(value)
    elif kind not in (ua.VariantType.Float, ua.VariantType.Double):
        given = round(value)
    (status,) = await link.session.write_attributes([node], [ua.DataValue(ua.Variant(given, kind))])
    if not status.is_good():
        raise SourceOdd(link.where, why=f"{signal.id}: {status.name}")
