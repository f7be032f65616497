"""What would have to be otherwise: the smallest change of one or two signals that brings a row to the wanted side.

A counterfactual in the sense of S. Wachter, B. Mittelstadt, C. Russell, "Counterfactual explanations without opening the
black box", Harvard J. Law & Technology 31(2), 2018, held to what has been seen: no value leaves the range learnt from,
and the row stays among rows that were learnt from (`Near`). It says what the model would say, not what would happen: a
model knows what goes together, not what causes what.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.refusals import ColumnUnknown, SettingRefused, nearest
from dure.science.learn.serving.near import Near
from dure.science.paper import figure, percent, quantity
from dure.vocabulary import Text, use_language

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.model import Model

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Signals that are tried, values of each, signals and values of pairs, halvings, rows reckoned in one go.
SIGNALS, VALUES, PAIRED, PAIR_VALUES, HALVINGS, MOST_ROWS = 12, 16, 5, 6, 8, 120_000

NO_CAUSE = Text(
    "This is how the model sees it, not a cause; try it only with somebody who knows the machine.",
    "모델이 본 결과일 뿐 원인이라는 뜻은 아닙니다. 설비를 아는 사람과 함께 확인하세요.",
)
NOTHING = Text(
    "No change of one or two signals within what was seen brings the prediction to the wanted side.",
    "학습 때 본 범위 안에서 신호 한두 개만 바꿔서는 원하는 쪽으로 예측이 바뀌지 않습니다.",
)
ALREADY = Text("The prediction is on the wanted side already.", "예측이 이미 원하는 쪽에 있습니다.")
_HAD = Text("had {changes}, {outcome}.", "{changes}, {outcome}.")
_ONE = Text("{name} been {value} instead of {was}", "{name}이(가) {was} 대신 {value}였다면")
_TWO = Text("{name} been {value} instead of {was}", "{name}이(가) {was} 대신 {value}이고")
_NUMBER = Text(
    "the prediction of {target} would go from {was} to {now}", "{target} 예측값은 {was}에서 {now}(으)로 바뀝니다"
)
_CHANCE = Text(
    "the probability of {target} would {verb} from {was} to {now}", "{target} 확률은 {was}에서 {now}로 {verb}"
)
_ALARM = Text(
    "the score would fall from {was} to {now}, below the alarm at {limit}",
    "이상 점수는 {was}에서 {now}로 낮아져 알람 기준 {limit}보다 작습니다",
)
_FALL, _RISE = Text("fall", "낮아집니다"), Text("rise", "높아집니다")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a prediction should be: between two numbers, or a class; for a detector always no alarm.

    Parameters
    ----------
    low, high
        For a number, in the target's unit.
    label
        For a class, as the card names it.
    """

    low: float = -np.inf
    high: float = np.inf
    label: str = ""

    @classmethod
    def read(cls, written: str, model: "Model") -> "Wanted":
        """What a person wrote: `LOW..HIGH` with either end left out, or the name of a class.

        Raises
        ------
        SettingRefused
            If it is neither, or no class of the model.
        """
        if model.task == "detect":
            return cls()
        if model.task == "classify":
            return cls(label=_label(written, model))
        low, dots, high = written.partition("..")
        try:
            found = cls(float(low) if low.strip() else -np.inf, float(high) if high.strip() else np.inf)
        except ValueError:
            found = None
        if found is None or not dots or not found.low < found.high:
            must = Text("LOW..HIGH, ..HIGH or LOW..", "하한..상한, ..상한, 하한.. 가운데 하나여")
            raise SettingRefused("--wanted", value=written, must=must)
        return found


def _label(written: str, model: "Model") -> str:
    """The class that is wanted; of two the one that is not looked for."""
    names, positive = model.classes.names, model.classes.positive
    if not written and positive is not None and len(names) == 2:
        return str(names[1 - positive])
    if written in names:
        return written
    known = ", ".join(names[:12])
    raise SettingRefused("--wanted", value=written, must=Text(f"one of {known}", f"{known} 가운데 하나여"))


@dataclass(frozen=True, slots=True)
class Change:
    """One signal that would have been otherwise: its column, unit, what it was, and what it would have been."""

    column: str
    unit: str
    was: float
    now: float


@dataclass(frozen=True, slots=True)
class Instead:
    """What a model says of a row as it would have been.

    Parameters
    ----------
    changes
        One or two; none where nothing was found, or nothing was wanted.
    was, now
        What it says of the row as it was and as it would have been: the number, the probability of the class spoken of,
        or the score.
    words
        The whole in a sentence, both languages.
    """

    changes: tuple[Change, ...]
    was: float
    now: float
    words: Text

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "changes": [{"column": one.column, "unit": one.unit, "was": one.was, "now": one.now} for one in self.changes],
            "was": self.was,
            "now": self.now,
            "en": self.words.en,
            "ko": self.words.ko,
        }  # fmt: skip


def changed(frame: "pl.DataFrame", row: int, back: int, changes: Sequence[Change]) -> "pl.DataFrame":
    """The rows that a verdict on `row` rests on, as they would have been: the last of the frame given back is `row`.

    A signal is moved by the same amount in all `back` rows before it, as a setting would move it, within the values
    that keep the range.
    """
    import polars as pl

    first = max(0, row - back)
    history = frame.slice(first, row - first + 1)
    moved = [(pl.col(one.column).cast(pl.Float64) + (one.now - one.was)).alias(one.column) for one in changes]
    exact = [_last(one.column, one.now) for one in changes]
    return history.with_columns(moved).with_columns(exact)


def _last(column: str, value: float) -> Any:
    """The column with exactly `value` in its last row: adding a difference may miss it by a bit."""
    import polars as pl

    return pl.when(pl.int_range(pl.len()) == pl.len() - 1).then(value).otherwise(pl.col(column)).alias(column)


