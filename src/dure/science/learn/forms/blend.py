"""Several fitted models as one: their answers, weighted, and for classes calibrated; one file, one served form.

The file is JSON text: each part with its family, form, weight and content (a LightGBM text as it is, an ONNX graph in
base64), and the calibration's points. What is scored in validation is this very form.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dure.science.learn.family import Exported, Floats, Lesson, Served, Settings, Tick, family_named
from dure.science.learn.judging.calibration import Calibration
from dure.vocabulary import Text

MOST_PARTS = 12
FORM = "blend"
#: Rounds of reweighting that make of least squares nearly least absolute errors.
ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A fitted model and its weight; the weights of a blend sum to 1."""

    family: str
    weight: float
    exported: Exported


def blended(parts: Sequence[Part], calibration: Calibration) -> Exported:
    """Parts as one exported form; a single part without a calibration stays what it is."""
    facts = {"iterations": max((int(one.exported.facts.get("iterations", 0)) for one in parts), default=0)}
    if len(parts) == 1 and calibration.method == "none":
        return parts[0].exported
    written = {
        "parts": [
            {
                "family": one.family,
                "form": one.exported.form,
                "weight": one.weight,
                "content": _text(one.exported),
            }
            for one in parts
        ],
        "calibration": calibration.to_dict(),
    }
    return Exported(FORM, json.dumps(written, sort_keys=True, allow_nan=False).encode(), facts)


def _text(exported: Exported) -> str:
    if exported.form == "lightgbm":
        return exported.content.decode()
    return base64.b64encode(exported.content).decode()


def parts_in(content: bytes) -> tuple[list[Part], Calibration]:
    """The parts and the calibration in a blend's bytes; nothing is opened yet.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        written: Mapping[str, Any] = json.loads(content)
        parts = [_part(one) for one in written["parts"]]
        calibration = Calibration.from_dict(written["calibration"])
    except (KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as broken:
        raise ValueError(f"it lacks or misnames {broken}") from broken
    if not 1 <= len(parts) <= MOST_PARTS:
        raise ValueError(f"{len(parts)} parts")
    return parts, calibration


def _part(written: Mapping[str, Any]) -> Part:
    form, weight = str(written["form"]), float(written["weight"])
    if form not in {"lightgbm", "onnx"} or not 0 <= weight <= 1:
        raise ValueError(f"a part of form {form!r} and weight {weight}")
    content = written["content"]
    whole = content.encode() if form == "lightgbm" else base64.b64decode(content, validate=True)
    return Part(str(written["family"]), weight, Exported(form, whole))


class BlendModel:
    """A blend, opened; keeps the promise of `Served`."""

    def __init__(self, content: bytes) -> None:
        from dure.science.learn.forms.opening import opened

        found, self.calibration = parts_in(content)
        self.parts = [(one.family, one.weight, opened(one.exported)) for one in found]
        # A single part, calibrated, speaks for itself.
        lone = self.parts[0][2] if len(self.parts) == 1 else None
        self._lone = lone
        self.constants: Mapping[str, Floats] = lone.constants if lone else {}

    def run(self, x: Floats) -> Floats:
        """The weighted answer, calibrated, for each row. [N] or [N, C]."""
        weighted = [weight * served.run(x) for _, weight, served in self.parts]
        # Added in order: a row's bits do not depend on the rows beside it.
        found = np.asarray(sum(weighted[1:], start=weighted[0]))
        return self.calibration.apply(found) if found.ndim == 2 else found

    def shares(self, x: Floats) -> Floats | None:
        """What a single part knows; several are asked one by one, see `Blend.contributions`."""
        return self._lone.shares(x) if self._lone else None


class Blend:
    """Families together, each with the weight that served best on rows held back (stacking).

    References
    ----------
    L. Breiman, "Stacked regressions", Machine Learning 24, 49-64, 1996 (weights that are not negative).
    """

    name: ClassVar[str] = "blend"
    label: ClassVar[Text] = Text("several models together", "여러 모델의 결합")

    def __init__(self, task: str) -> None:
        self.task = task

    def candidates(self, rows: int, columns: int) -> Sequence[Settings]:
        """A blend is made of what was searched for; it is no candidate itself."""
        del rows, columns
        return []

    def fit(self, lesson: Lesson, settings: Settings, tick: Tick) -> Exported:
        """Each part of `settings["parts"]` (`family`, `weight`, `settings`) fitted on the lesson."""
        parts = [
            Part(
                one["family"],
                one["weight"],
                family_named(self.task, one["family"]).fit(lesson, one["settings"], tick),
            )
            for one in settings["parts"]
        ]
        return blended(
            parts,
            Calibration.from_dict(settings["calibration"]) if "calibration" in settings else Calibration(),
        )

    def contributions(self, served: Served, x: Floats) -> Floats | None:
        """What the parts that can tell say, by their weights. [N, F]."""
        found, whole = np.zeros_like(x), 0.0
        for family, weight, part in served.parts:  # type: ignore[attr-defined]  # a blend is opened as BlendModel
            own = family_named(self.task, family).contributions(part, x)
            if own is not None:
                found, whole = found + weight * own, whole + weight
        return found / whole if whole >= 0.2 else None


def weights_for(truth: Floats, outputs: Sequence[Floats], classes: int, *, median: bool = False) -> Floats:
    """Weights that are not negative and sum to 1, with the least squared (or absolute) error, or the least log loss. [K].

    >>> truth = np.array([1.0, 2.0, 3.0, 4.0])
    >>> weights_for(truth, [truth + 1, truth - 1], 0).round(2).tolist()
    [0.5, 0.5]
    """
    if classes:
        at = truth.astype(np.int64)
        given = np.stack([np.clip(one[np.arange(len(at)), at], 1e-3, 1.0) for one in outputs], axis=1)
        return _most_likely(given)
    from scipy.optimize import nnls

    answers = np.stack([one.ravel() for one in outputs], axis=1)
    scale = max(float(np.abs(truth - truth.mean()).mean()), 1e-12)
    # One heavy row asks that the weights sum to 1.
    heavy = 1e3 * np.sqrt(len(truth))
    left = np.vstack([(answers - truth.mean()) / scale, np.full(answers.shape[1], heavy)])
    right = np.append((truth - truth.mean()) / scale, heavy)
    found, _ = nnls(left, right)
    for _ in range(ROUNDS if median else 0):
        off = np.abs(right - left @ found)
        root = 1.0 / np.sqrt(np.maximum(off, 0.01))
        root[-1] = 1.0
        found, _ = nnls(left * root[:, None], right * root)
    return np.asarray(found / max(found.sum(), 1e-12))


def _most_likely(given: Floats) -> Floats:
    """Weights of a mixture by expectation and maximisation, each round of which lessens the log loss. [K]."""
    weights = np.full(given.shape[1], 1.0 / given.shape[1])
    for _ in range(200):
        shares = given * weights
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    return weights
