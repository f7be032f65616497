"""A worker that only follows alarms, to be killed; it says `.` after each tick."""

import os
import sys
import time


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dure.node.settings"
    import django

    django.setup()
    from dure.plant.alarms import Evaluator
    from dure.plant.historian import Historian
    from dure.vocabulary import home

    evaluator = Evaluator(Historian(home()))
    while True:
        evaluator.tick()
        sys.stdout.write(".\n")
        sys.stdout.flush()
        time.sleep(0.02)


if __name__ == "__main__":
    main()
