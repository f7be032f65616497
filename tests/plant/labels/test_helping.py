"""What would help most to label next, and why; stretches as a signal that a deployment follows."""

import time

import numpy as np
import pytest

from dure.foundation.ledger import Entry
from dure.plant.inventory import Signal
from dure.plant.labels import helpful, mark, take_back, write_signal
from dure.plant.labels.refusals import MarkWrong
from dure.plant.labels.things import things

pytestmark = pytest.mark.django_db


def test_without_labels_unlike_items_are_suggested_and_it_says_why(plates):
    told = helpful(plates, 5)
    assert len({one["key"] for one in told.items}) == 5
    assert {one["en"] for one in told.items} == {"Nothing like it is labelled yet."}
    assert "how unlike" in told.words.en


def test_with_labels_the_model_says_between_which_kinds_it_wavers(plates, person):
    frame, keys = things(plates).frame, things(plates).keys
    wear = frame.get_column("Tool wear [min]").to_numpy()
    order = np.argsort(wear)
    for row in [*order[:6], *order[-6:]]:
        mark(plates, person(), "good" if wear[row] < np.median(wear) else "crack", item=keys[row])
    told = helpful(plates, 5)
    assert told.by_model
    assert "wavers between" in told.items[0]["en"]
    assert "망설입니다" in told.items[0]["ko"]
    labelled = {keys[row] for row in [*order[:6], *order[-6:]]}
    assert not labelled & {one["key"] for one in told.items}


def test_pictures_are_compared_by_what_a_network_sees(tiles, person):
    first = things(tiles).keys[0]
    mark(tiles, person(), "crack", item=first)
    told = helpful(tiles, 3)
    assert (told.among, told.of, len(told.items)) == (12, 12, 3)
    assert (tiles.folder / "numbers.npz").is_file()
    assert first not in {one["key"] for one in told.items}


def test_when_all_is_labelled_nothing_is_suggested(plates, person):
    for key in things(plates).keys:
        mark(plates, person(), "good", item=key)
    assert helpful(plates).items == []


def _until(what):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if (found := what()) is not None:
            return found
        time.sleep(0.1)
    pytest.fail("it never came")


def test_stretches_become_a_signal_of_labels_and_what_is_taken_back_is_corrected(leaks, person, plant):
    first = -(-plant.span[0] // 10**9) * 10**9
    kim, name = person(), "labels/line1/pump/leak"
    mark(leaks, kim, "normal", signals=["line1/pump"], start=first, end=first + 5 * 10**9)
    mark(leaks, kim, "leak", signals=["line1/pump"], start=first + 5 * 10**9, end=first + 8 * 10**9)
    assert write_signal(leaks, kim, plant, name="leak") == {name: 8}

    def read():
        rows = plant.query([name], 0, 2**62 - 1).to_pylist()
        return [(row["text"], row["quality"]) for row in rows] if len(rows) == 8 else None

    assert [text for text, _ in _until(read)] == ["normal"] * 5 + ["leak"] * 3
    assert Signal.objects.get(pk=name).source == "labels"
    assert Entry.objects.filter(what="labels.signal_written").count() == 1
    assert write_signal(leaks, kim, plant, name="leak") == {name: 0}
    take_back(leaks, kim)
    mark(leaks, kim, "normal", signals=["line1/pump"], start=first + 5 * 10**9, end=first + 7 * 10**9)
    assert write_signal(leaks, kim, plant, name="leak") == {name: 3}
    told = read()
    assert [text for text, _ in told[:7]] == ["normal"] * 7
    assert told[7][1] == 2  # nobody says it any more: bad, and no deployment takes it


def test_a_deployment_reads_the_signal_as_late_labels(leaks, person, plant):
    from dure.plant.deploy.labels import Labels

    first = -(-plant.span[0] // 10**9) * 10**9
    mark(leaks, person(), "leak", signals=["line1/pump"], start=first, end=first + 3 * 10**9)
    write_signal(leaks, person(), plant, name="late")
    name = "labels/line1/pump/late"
    _until(lambda: plant.query([name], 0, 2**62 - 1).num_rows or None)
    found = Labels({name: "pump"}, since=first, every=10**9).arrived(plant, {"pump": first + 10**10})
    assert [(one.asset, one.value) for one in found] == [("pump", "leak")] * 3


def test_too_many_samples_are_refused(leaks, person, plant):
    with pytest.raises(MarkWrong):
        write_signal(leaks, person(), plant)
    mark(leaks, person(), "leak", signals=["line1/pump"], start=0, end=300 * 86_400 * 10**9)
    with pytest.raises(MarkWrong, match="200,000"):
        write_signal(leaks, person(), plant)
