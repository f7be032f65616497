"""Steps on sound against published numbers, other programs and recorded bearings."""

import numpy as np
import polars as pl
import pytest
import scipy.io
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.prepare import Recipe, read_sounds, step_named
from dure.science.prepare.media import own_shelf
from dure.science.prepare.sounds import Wave, encoded
from dure.science.sound import Bearing, band_levels, bands, best_band, fault_orders, log_mel, spectrum_of
from dure.vocabulary import Permit

OWN = Permit.own(["sounds"])


def shelved(samples, rate=8000.0):
    content = encoded(
        Wave(np.atleast_2d(np.asarray(samples, dtype=np.float64).T).T.reshape(len(samples), -1), rate)
    )
    return own_shelf().put_made(content, lambda: content)


def heard(step, *sounds, **columns):
    frame = pl.DataFrame({"sound": list(sounds), **columns})
    return Recipe((step,)).fit(frame, OWN).transform(frame)


def test_log_mel_has_the_numbers_of_librosa():
    """`power_to_db(melspectrogram(y, sr=12000, n_mels=64))` of librosa 0.11.0 on the same samples."""
    at, chance = np.arange(12_000) / 12_000, np.random.default_rng(7)
    chirp = 0.3 * np.sin(2 * np.pi * (200 + 900 * at) * at) + 0.01 * chance.normal(size=12_000)
    found = log_mel(chirp.astype(np.float32), 12_000.0)
    picked = [found[band, frame] for band, frame in ((0, 0), (5, 3), (20, 10), (40, 20), (63, 23))]
    assert found.shape == (64, 24)
    assert picked == pytest.approx([1.75577, -13.02202, 18.22351, -20.71931, -19.13282], abs=1e-4)
    assert (found.mean(), found.std()) == pytest.approx((-15.40404, 10.86775), abs=1e-4)


def test_a_bearing_has_the_frequencies_that_its_makers_and_the_mfpt_files_state(recorded):
    nice = fault_orders(Bearing(8, 0.235, 1.245))  # inches, as the society states it
    stated = scipy.io.loadmat(recorded / "bearing-mfpt" / "OuterRaceFault_vload_1.mat")
    turns = 25.0
    for part, name in (("outer race", "BPFO"), ("inner race", "BPFI"), ("ball", "BSF")):
        assert nice[part] * turns == pytest.approx(stated[name].item(), rel=0.001)
    # the files' FTF is that of a cage whose outer ring turns: half the speed and the other half of the ratio
    assert (1 - nice["cage"]) * turns == pytest.approx(stated["FTF"].item(), rel=0.002)


def test_the_kurtogram_agrees_with_bands_cut_by_a_brick_wall():
    """The envelope's kurtosis of the best band, cut by a discrete Fourier transform instead of the tree of filters."""
    chance, at = np.random.default_rng(3), np.arange(48_000)
    ring = np.exp(-(at % 480) / 20) * np.sin(2 * np.pi * 0.31 * (at % 480))
    samples = ring + 0.3 * chance.normal(size=len(at))
    best = best_band(samples, 5)
    assert best.ends[0] < 0.31 < best.ends[1]
    lines, frequency = np.fft.fft(samples), np.fft.fftfreq(len(samples))
    walls = {}
    for band in bands(samples, 5):
        inside = (frequency >= band.ends[0]) & (frequency < band.ends[1])
        power = np.abs(np.fft.ifft(np.where(inside, 2 * lines, 0))) ** 2
        walls[band] = (power**2).mean() / power.mean() ** 2 - 2
    assert best.kurtosis == pytest.approx(walls[best], rel=0.3)
    level = [band for band in walls if band.width == best.width]
    assert max(level, key=walls.__getitem__) == best


def test_noise_knocks_nowhere():
    found = [best_band(np.random.default_rng(seed).normal(size=16_384), 4).kurtosis for seed in range(5)]
    assert max(found) < 0.6


@settings(max_examples=60)
@given(st.integers(20, 400), st.integers(300, 3_000), st.floats(0.1, 10.0), st.integers(0, 10**6))
def test_the_bands_of_a_spectrum_hold_all_the_power(line, length, height, seed):
    noise = np.random.default_rng(seed).normal(size=length)
    samples = noise + height * np.sin(2 * np.pi * line / 1000 * np.arange(length))
    levels = band_levels(spectrum_of(samples), [0.0, 0.1, 0.2, 0.35, 0.51])
    assert np.sqrt(np.square(levels).sum()) == pytest.approx(samples.std(), rel=0.25)


