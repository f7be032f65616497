"""A folder as a plant has it, machine data, pictures, sounds, a laboratory's workbook and a log, becomes one table."""

import hashlib
import json
import shutil
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dure.science.prepare.media import content_of, is_reference
from dure.science.prepare.mixing import mix
from dure.science.prepare.mixing_names import listed_names
from dure.science.prepare.mixing_parts import files_in
from dure.science.prepare.mixing_refusals import FolderTooFull, NothingLike
from dure.science.prepare.preparing import Preparation, run
from dure.vocabulary import Permit, use_language

PARTS = 60
START = datetime(2026, 3, 5, 8)  # noqa: DTZ001 - a plant's wall clock


@pytest.fixture
def folder(recorded, tmp_path):
    """Sixty parts of one line: SKAB's signals, magnetic tiles, bearing sounds, hardness, orders and what does not belong."""
    import soundfile

    root = tmp_path / "line 3"
    for name in ("machine", "pictures", "sound"):
        (root / name).mkdir(parents=True)
    skab = pl.read_csv(recorded / "skab" / "valve1" / "0.csv.gz", separator=";").head(PARTS)
    parts = [f"P{n:04d}" for n in range(1, PARTS + 1)]
    times = [START + timedelta(minutes=n) for n in range(PARTS)]
    machine = pl.DataFrame(
        {
            "time": times,
            "part": parts,
            "Pressure [bar]": skab["Pressure"],
            "Temperature [°C]": skab["Temperature"],
        }
    )
    for at, name in ((0, "1"), (PARTS // 2, "2")):
        machine.slice(at, PARTS // 2).write_csv(root / "machine" / f"shift {name}.csv")
    tiles = islice(sorted((recorded / "surface-magnetic-tile").rglob("*.jpg")), PARTS)
    for part, tile in zip(parts, tiles, strict=True):
        shutil.copy(tile, root / "pictures" / f"{part}.jpg")
    wave = pl.read_parquet(next((recorded / "bearing-cwru").glob("*.parquet"))).to_numpy()[:, 0]
    for n, part in enumerate(parts[:40]):
        soundfile.write(root / "sound" / f"{part}.wav", wave[n * 1200 : (n + 1) * 1200] / 10, 12_000)
    lab = pl.DataFrame({"Part": parts, "Hardness [HV]": np.linspace(400, 460, PARTS).round(1)})
    lab.write_excel(root / "lab.xlsx")
    orders = pl.DataFrame(
        {"time": [times[0], times[25], times[50]], "order": ["start batch 7", "die changed", "start batch 8"]}
    )
    orders.write_csv(root / "work orders.csv")
    (root / "README.md").write_text("# Line 3\n\nAsk Ms Kim.\n")
    (root / "suppliers.csv").write_text("supplier,city\nAlpha,Busan\nBeta,Ulsan\nGamma,Seoul\n")
    (root / "pictures" / "P9999.jpg").write_bytes((root / "pictures" / "P0001.jpg").read_bytes()[:300])
    return root


def prepared(folder, out):
    facts = run(Preparation((str(folder),), out), Permit.own([str(folder)]))
    return facts, json.loads(out.with_name(f"{out.stem}.report.json").read_text(encoding="utf-8"))


def test_a_mixed_folder_is_one_table_with_a_row_a_part(folder, tmp_path):
    facts, report = prepared(folder, tmp_path / "ready.parquet")
    made = pl.read_parquet(tmp_path / "ready.parquet")
    assert len(made) == PARTS
    assert made["Pressure [bar]"].dtype == pl.Float64
    assert made["image"].map_elements(is_reference, return_dtype=pl.Boolean).all()
    assert made["sound"].null_count() == PARTS - 40
    assert content_of(made["image"][7]) == (folder / "pictures" / "P0008.jpg").read_bytes()
    assert made["Hardness [HV]"].to_list() == np.linspace(400, 460, PARTS).round(1).tolist()
    assert facts["groups"] == 6
    assert {one["files"][0] for one in report["joins"]} == {
        "pictures/P0001.jpg", "sound/P0001.wav", "lab.xlsx", "work orders.csv",
    }  # fmt: skip


def test_the_reason_of_every_join_is_told(folder, tmp_path):
    _, report = prepared(folder, tmp_path / "ready.parquet")
    how = {one["files"][0]: (one["how"], one["found"]) for one in report["joins"]}
    assert how["pictures/P0001.jpg"] == ("by part = ‹name›", PARTS)
    assert how["sound/P0001.wav"] == ("by part = ‹name›", 40)
    assert how["lab.xlsx"] == ("by part = Part", PARTS)
    assert how["work orders.csv"] == ("by time, the last at or before each row", PARTS)


def test_a_state_of_the_log_holds_until_the_next_and_never_comes_from_the_future(folder):
    frame = mix([folder]).table.frame
    assert frame["order"][24] == "start batch 7"
    assert frame["order"][25] == "die changed"
    assert frame["order"].n_unique() == 3


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_is_dropped_in_silence(folder, tmp_path, language):
    with use_language(language):
        facts, report = prepared(folder, tmp_path / "ready.csv")
    out = {file for one in report["left_out"] for file in one["files"]}
    assert out == {"README.md", "suppliers.csv", "pictures/P9999.jpg"}
    assert all(one["why"].endswith(".") for one in report["left_out"])
    told = out | {file for one in report["joins"] for file in one["files"]} | set(report["rows_of"])
    assert told == {path.relative_to(folder).as_posix() for path in files_in(folder)}
    assert len(facts["left_out"]) == 3


def test_every_column_has_its_files_and_steps(folder, tmp_path):
    _, report = prepared(folder, tmp_path / "ready.parquet")
    lines = {one["column"]: one for one in report["lineage"]}
    made = pl.read_parquet(tmp_path / "ready.parquet")
    assert list(lines) == made.columns
    assert lines["Pressure [bar]"]["files"] == ["machine/shift 1.csv", "machine/shift 2.csv"]
    assert lines["Pressure [bar]"]["steps"] == ["table.fill_missing"]
    assert lines["Hardness [HV]"]["files"] == ["lab.xlsx"]
    assert lines["image"]["steps"] == []
    assert report["quality"]["rows"] == PARTS


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.filterwarnings("ignore")  # mlcroissant's own libraries warn of one another
def test_mlcroissant_accepts_the_metadata_and_reads_the_records_back(folder, tmp_path, ending):
    import mlcroissant

    out = tmp_path / f"ready.{ending}"
    facts, _ = prepared(folder, out)
    found = mlcroissant.Dataset(jsonld=facts["croissant"])
    assert not found.metadata.issues.errors
    records = list(found.records("rows"))
    assert len(records) == PARTS
    made = pl.read_parquet(out) if ending == "parquet" else pl.read_csv(out)
    assert [one["rows/Pressure_bar"] for one in records] == pytest.approx(made["Pressure [bar]"].to_list())
    assert str(records[3]["rows/time"]).startswith("2026-03-05 08:03:00")
    assert found.metadata.to_json()["distribution"][0]["contentUrl"] == out.name


def test_the_metadata_name_the_hash_of_the_table(folder, tmp_path):
    out = tmp_path / "ready.csv"
    facts, _ = prepared(folder, out)
    said = json.loads(Path(facts["croissant"]).read_text(encoding="utf-8"))
    assert said["distribution"][0]["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()


def test_two_cameras_of_a_part_stand_beside_each_other(folder):
    for path in list((folder / "pictures").glob("P0*.jpg")):
        shutil.copy(path, folder / "pictures" / f"{path.stem}_left.jpg")
        path.rename(folder / "pictures" / f"{path.stem}_right.jpg")
    frame = mix([folder]).table.frame
    assert len(frame) == PARTS
    assert frame["image"].null_count() == frame["image 2"].null_count() == 0


def test_pictures_named_by_their_time_come_to_the_row_that_was_then(folder):
    for n, path in enumerate(sorted((folder / "pictures").glob("P0*.jpg"))):
        at = START + timedelta(minutes=n, seconds=20)
        path.rename(folder / "pictures" / f"cam_{at:%Y%m%dT%H%M%S}.jpg")
    frame = mix([folder]).table.frame
    assert frame["file"][0] is None  # nothing was known yet
    assert frame["file"][1] == "pictures/cam_20260305T080020.jpg"


def test_the_group_with_the_target_keeps_its_rows(folder):
    (folder / "lab.xlsx").unlink()
    pl.DataFrame(
        {
            "sampled": [START + timedelta(minutes=n, seconds=30) for n in (9, 19, 29)],
            "purity": [0.7, 0.8, 0.9],
        }
    ).write_csv(folder / "lab.csv")
    frame = mix([folder], target="purity").table.frame
    assert len(frame) == 3
    assert frame["part"].to_list() == ["P0010", "P0020", "P0030"]


def test_runs_of_a_mill_get_their_settings_by_the_number_in_their_name(recorded):
    found = mix([recorded / "cnc-kamp"])
    assert [one.group.called for one in found.joins] == ["train.csv"]
    assert found.joins[0].found == len(found.table.frame) == 16_568
    worn = found.table.frame.filter(pl.col("No") == 11)["tool_condition"].unique().to_list()
    assert (
        worn
        == pl.read_csv(recorded / "cnc-kamp" / "train.csv")
        .filter(pl.col("No") == 11)["tool_condition"]
        .to_list()
    )


def test_sheets_of_a_workbook_are_joined_by_their_lots(recorded):
    found = mix([recorded / "process-pyphi-xlsx"])
    assert len(found.joins) == 7
    assert found.table.frame.height == 680
    assert found.table.frame["Y1"].null_count() == 0


def test_columns_without_header_are_named_by_the_note_beside_them(recorded):
    frame = mix([recorded / "c-mapss"]).table.frame
    assert frame.columns[:3] == ["unit number", "time, in cycles", "operational setting 1"]
    assert frame.columns[-1] == "sensor measurement 21"


def test_a_table_of_meanings_describes_the_columns(recorded):
    found = mix([recorded / "die-casting-kr"])
    assert found.descriptions["molten_temp"] == "용탕 온도 (℃)"
    assert found.table.frame.height == 75_673


def test_counters_of_rows_and_clocks_of_their_own_join_nothing(tmp_path):
    rows = "".join(f"{n},{n * 0.5},{n % 7}\n" for n in range(50))
    (tmp_path / "a.csv").write_text("point,time [s],volt\n" + rows)
    (tmp_path / "b.csv").write_text(
        "point,time [s],newton,bar,rpm\n" + "".join(f"{n},{n * 0.4},1,2,{n}\n" for n in range(80))
    )
    found = mix([tmp_path])
    assert found.joins == ()
    assert "count time from a start of their own" in found.left_out[0].why.en


def test_a_folder_of_one_kind_is_the_table_that_read_gives(recorded):
    from dure.science.prepare import read

    assert mix([recorded / "skab" / "valve1"]).table.frame.equals(read([recorded / "skab" / "valve1"]).frame)


def test_a_folder_without_anything_to_read_says_why(tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(NothingLike, match=r"Of 1 files in .* none can be read: a\.bin is not a table"):
        mix([tmp_path])
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingLike):
        mix([tmp_path / "empty"])


def test_a_folder_of_too_many_files_is_refused_before_they_are_read(tmp_path):
    for n in range(30):
        (tmp_path / f"{n}.csv").touch()
    with pytest.raises(FolderTooFull, match="more than 20 files"):
        files_in(tmp_path, most=20)


def test_a_link_that_leads_back_into_its_folder_is_not_followed(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "again").symlink_to(tmp_path)
    assert [path.name for path in files_in(tmp_path)] == ["a.csv"]


def test_a_list_that_miscounts_its_columns_names_none():
    assert listed_names("1) a\n2) b\n", 3) == []
    assert listed_names("1) a\n3) c\n", 3) == []
