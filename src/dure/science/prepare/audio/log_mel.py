"""Loudness by pitch over a sound: mean, spread and percentiles of its log-mel spectrogram."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.prepare.sound_step import SoundStep
from dure.science.prepare.step import Floats, Quantity, field
from dure.science.sound import edges
from dure.science.sound import log_mel as log_mel_of
from dure.vocabulary import Text

STATISTICS = ("mean", "std", "p10", "p50", "p90")


@dataclass(frozen=True)
class LogMel(SoundStep):
    """Mean, spread and percentiles over time of the loudness in bands as wide as ears hear them [dB].

    The spectrogram is librosa's of the same settings within 1e-4 dB; a band above half the rate is missing.

    >>> step = LogMel(bands=2, high=4000.0, statistics=("mean",))
    >>> tone = np.sin(2 * np.pi * 300.0 * np.arange(8000) / 8000.0)
    >>> step.measures(), step.heard(tone, 8000.0, np.empty(0)).round(1).tolist()
    (('mel 1 mean', 'mel 2 mean'), [22.0, -50.6])
    """

    label: ClassVar[Text] = Text("Loudness by pitch (log-mel)", "음높이별 소리 크기(로그 멜)")
    bands: int = field("count", Text("Bands", "대역 수"), default=64, low=2, high=256)
    fft: int = field(
        "count",
        Text("Samples in a window", "창 길이(표본)"),
        default=2048,
        unit="{samples}",
        low=32,
        high=65_536,
    )
    hop: int = field(
        "count",
        Text("Samples from window to window", "창 간격(표본)"),
        default=512,
        unit="{samples}",
        low=1,
        high=65_536,
    )
    low: float = field("number", Text("From", "최저 주파수"), default=0.0, unit="Hz", low=0.0, high=1e6)
    high: float = field(
        "number",
        Text("Up to (0: half the rate)", "최고 주파수(0이면 표본율의 절반)"),
        default=0.0,
        unit="Hz",
        low=0.0,
        high=1e6,
    )
    statistics: tuple[str, ...] = field(
        "choices", Text("Statistics over time", "시간 통계량"), default=STATISTICS, choices=STATISTICS
    )

    def measures(self) -> tuple[str, ...]:
        """`mel <band> <statistic>`, the lowest band first."""
        return tuple(f"mel {band + 1} {what}" for band in range(self.bands) for what in self.statistics)

    def words(self) -> dict[str, Quantity]:
        """Where the upper end is fixed, each by the frequency in the middle of its band."""
        if not self.high:
            return {}
        middle = edges(self.bands, self.low, self.high)[1:-1]
        return {
            f"mel {band + 1} {what}": Quantity(_said(hertz, what), "dB")
            for band, hertz in enumerate(middle)
            for what in self.statistics
        }

    def heard(self, samples: Floats, rate: float, beside: Floats) -> Floats:
        """The statistics over time of each band. [dB], [bands · statistics]."""
        del beside
        found = log_mel_of(
            samples, rate, fft=self.fft, hop=self.hop, bands=self.bands, low=self.low, high=self.high
        ).astype(np.float64)
        ordered = np.sort(found, axis=1)
        made = np.stack([_STATISTIC[what](found, ordered) for what in self.statistics], axis=1)
        made[edges(self.bands, self.low, self.high or rate / 2)[:-2] >= rate / 2] = np.nan
        return made.ravel()

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Adds the loudness of {self.column} in {self.bands} bands of pitch: {', '.join(self.statistics)} over time.",
            f"{self.column}의 소리 크기를 음높이 {self.bands}개 대역별로 나누어 시간에 대한 {', '.join(self.statistics)}을(를) 더합니다.",
        )


def _percentile(ordered: Floats, share: float) -> Floats:
    """Linear between the nearest two, as NumPy's."""
    at = share * (ordered.shape[1] - 1)
    low = int(at)
    high = min(low + 1, ordered.shape[1] - 1)
    found: Floats = ordered[:, low] + (at - low) * (ordered[:, high] - ordered[:, low])
    return found


_STATISTIC: dict[str, Callable[[Floats, Floats], Floats]] = {
    "mean": lambda found, _: found.mean(axis=1),
    "std": lambda found, _: found.std(axis=1),
    "p10": lambda _, ordered: _percentile(ordered, 0.1),
    "p50": lambda _, ordered: _percentile(ordered, 0.5),
    "p90": lambda _, ordered: _percentile(ordered, 0.9),
}
_WORDS = {
    "mean": Text("loudness", "평균 소리 크기"),
    "std": Text("change of loudness", "소리 크기 변동"),
    "p10": Text("quiet loudness", "조용할 때 소리 크기"),
    "p50": Text("usual loudness", "보통 소리 크기"),
    "p90": Text("loud loudness", "클 때 소리 크기"),
}


def _said(hertz: float, what: str) -> Text:
    word = _WORDS[what]
    return Text(f"{word.en} around {hertz:.3g} Hz", f"{hertz:.3g} Hz 부근의 {word.ko}")
