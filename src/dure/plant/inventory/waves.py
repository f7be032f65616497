"""A sound or a wave as one curve: least and greatest value of each of its stretches, for an SVG of the page."""

from dataclasses import dataclass

WIDTH, HEIGHT = 400, 96
STRETCHES = 200


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a closed line within 400 × 96, the length [s] and the largest magnitude as the file has it."""

    points: str
    seconds: float
    most: float


def curve_of(content: bytes) -> Curve | None:
    """The first channel of a WAV file, None if it is no WAV file.

    >>> from dure.plant.connect import float_wav
    >>> import numpy as np
    >>> found = curve_of(float_wav(np.array([[0.0], [2.0], [-2.0], [0.0]]), 4.0))
    >>> found.seconds, found.most
    (1.0, 2.0)
    """
    import numpy as np

    from dure.plant.connect import WaveRefused, numbers, read_header

    try:
        form, start, size = read_header(content)
    except WaveRefused:
        return None
    values = numbers(content[start : start + size], form)[:, 0]
    if not len(values) or not np.isfinite(values).all():
        return None
    most = float(np.abs(values).max())
    parts = np.array_split(values, min(STRETCHES, len(values)))
    step, half = WIDTH / max(1, len(parts) - 1), HEIGHT / 2
    scale = (half - 2) / most if most else 0.0
    above = [f"{place * step:.1f},{half - part.max() * scale:.1f}" for place, part in enumerate(parts)]
    below = [f"{place * step:.1f},{half - part.min() * scale:.1f}" for place, part in enumerate(parts)]
    return Curve(" ".join(above + below[::-1]), len(values) / form.rate, most)
