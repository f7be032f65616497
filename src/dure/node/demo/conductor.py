"""The conductor of `dure up --demo`: the people of the demo do, one after another, what an own plant would do.

It stands beside the node like a person: it uses the product's public functions, in the name of a demo person, and
looks at the node's records to know what is done already. Stopped and started again, it goes on where it stood.
"""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.node.demo import acts
from dure.node.demo.cast import Cast, hire, passwords
from dure.node.demo.connecting import LINE, METERS, ROOMS, connect, connect_mes
from dure.node.demo.describing import (
    Joined,
    describe_cyclers,
    joined,
    open_to_scada,
    unfit,
    write_alarms,
    write_events,
)
from dure.node.demo.line import announcement
from dure.node.demo.scada import read_score
from dure.node.demo.waiting import TrainingFailed, say, wait_for
from dure.vocabulary import Text, WorkState

if TYPE_CHECKING:
    from dure.plant.deploy import Alarm, Deployment
    from dure.plant.historian import Historian
    from dure.plant.registry import ModelVersion

# How much is learnt from, and how long it is watched in shadow before it may speak. [s]
LEARN, SHADOW = 100.0, 20.0
# How long is waited: for the line and the collector; for the training; for the first alarm. [s]
COMING_UP, TRAINING, ALARM = 180.0, 600.0, 900.0
# How long is waited for the served score, which a client sees five seconds after it began at the latest. [s]
SERVED = 60.0


