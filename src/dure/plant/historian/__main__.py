"""`python -m dure.plant.historian`: the historian of `$DURE_HOME`."""

import logging
import os
import sys

from dure.plant.historian.process import run
from dure.vocabulary import DureError, home


def main() -> int:
    """Run until told to stop; 2 with one sentence if it cannot start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        run(home())
    except DureError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # a client's thread may stand inside the database: nothing is torn down under it
