"""Faces are found where people see them, by networks whose file holds nothing but numbers, and not in parts."""

import io
import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from dure.science.picture import decoded, faces_in
from dure.science.picture.face_network import _Arrays, arrays_in, face_graph
from dure.science.picture.weights import WeightsRefused

PEOPLE = "safety-ppe-photos"
#: Middles of faces that a person sees in each picture [pixels].
SEEN = {"10.jpg": [(478, 239)], "3.jpg": [(290, 305), (725, 385)], "9.jpg": [(492, 247), (390, 298)]}


def weights():
    return Path(find_spec("mtcnn").origin).parent / "assets" / "weights"


@pytest.mark.parametrize("name", SEEN)
def test_faces_that_a_person_sees_are_found(recorded, name):
    found = faces_in(decoded((recorded / PEOPLE / name).read_bytes(), name))
    assert len(found) == len(SEEN[name])
    for across, down in SEEN[name]:
        assert any(one.left < across < one.right and one.top < down < one.bottom for one in found)


def test_no_face_is_found_in_parts(recorded):
    shots = sorted((recorded / "surface-magnetic-tile").rglob("*.jpg"))[::40]
    assert shots
    assert not any(faces_in(decoded(one.read_bytes(), one.name), 0.6) for one in shots)


def test_a_picture_gives_the_same_faces_again_and_a_tiny_one_gives_none(recorded):
    picture = decoded((recorded / PEOPLE / "10.jpg").read_bytes(), "10.jpg")
    assert faces_in(picture) == faces_in(picture.copy())
    assert faces_in(np.zeros((1, 1, 3), np.uint8)) == ()
    assert faces_in(np.zeros((11, 4000, 3), np.uint8)) == ()


def test_a_large_picture_is_made_smaller_first_and_its_faces_stay_where_they_are(recorded):
    picture = decoded((recorded / PEOPLE / "10.jpg").read_bytes(), "10.jpg")
    large = np.repeat(np.repeat(picture, 3, axis=0), 3, axis=1)
    (found,) = faces_in(large, 0.9)
    assert found.left < 3 * 478 < found.right
    assert found.top < 3 * 239 < found.bottom


def test_the_file_of_weights_is_refused_when_it_names_anything_else_or_is_damaged():
    lz4 = pytest.importorskip("lz4.frame")
    packed = (weights() / "pnet.lz4").read_bytes()
    assert [one.shape for one in arrays_in(packed, "pnet")][:2] == [(3, 3, 3, 10), (10,)]
    for odd in (print, io.BytesIO, np.int64(3)):
        with pytest.raises(WeightsRefused, match="names"):
            arrays_in(lz4.compress(pickle.dumps([odd], protocol=4)), "odd")
    plain = lz4.decompress(packed)
    for wrong in (plain[:-2000], plain[:100], plain.replace(b"f4", b"O8", 1), pickle.dumps({}), b""):
        with pytest.raises(WeightsRefused):
            arrays_in(lz4.compress(wrong), "wrong")
    with pytest.raises(WeightsRefused):
        arrays_in(packed[:900], "short")


def test_weights_of_another_network_are_refused():
    found = arrays_in((weights() / "pnet.lz4").read_bytes(), "pnet")
    with pytest.raises(WeightsRefused):
        face_graph("rnet", found)
    with pytest.raises(WeightsRefused):
        face_graph("pnet", [*found, found[0]])


def test_nothing_in_a_file_of_weights_runs():
    class Runs:
        def __reduce__(self):
            return (exec, ("raise SystemExit",))

    with pytest.raises(pickle.UnpicklingError, match="exec"):
        _Arrays(io.BytesIO(pickle.dumps([Runs()]))).load()
