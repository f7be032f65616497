"""What an edge node of ours writes and what any host reads: topics, payloads, sequence numbers."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.transport.sparkplug import (
    DataSet,
    DataType,
    EdgeNode,
    Metric,
    NameRefused,
    Payload,
    PayloadWrong,
    Template,
    Topic,
    check_name,
    command,
    decode,
    encode,
    read_topic,
    rebirth_request,
)

from .assertions import holds

NOW = 1_700_000_000_000_000_000


def edge(**options):
    return EdgeNode("plant", "line1", clock=lambda: NOW, **options)


def sent(publication):
    return decode(publication.payload)


LOAD = Metric("load", -5, DataType.INT16, properties={"engUnit": "kW", "Quality": 192})


@holds(
    "tck-id-topics-nbirth-topic", "tck-id-topics-dbirth-topic", "tck-id-topics-ndata-topic",
    "tck-id-topics-ddata-topic", "tck-id-topics-ndeath-topic", "tck-id-topics-ddeath-topic",
    "tck-id-topic-structure", "tck-id-topic-structure-namespace-a",
    "tck-id-topic-structure-namespace-device-id-associated-message-types",
    "tck-id-topic-structure-namespace-device-id-non-associated-message-types",
)  # fmt: skip
def test_every_message_has_its_topic():
    node = edge()
    said = [
        node.death(), node.birth([LOAD]), node.birth([LOAD], "press"), node.data([LOAD]),
        node.data([LOAD], "press"), node.device_death("press"),
    ]  # fmt: skip
    assert [one.topic for one in said] == [
        "spBv1.0/plant/NDEATH/line1", "spBv1.0/plant/NBIRTH/line1", "spBv1.0/plant/DBIRTH/line1/press",
        "spBv1.0/plant/NDATA/line1", "spBv1.0/plant/DDATA/line1/press", "spBv1.0/plant/DDEATH/line1/press",
    ]  # fmt: skip
    assert all(str(read_topic(one.topic)) == one.topic for one in said)
    for wrong in ("spBv1.0/plant/DDATA/line1", "spBv1.0/plant/NDATA/line1/press", "spAv1.0/plant/NDATA/line1",
                  "spBv1.0/plant/XDATA/line1", "spBv1.0//NDATA/line1", "spBv1.0/STATE/a/b", "spBv1.0"):  # fmt: skip
        assert read_topic(wrong) is None


@holds(
    "tck-id-topic-structure-namespace-valid-device-id", "tck-id-topic-structure-namespace-valid-edge-node-id",
    "tck-id-topic-structure-namespace-valid-group-id",
)  # fmt: skip
@pytest.mark.parametrize("name", ["", "a+b", "a/b", "#", "a\0"])
def test_names_that_a_topic_cannot_hold_are_refused(name):
    with pytest.raises(NameRefused, match="cannot be a Sparkplug id"):
        check_name(name)
    with pytest.raises(NameRefused):
        EdgeNode("plant", name, clock=lambda: NOW)


@holds(
    "tck-id-topics-nbirth-mqtt", "tck-id-topics-dbirth-mqtt", "tck-id-topics-ndata-mqtt", "tck-id-topics-ddata-mqtt",
    "tck-id-topics-ddeath-mqtt", "tck-id-payloads-nbirth-qos", "tck-id-payloads-nbirth-retain",
    "tck-id-payloads-dbirth-qos", "tck-id-payloads-dbirth-retain", "tck-id-payloads-ndata-qos",
    "tck-id-payloads-ndata-retain", "tck-id-payloads-ddata-qos", "tck-id-payloads-ddata-retain",
)  # fmt: skip
def test_births_and_data_go_out_at_qos_0_and_are_not_retained():
    node = edge()
    for one in (node.birth([LOAD]), node.birth([LOAD], "press"), node.data([LOAD]), node.data([LOAD], "press"),
                node.device_death("press")):  # fmt: skip
        assert (one.qos, one.retain) == (0, False)


@holds(
    "tck-id-payloads-sequence-num-always-included", "tck-id-payloads-sequence-num-incrementing",
    "tck-id-payloads-sequence-num-req-nbirth", "tck-id-payloads-nbirth-seq", "tck-id-topics-nbirth-seq-num",
    "tck-id-payloads-dbirth-seq", "tck-id-payloads-dbirth-seq-inc", "tck-id-topics-dbirth-seq",
    "tck-id-payloads-ndata-seq", "tck-id-payloads-ndata-seq-inc", "tck-id-topics-ndata-seq-num",
    "tck-id-payloads-ddata-seq", "tck-id-payloads-ddata-seq-inc", "tck-id-topics-ddata-seq-num",
    "tck-id-payloads-ddeath-seq", "tck-id-payloads-ddeath-seq-inc", "tck-id-payloads-ddeath-seq-number",
    "tck-id-topics-ddeath-seq-num", "tck-id-payloads-ndeath-seq", "tck-id-topics-ndeath-seq",
)  # fmt: skip
def test_sequence_numbers_go_round_from_the_birth():
    node = edge()
    said = [node.birth([LOAD]), node.birth([LOAD], "press")]
    said += [node.data([LOAD], "press" if n % 2 else "") for n in range(300)] + [node.device_death("press")]
    assert [sent(one).seq for one in said] == [n % 256 for n in range(303)]
    assert sent(node.birth([LOAD])).seq == 0
    assert sent(node.death()).seq is None


@holds(
    "tck-id-payloads-nbirth-bdseq", "tck-id-payloads-nbirth-bdseq-repeat", "tck-id-topics-nbirth-bdseq-included",
    "tck-id-topics-nbirth-bdseq-matching", "tck-id-topics-nbirth-bdseq-increment", "tck-id-payloads-ndeath-bdseq",
    "tck-id-topics-ndeath-payload", "tck-id-operational-behavior-data-commands-rebirth-action-3",
)  # fmt: skip
def test_births_and_deaths_share_the_number_of_their_connection():
    node = edge(bd_seq=254)
    numbers = []
    for _ in range(3):
        (death,) = sent(node.connecting()).metrics
        births = [next(m for m in sent(node.birth([LOAD])).metrics if m.name == "bdSeq") for _ in range(2)]
        assert {birth.value for birth in births} == {death.value}
        assert (death.name, death.kind) == ("bdSeq", DataType.INT64)
        numbers.append(death.value)
    assert numbers == [255, 0, 1]


@holds(
    "tck-id-payloads-alias-birth-requirement", "tck-id-payloads-alias-uniqueness", "tck-id-payloads-name-requirement",
    "tck-id-payloads-alias-data-cmd-requirement", "tck-id-payloads-metric-datatype-req",
    "tck-id-payloads-metric-datatype-not-req", "tck-id-topics-nbirth-metrics", "tck-id-topics-dbirth-metrics",
    "tck-id-payloads-nbirth-rebirth-req", "tck-id-topics-nbirth-rebirth-metric",
    "tck-id-operational-behavior-data-commands-rebirth-name", "tck-id-operational-behavior-data-commands-rebirth-datatype",
    "tck-id-operational-behavior-data-commands-rebirth-value",
    "tck-id-operational-behavior-data-commands-rebirth-name-aliases",
)  # fmt: skip
def test_births_name_what_data_mean_by_alias():
    node = edge()
    nodes, devices = sent(node.birth([LOAD])).metrics, sent(node.birth([LOAD], "press")).metrics
    born = [*nodes, *devices]
    assert all(metric.name and metric.kind and metric.value is not None for metric in born)
    aliases = [metric.alias for metric in born if metric.name == "load"]
    assert len(set(aliases)) == 2
    rebirth = next(metric for metric in nodes if metric.name == "Node Control/Rebirth")
    assert (rebirth.value, rebirth.kind, rebirth.alias) == (False, DataType.BOOLEAN, None)
    (changed,) = sent(node.data([Metric("load", -6)], "press")).metrics
    assert (changed.name, changed.alias, changed.kind) == ("", aliases[1], 0)


@holds(
    "tck-id-payloads-nbirth-timestamp", "tck-id-topics-nbirth-timestamp", "tck-id-payloads-dbirth-timestamp",
    "tck-id-topics-dbirth-timestamp", "tck-id-payloads-ndata-timestamp", "tck-id-topics-ndata-timestamp",
    "tck-id-payloads-ddata-timestamp", "tck-id-topics-ddata-timestamp", "tck-id-payloads-ddeath-timestamp",
    "tck-id-payloads-timestamp-in-UTC", "tck-id-payloads-metric-timestamp-in-UTC",
    "tck-id-payloads-name-birth-data-requirement",
)  # fmt: skip
def test_messages_and_metrics_bear_the_time():
    node = edge()
    for one in (node.birth([LOAD]), node.birth([LOAD], "press"), node.data([LOAD]), node.data([LOAD], "press"),
                node.device_death("press")):  # fmt: skip
        payload = sent(one)
        assert payload.time == NOW
        assert all(metric.time == NOW for metric in payload.metrics)


@holds(
    "tck-id-payloads-ncmd-qos", "tck-id-payloads-ncmd-retain", "tck-id-payloads-ncmd-seq", "tck-id-payloads-ncmd-timestamp",
    "tck-id-topics-ncmd-mqtt", "tck-id-topics-ncmd-topic", "tck-id-topics-ncmd-timestamp", "tck-id-topics-ncmd-payload",
    "tck-id-payloads-dcmd-qos", "tck-id-payloads-dcmd-retain", "tck-id-payloads-dcmd-seq", "tck-id-payloads-dcmd-timestamp",
    "tck-id-topics-dcmd-mqtt", "tck-id-topics-dcmd-topic", "tck-id-topics-dcmd-timestamp", "tck-id-topics-dcmd-payload",
    "tck-id-operational-behavior-data-commands-ncmd-rebirth-name",
    "tck-id-operational-behavior-data-commands-ncmd-rebirth-value",
    "tck-id-operational-behavior-data-commands-ncmd-rebirth-verb", "tck-id-operational-behavior-data-commands-ncmd-verb",
    "tck-id-operational-behavior-data-commands-dcmd-verb", "tck-id-payloads-name-cmd-requirement",
)  # fmt: skip
def test_commands_go_to_the_node_or_the_device():
    asked = rebirth_request("plant", "line1", NOW)
    assert (asked.topic, asked.qos, asked.retain) == ("spBv1.0/plant/NCMD/line1", 0, False)
    payload = sent(asked)
    assert (payload.seq, payload.time) == (None, NOW)
    assert [(m.name, m.value) for m in payload.metrics] == [("Node Control/Rebirth", True)]
    assert edge().asks_for_rebirth(asked.topic, asked.payload)
    for device, topic in (("", "spBv1.0/plant/NCMD/line1"), ("press", "spBv1.0/plant/DCMD/line1/press")):
        said = command(Topic("plant", "", "line1", device), Metric("set", 1.5, DataType.DOUBLE), NOW)
        assert (said.topic, said.qos, said.retain, sent(said).seq, sent(said).time) == (
            topic,
            0,
            False,
            None,
            NOW,
        )
        assert edge().commands(said.topic, said.payload)[1][0].value == 1.5
        assert not edge().asks_for_rebirth(said.topic, said.payload)


@holds(
    "tck-id-payloads-dataset-column-size", "tck-id-payloads-dataset-column-num-headers",
    "tck-id-payloads-dataset-types-def", "tck-id-payloads-dataset-types-num", "tck-id-payloads-dataset-types-type",
    "tck-id-payloads-dataset-types-value", "tck-id-payloads-dataset-parameter-type-req",
)  # fmt: skip
def test_a_table_keeps_columns_types_and_rows():
    table = DataSet(
        ("n", "name", "ok"),
        (DataType.INT32, DataType.STRING, DataType.BOOLEAN),
        ((-1, "가", True), (2, "b", False)),
    )
    (metric,) = decode(encode(Payload((Metric("t", table, DataType.DATASET),)))).metrics
    assert metric.value == table
    with pytest.raises(ValueError, match="as many types as columns"):
        encode(Payload((Metric("t", table._replace(types=(3,)), DataType.DATASET),)))


@holds(
    "tck-id-payloads-template-is-definition", "tck-id-payloads-template-definition-is-definition",
    "tck-id-payloads-template-definition-ref", "tck-id-payloads-template-instance-is-definition",
    "tck-id-payloads-template-instance-ref", "tck-id-payloads-template-version",
    "tck-id-payloads-template-parameter-name-required", "tck-id-payloads-template-parameter-value",
)  # fmt: skip
def test_a_structure_keeps_its_metrics_and_parameters():
    members = (
        Metric("rpm", 1500, DataType.INT32),
        Metric("inner", Template((), {}, ref="other"), DataType.TEMPLATE),
    )
    definition = Template(members, {"poles": 4, "maker": "가"}, definition=True, version="1")
    instance = Template(members[:1], {"ratio": 0.5, "on": True}, ref="motor")
    for template in (definition, instance):
        (metric,) = decode(encode(Payload((Metric("motor", template, DataType.TEMPLATE),)))).metrics
        assert metric.value == template


@holds(
    "tck-id-payloads-propertyset-keys-array-size", "tck-id-payloads-propertyset-values-array-size",
    "tck-id-payloads-propertyset-quality-value-type", "tck-id-payloads-propertyset-quality-value-value",
    "tck-id-payloads-metric-propertyvalue-type-req", "tck-id-payloads-metric-propertyvalue-type-type",
    "tck-id-payloads-metric-propertyvalue-type-value",
)  # fmt: skip
def test_properties_keep_their_types():
    from dure.plant.transport.sparkplug.schema import classes

    raw = classes().payload.FromString(encode(Payload((LOAD,))))
    properties = raw.metrics[0].properties
    assert list(properties.keys) == ["engUnit", "Quality"]
    assert [(v.type, v.WhichOneof("value")) for v in properties.values] == [
        (12, "string_value"),
        (3, "int_value"),
    ]
    assert decode(encode(Payload((LOAD,)))).metrics[0].properties == LOAD.properties


NUMBERS = {
    DataType.INT8: (-128, 127), DataType.INT16: (-(2**15), 2**15 - 1), DataType.INT32: (-(2**31), 2**31 - 1),
    DataType.INT64: (-(2**63), 2**63 - 1), DataType.UINT8: (0, 255), DataType.UINT16: (0, 2**16 - 1),
    DataType.UINT32: (0, 2**32 - 1), DataType.UINT64: (0, 2**64 - 1),
}  # fmt: skip


@holds("tck-id-payloads-metric-datatype-value", "tck-id-payloads-metric-datatype-value-type")
@given(st.data())
def test_values_of_every_type_come_back(data):
    kind = data.draw(st.sampled_from(list(DataType)[1:16] + list(DataType)[17:19] + list(DataType)[22:]))
    one = {
        **{kind: st.integers(*bounds) for kind, bounds in NUMBERS.items()},
        DataType.DATETIME: st.integers(0, 2**63),
        DataType.FLOAT: st.floats(width=32, allow_nan=False), DataType.DOUBLE: st.floats(allow_nan=False),
        DataType.BOOLEAN: st.booleans(), DataType.BYTES: st.binary(), DataType.FILE: st.binary(),
    }  # fmt: skip
    words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
    if kind >= DataType.INT8_ARRAY:
        single = DataType.DATETIME if kind == DataType.DATETIME_ARRAY else list(DataType)[kind - 21] if kind < 30 else {
            30: DataType.FLOAT, 31: DataType.DOUBLE, 32: DataType.BOOLEAN, 33: DataType.STRING}[int(kind)]  # fmt: skip
        value = tuple(data.draw(st.lists(one.get(single, words), max_size=20)))
    else:
        value = data.draw(one.get(kind, words))
    for sent_value in (value, None):
        (metric,) = decode(encode(Payload((Metric("m", sent_value, kind),)))).metrics
        assert (metric.value, metric.kind) == (sent_value, kind)
    with pytest.raises(ValueError, match="no data type"):
        encode(Payload((Metric("m", 1, 99),)))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    with suppress(PayloadWrong):
        assert len(decode(content).metrics) <= len(content)
