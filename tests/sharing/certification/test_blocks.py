"""The root of data hangs on their values alone: not on the file, and on every one of them."""

import io
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.sharing.certification.blocks import (
    belongs,
    block_bytes,
    blocks,
    kinds_of,
    leaves,
    merkle_root,
    proof_of,
)
from dure.sharing.certification.refusals import KindUnsettled

EVERY_KIND = pl.DataFrame(
    {
        "number": [1.5, float("nan"), None, -0.0],
        "whole": [1, -(2**62), None, 0],
        "text": ["두레", "", None, "a\0b"],
        "flag": [True, False, None, True],
        "at": [
            datetime(2026, 1, 1, tzinfo=UTC),
            None,
            datetime(1969, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 2, tzinfo=UTC),
        ],
        "there": [datetime(2026, 1, 1), None, datetime(2026, 1, 1), datetime(2026, 1, 2)],  # noqa: DTZ001 - a plant's local time
        "day": [date(2026, 1, 1), None, date(1969, 1, 1), date(2026, 1, 2)],
        "clock": [time(1), None, time(2), time(3)],
        "took": [timedelta(seconds=1), None, timedelta(0), timedelta(days=-1)],
        "nothing": [None] * 4,
    }
)


def test_the_bytes_of_a_block_are_those_of_the_description():
    made = block_bytes(
        pl.DataFrame({"bar": [1.5, None], "id": ["a", "é"]}), 3, [["bar", "number"], ["id", "text"]]
    )
    head = b'dure-block-1\0[3,2,[["bar","number"],["id","text"]]]\0'
    bar = b"\x40" + np.array([1.5, 0.0], "<f8").tobytes()
    assert made == head + bar + b"\x00" + np.array([1, 2], "<u4").tobytes() + "aé".encode()


@pytest.mark.parametrize(
    "written", [{"row_group_size": 1}, {"compression": "uncompressed"}, {"compression": "gzip"}]
)
def test_the_root_does_not_hang_on_how_the_file_was_written(written):
    file = io.BytesIO()
    EVERY_KIND.write_parquet(file, **written)
    again = pl.read_parquet(io.BytesIO(file.getvalue()))
    assert merkle_root(again, 2) == merkle_root(EVERY_KIND, 2)
    assert merkle_root(EVERY_KIND.rechunk()) == merkle_root(
        pl.concat([EVERY_KIND[:1], EVERY_KIND[1:]], rechunk=False)
    )


def test_narrow_types_and_other_time_units_hold_the_same_values():
    narrow = EVERY_KIND.with_columns(
        pl.col("at", "there").dt.cast_time_unit("ms"), pl.col("text").cast(pl.Categorical)
    )
    assert merkle_root(narrow) == merkle_root(EVERY_KIND)
    small = pl.DataFrame({"a": pl.Series([1, 2], dtype=pl.Int16)})
    assert merkle_root(small) == merkle_root(pl.DataFrame({"a": [1, 2]}))


@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize("column", [name for name in EVERY_KIND.columns if name != "nothing"])
def test_every_cell_counts(column, row):
    cells = EVERY_KIND.get_column(column).to_list()
    cells[row] = next(one for one in cells if one is not None and repr(one) != repr(cells[row]))
    changed = EVERY_KIND.with_columns(pl.Series(column, cells, dtype=EVERY_KIND.schema[column]))
    assert merkle_root(changed) != merkle_root(EVERY_KIND)


def test_order_names_and_missing_values_count():
    whole = merkle_root(EVERY_KIND)
    assert merkle_root(EVERY_KIND.reverse()) != whole
    assert merkle_root(EVERY_KIND.rename({"number": "figure"})) != whole
    assert merkle_root(EVERY_KIND.select(reversed(EVERY_KIND.columns))) != whole
    assert merkle_root(pl.DataFrame({"a": [0.0]})) != merkle_root(
        pl.DataFrame({"a": [None]}, schema={"a": pl.Float64})
    )
    assert merkle_root(pl.DataFrame({"a": ["ab", "c"]})) != merkle_root(pl.DataFrame({"a": ["a", "bc"]}))


def test_a_list_has_no_agreed_bytes():
    with pytest.raises(KindUnsettled, match="“a” is of the kind List"):
        merkle_root(pl.DataFrame({"a": [[1]]}))


@given(rows=st.integers(1, 60), size=st.integers(1, 9), data=st.data())
@settings(max_examples=40)
def test_each_block_proves_itself_and_no_other(rows, size, data):
    frame = pl.DataFrame({"a": list(range(rows)), "b": [str(one) for one in range(rows)]})
    every, top = leaves(frame, size), merkle_root(frame, size)
    number = data.draw(st.integers(0, len(every) - 1))
    content, proof = list(blocks(frame, size))[number], proof_of(every, number)
    assert belongs(content, number, len(every), proof, top)
    assert not belongs(content + b"x", number, len(every), proof, top)
    assert not belongs(content, number + 1, len(every), proof, top)
    assert not belongs(content, number, len(every), [*proof, "00" * 32], top)
    assert not belongs(content, number, len(every), ["zz"], top)


def test_an_empty_table_has_a_root_too():
    assert merkle_root(EVERY_KIND.clear()).startswith("sha256:e3b0c442")
    assert kinds_of(EVERY_KIND.clear()) == kinds_of(EVERY_KIND)
