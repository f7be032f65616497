"""Steps 3 and 5 of the story: a model learns, watches in shadow, finds the fault, says why, and is let speak."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import TYPE_CHECKING

from dure.node.demo import acts, connecting, describing
from dure.node.demo.formation import Faults
from dure.node.demo.opening import emitted
from dure.node.demo.scene import Scene
from dure.node.demo.troupe import NotReady
from dure.vocabulary import Text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dure.plant.deploy import Alarm, Deployment, Scorer

SHIFT_HOURS = 8.0
# How long no new sample may come before the story is given up, and how often is scored. [s]
SILENCE, LOOK = 30.0, 0.2


@dataclass(slots=True)
class Watch:
    """A model that learnt the stretch `learnt` [ns] of `signals`, and the line time at which the fault begins."""

    scene: Scene
    signals: Sequence[str]
    learnt: tuple[int, int]
    scorer: "Scorer" = field(init=False)
    deployment: "Deployment" = field(init=False)
    onset: int = field(init=False)

    def __post_init__(self) -> None:
        """The fault's beginning is reckoned from the first sample that the line sent."""
        from dure.plant.deploy import Scorer

        self.scorer = Scorer(self.scene.historian, self.scene.home / "scored")
        first = next(time for path, time in emitted(self.scene.home) if path.startswith("Chamber"))
        self.onset = first + round((self.scene.tempo.rises_after - 1.0) * acts.SECOND)

    def learn(self) -> None:
        """Train on the first minutes, register, release, put beside the line."""
        home, cast = self.scene.home, self.scene.cast
        start, end = self.learnt
        every, trusted = acts.cells(self.signals), acts.trusted_cells(self.signals)
        table = acts.normal_stretch(self.scene.historian, home, trusted, start, end)
        facts = acts.train_here(table, home / "work" / "demo.model")
        version = acts.register(home / "work" / "demo.model", table, cast.engineer)
        acts.release(version, cast.owner)
        self.deployment = acts.bring_to_line(version, every, cast.engineer, since=end)
        says = Text(
            "A detector ({family}) learnt {rows} rows of {learnt_cells} cells in {train_seconds} s; released by {released_by}, put in shadow.",
            "탐지 모델({family})이 셀 {learnt_cells}개의 {rows}행을 {train_seconds}초 동안 배웠고, {released_by} 님이 출시해 그림자 단계에 두었습니다.",
        )
        self.scene.telling.say(
            5, says, family=facts["family"], rows=facts["rows"], learnt_cells=len(trusted),
            train_seconds=facts["seconds"], released_by=str(cast.owner), metric=facts["metric"],
        )  # fmt: skip

    def watch(self) -> None:
        """Score in shadow until the fault begins; every alarm until then is false."""
        if self.learnt[1] >= self.onset:  # the machine was too slow: the fault would have been learnt
            raise NotReady("demo-line", log=self.scene.troupe.log("demo-line"))
        self._score_until(self.onset)
        false = self._alarms().filter(raised__lt=self.onset).count()
        hours = (self.onset - self.learnt[1]) / acts.SECOND / 3600
        says = Text(
            "{shadow_hours} h in shadow, {scored} rows scored: {false_alarms} false alarms on {cells} cells.",
            "그림자 단계로 {shadow_hours}시간, {scored}행을 채점했고 셀 {cells}개에서 거짓 알람은 {false_alarms}건입니다.",
        )
        self.scene.telling.say(
            5, says, shadow_hours=round(hours, 2), scored=self._scored(), false_alarms=false,
            cells=len(self.deployment.assets), false_alarms_per_shift=round(false / hours * SHIFT_HOURS, 2),
        )  # fmt: skip
        self._rehearse()

    def _rehearse(self) -> None:
        """Define the alarms of the hall; what those of the rooms would have done until now."""
        home, historian = self.scene.home, self.scene.historian
        defined = describing.write_alarms(home)
        first = min(one["first"] for one in historian.signals() if one["signal"].startswith("hall/"))
        heard = describing.rehearse(home, historian, connecting.ROOMS.source, first, self.onset)
        rings = [ring for one in heard.values() for ring in one.rings]
        lasted = sum((ring.until or self.onset) - ring.at for ring in rings) / acts.SECOND
        says = Text(
            "{alarms} alarms are defined; over what the rooms sent they ring {rings} times, for {ringing_s} s.",
            "알람 {alarms}개를 정의했습니다. 각 실이 보낸 값에서는 {rings}번, {ringing_s}초 동안 울립니다.",
        )
        self.scene.telling.say(2, says, alarms=defined, rings=len(rings), ringing_s=round(lasted))

    def explain(self) -> None:
        """Score on until the rising resistance raises its alarm; say why."""
        faulty = f"Cell{Faults().rising:02d}"
        tempo = self.scene.tempo
        limit = self.onset + round((tempo.rises_over + tempo.afterwards) * acts.SECOND)
        self._score_until(limit)
        alarm = (
            self._alarms().filter(asset__endswith=faulty, raised__gte=self.onset).order_by("raised").first()
        )
        if alarm is None:
            says = Text("No alarm came for {faulty}.", "{faulty}의 알람가 오지 않았습니다.")
            self.scene.telling.say(3, says, faulty=faulty, alarm=False)
            return
        self._say_why(alarm, faulty)

    def _say_why(self, alarm: "Alarm", faulty: str) -> None:
        say = self.scene.telling.say
        rise = acts.resistance_rise(self.scene.historian, alarm, self.onset)
        says = Text(
            "{faulty} is red {after_s} s after its resistance began to rise: {why}.",
            "{faulty}의 저항이 오르기 시작한 지 {after_s}초 만에 빨간색입니다: {why}.",
        )
        after = round((alarm.raised - self.onset) / acts.SECOND)
        say(3, says, faulty=faulty, after_s=after, why=str(acts.reason(alarm)), alarm=True)
        says = Text(
            "Its resistance is {rise_percent} % above its own usual at the alarm, {rise_percent_end} % at the end.",
            "저항은 알람 때 평소보다 {rise_percent}%, 마지막에는 {rise_percent_end}% 높습니다.",
        )
        say(3, says, **rise)
        others = self._alarms().exclude(asset=alarm.asset).filter(raised__gte=self.onset).count()
        says = Text(
            "Alarms of other cells meanwhile: {other_alarms}.", "그동안 다른 셀의 알람: {other_alarms}건."
        )
        say(3, says, other_alarms=others, peak_score=round(alarm.peak, 2), threshold=alarm.threshold)

    def advise(self) -> None:
        """Let the model speak on the line; a worker answers the alarm."""
        from dure.plant.deploy import Standing, acknowledge, change, open_alarms

        cast = self.scene.cast
        moved = change(self.deployment, Standing.ADVISORY, cast.engineer, "Seen in shadow; see its alarms.")
        answered = [acknowledge(alarm, cast.worker, "seen") for alarm in open_alarms()]
        says = Text(
            "Moved to {state} by {moved_by}; alarms on the line page: {open_alarms}, answered by {answered_by}. Limits are never written by AI.",
            "{moved_by} 님이 {state} 상태로 옮겼습니다. 라인 화면의 알람 {open_alarms}건은 {answered_by} 님이 확인했습니다. AI는 설정값을 쓰지 않습니다.",
        )
        self.scene.telling.say(
            5, says, state=str(moved.state), moved_by=str(cast.engineer), open_alarms=len(answered),
            answered_by=str(cast.worker),
        )  # fmt: skip

    def _score_until(self, moment: int) -> None:
        """Tick by the line's own time until most cells are scored up to `moment` [ns of line time]."""
        before, heard = 0, time.monotonic()
        while self._scored_until() < moment:
            now = self._now()
            if now > before:
                before, heard = now, time.monotonic()
            elif time.monotonic() - heard > SILENCE:
                raise NotReady("collector", log=self.scene.troupe.log("collector"))
            self.scorer.tick(now)
            time.sleep(LOOK)

    def _scored_until(self) -> int:
        """Line time up to which most cells are scored; a cell whose clock lags comes later."""
        own = set(self._scores())
        last = [one["last"] for one in self.scene.historian.signals() if one["signal"] in own]
        return int(median_low(last)) if last else 0

    def _scores(self) -> list[str]:
        return [self.deployment.signal(one["asset"], "score") for one in self.deployment.assets]

    def _now(self) -> int:
        """The newest source time stored [ns]: what the line's clock says here."""
        return max(int(one["time"]) for one in self.scene.historian.last(self.signals))

    def _alarms(self) -> "QuerySet[Alarm]":
        from dure.plant.deploy import Alarm

        return Alarm.objects.filter(deployment=self.deployment)

    def _scored(self) -> int:
        """Rows scored: the samples of the signals that the model writes its scores to."""
        own = set(self._scores())
        return sum(one["count"] for one in self.scene.historian.signals() if one["signal"] in own)
