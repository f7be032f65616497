"""Where PLC simulators and clients of other authors lie, fetched by one visible script when a test first needs them."""

import fcntl
import subprocess
from functools import cache

import pytest

from peers.servers import HERE

FOLDER = HERE.parents[1] / ".venv-peers" / "plc"


@cache
def foreign(name):
    """Folder of a package of tests/peers/plc/pins.txt, to be put on a path."""
    FOLDER.parent.mkdir(exist_ok=True)
    with (FOLDER.parent / "plc.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([HERE / "plc" / "fetch", FOLDER], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"tests/peers/plc/fetch failed: {done.stderr[-400:]}", pytrace=False)
    return str(FOLDER / name)
