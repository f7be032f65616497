"""A renamed tag keeps its history and its models: a real historian, a real collector, a real training table."""

import subprocess
import sys
from collections.abc import Iterator

import polars as pl
import pytest

from dure.foundation.ledger import Entry
from dure.plant.connect import Source, add_source, source
from dure.plant.historian import Historian
from dure.plant.inventory import RoleTooSmall, refresh, training_table
from dure.plant.inventory.acts import undo
from dure.plant.inventory.models import Alias, Change, Signal
from dure.plant.inventory.renames import NotRenamed, likely, readdress, rename, resolve, suggest
from dure.plant.transport import batch
from dure.vocabulary import Sample
from dure.vocabulary import Signal as Described
from machines.historian_process import SECOND, historian_process, play

pytestmark = pytest.mark.usefixtures("db")
START = 1_700_000_000 * SECOND
OLD, NEW, OTHER = "line1/Cell01/Volt", "line1/Cell01/Voltage_V", "line1/Cell02/Volt"


@pytest.fixture
def line(tmp_path, monkeypatch) -> Iterator[Historian]:
    """Two cells for 200 s; after 100 s the source calls the first one's tag otherwise."""
    home = tmp_path / "home"
    monkeypatch.setenv("DURE_HOME", str(home))
    monkeypatch.setenv("DURE_LANG", "en")
    with historian_process(home) as client:
        add_source(
            home,
            Source(
                "line1",
                "opc.tcp://127.0.0.1:4840",
                signals=(Described(NEW, "line1", name="Voltage_V", unit="V", address="ns=2;s=new"),),
            ),
        )
        rows = []
        for second in range(200):
            time = START + second * SECOND
            tag = OLD if second < 100 else NEW
            rows.append(Sample(tag, time, 3.6 + 0.001 * (second % 50), received=time))
            rows.append(Sample(OTHER, time, 3.5 + 0.001 * (second % 50), received=time))
        play(client, "line1", [batch(rows)])
        yield client


def test_a_renamed_tag_is_guessed_and_one_click_lets_history_and_inputs_go_on(line, tmp_path, kim):
    refresh(line, now=START + 200 * SECOND)
    Signal.objects.filter(pk=OLD).update(unit="V")
    [guess] = suggest(Signal.objects.all())
    assert (guess.old, guess.new, guess.since) == (OLD, NEW, START + 100 * SECOND)
    position, _ = line.feed(None, [OLD], 0.0, as_json=True)
    rename(NEW, OLD, kim, line)
    assert resolve(NEW) == OLD
    # What a model on the line follows, the feed of the signal that its inputs name, goes on.
    fed: list[int] = []
    while len(fed) < 100:
        position, came = line.feed(position, [OLD], 5.0, as_json=True)
        assert came
        fed += [one["time"] for one in came]
    assert sorted(fed) == [START + second * SECOND for second in range(100, 200)]
    assert source(tmp_path / "home", "line1").renamed == {NEW: OLD}
    play_wait(line, OLD, 200)
    # What was trained on the old name is trained on the whole stretch, without a hole where the name changed.
    made = training_table(
        line, {"Cell01": {"Voltage": OLD}}, START, START + 200 * SECOND, SECOND, out=tmp_path / "t.parquet"
    )
    table = pl.read_parquet(made.path)
    assert table.height == 200
    assert table["Voltage"].to_list() == [3.6 + 0.001 * (second % 50) for second in range(200)]
    held = Signal.objects.get(pk=OLD)
    assert (held.name, held.address) == ("Voltage_V", "ns=2;s=new")
    assert not Signal.objects.filter(pk=NEW).exists()
    assert Entry.objects.filter(what="inventory.tag-renamed").count() == 1
    # Measuring again keeps it so, and gives the signal what its source now says of it.
    refresh(line, now=START + 200 * SECOND)
    held.refresh_from_db()
    assert held.address == "ns=2;s=new"
    assert held.measured["count"] == 200
    assert not Signal.objects.filter(pk=NEW).exists()
    assert suggest(Signal.objects.all()) == []


def play_wait(line, signal, count):
    from time import monotonic, sleep

    end = monotonic() + 20
    while monotonic() < end:
        if {one["signal"]: one["count"] for one in line.signals()}.get(signal) == count:
            return
        sleep(0.05)
    raise AssertionError(line.signals())


