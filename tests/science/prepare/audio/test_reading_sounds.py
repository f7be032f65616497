"""Folders of sounds and vibration as tables: names, facts, lists, frames."""

import numpy as np
import polars as pl
import pytest
import scipy.io

from dure.science.prepare import content_of, framed, read, read_sounds
from dure.science.prepare.media import ContentAbsent
from dure.science.prepare.reading_matlab import recording_in, records_in
from dure.science.prepare.sounds import WaveUnclear, decoded
from dure.vocabulary import FileProblem

TONE = 0.5 * np.sin(np.arange(4000) / 5.0)


def test_a_folder_of_sounds_is_a_row_a_file_in_natural_order(record):
    for name in ("worn/2.wav", "worn/10.wav", "new/1.flac"):
        record(name, TONE, rate=16_000)
    path = record("new/3.ogg", np.stack([TONE, TONE], axis=1))
    table = read([path.parents[1]])
    assert table.frame.columns == ["file", "folder", "sound", "seconds", "rate", "channels"]
    assert table.frame.get_column("file").to_list() == [
        "new/1.flac",
        "new/3.ogg",
        "worn/2.wav",
        "worn/10.wav",
    ]
    assert table.frame.select("folder", "seconds", "rate", "channels").row(1) == ("new", 0.5, 8000.0, 2)
    assert content_of(table.frame.item(0, "sound")) == (path.parent / "1.flac").read_bytes()


def test_speed_load_and_parts_of_names_are_kept(record):
    for name in ("fanA_1450rpm_load2_ok_001.wav", "fanB_960rpm_load3_worn_002.wav"):
        path = record(name, TONE)
    found = read([str(path.parent / "*.wav")]).frame
    assert found.get_column("rpm").to_list() == [1450.0, 960.0]
    assert found.get_column("load").to_list() == [2.0, 3.0]
    assert found.get_column("name 4").to_list() == ["ok", "worn"]
    assert "name 5" not in found.columns  # the number of the file


def test_a_list_beside_the_sounds_is_joined_by_their_names(record, tmp_path):
    record("a.wav", TONE)
    record("b.wav", TONE)
    (tmp_path / "labels.csv").write_text("clip,state\nb,worn\na,ok\n", encoding="utf-8")
    found = read([tmp_path]).frame
    assert found.select("file", "state").rows() == [("a.wav", "ok"), ("b.wav", "worn")]


def test_a_table_that_lists_no_sounds_is_read_as_before(record, tmp_path):
    record("a.wav", TONE)
    (tmp_path / "log.csv").write_text("time,value\n1,2\n2,3\n", encoding="utf-8")
    assert read([tmp_path]).frame.columns == ["time", "value"]


def test_frames_have_their_recording_as_group_and_the_samples_of_it(record):
    path = record("long.wav", TONE, subtype="DOUBLE")
    record("short.wav", TONE[:100], subtype="DOUBLE")
    table = read_sounds(path.parent, window_s=0.1, hop_s=0.05)
    rows = table.frame.select("recording", "start", "seconds").rows()
    assert len(rows) == 9 + 1
    assert rows[1] == ("long.wav", 0.05, 0.1)
    assert rows[-1] == ("short.wav", 0.0, 100 / 8000)
    assert table.rows_per_source == (9, 1)
    frame = decoded(content_of(table.frame.item(1, "sound")), "frame")
    assert (frame.samples[:, 0] == TONE[400:1200]).all()


def test_a_recording_changed_after_its_frames_were_cut_is_not_taken_for_them(record):
    path = record("long.wav", TONE)
    first = read_sounds(path, window_s=0.1).frame.item(2, "sound")
    record("long.wav", -TONE)
    from dure.science.prepare import reading_sounds

    reading_sounds._wave_of.cache_clear()
    with pytest.raises(ContentAbsent):
        content_of(first)


def test_mfpt_files_give_their_vector_rate_and_facts(recorded):
    found = read([recorded / "bearing-mfpt"]).frame
    assert found.select("seconds", "rate", "shaft_hz", "load", "BPFO", "name 1").row(1) == (
        3.0, 48_828.0, 25.0, 100.0, 81.125, "InnerRaceFault",
    )  # fmt: skip
    wanted = scipy.io.loadmat(recorded / "bearing-mfpt" / "InnerRaceFault_vload_1.mat")["bearing"]["gs"][0, 0]
    assert (decoded(content_of(found.item(0, "sound")), "mfpt").samples == wanted).all()


def test_parquet_is_waves_only_where_a_list_says_its_rate(recorded, bearings):
    assert read([recorded / "bearing-cwru"]).frame.shape == (975_592, 2)
    found = read([bearings]).frame
    assert found.select("file", "fault", "rpm", "rate", "channels").row(0) == (
        "12k_Drive_End_B007_0_118.parquet", "ball", 1797, 12_000.0, 2,
    )  # fmt: skip
    wave = decoded(content_of(found.item(0, "sound")), "cwru")
    wanted = pl.read_parquet(recorded / "bearing-cwru" / found.item(0, "file"))
    assert (wave.samples == wanted.to_numpy()).all()


def test_a_list_of_records_is_a_table_of_them(recorded):
    found = read([recorded / "battery-nasa" / "B0025.mat"]).frame
    kinds = dict(found.get_column("type").value_counts().iter_rows())
    assert len(found) == 80
    capacities = found.filter(pl.col("type") == "discharge").get_column("Capacity")
    assert capacities.len() == kinds["discharge"] == capacities.drop_nulls().len()
    assert 1.5 < capacities.min() < capacities.max() < 2.0


@pytest.mark.parametrize(
    "content",
    [
        {"a": np.arange(9.0)},
        {"a": np.arange(1e3), "b": np.arange(9e2)},
        {"a": np.arange(1e3)},
        {"words": "sr"},
    ],
)
def test_a_matlab_file_without_a_plain_recording_is_refused(tmp_path, content):
    scipy.io.savemat(tmp_path / "x.mat", content)
    with pytest.raises(WaveUnclear):
        recording_in((tmp_path / "x.mat").read_bytes(), "x.mat")


def test_a_damaged_matlab_file_is_refused(recorded):
    content = (recorded / "bearing-mfpt" / "InnerRaceFault_vload_1.mat").read_bytes()
    for cut in (130, 500, 5_000, len(content) // 2):
        with pytest.raises(FileProblem):
            recording_in(content[:cut], "cut.mat")
    for at in range(128, 2_000, 61):
        broken = bytearray(content[:60_000])
        broken[at] ^= 0xFF
        for reader in (recording_in, records_in):
            with pytest.raises(FileProblem):
                reader(bytes(broken), "broken.mat")


def test_frames_longer_than_the_sound_leave_it_whole(record):
    table = read([record("a.wav", TONE)])
    assert (
        framed(table, 10.0).frame.get_column("sound").to_list() == table.frame.get_column("sound").to_list()
    )
