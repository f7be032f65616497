"""The deployment loop on the line: labels that arrive late keep a model right, or show that they would.

The loop is `dure.science.replay.Loop`, the same that `dure replay` plays over a table: one an asset. Here are its
memory on the disk, its refits beside the scoring, and its figures. What it would say is kept as `adapted`, what the
model says by itself as `static`; which of them is served a named person decides.
"""

import json
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from dure.foundation.ledger import record
from dure.plant.deploy.blocks import Block, stack
from dure.plant.deploy.foretold import Beside, lives
from dure.plant.deploy.grades import Grades
from dure.plant.deploy.labels import Failures, Journal, Label, Labels
from dure.plant.deploy.models import Deployment

if TYPE_CHECKING:
    from dure.plant.historian import Historian
    from dure.science.learn import Model
    from dure.science.replay import Event, Prediction

VERSION = 1
#: Rows that wait for their labels, over all assets: at one row a second and one asset about fourteen hours.
MOST_WAITING = 50_000
#: What is not on the disk yet is played again from the log of what was seen. [ns]
SAVE_EVERY_NS = 300_000_000_000
MOST_EVENTS = 50


class Learning:
    """The loops of one deployment."""

    def __init__(self, model: "Model", deployment: Deployment, file: Path) -> None:
        from dure.science.replay import Loop, Policy

        labels = {one["label"]: one["asset"] for one in deployment.assets if one.get("label")}
        shift = round(deployment.label_shift_s * 1e9)
        self.model, self.file = model, file
        self.beside = Beside.of(model.card, deployment.every_ns)
        kind = Failures if lives(model.card) else Labels
        self.labels = kind(labels, deployment.since, deployment.every_ns, shift)
        if isinstance(self.labels, Failures):
            self.labels.card = model.card
            self.labels.places = {one["asset"]: one for one in deployment.assets}
        policy = Policy(pending=MOST_WAITING // max(1, len(labels)))
        self.loops = {asset: Loop(model, policy) for asset in labels.values()}
        self.grades = {asset: Grades(model.task) for asset in self.loops}
        self.said: dict[str, int] = {}
        self.events: deque[dict[str, Any]] = deque(maxlen=MOST_EVENTS)
        self.journal = Journal(file.with_name("labels.jsonl"))
        self._saved = 0
        self._refit: tuple[str, Future[dict[str, Any]]] | None = None
        self._hands = ThreadPoolExecutor(max_workers=1, thread_name_prefix="refit")

    @classmethod
    def of(cls, model: "Model", deployment: Deployment, file: Path) -> Self | None:
        """What is known of the deployment's labels; None where it has none."""
        if not any(one.get("label") for one in deployment.assets):
            return None
        made = cls(model, deployment, file)
        made._restore()
        return made

    def close(self) -> None:
        """Keep everything; a refit under way is begun anew by the next worker."""
        self._hands.shutdown(wait=False, cancel_futures=True)
        self.save()

    # Rows and labels -----------------------------------------------------------------------------------------

    def say(self, block: Block, columns: Sequence[str], *, serve: bool) -> None:
        """Let the loop speak of a block's scored ticks; with `serve` its word is the deployment's."""
        loop = self.loops.get(block.asset)
        if loop is None or not block.scored.any() or block.times[-1] <= self.said.get(block.asset, 0):
            return
        frame, (start,) = stack([block], columns, self.beside)
        seen = loop.eye.look(frame.slice(start), frame.head(start), source=block.asset)
        found = [
            loop.say(seen, at, str(time)) if fit else None
            for at, (time, fit) in enumerate(zip(block.times.tolist(), block.scored.tolist(), strict=True))
        ]
        self.said[block.asset] = int(block.times[-1])
        _SPEAKERS[self.model.task](block, found, serve)

    def begin(self, historian: "Historian", decided: Mapping[str, int]) -> None:
        """Labels named only now are taken in as they would have been: what following them brought is seen at once."""
        if self.labels.position is None and not self.journal.read():
            self.journal.write(self.labels.of_before(historian, decided))

    def again(self, block: Block, columns: Sequence[str]) -> None:
        """Rows decided since the loop was written down go through it once more, and the labels between them."""
        for label, said in self.journal.read():
            if label.asset == block.asset and said >= self.said.get(block.asset, 0):
                self.say(self._unsaid(block, said), columns, serve=False)
                deque(self._learn(label), maxlen=0)
        self.say(self._unsaid(block, int(block.times[-1])), columns, serve=False)

    def _unsaid(self, block: Block, until: int) -> Block:
        """A copy of a block from the log: its rows up to a tick that the loop has not seen, with the rows before."""
        old = block.times <= self.said.get(block.asset, 0)
        new = ~old & (block.times <= until)
        keys = [name for name in block.outputs if name in {"prediction", "score", "lower", "upper"}]
        return Block(
            block.asset,
            block.times[new],
            block.rows[new],
            block.rows[old][-self.model.warm_up :] if self.model.warm_up else block.rows[:0],
            block.verdicts[new],
            outputs={name: block.outputs[name][new] for name in keys},
        )

    def listen(self, historian: "Historian", decided: Mapping[str, int]) -> list["Event"]:
        """Take in the labels that have arrived; what happened, in order."""
        arrived = self.labels.arrived(historian, decided)
        self.journal.write((one, self.said.get(one.asset, 0)) for one in arrived)
        found = [(one.asset, event) for one in arrived for event in self._learn(one)]
        found += self._refits()
        self.events.extend(_kept(event, asset, self.said.get(asset, 0)) for asset, event in found)
        return [event for _asset, event in found]

    def _learn(self, label: Label) -> Iterator["Event"]:
        loop, key = self.loops[label.asset], str(label.tick)
        waiting = loop.pending.get(key)
        if waiting is not None:
            self.grades[label.asset].add(loop, waiting, label.value)
        yield from loop.label([key], [label.value])

    def _refits(self) -> Iterator[tuple[str, "Event"]]:
        """Take a refit that is ready; begin the next one that is due, beside the scoring."""
        from dure.science.replay import refitted

        if self._refit is not None:
            asset, work = self._refit
            if not work.done():
                return
            self._refit = None
            yield from ((asset, event) for event in self.loops[asset].take(work.result()))
            self.save()
        for asset, loop in self.loops.items():
            if loop.due():
                self._refit = asset, self._hands.submit(refitted, loop.lesson(), lambda _share, _stage: None)
                return

    # Memory ----------------------------------------------------------------------------------------------------

    def save_when_due(self, now: int) -> None:
        """Write what is known, now and then; `now` [ns]."""
        if now - self._saved >= SAVE_EVERY_NS:
            self.save()
            self._saved = now

    def save(self) -> None:
        """Write everything that is known, whole or not at all."""
        facts = {
            "version": VERSION,
            "labels": self.labels.to_dict(),
            "said": self.said,
            "events": list(self.events),
            "grades": {asset: one.to_dict() for asset, one in self.grades.items()},
            "loops": {asset: loop.to_dict() for asset, loop in self.loops.items()},
        }
        draft = self.file.with_suffix(".draft")
        with draft.open("w") as file:
            json.dump(facts, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.file)
        self.journal.clear()

    def _restore(self) -> None:
        """Stand where `save` stood; assets that have a label only since then begin."""
        from dure.science.replay import Loop
        from dure.vocabulary import ModelRefused

        if not self.file.exists():
            return
        try:
            facts = json.loads(self.file.read_bytes())
            loops = {
                asset: Loop.from_dict(self.model, one)
                for asset, one in facts["loops"].items()
                if asset in self.loops
            }
        except (ModelRefused, ValueError, KeyError):
            self.journal.clear()  # another model's: the labels are read again from the first
            return
        self.loops |= loops
        self.said = {asset: int(tick) for asset, tick in facts["said"].items() if asset in loops}
        self.events.extend(facts["events"])
        self.grades |= {asset: Grades.from_dict(facts["grades"][asset]) for asset in loops}
        if loops.keys() == self.loops.keys():
            self.labels.restore(facts["labels"])

    # Figures -------------------------------------------------------------------------------------------------

    def facts(self, *, serve: bool) -> dict[str, Any]:
        """What the deployment's page shows: labels, errors of both, the events."""
        counted = [loop.facts for loop in self.loops.values()]
        return {
            "serves": serve,
            "labelled": sum(one.labelled for one in counted),
            "unmatched": sum(one.unknown + one.let_go for one in counted),
            "refitting": self._refit is not None,
            **Grades.together(self.model.task, list(self.grades.values())),
            "events": list(self.events)[-10:],
        }


def note(deployment: Deployment, events: Sequence["Event"]) -> None:
    """Write into the ledger what changed the word of a deployment that follows its labels."""
    for event in events if deployment.follows_labels else ():
        if event.kind in {"refit", "champion"}:
            facts = {"model": deployment.model_id, "words": event.words.en}
            record("node", f"deployment.{event.kind}", f"deployment:{deployment.pk}", facts)


def _kept(event: "Event", asset: str, tick: int) -> dict[str, Any]:
    """An event as the page shows it; `tick` [ns] is the last one of which the loop had spoken."""
    place = {"asset": asset, "at": tick, "kind": event.kind, "row": event.row}
    return {**place, "en": event.words.en, "ko": event.words.ko}


def _number(block: Block, found: Sequence["Prediction | None"], serve: bool) -> None:
    block.outputs["static"] = block.outputs["prediction"].copy()
    block.outputs["adapted"] = _column(found, "prediction")
    for name in ("prediction", "lower", "upper") if serve else ():
        _put(block, name, _column(found, name))


def _class(block: Block, found: Sequence["Prediction | None"], serve: bool) -> None:
    if not serve:
        return
    names = [name for name in block.outputs if name.startswith("probability_")]
    for place, name in enumerate(names):
        said = [one.probability[place] if one and one.probability else np.nan for one in found]
        _put(block, name, np.array(said, dtype=np.float64))
    decided = [None if one is None or one.prediction is None else str(one.prediction) for one in found]
    if "prediction" in block.outputs:  # classes that are numbers
        _put(block, "prediction", np.array([np.nan if one is None else float(one) for one in decided]))
    else:
        block.labels = [one or label for one, label in zip(decided, block.labels, strict=True)]


def _score(block: Block, found: Sequence["Prediction | None"], serve: bool) -> None:
    block.outputs["static"] = block.outputs["score"].copy()
    block.outputs["adapted"] = _column(found, "prediction")
    if serve:
        _put(block, "score", block.outputs["adapted"])


def _column(found: Sequence["Prediction | None"], name: str) -> Any:
    values = [getattr(one, name) if one is not None else None for one in found]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _put(block: Block, name: str, values: Any) -> None:
    """Serve the loop's numbers; where it has none the model's own stay."""
    block.outputs[name] = np.where(np.isnan(values), block.outputs[name], values)


_SPEAKERS = {"estimate": _number, "classify": _class, "detect": _score}