@dataclass(slots=True)
class Conductor:
    """Who acts, on which node; each method is an act, told in one line with what it found."""

    home: Path
    historian: "Historian"
    begun: int = field(default_factory=time.time_ns)
    cast: Cast = field(init=False)

    def conduct(self) -> None:
        """From an empty node to a model that has raised its first alarm."""
        self.welcome()
        signals = self.connect()
        wait_for("the first samples", lambda: acts.span(self.historian, signals)[0] or None, COMING_UP)
        self.connect_hall()
        self.write_down()
        deployment = self.at_work()
        if deployment is None:
            start, end = self.collect(signals)
            self.survey()
            self.describe(signals)
            self.join()
            version = self.learn(signals, start, end)
            deployment = self.deploy(version, signals, end)
        self.advise(deployment)
        self.await_alarm(deployment)
        self.hand_on(deployment)

    def welcome(self) -> None:
        """Make the people, and say how they sign in."""
        self.cast = hire(self.home)
        known = passwords(self.home)
        names = "  ".join(f"{name} password: {word}" for name, word in known.items())
        say(Text("Sign in as {names}", "로그인: {names}"), names=names)

    def connect(self) -> list[str]:
        """The engineer connects the line."""
        found = wait_for("the line", self._connected, COMING_UP)
        bare = sum(not one.unit for one in found)
        says = Text(
            "{by} connected the line over OPC UA: {signals} signals, {bare} of them without unit.",
            "{by} 님이 OPC UA로 라인을 연결했습니다. 신호 {signals}개, 단위 없는 신호 {bare}개입니다.",
        )
        say(says, by=self.cast.engineer, signals=len(found), bare=bare)
        return [one.id for one in found]

    def _connected(self) -> Any:
        announced = self._announced()
        return announced and (connect(self.home, LINE, announced[LINE.key]) or None)

    def _announced(self) -> dict[str, Any] | None:
        place = announcement(self.home)
        found: dict[str, Any] | None = json.loads(place.read_text()) if place.exists() else None
        return found

    def connect_hall(self) -> None:
        """The engineer connects what stands around the line, and the MES."""
        announced = self._announced() or {}
        rooms = connect(self.home, ROOMS, announced[ROOMS.key])
        meters = connect(self.home, METERS, announced[METERS.key])
        tables = connect_mes(self.home, announced["mes"])
        says = Text(
            "The rooms by MQTT: {rooms} signals. Power meter and chiller by Modbus TCP: {meters}. {tables} tables of the MES.",
            "각 실은 MQTT로 신호 {rooms}개, 전력량계와 냉동기는 Modbus TCP로 {meters}개입니다. MES 테이블은 {tables}개입니다.",
        )
        say(says, rooms=len(rooms), meters=len(meters), tables=tables)

    def write_down(self) -> None:
        """The engineer says what is an alarm, which table tells of lots, and that the SCADA may read."""
        write_events(self.home)
        defined = write_alarms(self.home)
        url = open_to_scada(self.home)
        says = Text(
            "{alarms} alarms are defined; predictions and alarms are served at {url}.",
            "알람 {alarms}개를 정의했고, 예측과 알람을 {url}에서 제공합니다.",
        )
        say(says, alarms=defined, url=url)

    def at_work(self) -> "Deployment | None":
        """The deployment of an earlier run, if it still stands."""
        from dure.plant.deploy import SCORING, Deployment

        here = Deployment.objects.filter(name=acts.MODEL, state__in=SCORING).order_by("-pk").first()
        if here is not None:
            says = Text(
                "“{model}” of an earlier start goes on, {state}.",
                "이전에 시작한 “{model}”이(가) 이어집니다({state}).",
            )
            say(says, model=here.name, state=here.state)
        return here

    def collect(self, signals: list[str]) -> tuple[int, int]:
        """Wait until the line has spoken long enough since this start; that stretch [ns]."""
        say(
            Text("Collecting {seconds:.0f} s of normal running.", "정상 운전 {seconds:.0f}초를 모읍니다."),
            seconds=LEARN,
        )
        stretch = round(LEARN * acts.SECOND)

        def long_enough() -> tuple[int, int] | None:
            first, last = acts.span(self.historian, signals)
            first = max(first, self.begun)  # what was before is another run's
            return (last - stretch, last) if last - first >= stretch else None

        return wait_for("samples of the line", long_enough, COMING_UP + LEARN)

    def survey(self) -> None:
        """The engineer measures the inventory and confirms the units that are missing."""
        before = acts.survey(self.historian)
        confirmed = acts.confirm_units(before.signals, self.cast.engineer)
        after = acts.survey(self.historian)
        says = Text(
            "{samples} samples of {signals} signals measured, {gap_percent} % gaps; {by} confirmed {confirmed} units.",
            "신호 {signals}개의 측정값 {samples}개를 쟀고 결측은 {gap_percent}%입니다. {by} 님이 단위 {confirmed}개를 확인했습니다.",
        )
        say(says, by=self.cast.engineer, confirmed=len(confirmed), **after.facts)
        for sentence in after.sentences():
            say(Text(sentence, sentence))

    def describe(self, signals: list[str]) -> None:
        """The engineer says once what a formation cycler is, and which machines are."""
        cells = sorted(acts.cells(signals))
        described = describe_cyclers(cells, self.cast.engineer)
        says = Text(
            "{described} machines are now of the type Formation cycler; {unfit} of their signals are not as it expects.",
            "설비 {described}대를 화성 충방전기 유형으로 등록했습니다. 유형과 맞지 않는 신호는 {unfit}개입니다.",
        )
        say(says, described=described, unfit=unfit(cells))

    def join(self) -> None:
        """The MES's lots have come in by themselves; which signals are theirs."""
        found = wait_for("the MES's lots", self._joined, COMING_UP)
        says = Text(
            "The MES tells of {frames} cells of {lots} lot made of {materials} material lots; {joined} are joined to their {joined_signals} signals.",
            "MES에 따르면 로트 {lots}개의 셀 {frames}개가 자재 로트 {materials}개로 만들어졌고, 그중 {joined}개가 신호 {joined_signals}개와 이어졌습니다.",
        )
        say(says, **found.facts)

    def _joined(self) -> "Joined | None":
        found = joined(self.historian)
        return found if found.frames and found.materials else None

    def learn(self, signals: list[str], start: int, end: int) -> "ModelVersion":
        """The engineer has a model learn the stretch; the owner releases it."""
        from dure.node.works import works
        from dure.plant.registry import ModelVersion

        begun = time.monotonic()
        id_ = works().submit("train", acts.training(signals, start, end, self.cast.engineer))
        work = wait_for("the training", lambda: self._ended(id_), TRAINING)
        if work.state is not WorkState.DONE:
            raise TrainingFailed(id_, why=work.error.get("message", str(work.state)))
        version = ModelVersion.objects.get(pk=work.result["model"])
        acts.release(version, self.cast.owner)
        says = Text(
            "A model learnt {rows} rows in {seconds} s, false alarms on rows held back {false:.2%}; {by} released it.",
            "모델이 {rows}행을 {seconds}초 동안 배웠고 떼어 둔 행의 거짓 알람률은 {false:.2%}입니다. {by} 님이 출시했습니다.",
        )
        false = float(version.metric.get("false_alarm_rate", float("nan")))
        say(
            says,
            rows=version.card["rows"],
            seconds=round(time.monotonic() - begun),
            false=false,
            by=self.cast.owner,
        )
        return version

    def _ended(self, id_: str) -> Any:
        from dure.node.works import works

        work = works().find(id_)
        running = work is None or work.state in {WorkState.WAITING, WorkState.RUNNING}
        return None if running else work

    def deploy(self, version: "ModelVersion", signals: list[str], since: int) -> "Deployment":
        """The engineer puts it beside the line, in shadow."""
        deployment = acts.bring_to_line(version, acts.cells(signals), self.cast.engineer, since)
        says = Text("It watches {cells} cells in shadow.", "셀 {cells}개를 그림자 단계에서 지켜봅니다.")
        say(says, cells=len(deployment.assets))
        return deployment

    def advise(self, deployment: "Deployment") -> None:
        """After a while in shadow the engineer lets it speak."""
        from dure.plant.deploy import Standing, change

        if deployment.state != Standing.SHADOW:
            return
        wait_for("the first scores", lambda: self._watched(deployment) or None, COMING_UP)
        shadow = self._alarms(deployment)
        says = Text(
            "{seconds:.0f} s in shadow with {alarms} alarms: {by} lets it advise.",
            "그림자 {seconds:.0f}초 동안 알람 {alarms}건이었습니다. {by} 님이 권고 단계로 올렸습니다.",
        )
        change(deployment, Standing.ADVISORY, self.cast.engineer, "Shadow did what was expected of it.")
        say(says, seconds=self._seconds_watched(deployment), alarms=len(shadow), by=self.cast.engineer)

    def _watched(self, deployment: "Deployment") -> bool:
        return self._seconds_watched(deployment) >= SHADOW

    def _seconds_watched(self, deployment: "Deployment") -> float:
        """Line time [s] that the model has scored."""
        scores = [
            one["last"]
            for one in self.historian.signals()
            if one["signal"].startswith(f"deploy/{deployment.pk}/") and one["signal"].endswith("/score")
        ]
        return (max(scores) - deployment.since) / acts.SECOND if scores else 0.0

    def await_alarm(self, deployment: "Deployment") -> None:
        """Wait for an alarm, and say why it came."""
        alarm = wait_for("an alarm", lambda: next(iter(self._alarms(deployment)), None), ALARM)
        says = Text(
            "Alarm on {cell}, {seconds:.0f} s after the demo began: {why}.",
            "데모 시작 {seconds:.0f}초 만에 {cell} 알람: {why}.",
        )
        seconds = (time.time_ns() - self.begun) / acts.SECOND
        say(says, cell=alarm.asset.rpartition("/")[2], seconds=seconds, why=acts.reason(alarm))

    def hand_on(self, deployment: "Deployment") -> None:
        """A client that knows nothing of dure reads the score where it is served, as a SCADA would."""
        cell = self._alarms(deployment)[0].asset
        read = wait_for(
            "the served score", lambda: read_score(self.home, deployment.signal(cell, "score")), SERVED
        )
        says = Text(
            "An OPC UA client reads the score of {cell}: {value:.2f} ({status}); dure's heartbeat is at {heartbeat}.",
            "OPC UA 클라이언트가 {cell} 점수를 읽었습니다: {value:.2f}({status}), dure 하트비트는 {heartbeat}입니다.",
        )
        say(says, cell=cell.rpartition("/")[2], **read)

    def _alarms(self, deployment: "Deployment") -> "list[Alarm]":
        from dure.plant.deploy import Alarm

        return list(Alarm.objects.filter(deployment=deployment, raised__gte=self.begun).order_by("raised"))
