"""A consumer as a process of its own: receives into the chest, and prints a line for each chunk.

Argument: JSON with url, home, token, root.
"""

import json
import sys
from pathlib import Path

from dure.sharing.delivery import Bearer, Chest, Patience, opened_near, receive
from sharing.delivery.signing import AGREEMENT


def main() -> None:
    options = json.loads(sys.argv[1])
    home = Path(options["home"])
    done = receive(
        options["url"],
        Bearer.kept_at(home / "token.json", options["token"]),
        Chest(home / "sharing").part(AGREEMENT),
        root=options["root"],
        opener=opened_near,
        patience=Patience(tries=60, first=0.05, ceiling=0.3, timeout=10),
        told=lambda have, of: print("chunk", have, of, flush=True),  # noqa: T201 - how the test hears of it
    )
    print("done", done.fetched, done.found, flush=True)  # noqa: T201 - how the test hears of it


if __name__ == "__main__":
    main()
