"""The demo: a simulated formation line, the people of Daon Battery who act on it, and the story they play.

The line is a separate program that speaks OPC UA; the conductor and the story use the product as anyone would,
through its public functions, each act in the name of a demo person.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from dure.vocabulary import Answer

LINE_PORT = 4850


def processes(home: Path, *, line_port: int = LINE_PORT) -> list[tuple[str, Sequence[str]]]:
    """Programs that `dure up --demo` runs beside the node: name and command of each, to be kept running.

    The conductor ends by itself, with exit code 0, once the model is at work.
    """
    here = [sys.executable, "-m"]
    return [
        ("demo-line", [*here, "dure.node.demo.line", "--port", str(line_port)]),
        ("demo-conductor", [*here, "dure.node.demo", "--home", str(home), "--line-port", str(line_port)]),
    ]


def story(home: Path | None = None) -> Answer:
    """Play story steps 1 to 5 without a browser, in `home` or in a temporary one; every number is computed."""
    from dure.node.demo.telling import tell

    return tell(home)
