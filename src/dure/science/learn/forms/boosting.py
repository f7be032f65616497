"""Gradient-boosted trees (LightGBM), kept and served in LightGBM's own text form: what the tasks share.

References
----------
G. Ke et al., "LightGBM: A highly efficient gradient boosting decision tree", NeurIPS 2017.
"""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.family import Exported, Lesson, OutOfTime, Settings, Tick
from dure.science.learn.forms.trees_by_row import TreesByRow

Floats = NDArray[np.float64]

MOST_ITERATIONS = 400
#: Trees without gain after which no more are grown: this, over the learning rate, and at least so many.
PATIENCE, FEWEST = 1.8, 10


def candidates(rows: int) -> list[dict[str, Any]]:
    """Settings worth trying on so many rows, the best guess first.

    `words_apart` takes columns of words as sets rather than as numbers in order; it is passed over where there are
    none.

    >>> candidates(200)[0]["min_data_in_leaf"]
    5
    """
    least = int(np.clip(rows // 40, 3, 20))
    plain = {"learning_rate": 0.06, "num_leaves": 31, "min_data_in_leaf": least, "feature_fraction": 0.8}
    return [
        plain,
        {**plain, "num_leaves": 12, "lambda_l2": 5.0, "feature_fraction": 0.6},
        {**plain, "extra_trees": True, "num_leaves": 24, "learning_rate": 0.1},
        {**plain, "min_data_in_leaf": max(least // 5, 2), "num_leaves": 20, "lambda_l2": 1.0},
        {**plain, "words_apart": True, "num_leaves": 16},
        {**plain, "num_leaves": 6, "learning_rate": 0.12},
        {**plain, "num_leaves": 80, "min_data_in_leaf": 2 * least, "feature_fraction": 0.5},
    ]


def fit(lesson: Lesson, settings: Settings, tick: Tick, objective: Mapping[str, Any]) -> Exported:
    """Trees for `objective`; rows held back say when to stop, else `iterations` of the settings does.

    When `tick` says that the time is over, the trees that there are stay.
    """
    # On a loaded machine threads that spin while they wait burn the processor for nothing.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm

    asked = {
        name: value for name, value in settings.items() if name not in {"iterations", "words_apart", "median"}
    }
    parameters = {
        "max_bin": _bins(lesson), **objective, **asked, "num_threads": _threads(lesson.x.size), "seed": lesson.seed, "deterministic": True, "force_row_wise": True,
        "bagging_freq": 1, "bagging_fraction": 0.9, "verbosity": -1, "feature_pre_filter": False,
    }  # fmt: skip
    learnt = lightgbm.Dataset(
        lesson.x,
        lesson.y,
        weight=lesson.weights if len(lesson.weights) else None,
        feature_name=[f"c{place}" for place in range(lesson.x.shape[1])],
        categorical_feature=_sets(lesson, settings),
        params={"verbosity": -1},
        free_raw_data=False,
    )
    calls: list[Callable[..., None]] = [_ticking(tick)]
    held = []
    if len(lesson.held_y):
        held = [lightgbm.Dataset(lesson.held_x, lesson.held_y, reference=learnt, params={"verbosity": -1})]
        calls.append(lightgbm.early_stopping(_patience(settings), verbose=False))
    rounds = int(settings.get("iterations", MOST_ITERATIONS))
    booster = lightgbm.train(parameters, learnt, rounds, valid_sets=held, callbacks=calls)
    kept = max(booster.best_iteration, 1) if held else booster.current_iteration()
    text = booster.model_to_string(num_iteration=kept)
    return Exported("lightgbm", _finite(_without_parameters(text)).encode(), {"iterations": kept})


def _bins(lesson: Lesson) -> int:
    """Parts of a column's range: on few rows with many columns and classes, fewer are as good and four times faster."""
    return 63 if len(lesson.x) < 10_000 and lesson.x.shape[1] * max(lesson.classes, 1) > 400 else 255


def _patience(settings: Settings) -> int:
    """Trees without gain that are borne: as many as would have moved the model by the same way.

    >>> _patience({"learning_rate": 0.06}), _patience({"learning_rate": 0.3})
    (30, 10)
    """
    return max(FEWEST, round(PATIENCE / float(settings.get("learning_rate", 0.1))))


def _sets(lesson: Lesson, settings: Settings) -> list[int]:
    """Places of the columns of words, where the settings take them as sets."""
    if not settings.get("words_apart"):
        return []
    return [place for place, count in enumerate(lesson.words) if count]


def _threads(values: int) -> int:
    """Threads worth waking; decided by the data alone, for another number of threads may give other bits.

    >>> _threads(20_000), _threads(1_000_000)
    (1, 2)
    """
    return 1 if values < 400_000 else 2


def _ticking(tick: Tick) -> Callable[..., None]:
    from lightgbm.callback import EarlyStopException

    def call(state: Any) -> None:
        try:
            tick()
        except OutOfTime:
            raise EarlyStopException(state.iteration, state.evaluation_result_list or []) from None

    return call


def _without_parameters(text: str) -> str:
    """The text without the parameters of the training, which predict nothing."""
    return re.sub(r"\nparameters:\n.*?\nend of parameters\n", "\n", text, flags=re.DOTALL)


def _finite(text: str) -> str:
    r"""The text with the largest number for a threshold without end, and the sizes of the trees that follow from it.

    A split that parts only the missing from the rest has such a threshold; every number there is lies below either.

    >>> _finite("tree\ntree_sizes=26\n\nTree=0\nthreshold=inf 1.5\n\n\nend of trees").splitlines()[1:5]
    ['tree_sizes=47', '', 'Tree=0', 'threshold=1.7976931348623157e+308 1.5']
    """
    if not re.search(r"\nthreshold=[^\n]*\binf\b", text):
        return text
    largest = repr(float(np.finfo(np.float64).max))
    text = re.sub(r"(?<=\nthreshold=)[^\n]*", lambda found: re.sub(r"\binf\b", largest, found[0]), text)
    starts = [found.start() for found in re.finditer(r"^Tree=", text, re.MULTILINE)]
    ends = [*starts[1:], text.index("end of trees")]
    sizes = " ".join(str(len(text[start:end].encode())) for start, end in zip(starts, ends, strict=True))
    return re.sub(r"(?<=\ntree_sizes=)[0-9 ]*", sizes, text, count=1)


class LightGbmModel:
    """Trees in LightGBM's text form, opened; keeps the promise of `Served`."""

    def __init__(self, content: bytes) -> None:
        import lightgbm

        text = content.decode()
        try:
            self._booster = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as refused:
            raise ValueError(str(refused)) from refused
        self._binary = "\nobjective=binary" in text
        self._single = self._booster.num_model_per_iteration() == 1
        self.constants: Mapping[str, Floats] = {}

    def run(self, x: Floats) -> Floats:
        """A number, or the probability of each class, for each row. [N] or [N, C]."""
        found = np.asarray(self._booster.predict(x, num_threads=1))
        return np.stack([1.0 - found, found], axis=1) if self._binary else found

    def by_row(self) -> Callable[[Floats], Floats]:
        """The same for one row after the other [F]: the bits of `run`, a tenth of its cost. [] or [C]."""
        trees = TreesByRow(self._booster)
        if self._binary:
            return lambda x: np.array([1.0 - (found := trees(x)[0]), found])
        return (lambda x: trees(x)[0]) if self._single else trees

    def shares(self, x: Floats) -> Floats | None:
        """What each column adds to the output (of the likeliest class, or the second of two), by TreeSHAP. [N, F]."""
        found = np.asarray(self._booster.predict(x, pred_contrib=True, num_threads=1))
        by_class = found.reshape(len(x), -1, x.shape[1] + 1)[:, :, :-1]
        if by_class.shape[1] == 1:
            return by_class[:, 0]
        return np.asarray(by_class[np.arange(len(x)), self.run(x).argmax(axis=1)])
