"""Champion and challenger on the same ticks: the errors of both against late labels, and what no model would give.

Errors of neighbouring labels are alike, so the interval of their difference is drawn over whole blocks of labels.

References
----------
H. R. Künsch, "The jackknife and the bootstrap for general stationary observations", Ann. Statist. 17(3), 1989.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.plant.deploy.foretold import left, lives
from dure.plant.deploy.limits import threshold_of
from dure.plant.deploy.models import Deployment, Tenure
from dure.science.paper import figure
from dure.vocabulary import Quality, Text

if TYPE_CHECKING:
    import pyarrow as pa

    from dure.plant.historian import Historian

Floats = NDArray[np.float64]
DRAWS, BLOCKS, FEWEST = 1000, 20, 30
#: So many labels are compared, and no older ones than this. [ns]
MOST, OLDEST_NS = 2000, 30 * 86_400 * 10**9

NONE = Text(
    "No label has come yet that both were to tell: nothing can be said about which is better.",
    "두 모델이 함께 예측한 라벨이 아직 오지 않아 어느 쪽이 나은지 알 수 없습니다.",
)
FEW = Text(
    "Only {labels} labels have come that both told; below {fewest} nothing is said.",
    "두 모델이 함께 예측한 라벨이 {labels}개뿐입니다. {fewest}개부터 비교합니다.",
)
BETTER = Text(
    "The new one would have been better by {by} in the last {labels} labels (95 %: {low} to {high}). It is better.",
    "최근 라벨 {labels}개에서 새 모델이 {by}만큼 나았을 것입니다(95%: {low}~{high}). 새 모델이 더 낫습니다.",
)
UNSURE = Text(
    "The new one would have been better by {by} in the last {labels} labels (95 %: {low} to {high}): not yet sure.",
    "최근 라벨 {labels}개에서 새 모델이 {by}만큼 나았을 것입니다(95%: {low}~{high}). 아직 확실하지 않습니다.",
)
WORSE = Text(
    "The new one would have been worse by {by} in the last {labels} labels (95 %: {low} to {high}). Keep the present one.",
    "최근 라벨 {labels}개에서 새 모델이 {by}만큼 나빴을 것입니다(95%: {low}~{high}). 지금 모델을 유지하세요.",
)
UNSURE_WORSE = Text(
    "The new one would have been worse by {by} in the last {labels} labels (95 %: {low} to {high}): not yet sure.",
    "최근 라벨 {labels}개에서 새 모델이 {by}만큼 나빴을 것입니다(95%: {low}~{high}). 아직 확실하지 않습니다.",
)
NO_USE = Text(" Neither is better than no model.", " 둘 다 모델이 없는 것보다 낫지 않습니다.")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean errors of both and of no model on the same labels; `better` is champion minus challenger, with its 95 % interval.

    `share`: errors are shares of wrong verdicts, else in the unit of the target.
    """

    labels: int
    champion: float = float("nan")
    challenger: float = float("nan")
    null: float = float("nan")
    better: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    share: bool = False
    unit: str = ""

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `unsure`, or `few` when there is too little to say."""
        if self.labels < FEWEST:
            return "few"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "unsure"

    @property
    def says(self) -> Text:
        """One plain sentence."""
        if not self.labels:
            return NONE
        if self.verdict == "few":
            return _told(FEW, labels=self.labels, fewest=FEWEST)
        worse = self.better < 0
        ends = (-self.high, -self.low) if worse else (self.low, self.high)
        says = {("better", False): BETTER, ("worse", True): WORSE}.get(
            (self.verdict, worse), UNSURE_WORSE if worse else UNSURE
        )
        low, high = (self.written(one) for one in ends)
        told = _told(says, by=self.written(abs(self.better)), labels=f"{self.labels:,}", low=low, high=high)
        useless = min(self.champion, self.challenger) >= self.null
        return Text(told.en + NO_USE.en, told.ko + NO_USE.ko) if useless else told

    def written(self, value: float) -> str:
        """An error as people read it."""
        return f"{figure(100 * value)} %" if self.share else f"{figure(value)} {self.unit}".strip()

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it, with its verdict and sentence."""
        facts = {
            name: None if isinstance(value, float) and isnan(value) else value
            for name, value in asdict(self).items()
        }
        return {**facts, "verdict": self.verdict, "en": self.says.en, "ko": self.says.ko}


