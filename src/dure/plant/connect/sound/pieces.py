"""A piece of sound: its content as WAV, and what is measured of it."""

from dure.plant.connect.waveform import Form, numbers, sound_features, wav

MEDIA = "audio/wav"
SOUND = "sound"


def piece(raw: bytes, form: Form) -> tuple[bytes, dict[str, float], dict[str, float | int]]:
    """WAV file, features of the channels' mean, and what the reference says besides.

    >>> content, features, more = piece(bytes(16000), Form("s16", 8000))
    >>> len(content), features["level"], more
    (16044, -200.0, {'rate': 8000, 'channels': 1, 'seconds': 1.0})
    """
    values = numbers(raw, form).mean(axis=1)
    rate = int(form.rate) if float(form.rate).is_integer() else form.rate
    more = {"rate": rate, "channels": form.channels, "seconds": round(len(values) / form.rate, 6)}
    return wav(raw, form), sound_features(values, form.rate), more


def units(rate: float) -> dict[str, str]:
    """What is measured of each piece, and its unit: dB of full scale, Hz of the centroid."""
    from dure.plant.connect.waveform import OCTAVES

    bands = {f"band{centre}": "dB" for centre in OCTAVES if centre * 2**0.5 <= rate / 2 or centre <= rate / 4}
    return {"level": "dB", "peak": "dB", "centroid": "Hz", **bands}
