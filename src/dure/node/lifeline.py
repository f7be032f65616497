"""A process of the node ends when the one that started it ends, however that one ended."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

# Linux: <sys/prctl.h>. Loaded before any fork, since the child may do little between fork and exec.
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tied_to(parent: int) -> Callable[[], None]:
    """What a child of process `parent` runs before it becomes its program: the kernel ends it with its parent."""

    def tie() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it ended before the tie was made
                os._exit(1)

    return tie


def end_with_parent(every: float = 1.0) -> None:
    """End this process soon after its parent; for processes that nobody could tie, on every system.

    Parameters
    ----------
    every
        How often the parent is looked for. [s]
    """
    parent = os.getppid()
    tied_to(parent)()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os._exit(1)

    if _LIBC is None:
        threading.Thread(target=watch, daemon=True, name="lifeline").start()