def _told(says: Text, **facts: object) -> Text:
    return Text(says.en.format(**facts), says.ko.format(**facts))


def compare(
    champion: Floats, challenger: Floats, null: Floats, *, share: bool = False, unit: str = ""
) -> Comparison:
    """Errors [N] of both on the same labels in order of time, and of no model (NaN where it knew nothing yet).

    >>> found = compare(np.full(100, 2.0), np.full(100, 1.5), np.full(100, 4.0), unit="mm")
    >>> found.verdict, found.says.en
    ('better', 'The new one would have been better by 0.5 mm in the last 100 labels (95 %: 0.5 mm to 0.5 mm). It is better.')
    """
    labels = len(champion)
    if not labels:
        return Comparison(0, share=share, unit=unit)
    known = null[~np.isnan(null)]
    low, high = paired(champion - challenger)
    return Comparison(
        labels,
        float(champion.mean()),
        float(challenger.mean()),
        float(known.mean()) if len(known) else float("nan"),
        float((champion - challenger).mean()),
        low,
        high,
        share,
        unit,
    )


def paired(difference: Floats, seed: int = 0) -> tuple[float, float]:
    """The middle 95 % of the mean of `difference` [N, in order of time] over draws of whole blocks.

    >>> paired(np.tile([1.0, 3.0], 100))
    (2.0, 2.0)
    """
    parts = np.array_split(difference, max(1, min(BLOCKS, len(difference) // 2)))
    sums, sizes = np.array([part.sum() for part in parts]), np.array([len(part) for part in parts])
    drawn = np.random.default_rng(seed).integers(0, len(parts), (DRAWS, len(parts)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


# On the line ---------------------------------------------------------------------------------------------------


def beside(historian: "Historian", challenger: Deployment) -> Comparison:
    """A challenger beside its champion, on every label of a tick that both told since they stand side by side."""
    champion = challenger.challenges
    if champion is None:
        return Comparison(0)
    parts = [
        _of_asset(historian, champion, challenger, place) for place in champion.assets if place.get("label")
    ]
    found = [one for one in parts if one is not None and len(one[0])]
    share, unit = champion.model.task != "estimate", str(champion.model.card.get("unit") or "")
    if not found:
        return Comparison(0, share=share, unit=unit)
    ticks, old, new, null = (np.concatenate([part[at] for part in found]) for at in range(4))
    order = np.argsort(ticks, kind="stable")[-MOST:]
    return compare(old[order], new[order], null[order], share=share, unit="" if share else unit)


def began(*places: Deployment) -> int:
    """Since when what runs at these places runs there. [ns]."""
    standing = Tenure.objects.filter(deployment__in=places, ended=None).values_list("began", flat=True)
    return max(standing, default=max(one.since for one in places))


def _of_asset(
    historian: "Historian", champion: Deployment, challenger: Deployment, place: Mapping[str, Any]
) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Ticks of one asset with a label and both words, and the errors of champion, challenger and no model."""
    rows = labels_by_tick(historian, place["label"], champion, began(champion, challenger))
    if not rows:
        return None
    what = "score" if champion.model.task == "detect" else "prediction"
    names = [one.signal(place["asset"], what) for one in (champion, challenger)]
    said = _by_tick(historian.query(names, rows[0][0], rows[-1][0] + 1))
    old, new = (said[name] for name in names)
    both = [(tick, value) for tick, _came, value in rows if tick in old and tick in new]
    if not both:
        return None
    null = last_known(rows, [tick for tick, _value in both])
    errors = [
        (
            float(tick),
            wrong_by(champion, value, old[tick]),
            wrong_by(challenger, value, new[tick]),
            _null_error(champion, value, last),
        )
        for (tick, value), last in zip(both, null, strict=True)
    ]
    table = np.array(errors, dtype=np.float64)
    table = table[~np.isnan(table[:, 1:3]).any(axis=1)]
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def labels_by_tick(
    historian: "Historian", signal: str, place: Deployment, since: int | None = None
) -> list[tuple[int, int, float | str]]:
    """Labels of a place's ticks since a moment [ns; None: since it scores]: tick [ns], when it came [ns], value."""
    newest = historian.last([signal])
    if not newest:
        return []
    shift = round(place.label_shift_s * 1e9)
    start = max(place.since if since is None else since, newest[0]["time"] - shift - OLDEST_NS)
    found = _labels(historian.query([signal], start + shift, 2**62 - 1), shift, place.every_ns)
    if lives(place.model.card) is None:
        return found
    own = next(one for one in place.assets if one.get("label") == signal)
    return left(historian, place.model.card, own, found, start, place.every_ns)


def _labels(table: "pa.Table", shift: int, every: int) -> list[tuple[int, int, float | str]]:
    """Tick [ns], when it came [ns], and value of each good label; the last of a tick counts."""
    columns = (table[name].to_pylist() for name in ("time", "received", "value", "text", "quality"))
    found = {
        (time - shift) // every * every: (came, text or value)
        for time, came, value, text, quality in zip(*columns, strict=True)
        if quality < Quality.BAD and (text or not isnan(value))
    }
    return [(tick, came, value) for tick, (came, value) in sorted(found.items())]


def _by_tick(table: "pa.Table") -> "dict[str, dict[int, float | str]]":
    found: dict[str, dict[int, float | str]] = {}
    columns = (table[name].to_pylist() for name in ("signal", "time", "value", "text", "quality"))
    for signal, time, value, text, quality in zip(*columns, strict=True):
        if quality == Quality.GOOD:  # a fallback is no word of the model
            found.setdefault(signal, {})[time] = text or value
    return _Both(found)


class _Both(dict[str, dict[int, float | str]]):
    def __missing__(self, name: str) -> dict[int, float | str]:
        return {}


def last_known(
    rows: Sequence[tuple[int, int, float | str]], ticks: Sequence[int]
) -> list[float | str | None]:
    """The newest label that had come before each tick, never its own: what one would say without any model."""
    came = sorted((one[1], one[0], one[2]) for one in rows)
    found: list[float | str | None] = []
    best: tuple[int, float | str] | None = None
    at = 0
    for tick in ticks:
        while at < len(came) and came[at][0] < tick:
            if best is None or came[at][1] > best[0]:
                best = came[at][1], came[at][2]
            at += 1
        found.append(None if best is None else best[1])
    return found


def _limit(deployment: Deployment) -> float:
    return threshold_of(deployment, deployment.model.card) or 1.0


def wrong_by(place: Deployment, label: float | str, said: float | str) -> float:
    """The error of what was said against a label: how far off a number is, 0 or 1 for a verdict."""
    if place.model.task == "estimate":
        return _off(label, said)
    if place.model.task == "detect":
        return float((float(said) > _limit(place)) != _abnormal(label))
    return float(_word(said) != _word(label))


def _null_error(place: Deployment, label: float | str, last: float | str | None) -> float:
    if place.model.task == "detect":
        return float(_abnormal(label))  # without a model no alarm is ever raised
    if last is None:
        return float("nan")
    return _off(label, last) if place.model.task == "estimate" else float(_word(last) != _word(label))


def _off(label: float | str, said: float | str) -> float:
    try:
        return abs(float(label) - float(said))
    except ValueError:
        return float("nan")


def _abnormal(label: float | str) -> bool:
    import polars as pl

    from dure.science.learn import abnormal

    return bool(abnormal(pl.Series("label", [label], strict=False)).tolist()[0])


def _word(value: float | str) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
