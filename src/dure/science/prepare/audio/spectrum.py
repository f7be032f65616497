"""The spectrum of a sound or vibration: level by band, the greatest lines, and where its energy lies."""

import itertools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.prepare.sound_step import SoundStep
from dure.science.prepare.step import Floats, Quantity, field
from dure.science.sound import band_levels, centre_and_spread, peaks, spectrum_of
from dure.vocabulary import Text


@dataclass(frozen=True)
class Spectrum(SoundStep):
    """Root mean square in equal bands up to `high`, the greatest peaks, centre and spread of the energy.

    Levels and amplitudes are in the unit of the samples, frequencies in Hz.

    >>> step = Spectrum(bands=2, high=1000.0, peaks=1)
    >>> tone = 3.0 * np.sin(2 * np.pi * 50.0 * np.arange(4000) / 4000.0)
    >>> dict(zip(step.measures(), step.heard(tone, 4000.0, np.empty(0)).round(3).tolist()))
    {'0-500 Hz': 2.121, '500-1000 Hz': 0.0, 'peak 1 Hz': 50.0, 'peak 1': 3.0, 'centre Hz': 50.0, 'spread Hz': 0.577}
    """

    label: ClassVar[Text] = Text("Spectrum: bands and peaks", "스펙트럼: 대역과 봉우리")
    bands: int = field("count", Text("Bands", "대역 수"), default=8, low=1, high=256)
    high: float = field("number", Text("Up to", "최고 주파수"), default=4000.0, unit="Hz", low=1.0, high=1e6)
    peaks: int = field("count", Text("Greatest peaks", "가장 큰 봉우리 수"), default=3, low=0, high=32)

    def _ends(self) -> Floats:
        return np.linspace(0.0, self.high, self.bands + 1)

    def _bands(self) -> tuple[str, ...]:
        ends = self._ends()
        return tuple(f"{low:.6g}-{high:.6g} Hz" for low, high in itertools.pairwise(ends))

    def measures(self) -> tuple[str, ...]:
        """Bands, then frequency and amplitude of each peak, then centre and spread."""
        found = [(f"peak {at + 1} Hz", f"peak {at + 1}") for at in range(self.peaks)]
        return (*self._bands(), *(name for pair in found for name in pair), "centre Hz", "spread Hz")

    def words(self) -> dict[str, Quantity]:
        """All by what they are."""
        found = {band: Quantity(Text(f"energy from {band.replace('-', ' to ')}", f"{band} 대역의 에너지"), "1") for band in self._bands()}  # fmt: skip
        for at in range(self.peaks):
            nth = at + 1
            found[f"peak {nth} Hz"] = Quantity(
                Text(f"frequency of peak {nth}", f"{nth}번째 봉우리의 주파수"), "Hz"
            )
            found[f"peak {nth}"] = Quantity(Text(f"height of peak {nth}", f"{nth}번째 봉우리의 높이"), "1")
        found["centre Hz"] = Quantity(Text("mean frequency", "평균 주파수"), "Hz")
        return found | {"spread Hz": Quantity(Text("spread of frequencies", "주파수의 퍼짐"), "Hz")}

    def heard(self, samples: Floats, rate: float, beside: Floats) -> Floats:
        """The numbers that `measures` names."""
        del beside
        found = spectrum_of(samples)
        levels = band_levels(found, (self._ends() / rate).tolist())
        highest = peaks(found, self.peaks) * np.array([rate, 1.0])
        where = np.array(centre_and_spread(found)) * rate
        return np.concatenate([levels, highest.ravel(), where])

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Adds the energy of {self.column} in {self.bands} bands up to {self.high:g} Hz, its {self.peaks} greatest peaks, and where its energy lies.",
            f"{self.column}의 {self.high:g} Hz까지 {self.bands}개 대역 에너지, 가장 큰 봉우리 {self.peaks}개, 에너지가 모인 주파수를 더합니다.",
        )
