"""`python -m dure.sharing.tunnel HUB NAME TO`: the node's line to its hub, as a process of its own."""

import sys

from dure.sharing.tunnel.running import join
from dure.vocabulary import DureError, home


def main() -> int:
    """The exit code."""
    try:
        return join(home(), *sys.argv[1:4])
    except DureError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
