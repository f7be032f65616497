"""`python -m dure.node.demo`: the conductor of a node that runs with the demo line."""

import os
import sys

from dure.node.lifeline import end_with_parent
from dure.vocabulary import DureError, home


def main() -> int:
    """Conduct the node of `$DURE_HOME`; 0 once the alarm has come, 2 with one sentence if it cannot."""
    end_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.node.settings")
    import django

    django.setup()
    from dure.node.demo.conductor import Conductor
    from dure.plant.historian import Historian

    try:
        with Historian(home()) as historian:
            Conductor(home(), historian).conduct()
    except DureError as refusal:
        sys.stdout.write(f"demo: {refusal}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
