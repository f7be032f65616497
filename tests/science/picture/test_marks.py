"""Marks are told place by place as masks taught them, and a picture that taught is answered by the others."""

import cv2
import numpy as np
import polars as pl
import pytest

from dure.science.picture import lesson, places_of, taught, turned
from dure.science.prepare import lend, reference_of, step_named
from dure.science.prepare.checks import require_equal_arrays, require_equal_streams


def _png(pixels):
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.fixture(scope="module")
def made():
    """Eight grey pictures, half of them with a dark line at a known place, and their masks."""
    rng = np.random.default_rng(0)
    shots = []
    for at in range(8):
        picture = rng.normal(128, 6, (160, 160)).clip(0, 255).astype(np.uint8)
        mask = np.zeros((160, 160), np.uint8)
        if at % 2:
            top = 16 * at
            picture[top : top + 8, 20:140], mask[top : top + 8, 20:140] = 30, 255
        shots.append((_png(picture), _png(mask) if at % 2 else None))
    return shots


def test_the_place_of_a_mark_never_seen_speaks_loudest(made):
    lessons = [
        lesson((places_of(shot, "shot"), *turned(shot, "shot")), mask, at % 2)
        for at, (shot, mask) in enumerate(made[:6])
    ]
    answers = taught(lessons, [1], 2).answers(places_of(made[7][0], "shot"))[0]
    row = np.unravel_index(answers.argmax(), answers.shape)[0] / answers.shape[0] * 160
    assert 100 <= row <= 130


def test_a_picture_that_taught_gives_the_same_bits_in_batch_chunks_and_rows(made):
    shelf = {reference_of(one): one for pair in made for one in pair if one is not None}

    class Lent:
        def open(self, reference):
            return shelf[reference]

    names = [reference_of(shot) for shot, _ in made]
    shown = tuple(
        f"{name} {reference_of(mask) if mask else '-'} {at} {'line' if at % 2 else 'good'}"
        for at, (name, (_, mask)) in enumerate(zip(names, made, strict=True))
    )
    frame = pl.DataFrame({"image": [*names, None]})
    with lend(Lent()):
        step = step_named("image.marks")(shown=shown[:6], marked=("line",))
        require_equal_streams(step, frame, [2, 3])
        require_equal_arrays(step, frame)
        found = step.fit(frame).transform(frame)
        less = step.fit(frame.head(4)).transform(frame)
    assert found.width == len(step.measures()) == 9
    assert found.row(8) == (None,) * 9
    assert found.row(6) != less.row(6)
    likelier = found.get_column("image line highest")
    assert likelier[7] > likelier[6]


def test_a_picture_taught_turned_tells_a_mark_as_well_the_other_way_round(made):
    """A mark that only ever lay in the upper half is told in the lower half of a picture turned upside down."""
    shot, mask = made[3]
    views = (places_of(shot, "shot"), *turned(shot, "shot"))
    whole = lesson(views, mask, 1)
    alone = lesson(views[:1], mask, 1)
    assert whole.numbers.shape == (4, 1488)
    assert len(whole.clean) == 160
    assert len(alone.clean) == 160
    upside = places_of(_png(cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)[::-1]), "shot")
    assert np.array_equal(views[2].fine, upside.fine)
    assert np.array_equal(whole.numbers[2], upside.numbers)


def test_more_rows_than_numbers_of_a_picture_teach_the_same_kinds(made):
    lessons = [lesson((places_of(shot, "shot"),), mask, at % 2) for at, (shot, mask) in enumerate(made)]
    few, many = taught(lessons, [], 2), taught(lessons * 200, [], 2)
    for one in lessons:
        assert np.allclose(few.told(one.numbers[0]), many.told(one.numbers[0]), atol=0.05)
