"""`dure up` and `dure demo`: the node itself; `dure edge run`: a box of it."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from dure.plant.edge.commands import edge
from dure.vocabulary import Answer, ExtraAbsent, NodeProblem, Text

app = typer.Typer()


class Part(StrEnum):
    """What a node is for."""

    PLANT = "plant"
    HUB = "hub"
    BOTH = "both"


class HubAbsent(NodeProblem):
    """The rooms of the hub are not built yet."""

    key = "hub-absent"
    says = Text("The rooms of a {where} are not there yet.", "{where} 기능은 아직 준비되지 않았습니다.")
    remedy = Text("Start a plant with: dure up", "다음으로 공장 노드를 시작하세요: dure up")


@app.command()
def up(
    role: Annotated[Part, typer.Option(help="What this node is for.")] = Part.PLANT,
    port: Annotated[
        int | None, typer.Option(help="Port of the pages; live values take the next one.", min=1, max=65534)
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="With a simulated line that runs beside the node.")
    ] = False,
) -> int:
    """Run the node until Ctrl-C: pages, live values, historian, collectors, worker."""
    if role is not Part.PLANT:
        raise HubAbsent(role.value)
    if port:
        os.environ["DURE_PORT"] = str(port)
    _require_node("dure up")
    from dure.node.processes import run

    return run(demo=demo)


@app.command()
def demo() -> Answer:
    """Play the story without a browser, printing each computed number."""
    _require_node("dure demo")
    from dure.node.demo import story

    answer: Answer = story()
    return answer


@edge.command("run")
def run_box() -> int:
    """Collect on this box and hand on to its node, until Ctrl-C: no pages, no historian."""
    from dure.node.edge import run
    from dure.plant.edge import invitation_of
    from dure.vocabulary import home

    return run(invitation_of(home()).url)


def _require_node(what: str) -> None:
    from importlib.util import find_spec

    # Looked for and not imported: the process that starts the others holds nothing of them.
    for library in ("django", "dbos", "granian"):
        if find_spec(library) is None:
            raise ExtraAbsent(what, library=library, extra="node")
