"""What the measures find of the defects put into recorded data: figures that `benchmarks/quality_power.py` wrote."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from dure.science.quality.injection import DEFECTS, detected, named
from dure.science.quality.measure import Measure
from dure.science.quality.subject import Subject
from dure.science.quality.telling import percent
from dure.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Power:
    """How much of its defect a measure finds: shares of `trials` by magnitude, as (magnitude, share, trials)."""

    defect: str
    found: tuple[tuple[float, float, int], ...]

    @property
    def words(self) -> Text:
        """The figures in a sentence.

        >>> Power("stuck", ((30, 0.71, 140), (300, 0.93, 140))).words.en
        'Of defects put into recorded data (one value repeated) it found: 30 rows 71 %, 300 rows 93 %.'
        """
        defect = DEFECTS[self.defect]
        english = ", ".join(_tried(one, defect.unit.en) for one in self.found)
        korean = ", ".join(_tried(one, defect.unit.ko) for one in self.found)
        return Text(
            f"Of defects put into recorded data ({defect.says.en}) it found: {english}.",
            f"실제 데이터에 넣은 결함({defect.says.ko})을 찾은 비율: {korean}.",
        )

    def report(self) -> dict[str, Any]:
        """The figures as `--json` gives them, in the language in force."""
        found = [{"magnitude": size, "share": share, "trials": trials} for size, share, trials in self.found]
        return {"defect": self.defect, "found": found, "words": str(self.words)}


@dataclass(frozen=True, slots=True)
class PowerHere:
    """How often a measure found its defect in the very table at hand: `found` of `trials`, and the 95 % interval of the share."""

    key: str
    defect: str
    magnitude: float
    found: int
    trials: int

    @property
    def interval(self) -> tuple[float, float]:
        """Interval of E. B. Wilson, 1927, at 95 %; the whole range without a trial.

        >>> [round(one, 3) for one in PowerHere("stuck-sensor", "stuck", 30, 18, 20).interval]
        [0.699, 0.972]
        """
        if not self.trials:
            return 0.0, 1.0
        z, share, n = 1.959964, self.found / self.trials, self.trials
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
        low, high = (0.0 if self.found == 0 else middle - half), (1.0 if self.found == n else middle + half)
        return max(0.0, low), min(1.0, high)


def power_here(measure: Measure, subject: Subject, trials: int, seed: int = 0) -> tuple[PowerHere, ...]:
    """The measure's power on the table at hand: its defect put in at random places, `trials` times at each magnitude.

    A table that cannot have the defect, or has it where it was put, counts as no trial. The same seed gives the same
    figures. Empty for a measure without a defect.
    """
    if not measure.defect:
        return ()
    defect, before, found = DEFECTS[measure.defect], named(measure, subject), []
    for magnitude in defect.magnitudes:
        chances = (np.random.default_rng([seed, one]) for one in range(trials))
        seen = [detected(measure, subject, defect, magnitude, one, before) for one in chances]
        tried = [one for one in seen if one is not None]
        found.append(PowerHere(measure.key, measure.defect, float(magnitude), sum(tried), len(tried)))
    return tuple(found)


def _tried(one: tuple[float, float, int], unit: str) -> str:
    magnitude, share, _ = one
    return f"{magnitude:g} {unit} {percent(share)}" if unit else percent(share)


@cache
def powers() -> Mapping[str, Power]:
    """Detection power by the key of the finding; measures that were not tried are absent."""
    written = files("dure.science.quality").joinpath("power.json").read_text(encoding="utf-8")
    return {
        key: Power(
            one["defect"], tuple((size, share, trials) for size, share, trials in one["found"] if trials)
        )
        for key, one in json.loads(written).items()
    }
