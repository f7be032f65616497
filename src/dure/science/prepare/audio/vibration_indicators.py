"""What a vibration meter shows: strength, peaks, impulsiveness, and the velocity by which standards judge machines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.prepare.sound_step import SoundStep
from dure.science.prepare.step import Floats, Quantity, field
from dure.science.sound import spectrum_of
from dure.vocabulary import Text

# Standard acceleration of free fall, CGPM 1901. [m/s²]
_GRAVITY = 9.80665
_TO_METRES = {"m/s2": 1.0, "g": _GRAVITY}

INDICATORS: Mapping[str, Callable[[Floats], float]] = {
    "rms": lambda x: float(np.sqrt(np.square(x).mean())),
    "peak": lambda x: float(np.abs(x).max()),
    "peak to peak": lambda x: float(x.max() - x.min()),
    "crest": lambda x: _over(np.abs(x).max(), np.sqrt(np.square(x).mean())),
    "kurtosis": lambda x: _over((x**4).mean(), np.square(x).mean() ** 2),
    "skewness": lambda x: _over((x**3).mean(), np.square(x).mean() ** 1.5),
    "shape": lambda x: _over(np.sqrt(np.square(x).mean()), np.abs(x).mean()),
    "impulse": lambda x: _over(np.abs(x).max(), np.abs(x).mean()),
}
_WORDS = {
    "rms": Text("strength of the vibration", "진동의 세기"),
    "peak": Text("highest peak", "최대 진폭"),
    "peak to peak": Text("height from lowest to highest", "최저에서 최고까지의 진폭"),
    "crest": Text("peaks against strength (crest factor)", "세기 대비 봉우리(파고율)"),
    "kurtosis": Text("impulsiveness (kurtosis)", "충격성(첨도)"),
    "skewness": Text("lopsidedness (skewness)", "치우침(왜도)"),
    "shape": Text("shape factor", "파형률"),
    "impulse": Text("impulse factor", "충격률"),
    "velocity mm/s": Text("vibration velocity", "진동 속도"),
}


@dataclass(frozen=True)
class VibrationIndicators(SoundStep):
    """Rms, peaks, crest factor, kurtosis (3 for noise) and skewness about the mean; velocity where the unit is known.

    The velocity is the broad-band r.m.s. of ISO 20816-1 [mm/s], `from_hz` to `to_hz`, integrated from acceleration.

    >>> step = VibrationIndicators(unit="m/s2", indicators=("rms", "crest", "kurtosis"))
    >>> tone = 10.0 * np.sin(2 * np.pi * 50.0 * np.arange(10_000) / 5000.0)
    >>> dict(zip(step.measures(), step.heard(tone, 5000.0, np.empty(0)).round(2).tolist()))
    {'rms': 7.07, 'crest': 1.41, 'kurtosis': 1.5, 'velocity mm/s': 22.51}

    References
    ----------
    ISO 20816-1:2016, Mechanical vibration — Measurement and evaluation of machine vibration — Part 1, 4.2 (velocity,
    10 Hz to 1,000 Hz); ISO 13373-2:2016 (crest factor, kurtosis).
    """

    label: ClassVar[Text] = Text("Vibration indicators", "진동 지표")
    unit: str = field(
        "choice",
        Text("Unit of the samples", "표본의 단위"),
        default="unknown",
        choices=("unknown", "g", "m/s2"),
    )
    from_hz: float = field(
        "number", Text("Velocity from", "속도 최저 주파수"), default=10.0, unit="Hz", low=0.1, high=1e5
    )
    to_hz: float = field(
        "number", Text("Velocity up to", "속도 최고 주파수"), default=1000.0, unit="Hz", low=1.0, high=1e6
    )
    indicators: tuple[str, ...] = field(
        "choices", Text("Indicators", "지표"), default=tuple(INDICATORS), choices=tuple(INDICATORS)
    )

    def measures(self) -> tuple[str, ...]:
        """The indicators, and the velocity where the unit of the acceleration is known."""
        return (*self.indicators, *(("velocity mm/s",) if self.unit in _TO_METRES else ()))

    def words(self) -> dict[str, Quantity]:
        """All by what they tell."""
        return {name: Quantity(_WORDS[name], "mm/s" if name == "velocity mm/s" else "1") for name in self.measures()}  # fmt: skip

    def heard(self, samples: Floats, rate: float, beside: Floats) -> Floats:
        """The indicators of the samples about their mean."""
        del beside
        about = samples - samples.mean()
        found = [INDICATORS[name](about) for name in self.indicators]
        if self.unit in _TO_METRES:
            found.append(self._velocity(about, rate))
        return np.array(found, dtype=np.float64)

    def _velocity(self, samples: Floats, rate: float) -> float:
        """Root mean square of the velocity, line by line a / 2πf. [mm/s]."""
        found = spectrum_of(samples, padding=1)
        at = np.arange(len(found.lines)) * found.step * rate
        within = (at >= self.from_hz) & (at <= min(self.to_hz, rate / 2))
        speeds = found.lines[within] / (2 * np.pi * at[within])
        power = np.square(speeds).sum() / (2 * 1.5 * found.fine)
        return float(1000.0 * _TO_METRES[self.unit] * np.sqrt(power))

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        what = ", ".join(self.measures())
        return Text(
            f"Adds what a vibration meter shows of {self.column}: {what}.",
            f"진동계가 보여 주는 {self.column}의 {what}을(를) 더합니다.",
        )


def _over(above: float, below: float) -> float:
    """A ratio; missing in silence."""
    return float(above / below) if below > 0.0 else float("nan")