def instead(
    model: "Model",
    frame: "pl.DataFrame",
    row: int,
    wanted: Wanted | str = "",
    *,
    changeable: Sequence[str] = (),
    units: Mapping[str, str] | None = None,
    names: Mapping[str, Text] | None = None,
    source: str = "",
) -> Instead:
    """The smallest change of one or two signals that brings what the model says of `row` to the wanted side.

    Parameters
    ----------
    model
        As opened from its package.
    frame, row
        The table, and the row of it that is spoken of.
    wanted
        What is wanted, as a `Wanted` or as a person writes it; a detector wants no alarm, two classes the other one.
    changeable
        Columns that a person could change; every numeric input if none is named.
    units, names
        Unit and name of a column for people, where the card does not say.
    source
        Where the rows come from, as `Model.predict` takes it.

    Returns
    -------
    One change if one is enough, else two; the smallest in units of what is usual (the width of nine tenths of the rows
    learnt from). Without any a sentence says so. The prediction is the exported model's on `changed`, to the bit.

    Raises
    ------
    ColumnUnknown
        If `changeable` names no numeric input.
    SettingRefused
        If what is wanted cannot be understood.
    """
    frame = model._as_learnt(frame)  # noqa: SLF001 - the one way to the names that were learnt
    goal = wanted if isinstance(wanted, Wanted) else Wanted.read(wanted, model)
    search = _Search(model, frame, row, goal, source, tuple(changeable), dict(units or {}), dict(names or {}))
    return search.found()


@dataclass(frozen=True)
class _Search:
    """One row's search; candidates are lists of values for one or two columns, reckoned many at a time."""

    model: "Model"
    frame: "pl.DataFrame"
    row: int
    wanted: Wanted
    source: str
    changeable: tuple[str, ...]
    units: dict[str, str]
    names: dict[str, Text]

    def found(self) -> Instead:
        was = self.said([()])[0]
        if self.good(np.array([was]))[0]:
            return Instead((), was, was, ALREADY)
        columns = self.columns()
        best = self.among([(name,) for name in columns], VALUES)
        if best is None:
            best = self.among(list(combinations(columns[:PAIRED], 2)), PAIR_VALUES)
        if best is None:
            return Instead((), was, was, NOTHING)
        now = self.said([best])[0]
        return Instead(best, was, now, self.words(best, was, now))

    # Which columns, which values -------------------------------------------------------------------------------

    def columns(self) -> list[str]:
        """Numeric inputs that may be changed and have a value, those that speak most for the prediction first."""
        known = {one["name"]: one for one in self.model.inputs if one.get("low") is not None}
        for name in self.changeable:
            if name not in known:
                raise ColumnUnknown("--change", column=name, **nearest(name, list(known)))
        values = self.frame.row(self.row, named=True)
        there = {name for name in self.changeable or known if isinstance(values[name], int | float) and np.isfinite(values[name])}
        shares = [one.signal for one in self.model.explain(self.frame, self.row, source=self.source) if one.signal in there]
        rest = [name for name in known if name in there and name not in shares]
        return [name for name in (*shares, *rest) if known[name]["low"] < known[name]["high"]][:SIGNALS]

    def grid(self, name: str, count: int) -> list[Change]:
        """Values of a column within the range seen, from the nearest to what it was to the farthest; whole where all were."""
        one = self.input(name)
        was = float(self.frame.row(self.row, named=True)[name])
        low, high = float(one["low"]), float(one["high"])
        near, far = (np.clip(one[end], low, high) for end in ("usual_low", "usual_high"))
        values = np.unique(np.concatenate([np.linspace(low, high, count), np.linspace(near, far, count)]))
        if self.near and name in self.near.whole:
            values = np.unique(np.rint(values))
        values = values[(values >= low) & (values <= high) & (values != was)]
        order = np.argsort(np.abs(values - was), kind="stable")
        return [Change(name, self.unit(name), was, float(value)) for value in values[order]]

    def input(self, name: str) -> Mapping[str, Any]:
        return next(one for one in self.model.inputs if one["name"] == name)

    def unit(self, name: str) -> str:
        return str(self.input(name).get("unit") or self.units.get(name, ""))

    def size(self, changes: Sequence[Change]) -> float:
        """How large a change is, in widths of what is usual."""
        return float(sum(abs(one.now - one.was) / self.width(one.column) for one in changes))

    def width(self, name: str) -> float:
        one = self.input(name)
        usual = float(one["usual_high"]) - float(one["usual_low"])
        return usual if usual > 0 else float(one["high"]) - float(one["low"])

    # What the model says ---------------------------------------------------------------------------------------

    @property
    def near(self) -> Near | None:
        return Near.of(self.model.card.get("near"))

    @property
    def back(self) -> int:
        return self.model.warm_up

    def said(self, candidates: Sequence[tuple[Change, ...]]) -> Floats:
        """The number, the probability spoken of, or the score of the row under each list of changes. [N]."""
        found = [self.model.predict(changed(self.frame, self.row, self.back, one), source=self.source)[-1] for one in candidates]
        return np.array([float(one[self.spoken].item()) for one in found])

    @property
    def spoken(self) -> str:
        """Column of `Model.predict` that is spoken of."""
        if self.model.task == "classify":
            return f"probability_{self.about}"
        return "score" if self.model.task == "detect" else "prediction"

    @property
    def about(self) -> str:
        """The class spoken of: of two the unwanted one, else the wanted one."""
        names = self.model.classes.names
        return next(name for name in names if name != self.wanted.label) if len(names) == 2 else self.wanted.label
