"""A worker that only scores, to be killed: `prepare PACKAGE ASSETS.json SINCE` once, then `run SINCE BEGUN SPEED`.

`run` lives in recorded time: it is `SINCE` [ns] at `BEGUN` [s since 1970] and passes `SPEED` times as fast as ours.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(words: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dure.node.settings"
    import django

    django.setup()
    if words[0] == "prepare":
        prepare(Path(words[1]), json.loads(Path(words[2]).read_text()), int(words[3]))
    else:
        run(int(words[1]), float(words[2]), float(words[3]))


def prepare(package: Path, assets: list[dict], since: int) -> None:
    from django.core.management import call_command

    from dure.foundation.parties import Organisation, Person, give_role
    from dure.plant.deploy import deploy
    from dure.plant.registry import register, release

    call_command("migrate", verbosity=0)
    person = Person.objects.create_user("kim", name="Kim")
    give_role(person, "engineer", Organisation.objects.create(name="Pumps Ltd"))
    model = register(package, "Pump watch", person)
    release(model, person)
    made = deploy(model, "Pumps", assets, person, reason="kill test", since=since)
    sys.stdout.write(f"{made.pk}\n")


def run(since: int, begun: float, speed: float) -> None:
    from dure.plant.deploy import Scorer
    from dure.plant.historian import Historian
    from dure.vocabulary import home

    scorer = Scorer(Historian(home()))
    while True:
        scorer.tick(since + int((time.time() - begun) * speed * 1e9))
        sys.stdout.write(".\n")
        sys.stdout.flush()
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1:])
