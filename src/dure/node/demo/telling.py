"""`dure demo`: the story of Daon Battery, steps 1 to 5, without a browser and on accelerated time.

Everything runs for real in processes of its own: the line as an OPC UA server, the collectors, the historian. Line
time runs faster than ours and lies in the past, so that no sample comes from the future. Every number that is
told is computed from what happened here; nothing is known beforehand but the seed.
"""

import csv
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.node.demo import acts
from dure.node.demo.cast import Cast, hire
from dure.node.demo.formation import Faults, FormationLine
from dure.node.demo.line import announcement
from dure.node.demo.troupe import NotReady, Troupe
from dure.vocabulary import Answer, Text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dure.plant.deploy import Alarm, Deployment, Scorer
    from dure.plant.historian import Historian

SPEED, AGO = 20.0, 6 * 3600.0
# Line time [s]: how much is learnt from, when the fault begins, how long it takes to rise, how long we look on.
LEARN, RISES_AFTER, RISES_OVER, AFTERWARDS = 240.0, 2400.0, 120.0, 240.0
SHIFT_HOURS = 8.0
LAB, LAB_DAYS = "lab", 14
# How long no new sample may come before the story is given up. [s]
SILENCE = 30.0

TITLES = {
    1: Text("Connect", "연결"),
    2: Text("Inventory", "데이터 현황"),
    3: Text("Line: why red", "라인: 왜 빨간가"),
    4: Text("Sheet: predict cycle life", "시트: 수명 예측"),
    5: Text("Deploy", "적용"),
    6: Text("Maturity", "수준 진단"),
    7: Text("Need", "수요"),
    8: Text("Trial", "시험"),
    9: Text("Call and application", "공고와 신청"),
    10: Text("Panel", "평가"),
    11: Text("Project", "과제"),
    12: Text("Publish", "데이터 공개"),
    13: Text("My data", "마이데이터"),
    14: Text("Regulation and fund", "규제와 펀드"),
    15: Text("Learn", "교육"),
    16: Text("Cockpit", "상황판"),
}
NOT_YET = (4, *range(6, 17))


@dataclass(slots=True)
class Telling:
    """What has been told so far: lines for people, facts for machines."""

    lines: list[str] = field(default_factory=list)
    steps: dict[int, dict[str, Any]] = field(default_factory=dict)

    def say(self, step: int, text: Text, **facts: Any) -> None:
        """Tell one line of a step and keep its facts."""
        self.steps.setdefault(step, {}).update(facts)
        line = f"{step:>2}  {TITLES[step]}: {text.format(**facts)}"
        self.lines.append(line)
        if sys.stderr.isatty():
            sys.stderr.write(line + "\n")

    def answer(self, seconds: float) -> Answer:
        """The whole story; on a terminal, which saw it line by line, only its end."""
        steps = [{"step": n, "title": str(TITLES[n]), **facts} for n, facts in sorted(self.steps.items())]
        absent = [{"step": n, "title": str(TITLES[n])} for n in NOT_YET]
        names = ", ".join(f"{n} {TITLES[n]}" for n in NOT_YET)
        end = Text(f"Not yet there: {names}.", f"아직 없는 단계: {names}.").format()
        shown = end if sys.stderr.isatty() else "\n".join([*self.lines, end])
        return Answer({"steps": steps, "not_yet": absent, "seconds": round(seconds, 1)}, shown)


def tell(home: Path | None) -> Answer:
    """Play the story in `home/demo`, emptied first, or in a temporary folder that is gone afterwards."""
    begun = time.monotonic()
    with _stage(home) as place, Troupe(place) as troupe:
        telling = Telling()
        _play(place, troupe, telling)
    return telling.answer(time.monotonic() - begun)


@contextmanager
def _stage(home: Path | None) -> Iterator[Path]:
    """A home that is ready: folders, keys, databases, and Django set up on it."""
    with tempfile.TemporaryDirectory(prefix="dure-demo-") as folder:
        place = Path(folder) if home is None else home / "demo"
        if place != Path(folder):
            shutil.rmtree(place, ignore_errors=True)
        os.environ["DURE_HOME"] = str(place)
        os.environ["DJANGO_SETTINGS_MODULE"] = "dure.node.settings"
        from dure.node.preparation import bring_up_to_date, make_home

        make_home(place)
        import django

        from dure.node.options import read

        django.setup()
        bring_up_to_date(read())
        yield place


