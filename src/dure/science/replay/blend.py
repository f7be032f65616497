"""Which expert to believe: weights that follow the losses, and give a part out anew so that none is lost for good.

With each label every weight is multiplied by exp(-rate · loss / mean loss), and a share of all weight is given out
anew, to all alike (fixed share). Over any stretch of rows the blend is then nearly as good as the expert that is best
there, whichever it is.

References
----------
M. Herbster, M. K. Warmuth, "Tracking the best expert", Machine Learning 32(2), 151-178, 1998.
doi:10.1023/A:1007424614876
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dure.science.replay.expert import Floats
from dure.science.replay.packing import packed, unpacked

#: Half-life of the mean loss [labels]; a single loss counts at most so many times the mean.
HALF, MOST = 500.0, 20.0
#: Weight that the first expert, the model as trained, begins with: it is the one that was judged.
FIRST = 0.5


class Blend:
    """Weights of experts.

    >>> blend = Blend(2, rate=1.0, share=0.0, mean=1.0)
    >>> for _ in range(5):
    ...     blend.learn(np.array([0.0, 1.0]), own=0.5)
    >>> blend.weights.round(2).tolist()
    [1.0, 0.0]
    """

    def __init__(self, experts: int, *, rate: float, share: float, mean: float) -> None:
        self.rate, self.share = rate, share
        rest = (1.0 - FIRST) / max(experts - 1, 1)
        self.weights = np.full(experts, rest)
        self.weights[0] = FIRST if experts > 1 else 1.0
        self.mean = mean
        self.keep = 0.5 ** (1.0 / HALF)
        self.count = 20.0

    def learn(self, losses: Floats, own: float) -> None:
        """Losses of the experts and of the blend itself for one label. [experts]."""
        self.count = min(self.count + 1.0, 1.0 / (1.0 - self.keep))
        self.mean += (min(own, MOST * self.mean) - self.mean) / self.count
        worse = np.minimum((losses - losses.min()) / max(self.mean, 1e-300), MOST)
        weights = self.weights * np.exp(-self.rate * worse)
        self.weights = (1.0 - self.share) * weights / weights.sum() + self.share / len(weights)

    def to_dict(self) -> dict[str, Any]:
        """The weights and the mean loss."""
        return {"weights": packed(self.weights), "mean": self.mean, "count": self.count}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        self.weights = unpacked(facts["weights"])
        self.mean, self.count = float(facts["mean"]), float(facts["count"])
