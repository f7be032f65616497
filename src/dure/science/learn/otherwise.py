"""What would have to be otherwise: the smallest change of one or two signals that brings a row to the wanted side.

A counterfactual in the sense of S. Wachter, B. Mittelstadt, C. Russell, "Counterfactual explanations without opening the
black box", Harvard J. Law & Technology 31(2), 2018, held to what has been seen: no value leaves the range learnt from,
and the row stays among rows that were learnt from (`Near`). It says what the model would say, not what would happen: a
model knows what goes together, not what causes what.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.refusals import ColumnUnknown, SettingRefused, nearest
from dure.science.learn.serving import asked
from dure.science.learn.serving.near import Near
from dure.science.learn.serving.verdicts import SILENT
from dure.science.paper import figure, percent, quantity, unit_name
from dure.vocabulary import Text, use_language

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.model import Model

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Signals that are tried, values of each, signals and values of pairs, halvings, rows reckoned in one go.
SIGNALS, VALUES, PAIRED, PAIR_VALUES, HALVINGS, MOST_ROWS = 12, 12, 4, 5, 8, 120_000
#: Rows of history beyond which fewer values are tried.
LONG = 600
#: Digits of what is usual in which a value is told, the fewest first.
DIGITS = (2, 3, 4)

NO_CAUSE = Text(
    "This is how the model sees it, not a cause; try it only with somebody who knows the machine.",
    "모델이 본 결과일 뿐 원인이라는 뜻은 아닙니다. 설비를 아는 사람과 함께 확인하세요.",
)
NOTHING = Text(
    "No change of one or two signals within what was seen brings the prediction to the wanted side.",
    "학습 때 본 범위 안에서 신호 한두 개만 바꿔서는 원하는 쪽으로 예측이 바뀌지 않습니다.",
)
ALREADY = Text("The prediction is on the wanted side already.", "예측이 이미 원하는 쪽에 있습니다.")
_HAD = Text("Had {changes}, {outcome}.", "{changes} {outcome}.")
_AND = Text(" and ", " ")
_LAST = Text("{name} been {now} instead of {was}", "{name}{subject} {was} 대신 {now}{been}")
_FIRST = Text("{name} been {now} instead of {was}", "{name}{subject} {was} 대신 {now}이고")
_NUMBER = Text(
    "the prediction of {target} would go from {was} to {now}",
    "{target} 예측값은 {was}에서 {now}{to} 바뀝니다",
)
_FALL = Text(
    "the probability of {target} would fall from {was} to {now}",
    "{target} 확률은 {was}에서 {now}로 낮아집니다",
)
_RISE = Text(
    "the probability of {target} would rise from {was} to {now}",
    "{target} 확률은 {was}에서 {now}로 높아집니다",
)
_SCORE = Text(
    "the score would fall from {was} to {now} and there would be no alarm (alarm above 1)",
    "점수는 {was}에서 {now}{to} 낮아져 알람이 나지 않습니다(알람 기준 1)",
)


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

    @property
    def needed(self) -> bool:
        """Whether anything would have to be otherwise: False where the prediction is on the wanted side already."""
        return self.words is not ALREADY

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


def instead(  # noqa: PLR0913 - a row, what is wanted of it, and how people call its columns; all but three are optional
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
        """The smallest change, with what the model says of it."""
        was, good = self.exactly(())
        if good:
            return Instead((), was, was, ALREADY)
        columns = self.columns()
        count = VALUES if self.rows <= LONG else 2
        best = self.smallest([self.grid([name], count) for name in columns])
        if not best:
            pairs = list(combinations(columns[:PAIRED], 2))
            room = max(1, MOST_ROWS // (self.rows * (2 * PAIR_VALUES) ** 2))
            best = self.smallest([self.grid(pair, PAIR_VALUES) for pair in pairs[:room]])
        now, good = self.exactly(best)
        if not best or not good:
            return Instead((), was, was, NOTHING)
        return Instead(best, was, now, self.words(best, was, now))

    # Which columns, which values -------------------------------------------------------------------------------

    @cached_property
    def known(self) -> dict[str, dict[str, Any]]:
        """Numeric inputs as the card describes them."""
        return {one["name"]: one for one in self.model.inputs if one.get("low") is not None}

    @cached_property
    def values(self) -> dict[str, Any]:
        """The row as it is."""
        return self.frame.row(self.row, named=True)

    def columns(self) -> list[str]:
        """Inputs that may be changed and have a value, those that speak most for the prediction first."""
        for name in self.changeable:
            if name not in self.known:
                raise ColumnUnknown("--change", column=name, **nearest(name, list(self.known)))
        there = [name for name in self.changeable or self.known if _number(self.values.get(name)) is not None]
        told = [one.signal for one in self.model.explain(self.frame, self.row, source=self.source)]
        order = [*(name for name in told if name in there), *(name for name in there if name not in told)]
        return [name for name in order if self.known[name]["low"] < self.known[name]["high"]][:SIGNALS]

    def grid(self, names: Sequence[str], count: int) -> list[tuple[Change, ...]]:
        """Every joint change of the columns to values of their grids, the smallest first."""
        found = [tuple(one) for one in product(*(self.steps(name, count) for name in names))]
        return sorted(found, key=self.size)

    def steps(self, name: str, count: int) -> list[Change]:
        """Values of a column within the range seen, tighter where it usually is; whole where all were."""
        one, was = self.known[name], float(self.values[name])
        ends = [(one["low"], one["high"]), (one["usual_low"], one["usual_high"])]
        values = np.unique(np.concatenate([np.linspace(low, high, count) for low, high in ends]))
        return [self.change(name, value) for value in values if self.allowed(name, value) != was]

    def allowed(self, name: str, value: float) -> float:
        """The nearest value that was seen: within the range, and whole where all were."""
        one = self.known[name]
        whole = self.near is not None and name in self.near.whole
        return float(np.clip(np.rint(value) if whole else value, one["low"], one["high"]))

    def change(self, name: str, value: float) -> Change:
        unit = str(self.known[name].get("unit") or self.units.get(name, ""))
        return Change(name, unit, float(self.values[name]), self.allowed(name, value))

    def size(self, changes: Sequence[Change]) -> float:
        """How large a change is, in widths of what is usual."""
        return sum(abs(one.now - one.was) / self.width(one.column) for one in changes)

    def width(self, name: str) -> float:
        one = self.known[name]
        return float((one["usual_high"] - one["usual_low"]) or (one["high"] - one["low"]))

    # From coarse to fine ---------------------------------------------------------------------------------------

    def smallest(self, grids: Sequence[list[tuple[Change, ...]]]) -> tuple[Change, ...]:
        """The smallest change of all grids that is good, made finer and rounded; none if none is."""
        firsts = []
        for grid in grids:
            good = np.flatnonzero(self.good(grid))
            if good.size:
                firsts.append(self.rounded(self.finer(grid[int(good[0])])))
        return min(firsts, key=self.size, default=())

    def finer(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """The shortest part of the way to a good change that is good, by halving."""
        low, high, best = 0.0, 1.0, changes
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            tried = tuple(self.change(one.column, one.was + middle * (one.now - one.was)) for one in changes)
            if all(one.now != one.was for one in tried) and self.good([tried])[0]:
                high, best = middle, tried
            else:
                low = middle
        return best

    def rounded(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """The same in as few digits as keep it good."""
        for digits in DIGITS:
            tried = tuple(
                self.change(one.column, _away(one, digits, self.width(one.column))) for one in changes
            )
            if all(one.now != one.was for one in tried) and self.good([tried])[0]:
                return tried
        return changes

    # What the model says ---------------------------------------------------------------------------------------

    @cached_property
    def near(self) -> Near | None:
        """Neighbourhoods of the rows learnt from; None in packages of before."""
        return Near.of(self.model.card.get("near"))

    @property
    def rows(self) -> int:
        """Rows that a verdict on the row rests on, itself included."""
        return min(self.row, self.model.warm_up) + 1

    def good(self, candidates: Sequence[tuple[Change, ...]]) -> Flags:
        """Whether each change stays among rows that were seen and brings the wanted side. [N]."""
        found = self.among(candidates)
        at, most = np.flatnonzero(found), max(1, MOST_ROWS // self.rows)
        for first in range(0, len(at), most):
            part = at[first : first + most]
            found[part] = self.reaches([candidates[one] for one in part])
        return found

    def among(self, candidates: Sequence[tuple[Change, ...]]) -> Flags:
        """Whether each changed row lies in a neighbourhood of rows learnt from. [N]."""
        if self.near is None:
            return np.ones(len(candidates), dtype=bool)
        own = [_number(self.values.get(name)) for name in self.near.columns]
        x = np.tile([np.nan if one is None else one for one in own], (len(candidates), 1))
        for at, changes in enumerate(candidates):
            for one in changes:
                x[at, self.near.columns.index(one.column)] = one.now
        return self.near.within(x)

    def reaches(self, candidates: Sequence[tuple[Change, ...]]) -> Flags:
        """Whether the wanted side is reached by each change; all reckoned at once where rows stand in order. [N]."""
        if asked.order_of(self.model.card, self.frame) is not None:
            return np.array([self.exactly(one)[1] for one in candidates])
        import polars as pl

        frame = pl.concat([changed(self.frame, self.row, self.model.warm_up, one) for one in candidates])
        segments = [self.rows] * len(candidates)
        inputs = frame.select([one["name"] for one in self.model.inputs])
        x = _matrix(self.model.recipe.transform(inputs, segments))
        if self.model.task == "detect":
            return self.calm(x, frame, segments)
        found = self.model.fit_for(self.frame, self.source).run(
            np.ascontiguousarray(x[self.rows - 1 :: self.rows])
        )
        if self.model.task == "estimate":
            return (found >= self.wanted.low) & (found <= self.wanted.high)
        return np.asarray(self.model.decided(found) == self.model.classes.names.index(self.wanted.label))

    def calm(self, x: Floats, frame: "pl.DataFrame", segments: Sequence[int]) -> Flags:
        """Whether a detector raises no alarm in the last row of each stretch, each by the fit of its state. [N]."""
        verdicts = self.model.verdicts
        if verdicts.rule is None:
            raw = self.model.fit_for(self.frame, self.source).run(x)
        else:
            raw = np.full(len(x), SILENT)
            for file, rows in verdicts.files(verdicts.rule.states(frame, segments)).items():
                raw[rows] = self.model.fits[file].run(x[rows])
        _score, alarm = verdicts.judged(raw, segments)
        return np.asarray(~alarm[self.rows - 1 :: self.rows])

    def exactly(self, changes: tuple[Change, ...]) -> tuple[float, bool]:
        """What `Model.predict` says of the changed row, as a number, and whether that is wanted."""
        rows = changed(self.frame, self.row, self.model.warm_up, changes)
        said = self.model.predict(rows, source=self.source).row(-1, named=True)
        if self.model.task == "detect":
            return float(said["score"]), not said["alarm"]
        if self.model.task == "estimate":
            return float(said["prediction"]), self.wanted.low <= said["prediction"] <= self.wanted.high
        at = self.model.classes.names.index(self.wanted.label)
        decided = self.model.classes.column(np.array([at])).item()
        return float(said[f"probability_{self.about}"]), said["prediction"] == decided

    @property
    def about(self) -> str:
        """The class whose probability is spoken of: of two the unwanted one, else the wanted one."""
        names = self.model.classes.names
        others = [name for name in names if name != self.wanted.label]
        return str(others[0]) if len(names) == 2 else self.wanted.label

    # In words --------------------------------------------------------------------------------------------------

    def words(self, changes: Sequence[Change], was: float, now: float) -> Text:
        """The sentence in both languages, with that it is the model's view."""
        found = {}
        for code in ("en", "ko"):
            with use_language(code):
                found[code] = f"{self.told(changes, was, now)} {NO_CAUSE}"
        return Text(**found)

    def told(self, changes: Sequence[Change], was: float, now: float) -> str:
        parts = [self.part(one, last=at == len(changes) - 1) for at, one in enumerate(changes)]
        target = str(self.names.get(str(self.model.card.target), plain(str(self.model.card.target))))
        if self.model.task == "detect":
            outcome = _SCORE.format(was=figure(was), now=figure(now), to=_to(figure(now)))
        elif self.model.task == "estimate":
            unit = str(self.model.card.get("unit") or "")
            said = {"was": quantity(was, unit), "now": quantity(now, unit)}
            outcome = _NUMBER.format(target=target, to=_to(said["now"]), **said)
        else:
            about = f"{target} {self.about}"
            outcome = (_FALL if now < was else _RISE).format(target=about, was=percent(was), now=percent(now))
        return _HAD.format(changes=str(_AND).join(parts), outcome=outcome)

    def part(self, one: Change, *, last: bool) -> str:
        name = str(self.names.get(one.column, plain(one.column)))
        digits = max(3, _digits(one))
        facts = {"was": _written(one.was, one.unit, digits), "now": _written(one.now, one.unit, digits)}
        been = "이었다면" if facts["now"][-1:] in "013678" else "였다면"
        return (_LAST if last else _FIRST).format(name=name, subject=_subject(name), been=been, **facts)


