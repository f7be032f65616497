"""The guard: a model is served only if it is better than the answer that needs none.

Losses of the model and of the null are paired row by row and summed up in blocks of neighbours, for rows beside each
other err together. The model must be ahead by more than one standard error of the blocks' mean.

References
----------
L. Breiman et al., "Classification and Regression Trees", 1984, §3.4.3 (the one standard error rule).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.vocabulary import Text

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Blocks that rows are cut into where no group says what belongs together, and the rows that a block should have.
MOST_BLOCKS, ROWS_A_BLOCK = 20, 25
#: Of so many groups at least a standard error can be told.
FEWEST_GROUPS = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the model is ahead of the null: mean over blocks and its standard error, as shares of the null's loss."""

    ahead: float
    error: float
    blocks: int

    @property
    def passes(self) -> bool:
        """Whether the model is better by more than chance would have it."""
        return self.ahead > self.error

    def to_dict(self) -> dict[str, Any]:
        """The verdict as the card has it."""
        said = self.words()
        return {
            "served": "model" if self.passes else "null",
            "better_by": round(self.ahead, 5),
            "standard_error": round(self.error, 5),
            "blocks": self.blocks,
            "words": {"en": said.en, "ko": said.ko},
        }

    def words(self) -> Text:
        """The verdict as a person says it.

        >>> Verdict(-0.2, 0.1, 12).words().en
        'No model was better than the usual answer on rows held back, so the usual answer is what this package gives.'
        """
        if not self.passes:
            return Text(
                "No model was better than the usual answer on rows held back, so the usual answer is what this package "
                "gives.",
                "떼어 둔 행에서 평소 값보다 나은 모델이 없었습니다. 그래서 이 패키지는 항상 평소 값을 답합니다.",
            )
        return Text(
            f"The model errs {self.ahead:.0%} less than the usual answer (± {self.error:.0%} over {self.blocks} blocks of "
            "rows held back).",
            f"떼어 둔 행 {self.blocks}묶음에서 모델의 오차가 평소 값보다 {self.ahead:.0%}(± {self.error:.0%}) 작았습니다.",
        )


def judge(model: Floats, null: Floats, block: Codes) -> Verdict:
    """How far losses of the model lie below those of the null.

    Parameters
    ----------
    model, null
        Loss of each row. [N]
    block
        Block of each row. [N]

    Examples
    --------
    >>> judge(np.array([1.0, 1.0, 1.0, 2.0]), np.full(4, 2.0), np.array([0, 0, 1, 1])).passes
    True
    >>> judge(np.array([9.0, 1.0]), np.array([2.0, 2.0]), np.array([0, 1])).passes
    False
    """
    _, at = np.unique(block, return_inverse=True)
    rows = np.bincount(at).astype(np.float64)
    ahead = np.bincount(at, null - model)
    scale = max(float(null.mean()), 1e-12)
    # Blocks weigh as their rows do; the error is that of the ratio of two sums.
    mean = float(ahead.sum() / rows.sum())
    count = len(rows)
    off = ahead - mean * rows
    error = (
        float(np.sqrt((off**2).sum() * count / max(count - 1, 1)) / rows.sum()) if count > 1 else abs(mean)
    )
    return Verdict(mean / scale, error / scale, count)


def blocks(rows: int, groups: Codes | None = None) -> Codes:
    """Block of each row, for rows in order: its group where there are enough, else neighbours together. [N].

    >>> blocks(6).tolist(), blocks(100)[[0, 49, 99]].tolist()
    ([0, 0, 0, 1, 1, 1], [0, 1, 3])
    """
    if groups is not None and len(np.unique(groups)) >= FEWEST_GROUPS:
        return groups
    count = int(np.clip(rows // ROWS_A_BLOCK, 2, MOST_BLOCKS))
    return np.arange(rows) * count // max(rows, 1)


def losses(truth: Floats, output: Floats, classes: int, *, median: bool = False) -> Floats:
    """Loss of each row: squared error (absolute for a median), or log loss with probabilities kept a thousandth from 0. [N].

    >>> losses(np.array([1.0]), np.array([[3.0]]), 0), losses(np.array([1.0]), np.array([[3.0]]), 0, median=True)
    (array([4.]), array([2.]))
    """
    if not classes:
        off = truth - output.reshape(len(truth))
        return np.asarray(np.abs(off) if median else off**2)
    given = output[np.arange(len(truth)), truth.astype(np.int64)]
    return np.asarray(-np.log(np.clip(given, 1e-3, 1.0)))
