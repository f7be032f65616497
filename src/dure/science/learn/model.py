"""A model opened from its package: it judges a table's fitness, predicts, and says why."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.card import Contribution, ModelCard
from dure.science.learn.family import Exported, Family, Floats, Served, family_named
from dure.science.learn.forms.opening import opened
from dure.science.learn.refusals import PackageDamaged
from dure.science.learn.serving import asked
from dure.science.learn.serving.gate import mended, out_of_range, require_fit
from dure.science.learn.serving.line import Line
from dure.science.learn.serving.verdicts import SILENT, Verdicts
from dure.science.learn.target import Classes
from dure.science.prepare import FittedRecipe
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Model:
    """A trained model. Every row's prediction depends on that row and `warm_up` rows before it, nothing else."""

    card: ModelCard
    recipe: FittedRecipe
    fits: Mapping[str, Served]
    report: Mapping[str, Any]
    metrics: Mapping[str, Any]

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], where: str) -> "Model":
        """The model whose package holds `files`; refused if they do not fit together."""
        try:
            card = ModelCard(json.loads(files["card.json"]))
            recipe = FittedRecipe.from_dict(json.loads(files["recipe.json"]))
            report, metrics = json.loads(files["report.json"]), json.loads(files["metrics.json"])
            fits = {
                one["file"]: opened(Exported(one.get("form") or card["form"], files[one["file"]]))
                for one in card["fits"]
            }
        except (KeyError, ValueError, TypeError) as broken:
            raise PackageDamaged(where, what=Text(f"it lacks {broken}", f"{broken} 항목이 없음")) from broken
        return cls(card, recipe, fits, report, metrics)

    @property
    def task(self) -> str:
        """`estimate`, `classify` or `detect`."""
        return self.card.task

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Columns that the model needs: name, unit, kind, low, high, usual_low, usual_high."""
        return self.card.inputs

    @property
    def warm_up(self) -> int:
        """Rows of history that a row needs for its final result."""
        return self.verdicts.look_back if self.task == "detect" else self.recipe.warm_up

    @cached_property
    def verdicts(self) -> Verdicts:
        """How a detector's raw scores become verdicts, state by state."""
        return Verdicts.of(self.card, self.recipe.warm_up)

    @property
    def family(self) -> Family:
        """The family that made it."""
        return family_named(self.task, str(self.card["family"]))

    def gate(
        self, frame: "pl.DataFrame", where: str = "the table", units: Mapping[str, str] | None = None
    ) -> None:
        """Raise a leaf of `ModelRefused` if columns are absent, renamed, empty, in other units, or hold words for numbers.

        `units` are UCUM codes by column that the table carries beside its headers.
        """
        unnamed, strict = int(self.card.get("unnamed_columns", 0)), self.task != "detect"
        require_fit(self._as_learnt(frame), self._needed, where, unnamed, units, strict=strict)

    @property
    def _needed(self) -> list[dict[str, Any]]:
        """The inputs, and what tells a detector the state of a machine."""
        rule = self.verdicts.rule if self.task == "detect" else None
        known = {one["name"] for one in self.inputs}
        told = () if rule is None else [name for name in rule.columns if name not in known]
        return [*self.inputs, *({"name": name, "unit": "", "kind": "text"} for name in told)]

    def mended(self, frame: "pl.DataFrame") -> list[dict[str, str]]:
        """Columns taken for an input though their name differs by blanks or the spelling of a unit: `column`, `was`."""
        found = mended(frame.columns, [one["name"] for one in self.inputs])
        return [{"column": name, "was": was} for was, name in found.items()]

    def _as_learnt(self, frame: "pl.DataFrame") -> "pl.DataFrame":
        """The table with its mended names, and with what is known ahead beside each row."""
        found = mended(frame.columns, [one["name"] for one in self._needed])
        return asked.with_known(self.card, frame.rename(found) if found else frame)

    def flags(self, frame: "pl.DataFrame") -> list[dict[str, Any]]:
        """Columns that leave the range learnt from: `column`, `share` of rows, `low`, `high`. Never a refusal."""
        return out_of_range(self._as_learnt(frame), self.inputs)

    def features(self, frame: "pl.DataFrame") -> Floats:
        """Rows as the model sees them, NaN where missing. [N, F]."""
        frame = self._as_learnt(frame)
        order = asked.order_of(self.card, frame)
        if order is None:
            return self._features(frame)
        found = self._features(frame[order])
        return np.ascontiguousarray(found[np.argsort(order)])

    def _features(self, frame: "pl.DataFrame") -> Floats:
        """The same for rows in order."""
        inputs = frame.select([one["name"] for one in self.inputs])
        return matrix(self.recipe.transform(inputs, self._stretches(frame)))

    def _stretches(self, frame: "pl.DataFrame") -> list[int]:
        """Rows of each stretch of one group, where the table tells groups apart; no window reaches over."""
        group = str(self.card.get("group") or "")
        if self.warm_up == 0 or group not in frame.columns or not len(frame):
            return [len(frame)]
        return [int(rows) for rows in frame.get_column(group).rle().struct.field("len").to_list()]

    def predict(self, frame: "pl.DataFrame", *, source: str = "", where: str = "the table") -> "pl.DataFrame":
        """What the model says of each row, in the order of the rows.

        Parameters
        ----------
        frame
            Consecutive rows of one source; those without a whole window behind them never raise an alarm.
        source
            Where the rows come from: a detector with a fit for each source uses the one of that source.
        where
            How a refusal names the table.

        Returns
        -------
        By task `prediction`, `lower`, `upper`; `prediction` and `probability_<class>`; or `score` (1 is the
        threshold), `alarm` and `change_point` (0 or 1) and, where states are told apart, `operating_state`.

        Raises
        ------
        ModelRefused
            A leaf of it, if the table does not fit.
        """
        import polars as pl

        frame = self._as_learnt(frame)
        self.gate(frame, where)
        if self.task == "detect":
            judged = self.judge(frame, source)
            states = {"operating_state": judged.states} if judged.states else {}
            changed = self.verdicts.change_points(judged.score, self._stretches(frame))
            points = {} if changed is None else {"change_point": changed.astype(np.int64)}
            return pl.DataFrame(
                {"score": judged.score, "alarm": judged.alarm.astype(np.int64), **points, **states}
            )
        found = self.fit_for(frame, source).run(self.features(frame))
        if self.task == "estimate":
            return pl.DataFrame(
                dict(zip(("prediction", "lower", "upper"), asked.bounded(self.card, found), strict=True))
            )
        columns = [
            pl.Series(f"probability_{name}", found[:, at]) for at, name in enumerate(self.classes.names)
        ]
        return pl.DataFrame([self.classes.column(self.decided(found)), *columns])

    def line(self, *, source: str = "", where: str = "the line") -> Line:
        """The model for one row after the other: bit-equal to `predict` on the same rows, far sooner.

        Parameters
        ----------
        source
            Where the rows come from: a detector with a fit for each source uses the one that bears this name.
        where
            How a refusal names the line.
        """
        return Line(self, source, where)

    @property
    def classes(self) -> Classes:
        """The classes of a classifier."""
        known = self.card["classes"]
        return Classes(tuple(known["names"]), known["kind"], known["positive"])

    def decided(self, probability: Floats) -> NDArray[np.int64]:
        """Place of the class decided for each row: the likeliest, or of two by the threshold. [N]."""
        return decide(probability, self.classes.positive, self.card.get("threshold"))

    def judge(self, frame: "pl.DataFrame", source: str = "") -> "Judgement":
        """A detector's verdict on consecutive rows of one source, each by the fit of its state or source."""
        x, segments = self.features(frame), self._stretches(frame)
        rule = self.verdicts.rule
        if rule is None:
            return Judgement(*self.verdicts.judged(self.fit_for(frame, source).run(x), segments), [])
        states, raw = rule.states(self._as_learnt(frame), segments), np.full(len(x), SILENT)
        for file, rows in self.verdicts.files(states).items():
            raw[rows] = self.fits[file].run(x[rows])
        return Judgement(*self.verdicts.judged(raw, segments), states)

    def own_fit(self, frame: "pl.DataFrame", source: str = "") -> dict[str, Any] | None:
        """The fit learnt from this very source: by the bytes of its normal rows, else by its name; None if none was."""
        own = [one for one in self.card["fits"] if one.get("source")]
        names = [one["name"] for one in self.inputs]
        heads = {rows: content_of(frame.head(rows), names) for rows in {one["rows"] for one in own}}
        for one in own:
            if one["rows"] <= len(frame) and one["seen"] == heads[one["rows"]]:
                return {**one, "learnt": True}
        tail = source_name(source)
        return next(({**one, "learnt": False} for one in own if source and one["source"] == tail), None)

    def file_for(self, source: str = "") -> str:
        """File of the fit that judges a source of this name: its own, else that of all sources together."""
        fits, tail = self.card["fits"], source_name(source)
        own = [one["file"] for one in fits if source and len(fits) > 1 and one.get("source") == tail]
        return str((own or [fits[0]["file"]])[0])

    def fit_for(self, frame: "pl.DataFrame", source: str = "") -> Served:
        """The fit that judges a source: its own, else the one of all sources together."""
        fits = self.card["fits"]
        own = self.own_fit(frame, source) if len(fits) > 1 else None
        return self.fits[own["file"] if own else fits[0]["file"]]

    def explain(self, frame: "pl.DataFrame", row: int, *, source: str = "") -> list[Contribution]:
        """How much each signal speaks for what the model says of `row`, largest first.

        For a detector the shares of the distance, or of T² and Q; for trees by TreeSHAP; for a linear model weight
        times deviation; for neighbours what changes when a signal takes its usual value.
        """
        frame = self._as_learnt(frame)
        history = frame.slice(max(0, row - self.warm_up), min(row, self.warm_up) + 1)
        served = self._fit_of_last(history) or self.fit_for(frame, source)
        x = self.features(history)[-1:]
        parts = self.family.contributions(served, x)
        if parts is None:
            parts = without_each(served, x)
        reckoned = {column.name: column[-1] for column in self.reckon(history).get_columns()}
        return self._by_signal(parts[0], frame.row(row, named=True) | reckoned)

    def _fit_of_last(self, history: "pl.DataFrame") -> Served | None:
        """The fit of the state that the last row is in; None where no states are told apart, or it was never learnt."""
        rule = self.verdicts.rule if self.task == "detect" else None
        if rule is None:
            return None
        return self.fits.get(self.verdicts.by_state.get(rule.states(history)[-1], ""))

    def reckon(self, frame: "pl.DataFrame") -> "pl.DataFrame":
        """What the recipe reckons at each row that has a name of its own, as `card.quantities` lists it."""
        import polars as pl

        if not self.card.quantities:
            return pl.DataFrame(height=len(frame))
        inputs = self._as_learnt(frame).select([one["name"] for one in self.inputs])
        return self.recipe.reckon(inputs, self._stretches(frame))

    def _by_signal(self, parts: Floats, values: Mapping[str, Any]) -> list[Contribution]:
        origins = list(self.recipe.known_as.values())
        effect = dict.fromkeys(origins, 0.0)
        for origin, part in zip(origins, parts, strict=True):
            effect[origin] += float(part)
        whole = sum(abs(part) for part in effect.values()) or 1.0
        known = {one["name"]: one for one in (*self.inputs, *self.card.quantities)}
        found = [
            Contribution(
                name,
                abs(part) / whole,
                values[name],
                known[name]["usual_low"],
                known[name]["usual_high"],
                float("nan") if self.task == "detect" else part,
            )
            for name, part in effect.items()
        ]
        return sorted(found, key=lambda one: -one.share)


