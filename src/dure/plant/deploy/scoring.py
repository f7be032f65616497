"""The scorer: each tick, for each deployment and asset, from signals to predictions, alarms and health."""

import logging
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from dure.plant.deploy import health
from dure.plant.deploy.fallback import stand_in
from dure.plant.deploy.models import Deployment
from dure.plant.deploy.report import write_health, write_trouble
from dure.plant.deploy.runner import Runner
from dure.plant.deploy.standing import SCORING
from dure.plant.registry import NotReleased, Release
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    from dure.plant.historian import Historian

log = logging.getLogger(__name__)
LONGEST_WAIT = 1.0
AFTER_TROUBLE = 1.0


class Scorer:
    """Scores every active deployment; all that it remembers it can read back, so it may be killed at any time.

    `tick` is called by one worker, again and again; what it returns is how long to wait in between. [s]
    """

    def __init__(self, historian: "Historian", folder: Path | None = None) -> None:
        self.historian = historian
        self.folder = folder or home() / "scored"
        self._runners: dict[int, Runner] = {}

    def tick(self, now: int | None = None) -> float:
        """Score what can be decided at `now` [ns, UTC]; seconds until the next look is worth it."""
        released = Exists(Release.objects.filter(model=OuterRef("model"), withdrawn_at=None))
        active = (
            Deployment.objects.filter(state__in=SCORING).select_related("model").annotate(released=released)
        )
        deployments = {deployment.pk: deployment for deployment in active}
        for pk, runner in list(self._runners.items()):
            # First all leave, then others begin: two places may have exchanged their memories.
            if pk not in deployments or not runner.fits(deployments[pk]):
                self._runners.pop(pk).close()
        waits = [self._score(deployment, now) for deployment in deployments.values()]
        return min([LONGEST_WAIT, *waits])

    def close(self) -> None:
        """Let another worker go on."""
        while self._runners:
            self._runners.popitem()[1].close()

    def _score(self, deployment: Deployment, now: int | None) -> float:
        """One deployment; its trouble is written in its health and is not another's."""
        try:
            runner = self._runner(deployment)
            wait = runner.step(deployment, time_ns() if now is None else now)
            write_health(runner)
        except DureError as refusal:
            self._drop(deployment)
            write_trouble(deployment, "waiting", health.refused(refusal))
        except Exception as failure:  # a model that breaks must not stop the others
            log.exception("deployment %s failed", deployment.pk)
            self._drop(deployment)
            says = health.told(health.FAILED, reason=type(failure).__name__)
            write_trouble(deployment, "failed", says)
            self._stand_in(deployment, says, now)
        else:
            return wait
        return AFTER_TROUBLE

    def _stand_in(self, deployment: Deployment, says: dict[str, str], now: int | None) -> None:
        """A model that fails has its fallback speak; a historian that is away takes nothing."""
        try:
            stand_in(self.historian, deployment, says, time_ns() if now is None else now)
        except DureError:
            log.warning("deployment %s failed and its fallback could not be told", deployment.pk)

    def _runner(self, deployment: Deployment) -> Runner:
        if not deployment.released:  # type: ignore[attr-defined] # annotated by the query in `tick`
            raise NotReleased(str(deployment.model))
        runner = self._runners.get(deployment.pk)
        if runner is not None and runner.fits(deployment):
            return runner
        self._drop(deployment)
        self._runners[deployment.pk] = Runner(deployment, self.historian, self.folder)
        return self._runners[deployment.pk]

    def _drop(self, deployment: Deployment) -> None:
        if runner := self._runners.pop(deployment.pk, None):
            runner.close()
