"""The demo: a simulated formation line, the people of Daon Battery who act on it, and the story they play.

The line is a separate program that speaks OPC UA; the conductor and the story use the product as anyone would,
through its public functions, each act in the name of a demo person.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from dure.vocabulary import Answer

PROGRAMS: Mapping[str, str] = {"demo-line": "dure.node.demo.line", "demo": "dure.node.demo"}
"""What `dure up --demo` runs beside the node: name and module of each. The conductor (`demo`) ends by itself with
exit code 0 once the alarm has come; what it prints is meant for the terminal."""


def story(home: Path | None = None) -> Answer:
    """Play story steps 1 to 5 without a browser; every number is computed.

    Parameters
    ----------
    home
        Where it is kept, below `demo/`; None: the home that the environment names, else a temporary one.
    """
    from dure.node.demo.telling import tell

    named = os.environ.get("DURE_HOME")
    return tell(home or (Path(named).expanduser().absolute() if named else None))
