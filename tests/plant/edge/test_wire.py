"""What travels is whole or refused: a changed, cut or swollen body gives no frame."""

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.edge.wire import LARGEST_BODY, BodyRefused, body, frames_of
from dure.plant.transport import Frame, Kind

FRAMES = st.lists(
    st.builds(Frame, st.sampled_from(list(Kind)), st.binary(max_size=300)), min_size=1, max_size=8
)


@given(FRAMES)
def test_frames_arrive_as_they_left(frames):
    assert frames_of(body(frames)) == frames


@given(FRAMES, st.data())
def test_a_changed_byte_gives_no_frame(frames, drawn):
    sent = bytearray(body(frames))
    place = drawn.draw(st.integers(2, len(sent) - 1))
    sent[place] ^= drawn.draw(st.integers(1, 255))
    with pytest.raises(BodyRefused):
        frames_of(bytes(sent))


@given(FRAMES, st.data())
def test_a_cut_body_gives_no_frame(frames, drawn):
    sent = body(frames)
    with pytest.raises(BodyRefused):
        frames_of(sent[: drawn.draw(st.integers(0, len(sent) - 1))])


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(junk):
    for sent in (junk, zlib.compress(junk)):
        with pytest.raises(BodyRefused):
            frames_of(sent)


def test_a_body_that_swells_is_given_up_before_it_fills_the_memory():
    bomb = zlib.compress(b"\0" * (LARGEST_BODY * 8), 9)
    assert len(bomb) < 1_000_000
    with pytest.raises(BodyRefused):
        frames_of(bomb)


def test_what_is_behind_a_body_is_refused_too():
    with pytest.raises(BodyRefused):
        frames_of(body([Frame(Kind.EVENT, b"up")]) + os.urandom(8))