def _play(home: Path, troupe: Troupe, telling: Telling) -> None:
    from dure.plant.historian import Historian

    cast = hire(home)
    with Historian(home) as historian:
        signals = _connect(home, troupe, historian, telling)
        start, end = _inventory(home, troupe, historian, signals, cast, telling)
        play = _Play(home, historian, cast, telling, learnt=(start, end), signals=signals)
        play.learn()
        play.watch()
        play.explain()
        play.advise()


# 1 Connect -------------------------------------------------------------------------------------------------------
def _connect(home: Path, troupe: Troupe, historian: "Historian", telling: Telling) -> list[str]:
    words = ["--speed", f"{SPEED}", "--ago", f"{AGO}", "--emitted", str(home / "emitted.csv")]
    words += ["--rises-after", f"{RISES_AFTER}", "--rises-over", f"{RISES_OVER}"]
    troupe.start("historian", "dure.plant.historian")
    troupe.start("demo-line", "dure.node.demo.line", "--port", str(_free_port()), *words)
    troupe.wait("demo-line", announcement(home).exists)
    troupe.wait("historian", lambda: historian.wait(0.5))
    found = acts.connect_line(home, json.loads(announcement(home).read_text())["url"])
    troupe.start("collector", "dure.plant.connect", acts.SOURCE)
    bare = sum(not one.unit for one in found)
    says = Text(
        "OPC UA answers with {signals} signals, {without_unit} of them without unit.",
        "OPC UA에서 신호 {signals}개를 찾았고, 그중 {without_unit}개는 단위가 없습니다.",
    )
    telling.say(1, says, signals=len(found), without_unit=bare)
    _connect_file(home, troupe, historian, telling)
    telling.say(1, Text("Modbus is not yet there.", "Modbus는 아직 없습니다."))
    return [one.id for one in found]


def _connect_file(home: Path, troupe: Troupe, historian: "Historian", telling: Telling) -> None:
    """The laboratory's capacity tests as a CSV file, connected like any other source."""
    from dure.plant import connect

    tests = FormationLine(seed=0).capacity_test(days=LAB_DAYS)
    file = home / "lab" / "capacity.csv"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    newest = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with file.open("w", encoding="utf-8", newline="") as open_file:
        rows = csv.writer(open_file)
        rows.writerow(["time", *(f"Cell{n:02d} capacity [A.h]" for n in range(1, tests.shape[1] + 1))])
        for day, values in enumerate(tests):
            rows.writerow([(newest - timedelta(days=LAB_DAYS - day)).isoformat(), *values])
    connect.add_source(home, connect.Source(LAB, file.as_uri(), {"follow": False}), again=True)
    troupe.start("collector-lab", "dure.plant.connect", LAB)
    troupe.wait("collector-lab", lambda: _stored(historian, LAB) >= tests.size)
    says = Text(
        "A CSV file of the laboratory gives {file_signals} signals, {file_samples} samples.",
        "시험실 CSV 파일에서 신호 {file_signals}개, 측정값 {file_samples}개를 읽었습니다.",
    )
    stored = [one for one in historian.signals() if one["signal"].startswith(f"{LAB}/")]
    telling.say(1, says, file_signals=len(stored), file_samples=sum(one["count"] for one in stored))


