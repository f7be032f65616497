"""Lineage: from a source over signals, data and models to what runs and is offered, and back.

Every room tells its own edges; the node introduces them by the setting `DURE_LINEAGE` (dotted functions). Names
follow W3C PROV: an edge says that its end was derived from its beginning.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from dure.plant.inventory.models import Alias, Equipment, Signal, Upload
from dure.vocabulary import Text

RANKS = ("source", "signal", "equipment", "file", "table", "recipe", "model", "deployment", "offer")
"""Kinds from where data begins to where it is used: the columns of the picture, those that occur."""
KINDS = {
    "source": Text("source", "데이터 소스"),
    "signal": Text("signal", "신호"),
    "equipment": Text("equipment", "설비"),
    "file": Text("file", "파일"),
    "table": Text("training table", "학습 표"),
    "recipe": Text("recipe", "레시피"),
    "model": Text("model", "모델"),
    "deployment": Text("model on the line", "라인의 모델"),
    "offer": Text("offer", "제공"),
}
MOST = 400
"""Nodes in one answer."""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in the lineage: `kind:id`, its title, its page."""

    kind: str
    id: str
    title: str = ""
    url: str = ""

    @property
    def key(self) -> str:
        """Unique over all kinds."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Edge:
    """`end` was made from `begin`; `how` in one word."""

    begin: str
    end: str
    how: str = ""


@dataclass(slots=True)
class Graph:
    """Nodes by key, and edges between them."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: set[Edge] = field(default_factory=set)
    left_out: int = 0

    def add(self, *told: Node | Edge) -> None:
        """Take nodes and edges in."""
        for one in told:
            if isinstance(one, Node):
                self.nodes[one.key] = one
            else:
                self.edges.add(one)

    def around(self, key: str) -> "Graph":
        """All that `key` came from and all that came from it; brothers are left out."""
        kept = {key} | self._reached(key, back=True) | self._reached(key, back=False)
        order = sorted(kept, key=lambda one: (one != key, one))
        chosen = set(order[:MOST])
        found = Graph(left_out=len(order) - len(chosen))
        found.nodes = {one: self.nodes.get(one) or _unknown(one) for one in sorted(chosen)}
        found.edges = {edge for edge in self.edges if edge.begin in chosen and edge.end in chosen}
        return found

    def _reached(self, key: str, *, back: bool) -> set[str]:
        steps: dict[str, list[str]] = {}
        for edge in self.edges:
            begin, end = (edge.end, edge.begin) if back else (edge.begin, edge.end)
            steps.setdefault(begin, []).append(end)
        found: set[str] = set()
        waiting = [key]
        while waiting:
            for one in steps.get(waiting.pop(), ()):
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return found

    def to_prov(self) -> dict[str, Any]:
        """The graph in the names of PROV-JSON (W3C member submission, 2013)."""
        entities = {
            f"dure:{key}": {"prov:type": f"dure:{one.kind}", "prov:label": one.title or one.id}
            for key, one in sorted(self.nodes.items())
        }
        ordered = sorted(self.edges, key=lambda edge: (edge.begin, edge.end, edge.how))
        derived = {
            f"_:d{number}": {
                "prov:generatedEntity": f"dure:{edge.end}",
                "prov:usedEntity": f"dure:{edge.begin}",
                **({"prov:type": f"dure:{edge.how}"} if edge.how else {}),
            }
            for number, edge in enumerate(ordered)
        }
        return {"prefix": {"dure": "urn:dure:"}, "entity": entities, "wasDerivedFrom": derived}


Tells = Callable[[], Iterable[Node | Edge]]


def lineage_graph(key: str | None = None) -> Graph:
    """The lineage that all rooms tell; around one node if it is named (`signal:line1/Cell01/Voltage`)."""
    graph = Graph()
    for name in ("dure.plant.inventory.lineage.tell", *getattr(settings, "DURE_LINEAGE", ())):
        graph.add(*cast("Tells", import_string(name))())
    return graph if key is None else graph.around(key)


def tell() -> list[Node | Edge]:
    """What the inventory knows: sources, signals, equipment, files, and the recipe a file was prepared by."""
    return [*_signals(), *_files()]


def _signals() -> list[Node | Edge]:
    page = reverse("inventory:data")
    told: list[Node | Edge] = []
    for key, source, place in Signal.objects.values_list("id", "source", "equipment"):
        told += [
            Node("signal", key, "/".join(key.split("/")[-2:]), f"{page}?{urlencode({'words': key})}"),
            Node("source", source, source, reverse("inventory:source", args=[source])),
            Edge(f"source:{source}", f"signal:{key}", "read"),
        ]
        if place:
            told.append(Edge(f"signal:{key}", f"equipment:{place}", "tells-of"))
    for one in Equipment.objects.all():
        told.append(Node("equipment", one.pk, str(one.title), reverse("equipment:machine", args=[one.pk])))
    return told + [
        Edge(f"source:{one.source}", f"signal:{one.old}", "renamed") for one in Alias.objects.all()
    ]


def _files() -> list[Node | Edge]:
    titles = {one.pk: one for one in Upload.objects.all()}
    told: list[Node | Edge] = [
        Node("file", one.pk, one.title, reverse("inventory:upload", args=[one.pk])) for one in titles.values()
    ]
    from dure.plant.connect import sources
    from dure.vocabulary import home

    by_file = {one.file: one for one in titles.values()}
    for source in sources(home()):
        upload = by_file.get(source.url.rpartition("/uploads/")[2])
        if upload is not None:
            told.append(Edge(f"file:{upload.pk}", f"source:{source.id}", "imported"))
    return told


def _unknown(key: str) -> Node:
    kind, _colon, name = key.partition(":")
    return Node(kind, name, name)


def ranks(graph: Graph) -> list[list[Node]]:
    """Nodes by column of the picture: each right of all that it came from."""
    depth = dict.fromkeys(graph.nodes, 0)
    for _round in range(len(RANKS) + 2):
        moved = False
        for edge in graph.edges:
            if (
                edge.begin in depth
                and edge.end in depth
                and depth[edge.end] <= depth[edge.begin] < len(RANKS)
            ):
                depth[edge.end], moved = depth[edge.begin] + 1, True
        if not moved:
            break
    columns: dict[int, list[Node]] = {}
    for key, rank in depth.items():
        columns.setdefault(rank, []).append(graph.nodes[key])
    return [sorted(columns[rank], key=lambda one: (_rank(one.kind), one.id)) for rank in sorted(columns)]


def _rank(kind: str) -> int:
    return RANKS.index(kind) if kind in RANKS else len(RANKS)


def as_facts(graph: Graph) -> Mapping[str, Any]:
    """The graph as plain facts, for a command or a page."""
    return {
        "nodes": len(graph.nodes),
        "edges": len(graph.edges),
        "left_out": graph.left_out,
        **graph.to_prov(),
    }
