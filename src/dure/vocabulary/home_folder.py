"""The home folder of a node: everything it keeps lies below it."""

import os
from pathlib import Path


def home() -> Path:
    """Folder of the node's state: `$DURE_HOME`, else `dure-home` where the command was started."""
    return Path(os.environ.get("DURE_HOME", "dure-home")).expanduser().absolute()
