"""The deployment loop as a state machine: predict rows, take labels as they arrive, refit when it is due.

It is pure: time, rows and labels come in as arguments, and whatever it knows goes into `to_dict` and comes back from
`from_dict` with the same bits. Nothing about a row is ever learnt before `label` is told, so a prediction can know
no later label; no row sees a later row.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.learn import Model, abnormal, no_less
from dure.science.replay.drift import Watch
from dure.science.replay.event import Event, Prediction
from dure.science.replay.expert import Floats, Row
from dure.science.replay.keeping import Kept, frame_from, frame_text, rows_from, rows_kept
from dure.science.replay.limit import Limit
from dure.science.replay.mind import Mind, Said, Size
from dure.science.replay.policy import Policy
from dure.science.replay.refusals import StateUnlike
from dure.science.replay.seen import Eye, Seen
from dure.science.replay.threshold import Threshold
from dure.science.replay.trees import refitted
from dure.science.replay.words import champion_words, drift_words, error_words, late_words, refit_words
from dure.vocabulary import ModelRefused, Progress

if TYPE_CHECKING:
    import polars as pl

VERSION = 1
#: Labelled rows that can still be corrected.
MOST_DONE = 1_000
#: Labels after a refit before a drift asks for the next.
REST = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows predicted, refused, labelled, corrected; labels that no waiting row wanted; rows let go unlabelled."""

    rows: int = 0
    refused: int = 0
    labelled: int = 0
    corrected: int = 0
    unknown: int = 0
    let_go: int = 0


