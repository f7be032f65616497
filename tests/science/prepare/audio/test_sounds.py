"""Sound files as they come: what is read exactly, and what is refused in one sentence."""

import io
from contextlib import suppress

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.prepare import read
from dure.science.prepare.sounds import (
    SoundDamaged,
    SoundEmpty,
    SoundTooLong,
    Wave,
    decoded,
    encoded,
    facts_of,
)
from dure.vocabulary import FileProblem

TONE = 0.5 * np.sin(np.arange(4000) / 5.0)


def written(samples, subtype, container="WAV", rate=8000):
    made = io.BytesIO()
    soundfile.write(made, samples, rate, format=container, subtype=subtype)
    return made.getvalue()


WAV = written(TONE, "PCM_16")


@pytest.mark.parametrize(
    ("subtype", "container", "apart"),
    [
        ("PCM_U8", "WAV", 1 / 127), ("PCM_16", "WAV", 1 / 32767), ("PCM_24", "WAV", 2e-7), ("PCM_32", "WAV", 1e-9),
        ("FLOAT", "WAV", 1e-7), ("DOUBLE", "WAV", 0.0), ("PCM_16", "FLAC", 1 / 32767), ("PCM_24", "FLAC", 2e-7),
        ("VORBIS", "OGG", 0.1),
    ],
)  # fmt: skip
def test_every_kind_of_sample_is_read_as_near_as_it_can_hold(subtype, container, apart):
    wave = decoded(written(TONE, subtype, container), "tone")
    assert (wave.rate, wave.channels, len(wave.samples)) == (8000.0, 1, 4000)
    assert np.abs(wave.samples[:, 0] - TONE).max() <= apart


def test_eight_channels_are_kept_apart():
    samples = np.stack([TONE * (at + 1) / 8 for at in range(8)], axis=1)
    wave = decoded(written(samples, "DOUBLE"), "array")
    assert wave.channels == 8
    assert (wave.samples == samples).all()


def test_a_wave_survives_its_file_to_the_bit_and_equal_samples_are_equal_bytes():
    for kind in (np.float32, np.float64):
        wave = Wave(np.random.default_rng(0).normal(size=(999, 2)).astype(kind), 12_000.0)
        again = decoded(encoded(wave), "again")
        assert again.samples.dtype == kind
        assert (again.samples == wave.samples).all()
        assert encoded(again) == encoded(wave)


@pytest.mark.parametrize(
    ("content", "refusal", "says"),
    [
        (b"", SoundEmpty, "is empty"),
        (b"a;b", SoundDamaged, "neither WAV"),
        (b"RIFF", SoundDamaged, "too short, it ends before the first sample"),
        (WAV[:20], SoundDamaged, "too short, it ends before the first sample"),
        (WAV[:36] + b"LIST\x04\0\0\0info", SoundDamaged, "too short, it ends before the first sample"),
        (WAV[:44], SoundDamaged, "8,000 bytes of sound and has 0"),
        (WAV[:5000], SoundDamaged, "8,000 bytes of sound and has 4,956"),
        (written(np.empty(0), "PCM_16"), SoundEmpty, "holds no sample"),
        (written(TONE, "PCM_16", "FLAC")[:-200], SoundDamaged, "cannot be heard"),
        (written(np.zeros((10, 65)), "PCM_16"), SoundTooLong, "65|64 channels"),
    ],
)
def test_a_broken_sound_is_refused_with_what_is_wrong(content, refusal, says):
    with pytest.raises(refusal, match=says):
        decoded(content, "line.wav")


def lying(content, size):
    at = content.index(b"data") + 4
    return content[:at] + size.to_bytes(4, "little") + content[at + 4 :]


def test_a_header_that_lies_of_four_gigabytes_is_refused_and_costs_nothing():
    with pytest.raises(SoundDamaged, match=r"4,000,000,000 bytes of sound and has 8,000"):
        decoded(lying(WAV, 4_000_000_000), "lie.wav")


def test_a_length_left_open_by_a_stream_is_no_lie():
    assert len(decoded(lying(WAV, 0xFFFFFFFF), "pipe.wav").samples) == 4000


def test_a_flac_that_lies_of_its_length_is_refused_without_the_memory():
    content = bytearray(written(TONE, "PCM_16", "FLAC"))
    content[21] |= 0x0F  # total samples are the 36 bits up to byte 26 [RFC 9639, 8.2]
    content[22:26] = b"\xff\xff\xff\xff"
    with pytest.raises((SoundDamaged, SoundTooLong)):
        decoded(bytes(content), "lie.flac")
    with pytest.raises((SoundDamaged, SoundTooLong)):
        facts_of(bytes(content), "lie.flac")


@settings(max_examples=150)
@given(
    begin=st.sampled_from(
        [WAV[:600], written(TONE[:400], "PCM_16", "FLAC"), encoded(Wave(TONE[:100, None], 8e3))]
    ),
    at=st.integers(0, 599),
    by=st.binary(min_size=1, max_size=8),
    end=st.integers(0, 600),
)
def test_any_bytes_are_heard_or_refused(begin, at, by, end):
    content = (begin[:at] + by + begin[at + len(by) :])[: max(end, 12)]
    with suppress(FileProblem):
        assert decoded(content, "any").samples.ndim == 2


def test_a_folder_with_one_broken_sound_names_it(record):
    record("good.wav", TONE)
    path = record("broken.wav", TONE)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SoundDamaged, match=r"broken\.wav"):
        read([path.parent])
