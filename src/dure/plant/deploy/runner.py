"""One deployment as the worker runs it: read what can be decided, let the model speak, keep it, publish it.

Order of writing: first the log of what was seen (one fsync), then the samples and the alarm rows. Whoever is
killed in between leaves a last batch in the log, which the next runner publishes again: samples have an identity
and alarm rows too, so that twice is once.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.plant.deploy import fallback, foretold, health, keeping
from dure.plant.deploy.alarms import AlarmKeeper
from dure.plant.deploy.blocks import Block, Verdict, judge, stack, take, watch_over
from dure.plant.deploy.calibrated import calibrated
from dure.plant.deploy.condition import Condition
from dure.plant.deploy.follow import LONGEST_AGE_NS, Follower
from dure.plant.deploy.hysteresis import Watch
from dure.plant.deploy.learning import Learning, note
from dure.plant.deploy.limits import no_alarm, rule_of, threshold_of, watched_output
from dure.plant.deploy.models import Deployment
from dure.plant.deploy.reasons import reasons
from dure.plant.deploy.seen import SeenLog
from dure.plant.registry import open_model
from dure.vocabulary import Quality

if TYPE_CHECKING:
    from dure.plant.historian import Historian

# Ticks of an asset decided in one go: a worker that comes back after hours catches up in steps.
AT_ONCE = 900
# A deployment at most so far behind follows the feed; before, it asks the historian for whole stretches.
FOLLOWS_WITHIN_NS = 30_000_000_000
# How often to look for samples while a tick is open, and how long to wait for the other assets of the same go.
POLL_NS = 100_000_000
GATHER_NS = 200_000_000
SOURCE = "deploy"
# What a runner is built on: when one of these changes, another takes over.
BUILT_ON = ("model_id", "memory", "calibration", "assets", "every_s", "since", "label_shift_s")


class Runner:
    """Runs one deployment; everything it remembers is read back from its log."""

    def __init__(self, deployment: Deployment, historian: "Historian", folder: Path) -> None:
        self.deployment, self.historian = deployment, historian
        self.model = calibrated(open_model(deployment.model), deployment.calibration)
        self.card = self.model.card
        self.measured = foretold.measured(self.card)
        self.columns = [one["name"] for one in self.measured]
        self.units = {one["name"]: one.get("unit") or "" for one in self.measured}
        self.beside = foretold.Beside.of(self.card, deployment.every_ns)
        self.warm_up, self.watched = int(self.model.warm_up), watched_output(self.card)
        self.inputs = {one["asset"]: [one["inputs"][c] for c in self.columns] for one in deployment.assets}
        self.decided: dict[str, int] = {}
        self.history: dict[str, Any] = {}
        self.watch: dict[str, Watch] = {}
        self.drift = health.Drift.of(self.measured)
        self.condition = Condition(self.card, self.columns, deployment.every_ns)
        self.delays = health.Delays()
        self.follower: Follower | None = None
        self._gathering = 0
        self.verdict: dict[str, bool] = {}
        self.said: dict[str, float | str] = {}
        self.outside: dict[str, tuple[str, float] | None] = {}
        self.keeper = AlarmKeeper(deployment, self._explain, self._instead)
        self.log = SeenLog(folder / deployment.folder)
        try:
            self.learning = Learning.of(self.model, deployment, self.log.folder / "learning.json")
            self._recover()
        except BaseException:
            self.log.close()
            raise

    def close(self) -> None:
        """Let another worker run it."""
        if self.learning is not None:
            self.learning.close()
        self.log.close()

    def fits(self, deployment: Deployment) -> bool:
        """Whether this runner may go on with `deployment` as it is now."""
        return all(getattr(self.deployment, name) == getattr(deployment, name) for name in BUILT_ON)

    # What can be decided -------------------------------------------------------------------------------------

    def step(self, deployment: Deployment, now: int) -> float:
        """Decide what can be decided at `now` [ns]; seconds until the next look is worth it."""
        self.deployment = deployment
        if self.learning is not None:
            note(deployment, self.learning.listen(self.historian, self.decided))
        until = self._decidable(now)
        if until:
            blocks = self._read(until)
            self._predict(blocks)
            self._keep(blocks)
            self._remember(blocks)
            self._publish(blocks)
        return self._next_look(now)

    def _decidable(self, now: int) -> dict[str, int]:
        """Until which tick each asset is decided now; only those with a new tick."""
        every, lateness = self.deployment.every_ns, self.lateness
        pending = [asset for asset, decided in self.decided.items() if decided + every <= now]
        if not pending:
            return {}
        self._listen(now)
        until = {}
        for asset in pending:
            tick = max(now - lateness, min(self._heard(asset), now)) // every * every
            tick = min(tick, self.decided[asset] + AT_ONCE * every)
            if tick > self.decided[asset]:
                until[asset] = tick
        return {} if self._gathers(pending, until, now) else until

    def _gathers(self, pending: Sequence[str], until: Mapping[str, int], now: int) -> bool:
        """Whether to wait a moment more, so that assets about to speak are decided in the same go."""
        if not until:
            return False
        every = self.deployment.every_ns
        overdue = any(self.decided[asset] + every + self.lateness <= now for asset in until)
        expected = any(asset not in until and self._soon(asset) for asset in pending)
        self._gathering = self._gathering or now
        if expected and not overdue and 0 <= now - self._gathering < GATHER_NS:
            return True
        self._gathering = 0
        return False

    def _listen(self, now: int) -> None:
        """Take in what the historian has ingested; follow the feed once the deployment is up to date."""
        first = min(self.decided.values()) + self.deployment.every_ns
        if self.follower is not None:
            self.follower.take_in(self.historian)
        if (
            self.follower is None
            or self.follower.max_age != self.max_age
            or not self.follower.covers(first, now + 1)
        ):
            signals = sorted({signal for inputs in self.inputs.values() for signal in inputs})
            near = now - first <= FOLLOWS_WITHIN_NS and self.max_age <= LONGEST_AGE_NS
            begin = Follower.begin if near else Follower.at_newest
            self.follower = begin(self.historian, signals, self.max_age, first, now)

    @property
    def last(self) -> dict[str, dict[str, Any]]:
        """Newest sample of each input: time and quality."""
        return {} if self.follower is None else self.follower.newest

    @property
    def lateness(self) -> int:
        """How long a tick waits for late samples. [ns]."""
        return round(self.deployment.lateness_s * 1e9)

    @property
    def max_age(self) -> int:
        """Oldest input that is scored. [ns]."""
        return round(self.deployment.max_age_s * 1e9)

    def _soon(self, asset: str) -> bool:
        """Whether its next tick may be decided before the wait for late samples is over."""
        return self._heard(asset) >= self.decided[asset] - self.lateness

    def _heard(self, asset: str) -> int:
        """Source time [ns] up to which every input of the asset has spoken; 0 while one never has."""
        return min((self.last[s]["time"] if s in self.last else 0) for s in self.inputs[asset])

    def _next_look(self, now: int) -> float:
        every = self.deployment.every_ns
        looks = [every]
        for asset, decided in self.decided.items():
            tick = decided + every
            latest = tick + self.lateness - now
            looks.append(min(max(tick - now, POLL_NS), latest) if self._soon(asset) else latest)
        return max(min(looks), POLL_NS // 2) / 1e9

    # From signals to predictions -----------------------------------------------------------------------------

    def _read(self, until: Mapping[str, int]) -> list[Block]:
        every = self.deployment.every_ns
        start = min(self.decided[asset] for asset in until) + every
        times, values = self._table({a: self.inputs[a] for a in until}, start, max(until.values()) + 1)
        blocks = []
        for asset, tick in until.items():
            own = (times > self.decided[asset]) & (times <= tick)
            rows, history = values[asset][own], self.history[asset]
            verdicts = judge(rows, history, warm_up=self.warm_up, max_missing=self.deployment.max_missing)
            verdicts[self._marked_bad(asset, times[own])] = Verdict.WAITING
            self._guard(asset, rows, verdicts)
            blocks.append(Block(asset, times[own], rows, history, verdicts))
        return blocks

    def _guard(self, asset: str, rows: Any, verdicts: Any) -> None:
        """Where a person asked for it nothing is said of rows far outside what was learnt."""
        self.outside[asset] = None
        if not self.deployment.guards_range or not len(rows):
            return
        far = fallback.outside(rows, self.measured)
        verdicts[(far >= 0) & (verdicts == Verdict.SCORED)] = Verdict.OUTSIDE
        if far[-1] >= 0:
            self.outside[asset] = self.columns[far[-1]], float(rows[-1, far[-1]])

    def _table(self, assets: Mapping[str, Sequence[str]], start: int, end: int) -> tuple[Any, dict[str, Any]]:
        """Ticks [n, ns] in start ≤ tick < end, and the inputs of each asset [n, F] there."""
        signals = sorted({signal for inputs in assets.values() for signal in inputs})
        every = self.deployment.every_ns
        # One look-up a signal, then rows: a signal may feed several assets.
        if self.follower is not None and self.follower.covers(start, end):
            ticks = range(start, end, every)
            column = {name: np.array(self.follower.values(name, ticks)) for name in signals}
            times = np.array(ticks, dtype=np.int64)
        else:
            table = self.historian.query_every(signals, start, end, every, self.max_age)
            column = {name: _floats(table[name]) for name in signals}
            times = table["time"].to_numpy()
        return times, {a: np.column_stack([column[s] for s in inputs]) for a, inputs in assets.items()}

    def _marked_bad(self, asset: str, times: Any) -> Any:
        """Ticks at or after the newest sample of an input, where the source marks that sample bad. [n]."""
        bad = [
            self.last[signal]["time"]
            for signal in self.inputs[asset]
            if signal in self.last and self.last[signal]["quality"] >= Quality.BAD
        ]
        return times >= min(bad) if bad else np.zeros(len(times), dtype=bool)

    def _predict(self, blocks: Sequence[Block]) -> None:
        speaking = [block for block in blocks if block.scored.any()]
        if speaking:
            # A model with a fit for each source judges each asset by its own; else one call speaks for all.
            one_call = len(self.card["fits"]) == 1 and not self.beside.alone
            together = [speaking] if one_call else [[block] for block in speaking]
            for part in together:
                frame, starts = stack(part, self.columns, self.beside)
                predicted = self.model.predict(frame, source=part[0].asset, where=self.deployment.name)
                reckoned = self.model.reckon(frame)
                for block, start in zip(part, starts, strict=True):
                    take(block, predicted, start, reckoned)
        self._adapt(speaking)
        rule = rule_of(self.deployment, self.threshold)
        for block in blocks:
            self.watch[block.asset] = watch_over(block, rule, self.watch[block.asset], self.watched)

    def _adapt(self, blocks: Sequence[Block]) -> None:
        """Let what the labels taught speak too; before alarms are judged by it."""
        for block in blocks:
            if self.learning is not None:
                self.learning.say(block, self.columns, serve=self.deployment.follows_labels)

    @property
    def threshold(self) -> float | None:
        """Score above which an alarm is in the making."""
        return threshold_of(self.deployment, self.card)

    # Keeping and publishing ----------------------------------------------------------------------------------

    def _keep(self, blocks: Sequence[Block]) -> None:
        self.log.append(keeping.to_batch(blocks, self.columns), max(int(b.times[-1]) for b in blocks))

    def _remember(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            self.decided[block.asset] = int(block.times[-1])
            self.history[block.asset] = keeping.history_of(block, self.warm_up)
            self.verdict[block.asset] = bool(block.scored[-1])
            self.drift.look(block.times, block.rows)
            self.condition.look(block)
        if self.follower is not None:
            self.follower.forget(min(self.decided.values()) + self.deployment.every_ns)
        if self.learning is not None:
            self.learning.save_when_due(time_ns())

    def _publish(self, blocks: Sequence[Block]) -> None:
        samples = keeping.to_samples(blocks, self.deployment.signal, time_ns())
        if samples.num_rows:
            self.historian.append(SOURCE, samples)
            self.delays.add(time_ns(), (int(block.times[-1]) for block in blocks))
        if instead := fallback.samples(self.deployment, blocks, self.said, time_ns()):
            self.historian.append(SOURCE, instead)
        if self.threshold is not None:
            self.keeper.follow(self.deployment, blocks, self.threshold, self.watched)

    def _explain(self, block: Block, at: int) -> list[dict[str, Any]]:
        frame, _starts = stack([block], self.columns, self.beside)
        signals = dict(zip(self.columns, self.inputs[block.asset], strict=True))
        signals |= {name: self.deployment.signal(block.asset, name) for name in block.quantities}
        return reasons(self.model, frame, len(block.history) + at, self.units, signals)

    def _instead(self, block: Block, at: int) -> dict[str, Any]:
        """What would have to be otherwise for this row to be no alarm, as the model sees it."""
        from dure.science.learn import instead

        wanted = no_alarm(self.card, self.threshold)
        if wanted is None:
            return {}
        frame, _starts = stack([block], self.columns, self.beside)
        row = len(block.history) + at
        found = instead(self.model, frame, row, wanted, units=self.units, source=block.asset)
        # An alarm that is held after the score fell has nothing that would have to be otherwise.
        return found.to_dict() if found.needed else {}

    # Coming back ---------------------------------------------------------------------------------------------

    def _recover(self) -> None:
        """Stand where the log ends: decided ticks, history, alarm states, the hour of drift; publish its last batch."""
        every = self.deployment.every_ns
        first = -(-self.deployment.since // every) * every
        back = max(self.warm_up * every, health.HOUR_NS)
        newest = self.log.last()
        newest_tick = max(newest["time"].to_pylist()) if newest is not None else 0
        known = {b.asset: b for b in self._from_log(max(0, newest_tick - back))}
        fallback.samples(self.deployment, known.values(), self.said, newest_tick)
        self._learn_again()
        for asset in self.inputs:
            block = known.get(asset)
            if block is not None and int(block.times[-1]) >= first - every:
                self._stand_at(block)
            else:
                self._start(asset, first)
        if newest is not None:
            last = keeping.from_table(newest, self.columns)
            self._publish([keeping.with_history(block, known, self.warm_up) for block in last])
            self.delays.seen.clear()  # how long a dead worker was away is no delay of this one

    def _learn_again(self) -> None:
        """Rows decided since the loops were written down go through them once more; their verdicts stand."""
        if self.learning is None:
            return
        since = min((self.learning.said.get(asset, 0) for asset in self.learning.loops), default=0)
        blocks = self._from_log(max(0, since - self.warm_up * self.deployment.every_ns))
        self.learning.begin(self.historian, {block.asset: int(block.times[-1]) for block in blocks})
        for block in blocks:
            self.learning.again(block, self.columns)

    def _from_log(self, since: int) -> list[Block]:
        table = self.log.tail(since)
        return [] if table is None else keeping.from_table(table, self.columns)

    def _stand_at(self, block: Block) -> None:
        self.decided[block.asset] = int(block.times[-1])
        self.history[block.asset] = keeping.history_of(block, self.warm_up)
        self.watch[block.asset] = block.watches[-1]
        live = block.verdicts != Verdict.HISTORY
        self.drift.look(block.times[live], block.rows[live])
        self.condition.look(block)

    def _start(self, asset: str, first: int) -> None:
        """A new asset: look back on what the historian has, and write down what was seen there."""
        every = self.deployment.every_ns
        times, values = self._table({asset: self.inputs[asset]}, first - self.warm_up * every, first)
        rows = values[asset]
        begun = np.flatnonzero(~np.isnan(rows).all(axis=1))
        times, rows = (times[begun[0] :], rows[begun[0] :]) if len(begun) else (times[:0], rows[:0])
        verdicts = np.full(len(times), Verdict.HISTORY, dtype=np.int8)
        block = Block(asset, times, rows, np.empty((0, len(self.columns))), verdicts)
        if len(times):
            self._keep([block])
        self.decided[asset], self.watch[asset] = first - every, Watch()
        self.history[asset] = rows


def _floats(column: Any) -> Any:
    return column.to_numpy().astype(np.float64, copy=False)