def test_what_still_comes_under_the_new_name_is_carried_over_at_the_next_measuring(line, kim):
    refresh(line, now=START + 200 * SECOND)
    rename(NEW, OLD, kim, line)
    play_wait(line, OLD, 200)
    play(line, "line1", [batch([Sample(NEW, START + 200 * SECOND, 3.7, received=START + 200 * SECOND)])])
    refresh(line, now=START + 201 * SECOND)
    play_wait(line, OLD, 201)
    refresh(line, now=START + 201 * SECOND)
    play_wait(line, OLD, 201)


def test_it_can_be_taken_back(line, tmp_path, kim):
    refresh(line, now=START + 200 * SECOND)
    rename(NEW, OLD, kim)
    undo(Change.objects.get(what="tag-renamed"), kim)
    assert not Alias.objects.exists()
    assert source(tmp_path / "home", "line1").renamed == {}
    assert Signal.objects.filter(pk=NEW).exists()


def test_only_what_can_be_one_signal_is_taken(line, kim, worker):
    refresh(line, now=START + 200 * SECOND)
    Signal.objects.create(id="press/Force", source="press")
    for new, old in ((NEW, NEW), (NEW, "gone"), (NEW, "press/Force")):
        with pytest.raises(NotRenamed):
            rename(new, old, kim)
    with pytest.raises(RoleTooSmall):
        rename(NEW, OLD, worker)
    assert not Alias.objects.exists()


def row(name, first, last, **facts):
    measured = {"period_s": 1.0, "low": 20.0, "high": 30.0, **facts}
    return {
        "id": f"s/{name}",
        "source": "s",
        "unit": "Cel",
        "kind": "number",
        "first": first * SECOND,
        "last": last * SECOND,
        **measured,
    }


@pytest.mark.parametrize(
    "new",
    [
        row("b", 1001, 2000, unit="bar"), row("b", 1001, 2000, kind="text"), row("b", 1001, 2000, period_s=60.0),
        row("b", 1001, 2000, low=900.0, high=1000.0), row("b", 1500, 2000), row("b", 500, 2000), row("b", 0, 2000),
    ],
)  # fmt: skip
def test_what_differs_in_unit_pace_values_or_time_is_not_guessed(new):
    assert likely([row("a", 0, 1000), new, row("other", 0, 2000)]) == []


def test_a_signal_that_still_speaks_was_not_renamed_and_each_is_guessed_once():
    assert likely([row("a", 0, 2000), row("b", 1001, 2000)]) == []
    guesses = likely([row("a", 0, 1000), row("a2", 0, 1000), row("ab", 1001, 2000), row("x", 0, 2000)])
    assert len(guesses) == 1
    assert guesses[0].new == "s/ab"


def test_a_collector_names_a_renamed_tag_as_it_was(tmp_path):
    """The collector of a real file, whose column was renamed, as a process of its own."""
    home, file = tmp_path / "home", tmp_path / "line.csv"
    file.write_text(
        "time,Voltage_V,Current\n"
        + "".join(f"2026-01-01T00:00:{i:02}Z,{3 + i / 100},{i}\n" for i in range(30))
    )
    renamed = {"csv/Voltage_V": "csv/Volt"}
    add_source(home, Source("csv", f"file://{file}", {"follow": False}, renamed=renamed))
    done = subprocess.run(
        [sys.executable, "-m", "dure.plant.connect", "csv"], env={"DURE_HOME": str(home), "PATH": ""}, timeout=60, check=True,
        capture_output=True,
    )  # fmt: skip
    from dure.plant.transport import Frame, Kind, decode, read_log

    names = {
        name
        for _, frame in read_log(home / "segments" / "csv")
        if isinstance(frame, Frame) and frame.kind is Kind.SAMPLES
        for name in decode(frame.payload)["signal"].to_pylist()
    }
    assert {name.rpartition("/")[2] for name in names} == {"Volt", "Current"}, (names, done.stderr)


def test_a_ticked_signal_is_given_a_new_address(tmp_path, monkeypatch, kim):
    monkeypatch.setenv("DURE_HOME", str(tmp_path))
    add_source(
        tmp_path, Source("line1", "opc.tcp://x:1", signals=(Described(OLD, "line1", address="ns=2;s=a"),))
    )
    signal = Signal.objects.create(id=OLD, source="line1")
    readdress(signal, "Voltage_V", "ns=2;s=b", kim)
    assert [(one.id, one.address) for one in source(tmp_path, "line1").signals] == [(OLD, "ns=2;s=b")]
    other = Signal.objects.create(id=OTHER, source="line1")
    with pytest.raises(NotRenamed):
        readdress(other, "x", "y", kim)
