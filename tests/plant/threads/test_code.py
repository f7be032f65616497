"""The code that a phone reads: a decoder that is not ours reads back what was written, in every version and length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.plant.threads.qr import MOST_BYTES, qr, svg

cv2 = pytest.importorskip("cv2", reason="the extra media has the decoder")


def read(text):
    """What OpenCV's decoders see in a picture of the code: the one that finds corners best, else the other."""
    modules = np.array(qr(text))
    picture = (np.kron(np.pad(1 - modules, 8, constant_values=1), np.ones((8, 8))) * 255).astype(np.uint8)
    seen = (kind().detectAndDecode(picture)[0] for kind in (cv2.QRCodeDetectorAruco, cv2.QRCodeDetector))
    return next((one for one in seen if one), "")


@pytest.mark.parametrize("length", [1, 14, 15, 26, 42, 62, 84, 106, 122, 152, 180, MOST_BYTES])
def test_a_code_of_every_version_is_read_back(length):
    text = ("http://plant.local:8000/threads/at/?kind=equipment&key=line1/" + "pump7/" * 40)[:length]
    assert read(text) == text


@settings(max_examples=25)
@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=4, max_size=120))
def test_any_address_is_read_back(text):
    assert read("http://" + text) == "http://" + text


def test_a_text_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="214 bytes"):
        qr("x" * (MOST_BYTES + 1))


def test_the_drawing_has_its_quiet_zone():
    assert 'viewBox="0 0 33 33"' in svg("http://plant.local:8000/")
