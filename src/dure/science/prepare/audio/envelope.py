"""Envelope analysis: how regularly the ringing of a band is struck at the frequencies of a bearing's parts."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Quantity, field
from dure.science.prepare.turning_step import TurningStep
from dure.science.sound import PARTS, at_lines, best_band, envelope_spectrum, prominence
from dure.vocabulary import Text

MEASURES = ("prominence", "share", "amplitude")
BANDS = ("kurtogram", "given", "whole")


@dataclass(frozen=True)
class Envelope(TurningStep):
    """How far the frequencies of a bearing's parts stand out in the squared envelope of a band.

    `prominence` is the amplitude at the first `harmonics` over the median around each, their geometric mean: near 2 where
    there is nothing, tens where a race is damaged. `share` is a part's of the sum of all: which part it is, however clear
    the sound. `amplitude` is that of the first, in the square of the samples' unit. The band is the most impulsive of each
    sound (`kurtogram`), one that is `given`, or the `whole` of it.

    >>> at = np.arange(12_000)
    >>> struck = (at * 107.5 / 12_000) % 1.0 * 12_000 / 107.5
    >>> ring = np.exp(-struck / 12) * np.sin(2 * np.pi * 3000 * struck / 12_000)
    >>> noisy = ring + 0.1 * np.random.default_rng(0).normal(size=12_000)
    >>> step = Envelope(rpm=1800.0, measure=("prominence",))
    >>> found = dict(zip(step.measures(), step.heard(noisy, 12_000.0, np.empty(0)).tolist()))
    >>> max(found, key=found.get), found["envelope outer race"] > 10, found["envelope inner race"] < 10
    ('envelope outer race', True, True)

    References
    ----------
    R. B. Randall and J. Antoni, Mech. Syst. Signal Process. 25, 485-520, 2011, doi:10.1016/j.ymssp.2010.07.017, §5;
    J. Antoni, Mech. Syst. Signal Process. 21, 108-124, 2007, doi:10.1016/j.ymssp.2005.12.002.
    """

    label: ClassVar[Text] = Text("Envelope of a bearing", "베어링 포락선 분석")
    least: ClassVar[int] = 256
    band: str = field("choice", Text("Band", "대역"), default="kurtogram", choices=BANDS)
    low: float = field("number", Text("Band from", "대역 시작"), default=1000.0, unit="Hz", low=0.0, high=1e6)
    high: float = field("number", Text("Band up to", "대역 끝"), default=5000.0, unit="Hz", low=1.0, high=1e6)
    levels: int = field("count", Text("Levels of the kurtogram", "쿠르토그램 단계"), default=4, low=1, high=9)
    harmonics: int = field("count", Text("Harmonics", "고조파 수"), default=3, low=1, high=10)
    measure: tuple[str, ...] = field(
        "choices", Text("Measures", "측정값"), default=MEASURES, choices=MEASURES
    )

    def measures(self) -> tuple[str, ...]:
        """`envelope <part>` for the prominence, `envelope <part> amplitude`."""
        ends = {"prominence": "", "share": " share", "amplitude": " amplitude"}
        return tuple(f"envelope {part}{ends[what]}" for what in self.measure for part in self.faults())

    def words(self) -> dict[str, Quantity]:
        """Energy at the frequency of a part."""
        return {name: Quantity(_said(name), "1") for name in self.measures()}

    def heard(self, samples: Floats, rate: float, beside: Floats) -> Floats:
        """The measures of each part."""
        turns = self.turns(beside)
        spectrum, lower = envelope_spectrum(samples, *self._band_of(samples, rate))
        lines = [order * turns / (rate * lower) for order in self.faults().values()]
        made = {"prominence": lambda: [prominence(spectrum, line, self.harmonics) for line in lines]}
        made["share"] = lambda: _shares([prominence(spectrum, line, self.harmonics) for line in lines])
        made["amplitude"] = lambda: at_lines(spectrum, lines).tolist()
        return np.concatenate([np.array(made[what](), dtype=np.float64) for what in self.measure])

    def _band_of(self, samples: Floats, rate: float) -> tuple[float, float]:
        if self.band == "kurtogram":
            return best_band(samples, self.levels).ends
        if self.band == "whole":
            return 0.0, 0.5
        return min(self.low / rate, 0.5), min(self.high / rate, 0.5)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Tells from {self.column} how regularly each part of the bearing strikes (envelope spectrum).",
            f"{self.column}에서 베어링 각 부분의 충격이 얼마나 규칙적인지 포락선 스펙트럼으로 구합니다.",
        )


def _shares(found: list[float]) -> list[float]:
    """Each of the sum of all that can be heard; missing where one is."""
    total = float(np.nansum(found))
    return [one / total if total > 0.0 else float("nan") for one in found]


_ENDS = {
    " amplitude": Text(" (height)", "(높이)"),
    " share": Text(" against the other parts", "(다른 부분 대비)"),
}


def _said(name: str) -> Text:
    part = name.removeprefix("envelope ")
    end = next((end for end in _ENDS if part.endswith(end)), "")
    known, behind = PARTS[part.removesuffix(end)], _ENDS.get(end, Text("", ""))
    return Text(f"energy at the {known.en} frequency{behind.en}", f"{known.ko} 주파수의 에너지{behind.ko}")
