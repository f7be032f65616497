"""`dure demo`: the story of Daon Battery, steps 1 to 5, without a browser and on accelerated time.

Everything runs for real in processes of its own: the line as an OPC UA server, the collectors, the historian. Line
time runs faster than ours and lies in the past, so that no sample comes from the future. Every number that is
told is computed from what happened here; nothing is known beforehand but the seed.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dure.node.demo.cast import hire
from dure.node.demo.opening import connect, take_stock
from dure.node.demo.scene import Scene, Telling, Tempo
from dure.node.demo.troupe import Troupe
from dure.vocabulary import Answer


def tell(home: Path | None, tempo: Tempo | None = None) -> Answer:
    """Play the story in `home/demo`, emptied first, or in a temporary folder that is gone afterwards."""
    begun = time.monotonic()
    telling = Telling()
    with _stage(home) as place, Troupe(place) as troupe:
        from dure.plant.historian import Historian

        with Historian(place) as historian:
            _play(Scene(place, troupe, historian, hire(place), telling, tempo or Tempo()))
    return telling.answer(time.monotonic() - begun)


def _play(scene: Scene) -> None:
    from dure.node.demo.watching import Watch  # brings Django's models, which the stage sets up

    signals = connect(scene)
    learnt = take_stock(scene, signals)
    watch = Watch(scene, signals, learnt)
    try:
        watch.learn()
        watch.watch()
        watch.explain()
        watch.advise()
    finally:
        watch.scorer.close()


@contextmanager
def _stage(home: Path | None) -> Iterator[Path]:
    """A home that is ready: folders, keys, databases, and Django set up on it."""
    with tempfile.TemporaryDirectory(prefix="dure-demo-") as folder:
        place = Path(folder) if home is None else home / "demo"
        if place != Path(folder):
            shutil.rmtree(place, ignore_errors=True)
        os.environ["DURE_HOME"] = str(place)
        os.environ["DJANGO_SETTINGS_MODULE"] = "dure.node.settings"
        from dure.node.preparation import bring_up_to_date, make_home

        make_home(place)
        import django

        from dure.node.options import read

        django.setup()
        bring_up_to_date(read())
        yield place
