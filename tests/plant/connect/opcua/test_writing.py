"""Writing: the variable's type, what it can hold, and what became of it."""

import asyncio
import math

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect import Arm, Place
from dure.plant.connect.arming import WriteNotTaken
from dure.plant.connect.opcua import OpcUa, OpcUaSettings
from dure.plant.connect.opcua.writing import ValueNotHeld, WriteRefused, coerced
from peers.asyncua_server import DEFAULTS, build
from peers.servers import free_port

KINDS = ua.VariantType


@given(st.floats(allow_nan=True), st.sampled_from([k for k in KINDS if 1 <= k.value <= 13]))
def test_a_value_is_held_exactly_or_refused(value, kind):
    try:
        variant = coerced("s/x", value, ua.Variant(0, kind))
    except ValueNotHeld:
        return
    assert variant.VariantType is kind
    if kind is KINDS.Float:
        assert math.isclose(variant.Value, value, rel_tol=1e-6, abs_tol=1e-37)
    else:
        assert variant.Value == value
    ua.ua_binary.variant_to_binary(variant)  # asyncua can put it on the wire


@pytest.mark.parametrize(
    ("kind", "value", "held"),
    [(KINDS.Boolean, 1.0, True), (KINDS.Boolean, 2.0, None), (KINDS.Byte, 255.0, 255), (KINDS.Byte, 256.0, None),
     (KINDS.Int16, -32768.0, -32768), (KINDS.Int16, 0.5, None), (KINDS.UInt32, -1.0, None), (KINDS.Double, 0.1, 0.1),
     (KINDS.Double, float("inf"), None), (KINDS.Float, 1e39, None), (KINDS.String, 1.0, None)],
)  # fmt: skip
def test_types_have_their_ranges(kind, value, held):
    if held is None:
        with pytest.raises(ValueNotHeld, match="s/x cannot hold"):
            coerced("s/x", value, ua.Variant(0, kind))
    else:
        assert coerced("s/x", value, ua.Variant(0, kind)).Value == held


def test_an_array_is_not_written():
    with pytest.raises(ValueNotHeld, match=r"Double\[\]"):
        coerced("s/x", 1.0, ua.Variant([1.0, 2.0]))


def test_writes_are_read_back_and_refusals_named(home):
    async def story():
        port = free_port()
        server, _ = await build({**DEFAULTS, "port": port, "variables": 1})
        line = await server.nodes.objects.get_child(["2:Line1"])
        whole = await line.get_child(["2:Whole"])
        await whole.set_writable()
        async with server:
            connector = OpcUa(
                Place("line1", f"opc.tcp://127.0.0.1:{port}", home), OpcUaSettings(security="none")
            )
            try:
                signals = {signal.name: signal for signal in await connector.browse()}

                async def write(name, value):
                    signal = signals[name]
                    await connector.write(signal, value, Arm(signal.id, -1e9, 1e9, "kim", 4 * 10**18))

                await write("Whole", 12.0)
                assert await whole.read_value() == 12
                assert (await whole.read_data_value()).Value.VariantType is KINDS.Int32
                with pytest.raises(ValueNotHeld, match="a whole number"):
                    await write("Whole", 12.5)
                with pytest.raises(WriteRefused, match="may only be read"):
                    await write("Single", 1.0)
                # a machine that says yes and keeps its own value
                await _stubborn(server, whole, 5)
                with pytest.raises(WriteNotTaken, match="reads 5 afterwards"):
                    await write("Whole", 13.0)
            finally:
                await connector.close()

    asyncio.run(story())


async def _stubborn(server, node, value):
    """Let a variable keep `value` whatever is written to it."""
    await node.write_value(ua.DataValue(ua.Variant(value, KINDS.Int32)))
    server.iserver.aspace.set_attribute_value_setter(node.nodeid, ua.AttributeIds.Value, lambda *_: None)
