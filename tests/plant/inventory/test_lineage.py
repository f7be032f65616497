"""Lineage from source to what runs, both ways, as PROV and as a picture."""

import pytest

from dure.plant.inventory.drawing import picture
from dure.plant.inventory.lineage import Edge, Graph, Node, lineage_graph, ranks
from dure.plant.inventory.models import Signal

pytestmark = pytest.mark.usefixtures("db", "home")


@pytest.fixture
def graph():
    made = Graph()
    made.add(
        Node("source", "plc"), *(Node("signal", name) for name in "abc"), Node("model", "m"), Node("deployment", "d"),
        *(Edge("source:plc", f"signal:{name}") for name in "abc"),
        Edge("signal:a", "model:m", "learnt"), Edge("signal:b", "model:m", "learnt"), Edge("model:m", "deployment:d"),
    )  # fmt: skip
    return made


def test_from_a_model_back_to_the_source_and_on_to_the_line(graph):
    assert set(graph.around("model:m").nodes) == {
        "source:plc",
        "signal:a",
        "signal:b",
        "model:m",
        "deployment:d",
    }
    assert set(graph.around("signal:c").nodes) == {"source:plc", "signal:c"}
    assert set(graph.around("deployment:d").nodes) == {
        "source:plc",
        "signal:a",
        "signal:b",
        "model:m",
        "deployment:d",
    }


def test_a_circle_ends_and_an_unknown_node_stands_alone(graph):
    graph.add(Edge("deployment:d", "source:plc"))
    assert "signal:c" in graph.around("deployment:d").nodes
    assert len(ranks(graph)) >= 2
    assert list(graph.around("model:gone").nodes) == ["model:gone"]


def test_it_is_written_in_the_names_of_prov(graph):
    told = graph.around("model:m").to_prov()
    assert told["entity"]["dure:model:m"] == {"prov:type": "dure:model", "prov:label": "m"}
    pairs = {(one["prov:usedEntity"], one["prov:generatedEntity"]) for one in told["wasDerivedFrom"].values()}
    assert ("dure:signal:a", "dure:model:m") in pairs


def test_the_picture_has_a_box_for_each_and_escapes_names(graph):
    graph.add(Node("signal", "a", "<script>"))
    drawn = picture(graph.around("model:m"), "model:m")
    assert drawn.count("<rect") == 5
    assert "<script>" not in drawn
    assert [one.key for one in ranks(graph.around("model:m"))[0]] == ["source:plc"]


def test_many_of_one_kind_are_one_box(graph):
    graph.add(*(Edge("source:plc", f"signal:x{i}") for i in range(50)))
    graph.add(*(Node("signal", f"x{i}") for i in range(50)))
    assert picture(graph.around("source:plc"), "source:plc").count("<rect") < 10


def test_rooms_above_tell_their_part(kim):
    Signal.objects.create(id="line1/Cell01/V", source="line1", name="V", equipment="line1/Cell01")
    from dure.plant.registry import ModelVersion

    ModelVersion.objects.create(
        id="m1", name="Cells", fingerprint="f", task="detect", trained_by=kim, learnt_from=["signal:line1/Cell01"],
        card={"inputs": [{"name": "V"}]},
    )  # fmt: skip
    around = lineage_graph("model:m1")
    assert {"source:line1", "signal:line1/Cell01/V"} <= set(around.nodes)
