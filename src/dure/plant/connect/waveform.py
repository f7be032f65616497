"""Waveforms as bytes and as numbers: raw PCM, WAV files, and what is measured of a stretch.

Standard: Microsoft/IBM RIFF WAVE (1991) with WAVE_FORMAT_IEEE_FLOAT.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMATS: Mapping[str, tuple[int, int]] = {"s16": (1, 2), "s24": (1, 3), "s32": (1, 4), "f32": (3, 4)}
"""WAVE format tag and bytes of one value, little-endian, for each form of a value."""
MOST_CHANNELS = 64
OCTAVES = (63, 125, 250, 500, 1000, 2000, 4000, 8000)
"""Octave band centres [Hz] (IEC 61260-1, nominal)."""
EXTENSIBLE = 0xFFFE


class WaveRefused(ValueError):
    """Bytes that are no waveform we read."""


@dataclass(frozen=True, slots=True)
class Form:
    """How values lie in bytes: `kind` a key of `FORMATS`, `rate` [Hz]."""

    kind: str
    rate: float
    channels: int = 1

    @property
    def frame(self) -> int:
        """Bytes of one value of every channel."""
        return FORMATS[self.kind][1] * self.channels


def wav(raw: bytes, form: Form) -> bytes:
    r"""A WAV file of raw values.

    >>> whole = wav(b"\x00\x40" * 8, Form("s16", 8000))
    >>> form, start, size = read_header(whole)
    >>> form == Form("s16", 8000), start, size
    (True, 44, 16)
    """
    tag, width = FORMATS[form.kind]
    rate = round(form.rate)
    about = struct.pack("<HHIIHH", tag, form.channels, rate, rate * form.frame, form.frame, width * 8)
    fact = b"" if tag == 1 else b"fact" + struct.pack("<II", 4, len(raw) // form.frame)
    body = (
        b"fmt " + struct.pack("<I", len(about)) + about + fact + b"data" + struct.pack("<I", len(raw)) + raw
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body) + len(raw) % 2) + b"WAVE" + body + b"\0" * (len(raw) % 2)


def read_header(begin: bytes) -> tuple[Form, int, int]:
    """Form of a WAV file, and where its values lie: offset and size [bytes] as its header says.

    A recorder that is still writing leaves a size of 0 or 2³²−1: what there is counts then.

    Raises
    ------
    WaveRefused
        If the bytes are no WAV file, or one in a form that is not read.
    """
    if len(begin) < 12 or begin[:4] not in (b"RIFF", b"RF64") or begin[8:12] != b"WAVE":
        raise WaveRefused("no WAV file")
    place, form = 12, None
    while place + 8 <= len(begin):
        name, (size,) = begin[place : place + 4], struct.unpack_from("<I", begin, place + 4)
        if name == b"fmt ":
            form = _form(begin[place + 8 : place + 8 + size])
        if name == b"data":
            if form is None:
                raise WaveRefused("no form before the values")
            return form, place + 8, size
        place += 8 + size + size % 2
    raise WaveRefused("no values in the first bytes")


def _form(about: bytes) -> Form:
    if len(about) < 16:
        raise WaveRefused("the form is cut short")
    tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", about)
    if tag == EXTENSIBLE and len(about) >= 26:
        (tag,) = struct.unpack_from("<H", about, 24)
    kinds = {(own, width * 8): kind for kind, (own, width) in FORMATS.items()}
    kind = kinds.get((tag, bits))
    if kind is None or not 1 <= channels <= MOST_CHANNELS or not 1 <= rate <= 50_000_000:
        raise WaveRefused(f"format {tag} with {bits} bits, {channels} channels, {rate} Hz")
    form = Form(kind, float(rate), channels)
    if frame != form.frame:
        raise WaveRefused(f"frames of {frame} bytes")
    return form


def numbers(raw: bytes, form: Form) -> "NDArray[np.float64]":
    r"""Values as an array of N × channels; whole numbers come as shares of full scale, ±1.

    >>> numbers(b"\x00\x40\x00\xc0", Form("s16", 8000)).ravel().tolist()
    [0.5, -0.5]
    >>> numbers(b"\x00\x00\x40", Form("s24", 8000)).ravel().tolist()
    [0.5]
    """
    import numpy as np

    raw = raw[: len(raw) // form.frame * form.frame]
    if form.kind == "f32":
        flat = np.frombuffer(raw, "<f4").astype(np.float64)
    elif form.kind == "s24":
        three = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(three), 4), np.uint8)
        wide[:, 1:] = three
        flat = wide.view("<i4").ravel() / 2.0**31
    else:
        width = FORMATS[form.kind][1]
        flat = np.frombuffer(raw, f"<i{width}") / 2.0 ** (8 * width - 1)
    return flat.reshape(-1, form.channels)


def float_wav(values: "NDArray[np.float64]", rate: float) -> bytes:
    """N × channels values as a WAV file of 32-bit floats, in their own unit."""
    import numpy as np

    columns = values.reshape(len(values), -1)
    return wav(np.ascontiguousarray(columns, "<f4").tobytes(), Form("f32", rate, columns.shape[1]))


def decibels(value: float) -> float:
    """20 lg of a share of full scale [dB], silence as −200.

    >>> round(decibels(0.5), 2), decibels(0.0)
    (-6.02, -200.0)
    """
    import math

    return 20 * math.log10(max(abs(value), 1e-10))


def spectrum(values: "NDArray[np.float64]", rate: float) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Frequencies [Hz] and mean squares at them, which add up to the mean square of the values (Parseval), mean apart."""
    import numpy as np

    count = len(values)
    power = np.abs(np.fft.rfft(values - values.mean())) ** 2 / count**2
    power[1 : (count + 1) // 2] *= 2
    return np.fft.rfftfreq(count, 1 / rate).astype(np.float64), power


def band_rms(
    frequencies: "NDArray[np.float64]", power: "NDArray[np.float64]", low: float, high: float
) -> float:
    """Root of the mean square between two frequencies [Hz], `low` ≤ f < `high`."""
    import numpy as np

    inside = (frequencies >= low) & (frequencies < high)
    return float(np.sqrt(power[inside].sum()))


def sound_features(values: "NDArray[np.float64]", rate: float) -> dict[str, float]:
    """Level, peak [dB of full scale], centroid [Hz] and octave bands [dB] of one channel.

    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    >>> found = sound_features(tone, 8000)
    >>> round(found["level"], 2), round(found["peak"], 2), round(found["centroid"]), round(found["band1000"], 2)
    (-3.01, 0.0, 1000, -3.01)
    """
    import numpy as np

    frequencies, power = spectrum(values, rate)
    total = float(power.sum())
    centroid = float((frequencies * power).sum() / total) if total > 0 else 0.0
    bands = {
        f"band{centre}": decibels(band_rms(frequencies, power, centre / 2**0.5, centre * 2**0.5))
        for centre in OCTAVES
        if centre * 2**0.5 <= rate / 2 or centre <= rate / 4
    }
    return {"level": decibels(total**0.5), "peak": decibels(float(np.abs(values).max())), "centroid": centroid, **bands}  # fmt: skip


def wave_features(
    values: "NDArray[np.float64]", rate: float, bands: Sequence[tuple[float, float]]
) -> dict[str, float]:
    """RMS, peak, crest factor, kurtosis and the RMS of bands of a burst, its mean taken away first.

    Kurtosis is the fourth standardised moment (3 of noise that is normal); crest factor is peak over RMS
    (ISO 13373-2, 4.3).

    >>> import numpy as np
    >>> found = wave_features(np.sin(2 * np.pi * 50 * np.arange(5000) / 5000), 5000, [(0, 100), (100, 2500)])
    >>> [round(value, 3) for value in found.values()]
    [0.707, 1.0, 1.414, 1.5, 0.707, 0.0]
    """
    import numpy as np

    moved = values - values.mean()
    rms, peak = float(np.sqrt(np.mean(moved**2))), float(np.abs(moved).max())
    frequencies, power = spectrum(values, rate)
    kurtosis = float(np.mean(moved**4) / rms**4) if rms else float("nan")
    measured = {"rms": rms, "peak": peak, "crest": peak / rms if rms else float("nan"), "kurtosis": kurtosis}
    return measured | {
        f"band{low:g}-{high:g}": band_rms(frequencies, power, low, high) for low, high in bands
    }