def plain(name: str) -> str:
    """A column's name without the unit at its end.

    >>> plain("Injection pressure [bar]"), plain("[bar]")
    ('Injection pressure', '[bar]')
    """
    return re.sub(r"\s*(\[[^\]]*\]+|\([^)]*\))\s*$", "", name) or name


def _subject(name: str) -> str:
    """The Korean particle after a subject.

    >>> _subject("사출 압력"), _subject("온도"), _subject("heat")
    ('이', '가', '이(가)')
    """
    code = ord(name[-1]) - 0xAC00 if name else -1
    return ("이" if code % 28 else "가") if 0 <= code < 11_172 else "이(가)"


def _to(written: str) -> str:
    """The Korean particle of where something goes, after a number as it is read.

    >>> _to("140"), _to("0.684"), _to("5 bar")
    ('으로', '로', '(으)로')
    """
    return {**dict.fromkeys("036", "으로"), **dict.fromkeys("1245789%", "로")}.get(written[-1:], "(으)로")


def _digits(one: Change) -> int:
    """Significant digits in which what it was and what it would have been differ.

    >>> _digits(Change("a", "", 100.2, 100.1)), _digits(Change("a", "", 82.0, 76.0))
    (4, 2)
    """
    apart = abs(one.now - one.was)
    largest = max(abs(one.now), abs(one.was))
    return 3 if not apart or not largest else int(np.floor(np.log10(largest)) - np.floor(np.log10(apart))) + 1


def _written(value: float, unit: str, digits: int) -> str:
    name = unit_name(unit)
    return f"{figure(value, min(digits, 12))}\u00a0{name}" if name else figure(value, min(digits, 12))


def _away(one: Change, digits: int, width: float) -> float:
    """The value in so many digits of what is usual, rounded away from what it was, so that it still reaches.

    >>> _away(Change("a", "", 82.0, 76.23), 2, 20.0)
    76.0
    """
    step = 10.0 ** (np.floor(np.log10(width)) - digits + 1)
    rounding = np.ceil if one.now > one.was else np.floor
    return float(np.round(rounding(one.now / step) * step, 12))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        return None
    return float(value)


def _matrix(prepared: "pl.DataFrame") -> Floats:
    import polars as pl

    return prepared.select(pl.all().cast(pl.Float64).fill_null(float("nan"))).to_numpy()