@dataclass(frozen=True)
class Judgement:
    """What a detector says of each row: score, alarm, and its operating state where states are told apart. [N]."""

    score: Floats
    alarm: Flags
    states: list[str]


def matrix(prepared: "pl.DataFrame") -> Floats:
    """A prepared table as numbers, NaN where missing. [N, F]."""
    import polars as pl

    numbers = prepared.select(pl.all().cast(pl.Float64).fill_null(float("nan")))
    return np.ascontiguousarray(numbers.to_numpy())


def without_each(served: Served, x: Floats) -> Floats:
    """Change of the output when each column is missing, so that the model takes its usual value. [N, F].

    For classes the change is that of the likeliest one, or of the second of two.
    """
    now = served.run(x)
    lone = now.ndim == 1 or now.shape[1] == 2
    at = np.full(len(x), -1) if lone else now.argmax(axis=1)
    changes = []
    for column in range(x.shape[1]):
        gone = x.copy()
        gone[:, column] = np.nan
        change = (now - served.run(gone)).reshape(len(x), -1)
        changes.append(np.take_along_axis(change, (at % change.shape[1])[:, None], axis=1)[:, 0])
    return np.stack(changes, axis=1)


def decide(probability: Floats, positive: int | None, threshold: float | None) -> NDArray[np.int64]:
    """Place of the class decided for each row. [N].

    >>> decide(np.array([[0.7, 0.3], [0.9, 0.1]]), 1, 0.25).tolist()
    [1, 0]
    """
    if positive is None or threshold is None:
        return np.asarray(probability.argmax(axis=1), dtype=np.int64)
    return np.where(probability[:, positive] > threshold, positive, 1 - positive).astype(np.int64)


def content_of(frame: "pl.DataFrame", columns: Sequence[str]) -> str:
    """SHA-256 of the values of `columns`, whatever kind of file they came from."""
    import polars as pl

    if any(name not in frame.columns for name in columns):
        return ""
    chosen = frame.select(columns)
    numbers = [name for name in columns if chosen.schema[name].is_numeric()]
    digest = hashlib.sha256(matrix(chosen.select(numbers)).tobytes() if numbers else b"")
    for name in columns:
        if name not in numbers:
            digest.update("\x1f".join(map(str, chosen.get_column(name).cast(pl.String).to_list())).encode())
    return digest.hexdigest()


def source_name(source: str) -> str:
    """How a source is known: its file and the folder it lies in.

    >>> source_name("/plant/valve1/0.csv.gz"), source_name("signal:line1/Cell01")
    ('valve1/0.csv', 'line1/Cell01')
    """
    parts = source.removeprefix("signal:").replace("\\", "/").split("/")
    return "/".join(parts[-2:]).removesuffix(".gz")