@pytest.mark.parametrize("fault", ["InnerRaceFault", "OuterRaceFault"])
def test_the_envelope_names_the_damaged_race_of_recorded_bearings(recorded, fault):
    """MathWorks' example tells them apart by the same ratio of BPFI to BPFO in the envelope spectrum."""
    step = step_named("audio.envelope")(
        rpm=1500.0, elements=8, element_diameter=0.235, pitch_diameter=1.245, levels=5
    )
    table = read_sounds(str(recorded / "bearing-mfpt" / f"{fault}*.mat"), window_s=1.0)
    found = heard(step, *table.frame.get_column("sound").to_list())
    ratio = np.log(
        found.get_column("sound envelope inner race") / found.get_column("sound envelope outer race")
    )
    assert len(ratio) == 6
    assert ((ratio > 0) == (fault == "InnerRaceFault")).all()


def test_the_speed_is_taken_from_each_row_and_missing_where_it_is_missing():
    at = np.arange(8000) / 8000
    sound = shelved(np.sin(2 * np.pi * 25 * at) + 0.5 * np.sin(2 * np.pi * 40 * at))
    step = step_named("audio.order_spectrum")(speed="rpm", orders=(1.0,), elements=0)
    found = heard(step, sound, sound, sound, sound, rpm=[1500.0, 2400.0, None, 0.0])
    assert found.get_column("sound order 1").round(2).to_list() == [1.0, 0.5, None, None]
    by_hertz = step_named("audio.order_spectrum")(speed="hz", speed_unit="Hz", orders=(1.0,), elements=0)
    assert heard(by_hertz, sound, hz=[25.0]).item(0, "sound order 1") == found.item(0, "sound order 1")


@pytest.mark.parametrize(
    "name", ["log_mel", "spectrum", "order_spectrum", "envelope", "kurtogram", "vibration_indicators"]
)
def test_what_cannot_be_heard_is_missing_and_silence_is_borne(name):
    step = step_named(f"audio.{name}")(keep=False)
    broken = np.sin(np.arange(4000.0))
    broken[77] = np.nan
    found = heard(step, shelved(broken), shelved([0.1] * 3), None, shelved(np.zeros(4000)))
    assert all(value is None for row in found.rows()[:3] for value in row)
    assert any(value is not None for value in found.rows()[3])
    second = step_named(f"audio.{name}")(channel=2)
    assert all(value is None for value in heard(second, shelved(np.sin(np.arange(4000.0)))).row(0))


def test_a_long_sound_is_heard_as_the_mean_of_its_pieces():
    chance = np.random.default_rng(0)
    samples = chance.normal(size=(4, 8000)) * [[1], [2], [3], [4]]
    whole = step_named("audio.vibration_indicators")(window_s=1.0)
    parts = heard(whole, *[shelved(part) for part in samples])
    found = heard(whole, shelved(samples.ravel()))
    for name in found.columns:
        assert found.item(0, name) == pytest.approx(parts.get_column(name).mean(), rel=1e-9)


def test_velocity_is_that_of_an_integrator():
    """Trapezoidal integration of a band-limited acceleration, the way a meter does it (ISO 20816-1)."""
    at, chance = np.arange(80_000) / 8000, np.random.default_rng(1)
    sos = scipy.signal.butter(8, [30, 700], "bandpass", fs=8000, output="sos")
    acceleration = scipy.signal.sosfiltfilt(sos, chance.normal(size=len(at)))
    velocity = np.cumsum((acceleration[1:] + acceleration[:-1]) / 2) / 8000
    wanted = 1000 * scipy.signal.detrend(velocity).std()
    found = heard(step_named("audio.vibration_indicators")(unit="m/s2"), shelved(acceleration))
    assert found.item(0, "sound velocity mm/s") == pytest.approx(wanted, rel=0.05)
    in_g = heard(step_named("audio.vibration_indicators")(unit="g"), shelved(acceleration / 9.80665))
    assert in_g.item(0, "sound velocity mm/s") == pytest.approx(
        found.item(0, "sound velocity mm/s"), rel=1e-9
    )
