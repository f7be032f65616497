"""How the sources do, as whoever reads the page understands it."""

import json
import time

from dure.plant.connect import Source, add_source
from dure.plant.connect.keep import Watch
from dure.plant.inventory.sources import source_states, with_titles
from dure.vocabulary import SourceProblem, Text, use_language


class Unplugged(SourceProblem):
    """The cable is out."""

    key = "unplugged"
    says = Text("The cable of {where} is out.", "{where}의 케이블이 빠졌습니다.")
    remedy = Text("Plug it in.", "다시 꽂으세요.")


def test_why_a_source_is_lost_is_told_in_the_language_of_whoever_looks(home):
    add_source(home, Source("press", "opc.tcp://127.0.0.1:9"))
    watch = Watch("press")
    watch.down(Unplugged("press"))
    told = {"state": "lost", "told": time.time(), "error": watch.error}
    (home / "run").mkdir(exist_ok=True)
    (home / "run" / "collector-press.json").write_text(json.dumps(told))

    with use_language("ko"):
        assert [(one.error, one.remedy) for one in source_states(home)] == [
            ("press의 케이블이 빠졌습니다.", "다시 꽂으세요.")
        ]
    with use_language("en"):
        assert source_states(home)[0].error == "The cable of press is out."


def test_a_file_that_was_brought_in_is_named_by_its_title_and_counts_as_read(home):
    add_source(home, Source("pump", f"file://{home}/uploads/4f.table", enabled=False))
    add_source(home, Source("press", "opc.tcp://127.0.0.1:9", enabled=False))
    states = {one.source.id: one for one in with_titles(source_states(home), {"4f.table": "pump.csv"})}
    assert (states["pump"].imported, states["pump"].state) == ("pump.csv", "finished")
    assert (states["press"].imported, states["press"].state) == ("", "off")