class Loop:
    """A released model at work.

    Parameters
    ----------
    model
        The model as it was trained; it never changes.
    policy
        How it is kept right.
    """

    def __init__(self, model: Model, policy: Policy = Policy()) -> None:  # noqa: B008 - a policy is frozen
        self.model, self.policy = model, policy
        self.eye = Eye.of(model, policy.group)
        classes = len(model.classes.names) if model.task == "classify" else 0
        level, error = _promise(model)
        self.mind = Mind(policy, Size(len(self.eye.names), len(model.recipe.known_as), classes), level, error)
        self.limit, self.watch = Limit(), Watch()
        self.threshold = Threshold.of(model)
        self.counts = dict.fromkeys(Counts.__dataclass_fields__, 0)
        self.pending: OrderedDict[str, Said] = OrderedDict()
        self.done: OrderedDict[str, Kept] = OrderedDict()
        self.tail: pl.DataFrame | None = None
        self.drifted = False

    @property
    def facts(self) -> Counts:
        """How many rows and labels there were."""
        return Counts(**self.counts)

    @property
    def weights(self) -> dict[str, float]:
        """How much each expert counts now."""
        return dict(zip(self.mind.names, self.mind.blend.weights.tolist(), strict=True))

    def predict(self, frame: "pl.DataFrame", keys: Sequence[str]) -> list[Prediction]:
        """What is said of each row, in order; the rows follow those of the call before.

        Parameters
        ----------
        frame
            Rows with the model's inputs, oldest first.
        keys
            A name for each row, by which its label is given later. A name used again belongs to the newer row.

        Returns
        -------
        One prediction a row; where the table or a row does not fit, one that says so.
        """
        try:
            self.model.gate(frame, "the rows")
        except ModelRefused as refusal:
            self.counts["rows"] += len(frame)
            self.counts["refused"] += len(frame)
            return [Prediction(key, None, refused=str(refusal)) for key in keys]
        seen = self.look(frame)
        return [self.say(seen, place, key) for place, key in enumerate(keys)]

    def look(self, frame: "pl.DataFrame") -> Seen:
        """The rows through gate and model; their windows reach into the rows of the call before."""
        seen = self.eye.look(frame, self.tail)
        if self.model.warm_up:
            import polars as pl

            window = self.eye.window(frame)
            parts = [window] if self.tail is None else [self.tail, window]
            self.tail = pl.concat(parts, how="vertical_relaxed").tail(self.model.warm_up)
        return seen

    def say(self, seen: Seen, place: int, key: str) -> Prediction:
        """What is said of one row that was looked at; it waits for its label from now on."""
        at = self.counts["rows"]
        self.counts["rows"] += 1
        if seen.refused[place]:
            self.counts["refused"] += 1
            return Prediction(key, None, refused=seen.refused[place])
        row = Row(at, seen.static[place], seen.z[place], seen.words[place], seen.x[place])
        if self.model.task == "detect":
            return self._score(row, key, warm=seen.warm[place], static=bool(seen.alarm[place]))
        said = self.mind.say(row, (seen.high[place] - seen.low[place]) / 2.0)
        self._wait(key, said)
        if self.model.task == "classify":
            return self._class(said, key)
        width = float(said.width)
        value = float(no_less(self.model.card, said.served[0]))
        return Prediction(
            key, value, float(no_less(self.model.card, value - width)), value + width, float(row.static[0]),
            static_lower=float(seen.low[place]), static_upper=float(seen.high[place]),
        )  # fmt: skip

    def _score(self, row: Row, key: str, *, warm: bool, static: bool) -> Prediction:
        score = float(row.static[0])
        self._wait(key, Said(row, row.static[None], row.static, 0.0, 0.0, 0))
        limit = self.limit.at(row.words)
        return Prediction(
            key, score / limit, score=score, static_alarm=static,
            alarm=static if limit == 1.0 else warm and score > limit,
        )  # fmt: skip

    def _class(self, said: Said, key: str) -> Prediction:
        names, static = self.model.classes.names, said.row.static
        decided = self.threshold.decide(said.served)
        as_trained = int(self.model.decided(static[None])[0])
        return Prediction(
            key, names[decided], static=names[as_trained],
            probability=tuple(said.served.tolist()), static_probability=tuple(static.tolist()),
        )  # fmt: skip

    def _wait(self, key: str, said: Said) -> None:
        self.pending.pop(key, None)
        self.done.pop(key, None)
        self.pending[key] = said
        if len(self.pending) > self.policy.pending:
            self.pending.popitem(last=False)
            self.counts["let_go"] += 1

    def label(self, keys: Sequence[str], values: Sequence[Any], now: str = "") -> list[Event]:
        """Take labels as they arrive: late, out of order, twice, corrected.

        Parameters
        ----------
        keys
            The rows' names.
        values
            The measured number, the class, or for a detector whether the row was normal ("ok", 0) or not.
        now
            When they arrived, for the words of the events.

        Returns
        -------
        What happened, in order. A label that changes nothing is counted and passed over.
        """
        found: list[Event] = []
        truths = [(key, y) for key, y in zip(keys, self._truths(values), strict=True) if y is not None]
        waiting = [(key, y) for key, y in truths if key in self.pending]
        for key, y in truths:
            if key not in self.pending:
                self._again(key, y)
        for key, y in sorted(waiting, key=lambda one: self.pending[one[0]].row.at):
            if key in self.pending:
                found += self._learn(key, y, now)
            else:
                self._again(key, y)
        return found

    def _truths(self, values: Sequence[Any]) -> list[Floats | None]:
        """Each label as the vector that is learnt from; None for one that says nothing."""
        import polars as pl

        if self.model.task == "estimate":
            return [_number(value) for value in values]
        known = pl.Series("label", list(values), strict=False)
        if self.model.task == "detect":
            bad = abnormal(known)
            return [
                None if value is None else np.array([float(one)])
                for value, one in zip(values, bad, strict=True)
            ]
        codes = self.model.classes.codes(known)
        whole = np.eye(len(self.model.classes.names))
        return [None if math.isnan(code) else whole[int(code)] for code in codes.tolist()]

    def _learn(self, key: str, y: Floats, now: str) -> list[Event]:
        said = self.pending.pop(key)
        self.counts["labelled"] += 1
        self.done[key] = Kept(said.row, y, self.counts["labelled"])
        if len(self.done) > MOST_DONE:
            self.done.popitem(last=False)
        if self.model.task == "detect":
            if not y[0]:
                self.limit.learn(said.row.words, float(said.row.static[0]))
            return []
        self.mind.learn(said, y)
        self.threshold.learn(said.served, y)
        return list(self._news(said, y, now))

    def _news(self, said: Said, y: Floats, now: str) -> Iterable[Event]:
        """What is worth a sentence after a label."""
        row, when = self.counts["rows"], {"now": now} if now else {}
        target = str(self.model.card.target)
        loss = float(((said.served - y) ** 2).sum())
        if self.watch.grown(loss):
            self.drifted = True
            usual, latest = self.watch.slow**0.5, self.watch.fast**0.5
            yield Event("drift", row, error_words(row, target, latest, usual), {"error": latest, **when})
        if self.model.task == "estimate" and len(self.policy.bias):
            bias, width = float(self.mind.bias.level[-2:][0, 0]), _half_width(self.model)
            if self.watch.moved(bias, width):
                yield Event("drift", row, drift_words(row, target, bias), {"bias": bias, **when})
        if challenger := self.mind.challenge():
            yield Event("champion", row, champion_words(row, challenger), {"champion": challenger, **when})

    def _again(self, key: str, y: Floats) -> None:
        """A second label of a row: the same says nothing, another corrects the first."""
        kept = self.done.get(key)
        if kept is None:
            self.counts["unknown"] += 1
            return
        if np.array_equal(kept.y, y):
            return
        self.counts["corrected"] += 1
        self.done[key] = Kept(kept.row, y, kept.label)
        if self.model.task == "detect":
            score = float(kept.row.static[0])
            (self.limit.mend if y[0] else self.limit.learn)(kept.row.words, score)
            return
        self.mind.mend(kept.row, y - kept.y, self.counts["labelled"] - kept.label)

    def due(self) -> bool:
        """Whether a refit should be made now: enough labels since the last, or a drift."""
        trees = self.mind.trees
        if trees is None or self.model.task == "detect" or not trees.ready:
            return False
        return trees.since >= self.policy.refit_every or (self.drifted and trees.since >= REST)

    def lesson(self) -> dict[str, Any]:
        """What a refit needs, as JSON holds it: for `refitted`, which may run elsewhere."""
        if self.mind.trees is None:
            raise ValueError("the policy has no refit")
        return self.mind.trees.lesson()

    def take(self, refit: Mapping[str, Any]) -> list[Event]:
        """Serve a refit from the next row on, beside the others."""
        if self.mind.trees is None:
            raise ValueError("the policy has no refit")
        self.mind.trees.take(refit)
        self.drifted = False
        row, rows = self.counts["rows"], min(int(refit["labels"]), self.mind.trees.rows)
        return [Event("refit", row, refit_words(row, rows), {"rows": rows})]

    def refit(self, progress: Progress) -> list[Event]:
        """Make the refit that is due, here and now: `take(refitted(lesson()))`."""
        return self.take(refitted(self.lesson(), progress)) if self.due() else []

    def late(self) -> list[Event]:
        """What there is to say of rows whose label never came."""
        gone = self.counts["let_go"]
        return [Event("late", self.counts["rows"], late_words(gone), {"rows": gone})] if gone else []

    def to_dict(self) -> dict[str, Any]:
        """Everything the loop knows, as JSON holds it; bounded by the policy."""
        return {
            "version": VERSION,
            "model": self.model.card["id"],
            "policy": self.policy.to_dict(),
            "counts": dict(self.counts),
            "pending": rows_kept(self.pending),
            "done": [one.to_dict(key) for key, one in self.done.items()],
            "tail": frame_text(self.tail),
            "mind": self.mind.to_dict(),
            "limit": self.limit.to_dict(),
            "watch": self.watch.to_dict(),
            "threshold": self.threshold.to_dict(),
            "drifted": self.drifted,
        }

    @classmethod
    def from_dict(cls, model: Model, facts: Mapping[str, Any]) -> "Loop":
        """The loop that `to_dict` wrote: it goes on with the same bits.

        Raises
        ------
        StateUnlike
            If the state is that of another model or version, or none at all.
        """
        try:
            if facts["version"] != VERSION or facts["model"] != model.card["id"]:
                raise StateUnlike(str(facts["model"]), model=model.card["id"])
            loop = cls(model, Policy.from_dict(facts["policy"]))
            loop.counts = {name: int(facts["counts"][name]) for name in loop.counts}
            loop.pending = OrderedDict(rows_from(facts["pending"]))
            loop.done = OrderedDict(Kept.from_dict(one) for one in facts["done"])
            loop.tail = frame_from(facts["tail"])
            loop.drifted = bool(facts["drifted"])
            for part in ("mind", "limit", "watch", "threshold"):
                getattr(loop, part).restore(facts[part])
        except (KeyError, TypeError, ValueError, AttributeError) as broken:
            raise StateUnlike("?", model=model.card["id"]) from broken
        return loop


def _promise(model: Model) -> tuple[float, float]:
    """Level of the model's interval, and the squared error it expects of itself."""
    if model.task != "estimate":
        return 0.9, 0.2
    # Nine tenths of the errors are inside of the half width.
    return float(model.card["interval"]["level"]), (_half_width(model) / 1.645) ** 2 or 1.0


def _half_width(model: Model) -> float:
    interval = model.card["interval"]
    return float(interval["below"] + interval["above"]) / 2.0


def _number(value: Any) -> Floats | None:
    """A measured number as a vector; None for what is no number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return np.array([number]) if math.isfinite(number) else None
