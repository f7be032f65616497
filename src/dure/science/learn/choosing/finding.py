"""What the folds of a search found, and what follows from all of them for the model that is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing.candidates import Candidate, Standing, with_iterations
from dure.science.learn.judging.calibration import Calibration
from dure.science.learn.judging.guard import Verdict
from dure.science.learn.judging.metrics import best_threshold, cheapest_threshold, costs
from dure.science.learn.model import decide

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: A view is kept for the model that is served if it lessened the loss by so much over the folds.
WORTH_IT = 0.995
LEAST_WEIGHT = 0.05


@dataclass
class Slot:
    """A place in the blend: the best candidate of a family (or its second), and how it did."""

    family: str
    name: str
    standing: Standing

    def keep(self, splits: int) -> None:
        """Forget looks beyond so many inner splits, which not all slots had."""
        one = self.standing
        one.losses, one.iterations, one.answers = (
            one.losses[:splits],
            one.iterations[:splits],
            one.answers[:splits],
        )


@dataclass
class Found:
    """The choice of one fold: view, slots with their weights, calibration, verdict of the guard.

    `views` are the losses of the views that were tried, `losses` those of the best slot `alone`, of the `blend`, and of
    the `null`;
    `truth` and `said` are the held rows and what the choice said of them, from which the threshold is taken.
    """

    view: Mapping[str, str]
    views: Mapping[str, float]
    standings: Sequence[Standing]
    slots: Sequence[Slot]
    weights: Floats
    losses: Mapping[str, float]
    calibration: Calibration
    verdict: Verdict
    truth: Floats
    said: Floats
    cost: str | None = None

    def decide(self, said: Floats, positive: int | None) -> Codes:
        """Place of the class decided for each row, by the threshold that the held rows showed. [T]."""
        if positive is None or not self.verdict.passes:
            return decide(said, None, None)
        hit, probability = self.truth == positive, self.said[:, positive]
        threshold = (
            cheapest_threshold(hit, probability, *costs(self.cost))
            if self.cost
            else best_threshold(hit, probability)
        )
        return decide(said, positive, threshold)


def final_choice(found: Sequence[Found]) -> dict[str, Any]:
    """View, parts with weights and settings, and how all that was tried did, over the folds."""
    parts = _parts(found)
    lone = len(parts) == 1
    return {
        "family": parts[0]["family"] if lone else "blend",
        "settings": parts[0]["settings"] if lone else {},
        "blend": parts,
        "view": _view(found),
        "views": _views(found),
        "tried": _tried(found),
    }


def _parts(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Slots that are fitted in the end: the blend's where it was better over the folds, else the best one."""
    blend, alone = (np.mean([_relative(one, name) for one in found]) for name in ("blend", "alone"))
    names = _slot_names(found)
    weights = {name: float(np.mean([_weight(one, name) for one in found])) for name in names}
    if blend >= alone:
        weights = {max(weights, key=lambda name: weights[name]): 1.0}
    whole = sum(weight for weight in weights.values() if weight >= LEAST_WEIGHT)
    return [
        {"family": name.split()[0], "weight": weight / whole, **_settings(found, name)}
        for name, weight in sorted(weights.items(), key=lambda one: -one[1])
        if weight >= LEAST_WEIGHT
    ]


def _relative(one: Found, name: str) -> float:
    return one.losses[name] / max(one.losses["alone"], 1e-12)


def _slot_names(found: Sequence[Found]) -> list[str]:
    return sorted({slot.name for one in found for slot in one.slots})


def _weight(one: Found, name: str) -> float:
    return sum(float(w) for slot, w in zip(one.slots, one.weights, strict=True) if slot.name == name)


def _settings(found: Sequence[Found], name: str) -> dict[str, Any]:
    """Settings for a slot: the family's best over the folds (the second best for a second slot)."""
    family, _, place = name.partition(" ")
    ranked = [one for one in _ranking(found) if one[0].family.name == family]
    candidate = ranked[min(int(place) - 1, len(ranked) - 1)][0]
    iterations = [
        one.usual_iterations
        for turn in found
        for one in turn.standings
        if one.candidate.name == candidate.name
    ]
    # The last model learns from more rows than any fold did, so it may go a little further.
    settings = with_iterations(candidate.settings, int(np.median(iterations) * 1.1))
    return {"settings": dict(settings)}


def _ranking(found: Sequence[Found]) -> list[tuple[Candidate, float, float]]:
    """Candidates with their mean loss, and their mean loss in units of the first guess's, the best first.

    Each is judged by the folds that had time for it; one that most had no time for comes last. Where some folds had no
    time for the first guess, the answer that needs no model is the unit.
    """
    same = len({one.standings[0].candidate.name for one in found}) == 1
    by_name: dict[str, Candidate] = {}
    losses: dict[str, list[float]] = {}
    relative: dict[str, list[float]] = {}
    for one in found:
        first = max(one.standings[0].losses[0] if same else one.losses["null"], 1e-12)
        for standing in one.standings:
            name = standing.candidate.name
            by_name[name] = standing.candidate
            losses.setdefault(name, []).append(standing.losses[0])
            relative.setdefault(name, []).append(standing.losses[0] / first)
    ranked = [
        (by_name[name], float(np.mean(losses[name])), float(np.mean(relative[name]))) for name in by_name
    ]
    return sorted(ranked, key=lambda one: (2 * len(losses[one[0].name]) < len(found), one[2], one[0].name))


def _tried(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [
        {"name": candidate.name, "loss": loss, "relative": relative}
        for candidate, loss, relative in _ranking(found)
        if np.isfinite(loss) and np.isfinite(relative)
    ]


def _views(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Each view with its loss in units of the plain one's, over the folds that tried it and had time to see."""
    names = sorted({name for one in found for name in one.views})
    losses = [(name, _view_loss(found, name)) for name in names]
    return [{"name": name, "relative": round(loss, 5)} for name, loss in losses if np.isfinite(loss)]


def _view_loss(found: Sequence[Found], name: str) -> float:
    """Loss of a view in units of the plain one's; of what looks back, in units of the best view that does not."""
    ratios = [one.views[name] / max(one.views["plain"], 1e-12) for one in found if name in one.views]
    return float(np.mean(ratios))


def _view(found: Sequence[Found]) -> dict[str, str]:
    """The view of the model that is kept: the static one that most folds chose, and what looks back best over the folds.

    What looks back is judged by every fold that tried it, at least half of them, in units of the best view before.
    """
    static = _most_chosen([one.view["static"] for one in found])
    ratios: dict[str, list[float]] = {}
    for one in found:
        before = min((loss for name, loss in one.views.items() if not _looks_back(name)), default=0.0)
        for name, loss in one.views.items():
            if _looks_back(name) and 0 < before < np.inf:
                ratios.setdefault(name, []).append(loss / before)
    means = {name: float(np.mean(r)) for name, r in ratios.items() if 2 * len(r) >= len(found)}
    best = min(means, key=lambda name: means[name], default="none")
    return {"static": static, "dynamic": best if best != "none" and means[best] < WORTH_IT else "none"}


def _looks_back(name: str) -> bool:
    return name.split(maxsplit=1)[0] in {"delays", "window", "lag"}


def _most_chosen(names: Sequence[str]) -> str:
    """The name that stands there most often; of equals the later one, whose fold knew more.

    >>> _most_chosen(["none", "delays", "delays", "none", "none"]), _most_chosen(["a", "b"])
    ('none', 'b')
    """
    counts = {name: names.count(name) for name in names}
    return max(reversed(names), key=lambda name: counts[name])


__all__ = ["WORTH_IT", "Found", "Slot", "final_choice"]
