"""What the measures find of the defects put into recorded data: figures that `benchmarks/quality_power.py` wrote."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dure.science.quality.injection import DEFECTS
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
