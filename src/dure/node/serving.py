"""`python -m dure.node.serving pages|live`: one granian server, threads for pages, one loop for the live stream."""

import os
import sys
from typing import Any

from dure.node.lifeline import end_with_parent
from dure.node.options import Options, read

APPLICATIONS = {"pages": "dure.node.wsgi:application", "live": "dure.node.live:app"}
# Threads that answer pages at the same time; more than the browsers of one control room open at once.
PAGE_THREADS = 16


def serve(what: str, options: Options) -> None:
    """Serve `pages` or `live` until told to end."""
    from granian.constants import Interfaces
    from granian.server import Server

    pages = what == "pages"
    server = Server(
        APPLICATIONS[what],
        address=options.host,
        port=options.port if pages else options.live_port,
        interface=Interfaces.WSGI if pages else Interfaces.ASGI,
        workers=1,
        blocking_threads=PAGE_THREADS if pages else 1,
        log_level="error",  # type: ignore[arg-type] # granian takes the name as well as its own enum
        respawn_failed_workers=False,
        workers_kill_timeout=2,
    )
    server.serve(target_loader=_loaded)


def _loaded(target: str, *_more: Any) -> Any:
    # Runs in granian's worker process, which nobody else ties to its parent.
    end_with_parent()
    module, _, name = target.partition(":")
    from importlib import import_module

    return getattr(import_module(module), name)


if __name__ == "__main__":
    end_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.node.settings")
    serve(sys.argv[1], read())
