"""The kurtogram of a sound: in which band it knocks, and how hard."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.prepare.sound_step import SoundStep
from dure.science.prepare.step import Floats, Quantity, field
from dure.science.sound import best_band
from dure.vocabulary import Text


@dataclass(frozen=True)
class Kurtogram(SoundStep):
    """Middle and width of the most impulsive band [Hz] and the kurtosis of its envelope, 0 for noise.

    >>> at = np.arange(12_000)
    >>> ring = np.exp(-(at % 240) / 12) * np.sin(2 * np.pi * 3000 * (at % 240) / 12_000)
    >>> noisy = ring + 0.05 * np.random.default_rng(0).normal(size=12_000)
    >>> middle, width, kurtosis = Kurtogram().heard(noisy, 12_000.0, np.empty(0))
    >>> bool(abs(middle - 3000) < width), bool(kurtosis > 2)
    (True, True)

    References
    ----------
    J. Antoni, "Fast computation of the kurtogram for the detection of transient faults", Mech. Syst. Signal Process. 21,
    108-124, 2007, doi:10.1016/j.ymssp.2005.12.002.
    """

    label: ClassVar[Text] = Text("Kurtogram: where it knocks", "쿠르토그램: 충격 대역")
    least: ClassVar[int] = 64
    levels: int = field("count", Text("Levels", "단계"), default=5, low=1, high=9)

    def measures(self) -> tuple[str, ...]:
        """Middle, width and level."""
        return "knock Hz", "knock width Hz", "knock kurtosis"

    def words(self) -> dict[str, Quantity]:
        """All three."""
        return {
            "knock Hz": Quantity(Text("frequency at which it knocks", "충격이 나타나는 주파수"), "Hz"),
            "knock width Hz": Quantity(Text("width of the band that knocks", "충격 대역의 폭"), "Hz"),
            "knock kurtosis": Quantity(Text("how hard it knocks", "충격의 세기"), "1"),
        }

    def heard(self, samples: Floats, rate: float, beside: Floats) -> Floats:
        """Middle, width [Hz] and kurtosis."""
        del beside
        found = best_band(samples, self.levels)
        return np.array([found.centre * rate, found.width * rate, found.kurtosis])

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Finds the band of frequencies in which {self.column} knocks the most.",
            f"{self.column}에서 충격이 가장 뚜렷한 주파수 대역을 찾습니다.",
        )