def _stored(historian: "Historian", source: str) -> int:
    return sum(one["count"] for one in historian.signals() if one["signal"].startswith(f"{source}/"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# 2 Inventory -----------------------------------------------------------------------------------------------------
def _inventory(
    home: Path, troupe: Troupe, historian: "Historian", signals: list[str], cast: Cast, telling: Telling
) -> tuple[int, int]:
    """Measure what there is, confirm the units; the stretch [ns] that every signal has."""
    troupe.wait("collector", lambda: _spans(historian, signals) >= LEARN, patience=120.0)
    start, end = acts.span(historian, signals)
    before = acts.survey(historian)
    confirmed = acts.confirm_units(before.signals, cast.engineer)
    after = acts.survey(historian)
    says = Text(
        "{samples} samples measured, {gap_percent} % gaps; {confirmed} units confirmed by {by}: {with_unit} of {signals} signals have one.",
        "측정값 {samples}개를 쟀고 결측은 {gap_percent}%입니다. {by} 님이 단위 {confirmed}개를 확인해 신호 {signals}개 중 {with_unit}개에 단위가 있습니다.",
    )
    telling.say(
        2, says, **after.facts, confirmed=len(confirmed), by=str(cast.engineer), without_unit=before.bare
    )
    for sentence in after.sentences():
        telling.say(2, Text(sentence, sentence))
    lost = _lost(home, historian, signals, start, end)
    says = Text(
        "Of {emitted} samples that the line sent in {compared_s} s, {lost} are not stored.",
        "라인이 {compared_s}초 동안 보낸 측정값 {emitted}개 중 저장되지 않은 것은 {lost}개입니다.",
    )
    telling.say(2, says, **lost)
    return start, end


def _spans(historian: "Historian", signals: list[str]) -> float:
    start, end = acts.span(historian, signals)
    return (end - start) / acts.SECOND


def _lost(home: Path, historian: "Historian", signals: list[str], start: int, end: int) -> dict[str, Any]:
    """What the line says it sent from `start` to before `end` [ns], against what is stored."""
    stored = historian.query(signals, start, end)
    kept = set(zip(stored["signal"].to_pylist(), stored["time"].to_pylist(), strict=True))
    known = {"/".join(one.split("/")[-2:]): one for one in signals}
    sent = {(known[path], when) for path, when in _emitted(home) if start <= when < end}
    return {"emitted": len(sent), "lost": len(sent - kept), "compared_s": round((end - start) / acts.SECOND)}


def _emitted(home: Path) -> Iterator[tuple[str, int]]:
    with (home / "emitted.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) == 3:  # the last line may be half written
                yield row[0], int(row[1])


# 3 and 5: learn, shadow, alarm, advise -------------------------------------------------------------------------
@dataclass(slots=True)
class _Play:
    """The second half: a model learns the first minutes, watches in shadow, finds the fault, and is let speak."""

    home: Path
    historian: "Historian"
    cast: Cast
    telling: Telling
    signals: list[str]
    learnt: tuple[int, int]
    scorer: "Scorer" = field(init=False)
    deployment: "Deployment" = field(init=False)
    onset: int = field(init=False)

    def __post_init__(self) -> None:
        from dure.plant.deploy import Scorer

        self.scorer = Scorer(self.historian, self.home / "scored")
        self.onset = next(_emitted(self.home))[1] + round((RISES_AFTER - 1.0) * acts.SECOND)

    def learn(self) -> None:
        """Train on the first minutes, register, release, put beside the line."""
        start, end = self.learnt
        table = acts.normal_stretch(self.historian, self.home, start, end)
        facts = acts.train_here(table, self.home / "work" / "demo.model")
        version = acts.register(self.home / "work" / "demo.model", table, self.cast.engineer)
        acts.release(version, self.cast.owner)
        self.deployment = acts.bring_to_line(version, acts.cells(self.signals), self.cast.engineer, since=end)
        says = Text(
            "A detector ({family}) learnt {rows} rows of {cells} cells in {train_seconds} s; released by {by}, put in shadow.",
            "탐지 모델({family})이 셀 {cells}개의 {rows}행을 {train_seconds}초 동안 배웠고, {by} 님이 릴리스해 섀도로 두었습니다.",
        )
        self.telling.say(
            5, says, family=facts["family"], rows=facts["rows"], cells=len(acts.cells(self.signals)),
            train_seconds=facts["seconds"], by=str(self.cast.owner), metric=facts["metric"],
        )  # fmt: skip

    def watch(self) -> None:
        """Score in shadow until the fault begins; every alarm until then is false."""
        if self._now() >= self.onset:
            raise NotReady("demo-line", log=self.home / "logs" / "demo-line.log")
        self._score_until(lambda now: now >= self.onset)
        false = self._alarms().filter(raised__lt=self.onset).count()
        hours = (self.onset - self.learnt[1]) / acts.SECOND / 3600
        says = Text(
            "{shadow_hours} h in shadow, {scored} rows scored: {false_alarms} false alarms on {cells} cells.",
            "섀도로 {shadow_hours}시간, {scored}행을 채점했고 셀 {cells}개에서 오경보는 {false_alarms}건입니다.",
        )
        self.telling.say(
            5, says, shadow_hours=round(hours, 2), scored=self._scored(), false_alarms=false,
            cells=len(self.deployment.assets), false_alarms_per_shift=round(false / hours * SHIFT_HOURS, 2),
        )  # fmt: skip

    def explain(self) -> None:
        """Score on until the rising resistance raises its alarm; say why."""
        faulty = f"Cell{Faults().rising:02d}"
        limit = self.onset + round((RISES_OVER + AFTERWARDS) * acts.SECOND)
        self._score_until(lambda now: now >= limit or self._alarms().filter(asset__endswith=faulty).exists())
        alarm = (
            self._alarms().filter(asset__endswith=faulty, raised__gte=self.onset).order_by("raised").first()
        )
        if alarm is None:
            self.telling.say(
                3,
                Text("No alarm came for {faulty}.", "{faulty}의 경보가 오지 않았습니다."),
                faulty=faulty,
                alarm=False,
            )
            return
        self._score_until(lambda now: now >= limit)
        alarm.refresh_from_db()
        self._say_why(alarm, faulty)

    def _say_why(self, alarm: "Alarm", faulty: str) -> None:
        after = (alarm.raised - self.onset) / acts.SECOND
        why = acts.reason(alarm)
        risen = acts.resistance_rise(self.historian, alarm.asset, self.learnt, alarm)
        says = Text(
            "{faulty} is red {after_s} s after its resistance began to rise: {why}. Resistance {rise_percent} % above its own usual at the alarm, {rise_percent_end} % at the end.",
            "{faulty}의 저항이 오르기 시작한 지 {after_s}초 만에 빨간색입니다: {why}. 경보 때 저항은 평소보다 {rise_percent}%, 마지막에는 {rise_percent_end}% 높습니다.",
        )
        self.telling.say(3, says, faulty=faulty, after_s=round(after), why=str(why), alarm=True, **risen)
        others = self._alarms().exclude(asset=alarm.asset).filter(raised__gte=self.onset).count()
        says = Text(
            "Other cells raised {other_alarms} alarms meanwhile.",
            "그동안 다른 셀의 경보는 {other_alarms}건입니다.",
        )
        self.telling.say(
            3, says, other_alarms=others, peak_score=round(alarm.peak, 2), threshold=alarm.threshold
        )

    def advise(self) -> None:
        """Let the model speak on the line; a worker answers the alarm."""
        from dure.plant.deploy import Standing, acknowledge, change, open_alarms

        reason = "Shadow was quiet, and the one alarm was right."
        moved = change(self.deployment, Standing.ADVISORY, self.cast.engineer, reason)
        answered = [acknowledge(alarm, self.cast.worker, "seen") for alarm in open_alarms()]
        says = Text(
            "Moved to {state} by {by}; {open_alarms} alarm on the line page, answered by {worker}. Limits are never written by AI.",
            "{by} 님이 {state} 상태로 옮겼습니다. 라인 화면의 경보 {open_alarms}건은 {worker} 님이 확인했습니다. AI는 설정값을 쓰지 않습니다.",
        )
        self.telling.say(
            5, says, state=str(moved.state), by=str(self.cast.engineer), open_alarms=len(answered),
            worker=str(self.cast.worker),
        )  # fmt: skip
        self.scorer.close()

    def _score_until(self, done: Callable[[int], bool]) -> None:
        """Tick by the line's own time until `done`."""
        silent = time.monotonic()
        before = 0
        while not done(now := self._now()):
            if now > before:
                silent, before = time.monotonic(), now
            elif time.monotonic() - silent > SILENCE:
                raise NotReady("collector", log=self.home / "logs" / "collector.log")
            self.scorer.tick(now)
            time.sleep(0.2)
        self.scorer.tick(now)

    def _now(self) -> int:
        """The newest source time stored [ns]: what the line's clock says here."""
        return max(one["time"] for one in self.historian.last(self.signals))

    def _alarms(self) -> "QuerySet[Alarm]":
        from dure.plant.deploy import Alarm

        return Alarm.objects.filter(deployment=self.deployment)

    def _scored(self) -> int:
        name = f"deploy/{self.deployment.pk}/"
        return sum(
            s["count"]
            for s in self.historian.signals()
            if s["signal"].startswith(name) and s["signal"].endswith("/score")
        )
