"""Alarm rows follow the turns in the log: applied twice, they stand once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dure.plant.deploy.blocks import Block
from dure.plant.deploy.hysteresis import Turn
from dure.plant.deploy.models import Alarm, Deployment
from dure.plant.deploy.ringing import hush, ring

Explain = Callable[[Block, int], list[dict[str, Any]]]
Otherwise = Callable[[Block, int], dict[str, Any]]
# A score that climbs has a new peak each tick; its reasons are worked out again when it has grown by a twentieth.
GROWN = 1.05


class AlarmKeeper:
    """Keeps the alarms of one deployment in step with its blocks."""

    def __init__(self, deployment: Deployment, explain: Explain, instead: Otherwise) -> None:
        self._deployment, self._explain, self._instead = deployment, explain, instead
        # Whether an alarm was raised or cleared since somebody looked.
        self.turned = False
        self._open = {alarm.asset: alarm for alarm in Alarm.objects.filter(deployment=deployment, ended=None)}

    def follow(
        self,
        deployment: Deployment,
        blocks: Sequence[Block],
        threshold: float,
        watched: str,
    ) -> None:
        """Raise, follow to its peak and clear whatever the blocks say."""
        self._deployment = deployment
        for block in blocks:
            scores = block.outputs.get(watched)
            if scores is not None and (block.asset in self._open or any(block.turns)):
                self._walk(block, scores, threshold)

    def _walk(self, block: Block, scores: Any, threshold: float) -> None:
        for at, turn in enumerate(block.turns):
            time = int(block.times[at])
            if turn is Turn.RAISED:
                self._raise(block, at, float(scores[at]), threshold)
            alarm = self._open.get(block.asset)
            if alarm is None or time < alarm.raised:
                continue
            if turn is Turn.CLEARED:
                self._clear(alarm, block, time)
            elif scores[at] > alarm.peak:
                alarm.peak, alarm.peak_at = float(scores[at]), time
        if block.asset in self._open:
            self._explain_peak(self._open[block.asset], block)

    def _raise(self, block: Block, at: int, score: float, threshold: float) -> None:
        time, known = int(block.times[at]), {"deployment": self._deployment, "asset": block.asset}
        if alarm := Alarm.objects.filter(**known, raised=time).first():
            if alarm.ended is None:
                self._open[block.asset] = alarm
                ring(alarm, self._deployment)  # a worker may have been killed before it rang
            return
        # The log says that this asset's former alarm is over; the row may have missed it in a crash.
        if Alarm.objects.filter(**known, ended=None).exists():
            hush(self._deployment, block.asset, time - 1)
            Alarm.objects.filter(**known, ended=None).update(ended=time)
        self.turned, why = True, self._explain(block, at)
        self._open[block.asset] = Alarm.objects.create(
            **known,
            raised=time,
            began=block.watches[at].began,
            peak=score,
            peak_at=time,
            threshold=threshold,
            shadow=self._deployment.shadow,
            reasons={"raised": why, "peak": why, "explained": score, "instead": self._instead(block, at)},
        )
        ring(self._open[block.asset], self._deployment)

    def _clear(self, alarm: Alarm, block: Block, time: int) -> None:
        self._explain_peak(alarm, block)
        hush(self._deployment, block.asset, time)  # before its own end, which a repeated turn would find
        alarm.ended = time
        alarm.save(update_fields=["ended"])
        self.turned = True
        del self._open[alarm.asset]

    def _explain_peak(self, alarm: Alarm, block: Block) -> None:
        """Keep the highest score so far; explain it anew when it has grown enough to be worth the time."""
        at = np.flatnonzero(block.times == alarm.peak_at)
        if not len(at):
            return
        if alarm.peak > alarm.reasons["explained"] * GROWN:
            alarm.reasons |= {"peak": self._explain(block, int(at[0])), "explained": alarm.peak}
        alarm.save(update_fields=["peak", "peak_at", "reasons"])
