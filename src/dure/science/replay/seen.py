"""What the loop sees of a table: each row through the gate and the model, before anything is learnt from labels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.learn import Model
from dure.science.replay.expert import Floats
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

#: Inputs that linear experts see at most, the most important ones first.
MOST_COLUMNS = 40
#: Standardised inputs are kept inside; beyond so many ranges a row is not one of this machine.
BOUND, BEYOND = 4.0, 10.0
#: The middle nine tenths of a normal distribution are so many standard deviations wide.
NINE_TENTHS = 3.29
SAYS_EMPTY = Text("No input has a value in this row.", "이 행에는 입력 값이 하나도 없습니다.")
SAYS_BEYOND = Text(
    "Most inputs of this row are missing or ten times beyond their range.",
    "이 행의 입력 대부분이 비었거나 학습 범위를 열 배 이상 벗어났습니다.",
)


@dataclass(frozen=True)
class Seen:
    """Rows as the loop sees them, [N] each.

    `static` is what the model as trained says [N, C], `low` and `high` its interval, `z` the inputs [N, P], `x` the
    rows as the model sees them [N, F]; `warm` those with a whole window behind them, `alarm` the detector's own verdict;
    `refused` why, or empty.
    """

    static: Floats
    low: Floats
    high: Floats
    z: Floats
    words: list[str]
    x: Floats
    warm: list[bool]
    alarm: list[int]
    refused: list[str]


@dataclass(frozen=True)
class Eye:
    """How rows of one model are seen: its numeric inputs with centre and scale, its words."""

    model: Model
    names: tuple[str, ...]
    centre: Floats
    scale: Floats
    texts: tuple[str, ...]

    @classmethod
    def of(cls, model: Model, group: str) -> "Eye":
        """The eye for a model; `group` is a column whose values stand in for the words of the inputs."""
        weight = {one["signal"]: one["share"] for one in model.report.get("importance", [])}
        ranged = [
            one for one in model.inputs
            if one["kind"] == "number" and one["low"] is not None and one["high"] > one["low"]
        ]  # fmt: skip
        ranged = sorted(ranged, key=lambda one: -weight.get(one["name"], 0.0))[:MOST_COLUMNS]
        usual = np.array([[one["usual_low"], one["usual_high"]] for one in ranged]).reshape(-1, 2)
        whole = np.array([one["high"] - one["low"] for one in ranged])
        scale = (usual[:, 1] - usual[:, 0]) / NINE_TENTHS
        return cls(
            model,
            tuple(one["name"] for one in ranged),
            usual.mean(axis=1),
            np.where(scale > 0, scale, whole / 6.0),
            (group,) if group else tuple(one["name"] for one in model.inputs if one["kind"] == "text")[:3],
        )

    def look(self, frame: "pl.DataFrame", history: "pl.DataFrame | None" = None, source: str = "") -> Seen:
        """The rows of `frame`, whose windows may reach into `history`; raises as `Model.gate`."""
        import polars as pl

        frame = self.named(frame)
        if history is not None and len(history):
            whole = pl.concat([history, frame.select(history.columns)], how="vertical_relaxed")
        else:
            whole = frame
        past = len(whole) - len(frame)
        found = self.model.predict(whole, source=source)[past:]
        numbers = self._numbers(frame)
        static, low, high = self._static(found)
        return Seen(
            static,
            low,
            high,
            np.clip(np.nan_to_num((numbers - self.centre) / self.scale), -BOUND, BOUND),
            self._words(frame),
            self.model.features(whole)[past:],
            [place >= self.model.warm_up for place in range(past, len(whole))],
            found.get_column("alarm").to_list() if self.model.task == "detect" else [0] * len(frame),
            self._refused(frame, numbers),
        )

    def named(self, frame: "pl.DataFrame") -> "pl.DataFrame":
        """The rows under the names that the model learnt (a trailing space in a header is mended)."""
        return frame.rename({one["was"]: one["column"] for one in self.model.mended(frame)})

    def window(self, frame: "pl.DataFrame") -> "pl.DataFrame":
        """The columns that windows need: the inputs, and the group that no window reaches over."""
        names = [one["name"] for one in self.model.inputs]
        group = str(self.model.card.get("group") or "")
        return self.named(frame).select(names + [group] * (group in frame.columns and group not in names))

    def _numbers(self, frame: "pl.DataFrame") -> Floats:
        import polars as pl

        if not self.names:
            return np.empty((len(frame), 0))
        found = frame.select(pl.col(name).cast(pl.Float64, strict=False) for name in self.names)
        numbers = found.fill_null(float("nan")).to_numpy().astype(np.float64)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    def _static(self, found: "pl.DataFrame") -> tuple[Floats, Floats, Floats]:
        none = np.zeros(len(found))
        if self.model.task == "detect":
            return found.get_column("score").to_numpy().astype(np.float64)[:, None], none, none
        if self.model.task == "classify":
            chosen = found.select([f"probability_{name}" for name in self.model.classes.names])
            return chosen.to_numpy().astype(np.float64), none, none
        said = [
            found.get_column(name).to_numpy().astype(np.float64) for name in ("prediction", "lower", "upper")
        ]
        return said[0][:, None], said[1], said[2]

    def _words(self, frame: "pl.DataFrame") -> list[str]:
        there = [name for name in self.texts if name in frame.columns]
        if not there:
            return [""] * len(frame)
        columns = [[_word(value) for value in frame.get_column(name).to_list()] for name in there]
        return ["\x1f".join(words) for words in zip(*columns, strict=True)]

    def _refused(self, frame: "pl.DataFrame", numbers: Floats) -> list[str]:
        """Why each row is refused; empty where it is not."""
        inputs = frame.select([one["name"] for one in self.model.inputs])
        empty = np.asarray(inputs.select(all_null(inputs)).to_series().to_numpy(), dtype=bool)
        lost = np.isnan(numbers) | (np.abs(numbers - self.centre) > BEYOND * NINE_TENTHS * self.scale)
        beyond = (lost.mean(axis=1) > 0.5) if numbers.shape[1] else np.zeros(len(frame), dtype=bool)
        return [
            str(SAYS_EMPTY) if nothing else str(SAYS_BEYOND) if far else ""
            for nothing, far in zip(empty.tolist(), beyond.tolist(), strict=True)
        ]


def all_null(frame: "pl.DataFrame") -> Any:
    """Whether every value of a row is missing."""
    import polars as pl

    return pl.all_horizontal([pl.col(name).is_null() for name in frame.columns])


def _word(value: Any) -> str:
    """A value as the word of a group; 3.0 and 3 are the same."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)[:80]
