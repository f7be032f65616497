"""What is written is whole, or not there."""

from datetime import UTC, datetime

import polars as pl
import pytest

from dure.science.prepare import read, write
from dure.vocabulary import FileProblem

ROWS = pl.DataFrame({"at": [datetime(2024, 3, 5, 14, 5, 0, 250_000)], "온도": [21.5], "n": [3]}).with_columns(  # noqa: DTZ001 - a plant's local time
    pl.col("at").dt.cast_time_unit("ns")
)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".xlsx"])
def test_what_is_written_is_read_again(tmp_path, ending):
    write(ROWS, tmp_path / f"out{ending}")
    assert read([tmp_path / f"out{ending}"]).frame.equals(ROWS)


def test_a_zone_survives_csv(tmp_path):
    seoul = ROWS.with_columns(
        at=pl.Series([datetime(2024, 3, 5, tzinfo=UTC)]).dt.convert_time_zone("Asia/Seoul")
    )
    write(seoul, tmp_path / "out.csv")
    assert read([tmp_path / "out.csv"]).frame["at"][0].isoformat() == "2024-03-05T09:00:00+09:00"


def test_plain_tables_have_no_byte_order_mark_and_korean_ones_do(tmp_path):
    write(ROWS, tmp_path / "ko.csv")
    write(ROWS.rename({"온도": "temp"}), tmp_path / "en.csv")
    assert (tmp_path / "ko.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (tmp_path / "en.csv").read_bytes().startswith(b"at,")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "out.csv").write_text("old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_csv", full)
    with pytest.raises(FileProblem, match=r"The disk is full: .*out\.csv was not written"):
        write(ROWS, tmp_path / "out.csv")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"out.csv": "old"}


@pytest.mark.parametrize(
    ("name", "key"), [("out.txt", "file-ending-unknown"), ("no/out.csv", "file-not-writable")]
)
def test_a_place_that_cannot_be_is_refused(tmp_path, name, key):
    with pytest.raises(FileProblem) as refusal:
        write(ROWS, tmp_path / name)
    assert refusal.value.key == key
