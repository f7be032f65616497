"""Signals in a real historian, inventoried; tables to learn from; files brought in."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl
import pytest

from dure.foundation.ledger import Entry
from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.historian import Historian
from dure.plant.inventory import (
    ColumnsDiffer,
    NothingToLearn,
    NotYours,
    Signal,
    Upload,
    UploadBreaks,
    UploadEmpty,
    UploadTooLarge,
    UploadUnreadable,
    confirm_unit,
    profile_upload,
    refresh,
    store_upload,
    training_table,
)
from dure.vocabulary import FileProblem, Sample, UnknownUnit, use_language
from dure.vocabulary import Signal as Described
from machines.historian_process import SECOND, experiment, historian_process, play, samples

pytestmark = pytest.mark.usefixtures("db", "home")
NOW = 1_700_000_600 * SECOND
START = 1_700_000_000 * SECOND


@dataclass(frozen=True)
class Source:
    """A source as the connectors describe it."""

    id: str
    url: str = "opc.tcp://127.0.0.1:4840"
    signals: tuple[Described, ...] = field(default=())


@pytest.fixture(scope="module")
def historian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Historian]:
    """Five cells for ten minutes: Cell03's temperature is stuck, Cell02's clock 41 s behind, Cell05 marked no unit."""
    with historian_process(tmp_path_factory.mktemp("inventory") / "home") as client:
        rows = []
        for cell in range(1, 6):
            behind = 41 * SECOND if cell == 2 else 0
            for second in range(600):
                received = START + second * SECOND + 50_000_000
                time = START + second * SECOND - behind
                stuck = 25.0 if cell == 3 else 25 + 0.01 * ((second * 7 + cell) % 50)
                rows.append(Sample(f"line1/Cell{cell:02}/Temperature", time, stuck, received=received))
                rows.append(
                    Sample(f"line1/Cell{cell:02}/Voltage", time, 3.6 + 1e-4 * second, received=received)
                )
        from dure.plant.transport import batch

        play(client, "line1", [batch(rows)])
        yield client


@pytest.fixture
def source() -> Source:
    paths = [f"line1/Cell{cell:02}/{name}" for cell in range(1, 6) for name in ("Temperature", "Voltage")]
    units = {"Temperature": "°C", "Voltage": "V"}
    described = [
        Described(path, "line1", name=path[13:], unit=units[path.rpartition("/")[2]]) for path in paths[:8]
    ]
    return Source("line1", signals=(*described, Described("line1/Cell06/Voltage", "line1", unit="V")))


@pytest.fixture
def engineer(db):
    del db
    person = Person.objects.create_user("kim", password="a long enough one", name="Kim")
    give_role(person, "engineer", Organisation.objects.create(name="Cells Ltd"))
    return person


def keys(rows):
    return {row.id: [one.key for one in row.found] for row in rows if row.findings}


def test_signals_are_inventoried_by_measurement(historian, source):
    rows = refresh(historian, [source], now=NOW)
    assert len(rows) == Signal.objects.count() == 11
    voltage = Signal.objects.get(pk="line1/Cell01/Voltage")
    assert (voltage.unit, voltage.unit_source, voltage.equipment) == ("V", "found", "line1/Cell01")
    assert voltage.measured["count"] == 600
    assert voltage.measured["period_s"] == 1.0
    assert voltage.measured["low"] == 3.6
    assert Signal.objects.get(pk="line1/Cell01/Temperature").unit == "Cel"


def test_the_seeded_faults_are_found_and_nothing_else(historian, source):
    found = keys(refresh(historian, [source], now=NOW))
    assert found == {
        "line1/Cell02/Temperature": ["clock-skew"], "line1/Cell02/Voltage": ["clock-skew"],
        "line1/Cell03/Temperature": ["stuck"],
        "line1/Cell05/Temperature": ["no-unit"], "line1/Cell05/Voltage": ["no-unit"],
        "line1/Cell06/Voltage": ["never-spoke"],
    }  # fmt: skip
    behind = Signal.objects.get(pk="line1/Cell02/Voltage").found[0]
    assert behind.text.en == "The clock of Cell02 is 41 s behind."


def test_an_hour_later_a_live_line_is_silent_and_a_file_is_not(historian, source):
    later = NOW + 3600 * SECOND
    assert "silent" in keys(refresh(historian, [source], now=later))["line1/Cell01/Voltage"]
    assert "line1/Cell01/Voltage" not in keys(
        refresh(historian, [Source("line1", "file:///data")], now=later)
    )


def test_whatever_a_source_describes_fits_into_the_inventory(historian):
    wild = Source(
        "wild",
        signals=(
            Described("wild/" + "x" * 500, "wild"),
            Described("wild/a", "wild", name="n" * 900, description="d" * 900, unit="furlongs per fortnight", equipment="e" * 900),
        ),
    )  # fmt: skip
    refresh(historian, [wild], now=NOW)
    (row,) = Signal.objects.filter(source="wild")
    row.full_clean()
    assert (row.unit, len(row.name), len(row.description)) == ("", 300, 500)


def test_a_pack_suggests_the_unit_nobody_wrote(historian, source):
    refresh(historian, [source], now=NOW)
    told = Signal.objects.get(pk="line1/Cell05/Voltage")
    assert (told.unit, told.suggested_unit, told.semantic_id) == ("", "V", "voltage")


def test_a_unit_a_person_confirmed_stays_whatever_the_source_says(historian, source, engineer):
    refresh(historian, [source], now=NOW)
    signal = Signal.objects.get(pk="line1/Cell01/Voltage")
    confirm_unit(signal, "mV", engineer)
    refresh(historian, [source], now=NOW)
    signal.refresh_from_db()
    assert (signal.unit, signal.unit_source, str(signal.confirmed_by)) == ("mV", "confirmed", "Kim")
    assert Entry.objects.get(what="signal.unit-confirmed").object == "signal:line1/Cell01/Voltage"


def test_an_unknown_unit_or_a_worker_confirms_nothing(historian, source, engineer):
    refresh(historian, [source], now=NOW)
    signal = Signal.objects.get(pk="line1/Cell05/Voltage")
    with pytest.raises(UnknownUnit):
        confirm_unit(signal, "volts!", engineer)
    with pytest.raises(NotYours):
        confirm_unit(signal, "V", Person.objects.create_user("lee"))
    signal.refresh_from_db()
    assert signal.unit == ""


def inputs(*cells):
    return {
        f"Cell{n:02}": {name: f"line1/Cell{n:02}/{name}" for name in ("Voltage", "Temperature")}
        for n in cells
    }


def test_a_training_table_holds_the_recorded_values_tick_by_tick(historian, tmp_path):
    table = training_table(
        historian, inputs(1, 4), START - 30 * SECOND, START + 100 * SECOND, SECOND, out=tmp_path / "t.parquet"
    )
    frame = pl.read_parquet(table.path)
    assert frame.columns == ["time", "asset", "Voltage", "Temperature"]
    assert table.facts["rows"] == {"Cell01": 100, "Cell04": 100}
    own = frame.filter(pl.col("asset") == "Cell04")
    assert own["time"].dt.epoch("ns").to_list() == [START + n * SECOND for n in range(100)]
    assert own["Voltage"].to_list() == [3.6 + 1e-4 * n for n in range(100)]


def test_a_training_table_knows_what_it_was_made_from(historian, tmp_path):
    table = training_table(
        historian, inputs(1), START, START + 50 * SECOND, SECOND, out=tmp_path / "t.parquet"
    )
    assert table.dataset.made_from == ("signal:line1/Cell01/Temperature", "signal:line1/Cell01/Voltage")
    assert len(table.dataset.fingerprint) == 64
    assert (table.facts["start"], table.facts["every"]) == (START, SECOND)


def test_a_stuck_sensor_is_left_out_when_asked_and_named(historian, tmp_path):
    table = training_table(
        historian,
        inputs(1, 3),
        START,
        START + 600 * SECOND,
        SECOND,
        out=tmp_path / "t.parquet",
        without_findings=True,
    )
    assert table.facts["rows"] == {"Cell01": 600}
    (span,) = table.facts["left_out"]
    assert (span["asset"], span["why"]) == ("Cell03", "stuck")


def test_an_empty_stretch_is_refused_and_writes_nothing(historian, tmp_path):
    with pytest.raises(NothingToLearn, match="Nothing was recorded for Cell01"):
        training_table(historian, inputs(1), 10**18, 10**18 + 60 * SECOND, SECOND, out=tmp_path / "t.parquet")
    with pytest.raises(ColumnsDiffer):
        training_table(
            historian, {**inputs(1), "B": {"x": "b/x"}}, START, NOW, SECOND, out=tmp_path / "t.parquet"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_training_table_of_recorded_gaps_has_them_as_nulls(historian, recorded, tmp_path):
    whole = experiment(recorded / "skab/valve1/3.csv.gz").head(300)
    holed = pl.concat([whole.head(100), whole.tail(50)])
    play(historian, "gaps", [samples("gaps/P", holed)])
    first, last = int(holed["time"][0]), int(holed["time"][-1])
    table = training_table(
        historian, {"P": {"Current": "gaps/P/Current"}}, first, last + 1, SECOND, out=tmp_path / "t.parquet",
        max_age=5 * SECOND,
    )  # fmt: skip
    missing = pl.read_parquet(table.path)["Current"].null_count()
    hole = (int(whole["time"][250]) - int(whole["time"][99])) // SECOND
    assert missing == hole - 1 - 5


def chunks(file, size=65536):
    with file.open("rb") as content:
        while chunk := content.read(size):
            yield chunk


def test_a_file_brought_in_is_profiled_and_keeps_nothing_of_its_name_in_the_path(home, engineer, recorded):
    file = recorded / "injection-moulding-airtlab/data.csv.gz"
    upload = store_upload(
        chunks(file), "../../etc/\x00passwd\ncron.csv.gz", engineer, obligations=["no-export"]
    )
    assert upload.title == "passwdcron.csv.gz"
    assert upload.path.parent == home / "uploads"
    assert upload.path.read_bytes() == file.read_bytes()
    assert upload.path.stat().st_mode & 0o777 == 0o600
    assert upload.rows == 1451
    assert "quality" in upload.columns
    assert upload.dataset.obligations == {"no-export"}
    assert Entry.objects.get(what="file.brought-in").object == f"upload:{upload.pk}"


def test_a_file_with_findings_tells_them_in_both_languages(engineer):
    upload = store_upload([b"a,b\n" + b"1,5\n" * 40], "line.csv", engineer)
    told = upload.profile["findings"]
    assert told
    assert all(one["message"] and any("가" <= letter <= "힣" for letter in one["message_ko"]) for one in told)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [([], UploadEmpty), ([b"x" * 600] * 4, UploadTooLarge), ([bytes(range(256)) * 3], FileProblem)],
)
def test_a_refused_file_leaves_nothing_behind(home, engineer, content, refusal):
    with pytest.raises(refusal, match=r"line\.csv"):
        store_upload(content, "line.csv", engineer, limit=2000)
    assert list((home / "uploads").iterdir()) == []
    assert Upload.objects.count() == 0


def test_a_file_that_breaks_its_readers_is_refused_in_one_sentence(home, tmp_path, engineer, monkeypatch):
    # As the out-of-memory killer does, in the middle of reading.
    (tmp_path / "polars.py").write_text("import os; os.kill(os.getpid(), 9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(UploadBreaks, match=r"line\.csv could not be read"):
        store_upload([b"a,b\n", b"1,2\n" * 50], "line.csv", engineer)
    assert list((home / "uploads").iterdir()) == []


def test_a_refusal_of_the_readers_is_said_in_the_language_of_the_page(engineer):
    with pytest.raises(UploadUnreadable) as refused:
        store_upload([bytes(range(256)) * 3], "line.csv", engineer)
    assert "line.csv" in str(refused.value)
    english = str(refused.value.facts["why"])
    with use_language("ko"):
        korean = str(refused.value.facts["why"])
        assert korean in str(refused.value)
    assert any("가" <= letter <= "힣" for letter in korean)
    assert english != korean


def test_a_large_file_is_kept_first_and_profiled_after(engineer, monkeypatch):
    monkeypatch.setattr("dure.plant.inventory.intake.AT_ONCE", 10)
    upload = store_upload([b"a,b\n", b"1,2\n" * 50], "line.csv", engineer)
    assert (upload.rows, upload.profile) == (0, {})
    assert profile_upload(upload).rows == 50
