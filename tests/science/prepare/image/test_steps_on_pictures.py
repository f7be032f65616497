"""Steps on pictures: equal alone and among many, missing where there is none, refused by name."""

import cv2
import numpy as np
import polars as pl
import pytest

from dure.science.picture import PictureDamaged
from dure.science.prepare import ContentAbsent, Recipe, lend, read, reference_of, step_named
from dure.science.prepare.checks import require_equal_arrays, require_equal_streams
from dure.vocabulary import Permit

STEPS = ("image.statistics", "image.embed")


@pytest.fixture(scope="module")
def shots(recorded):
    frame = read([recorded / "surface-magnetic-tile" / "MT_Fray"]).frame.head(6).select("image")
    return pl.concat(
        [frame, pl.DataFrame({"image": [None, "no reference"]}, schema={"image": pl.String}), frame.head(1)]
    )


@pytest.mark.parametrize("name", STEPS)
def test_recorded_pictures_give_the_same_bits_in_batch_chunks_and_rows(name, shots):
    step = step_named(name)()
    require_equal_streams(step, shots, [1, 3, 2])
    require_equal_arrays(step, shots)


@pytest.mark.parametrize("name", STEPS)
def test_a_cell_without_a_picture_has_no_numbers(name, shots):
    made = Recipe((step_named(name)(),)).fit(shots, Permit.own(["shots"])).transform(shots)
    there = made.select(pl.all_horizontal(pl.all().is_not_null())).to_series().to_list()
    assert there == [True] * 6 + [False, False, True]
    assert made.row(0) == made.row(8)


def test_a_picture_damaged_on_a_lent_shelf_is_refused():
    whole = cv2.imencode(".jpg", np.full((90, 90, 3), 77, np.uint8))[1].tobytes()
    cut = whole[: len(whole) // 2]

    class Plant:
        def open(self, reference):
            del reference
            return cut

    frame = pl.DataFrame({"image": [reference_of(cut)]})
    step = step_named("image.embed")()
    with lend(Plant()), pytest.raises(PictureDamaged, match="sha256:"):
        step.fit(frame).transform(frame)


def test_a_picture_that_is_nowhere_is_refused():
    frame = pl.DataFrame({"image": [reference_of(b"nobody has this")]})
    step = step_named("image.statistics")()
    with pytest.raises(ContentAbsent):
        step.fit(frame).transform(frame)


def test_other_columns_and_the_picture_stay_where_asked(shots):
    frame = shots.with_columns(pl.Series("bar", range(len(shots)), dtype=pl.Float64))
    kept = step_named("image.statistics")(keep=True).fit(frame).transform(frame)
    gone = step_named("image.statistics")().fit(frame).transform(frame)
    assert kept.columns[:2] == ["image", "bar"]
    assert gone.columns[0] == "bar"
    assert gone.width == kept.width - 1 == 11
