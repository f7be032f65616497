"""Steps 1 and 2 of the story: the line and a file are connected, and what there is is measured."""

import csv
import json
import socket
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.node.demo import acts, connecting, describing
from dure.node.demo.formation import FormationLine
from dure.node.demo.line import announcement
from dure.node.demo.scene import Scene
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.plant.historian import Historian

LAB, LAB_DAYS = "lab", 14


def connect(scene: Scene) -> list[str]:
    """Step 1: start line, historian and collectors; the signals of the line."""
    announced = _start(scene)
    found = {way.protocol: connecting.connect(scene.home, way, announced[way.key]) for way in connecting.WAYS}
    for way in connecting.WAYS:
        scene.troupe.start(_collector(way), "dure.plant.connect", way.source)
    bare = sum(not one.unit and one.kind == "number" for signals in found.values() for one in signals)
    counts = {protocol: len(signals) for protocol, signals in found.items()}
    says = Text(
        "{told} answer: {signals} signals, {without_unit} of them without unit.",
        "{told}이(가) 응답합니다. 신호 {signals}개 중 {without_unit}개는 단위가 없습니다.",
    )
    told = ", ".join(f"{protocol} ({count})" for protocol, count in counts.items())
    scene.telling.say(1, says, told=told, protocols=counts, signals=sum(counts.values()), without_unit=bare)
    tables = connecting.connect_mes(scene.home, announced["mes"])
    says = Text(
        "The MES's database answers with {mes_tables} tables.",
        "MES 데이터베이스에서 테이블 {mes_tables}개를 찾았습니다.",
    )
    scene.telling.say(1, says, mes_tables=tables)
    _connect_file(scene)
    return [one.id for one in found[connecting.LINE.protocol]]


def _start(scene: Scene) -> dict[str, str]:
    """Start line and historian; the line's addresses."""
    tempo, troupe = scene.tempo, scene.troupe
    words = ["--speed", f"{tempo.speed}", "--ago", f"{tempo.ago}"]
    words += ["--emitted", str(scene.home / "emitted.csv")]
    words += ["--rises-after", f"{tempo.rises_after}", "--rises-over", f"{tempo.rises_over}"]
    for name in ("port", "mqtt-port", "modbus-port"):
        words += [f"--{name}", str(_free_port())]
    troupe.start("historian", "dure.plant.historian")
    troupe.start("demo-line", "dure.node.demo.line", *words)
    troupe.wait("demo-line", announcement(scene.home).exists)
    troupe.wait("historian", lambda: scene.historian.wait(0.5))
    found: dict[str, str] = json.loads(announcement(scene.home).read_text())
    return found


def _collector(way: connecting.Way) -> str:
    return "collector" if way is connecting.LINE else f"collector-{way.source}"


def _connect_file(scene: Scene) -> None:
    """The laboratory's capacity tests as a CSV file, connected like any other source."""
    from dure.plant import connect as sources

    tests = FormationLine(seed=0).capacity_test(days=LAB_DAYS)
    file = scene.home / "lab" / "capacity.csv"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    newest = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with file.open("w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["time", *(f"Cell{n:02d} capacity [A.h]" for n in range(1, tests.shape[1] + 1))])
        for day, values in enumerate(tests):
            rows.writerow([(newest - timedelta(days=LAB_DAYS - day)).isoformat(), *values])
    sources.add_source(scene.home, sources.Source(LAB, file.as_uri(), {"follow": False}), again=True)
    scene.troupe.start("collector-lab", "dure.plant.connect", LAB)
    scene.troupe.wait("collector-lab", lambda: _stored(scene.historian)[1] >= tests.size)
    signals, samples = _stored(scene.historian)
    says = Text(
        "A CSV file of the laboratory gives {file_signals} signals, {file_samples} samples.",
        "시험실 CSV 파일에서 신호 {file_signals}개, 측정값 {file_samples}개를 읽었습니다.",
    )
    scene.telling.say(1, says, file_signals=signals, file_samples=samples)


def _stored(historian: "Historian") -> tuple[int, int]:
    counts = [one["count"] for one in historian.signals() if one["signal"].startswith(f"{LAB}/")]
    return len(counts), sum(counts)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def take_stock(scene: Scene, signals: Sequence[str]) -> tuple[int, int]:
    """Step 2: measure what there is, confirm the units, join the lots; the stretch [ns] to learn from."""
    stretch = round(scene.tempo.learn * acts.SECOND)
    scene.troupe.wait("collector", lambda: _length(scene.historian, signals) >= stretch, patience=120.0)
    start, end = acts.span(scene.historian, signals)
    before = acts.survey(scene.historian)
    confirmed = acts.confirm_units(before.signals, scene.cast.engineer)
    after = acts.survey(scene.historian)
    says = Text(
        "{samples} samples measured, {gap_percent} % gaps; {confirmed} units confirmed by {by}: {with_unit} of {signals} signals have one, {yes_or_no} says yes or no.",
        "측정값 {samples}개를 쟀고 결측은 {gap_percent}%입니다. {by} 님이 단위 {confirmed}개를 확인해 신호 {signals}개 중 {with_unit}개에 단위가 있고, {yes_or_no}개는 예/아니요 값입니다.",
    )
    by = str(scene.cast.engineer)
    scene.telling.say(2, says, **after.facts, confirmed=len(confirmed), by=by, without_unit=before.bare)
    for sentence in after.sentences():
        scene.telling.say(2, Text("{finding}", "{finding}"), finding=sentence)
    scene.telling.steps[2].pop("finding", None)
    _count(scene, start, end)
    _join(scene, signals)
    return start, end


def _count(scene: Scene, start: int, end: int) -> None:
    """What was sent with a time against what is stored, and what the gap ledger says of all sources."""
    says = Text(
        "Of {emitted} samples that line and rooms sent in {compared_s} s, {lost} are not stored; the gap ledger names {ledger_gaps}.",
        "라인과 각 실이 {compared_s}초 동안 보낸 측정값 {emitted}개 중 저장되지 않은 것은 {lost}개이고, 결측 대장에는 {ledger_gaps}건이 있습니다.",
    )
    gaps = sum(len(scene.historian.gaps(source)) for source in connecting.SOURCES)
    scene.telling.say(2, says, **_lost(scene, start, end), ledger_gaps=gaps)
    meters = [one for one in scene.historian.signals() if one["signal"].startswith("utilities/")]
    says = Text(
        "The meters, which have no clock, were asked {rounds} times: {meter_samples} samples.",
        "시계가 없는 계측기에는 {rounds}번 물어 측정값 {meter_samples}개를 받았습니다.",
    )
    counts = [one["count"] for one in meters]
    scene.telling.say(2, says, rounds=max(counts, default=0), meter_samples=sum(counts))


def _join(scene: Scene, signals: Sequence[str]) -> None:
    """The engineer describes the machines; what the MES knows is joined to their signals."""
    from dure.plant.events import bring_in_due

    cells = sorted(acts.cells(signals))
    described = describing.describe_cyclers(cells, scene.cast.engineer)
    says = Text(
        "{machines} machines are of the type Formation cycler; {unfit} of their signals are not as it expects.",
        "설비 {machines}대가 화성 충방전기 유형입니다. 유형과 맞지 않는 신호는 {unfit}개입니다.",
    )
    scene.telling.say(2, says, machines=described, unfit=describing.unfit(cells))
    describing.write_events(scene.home)
    bring_in_due(scene.home, time.time())
    says = Text(
        "The MES tells of {frames} cells of {lots} lot, made of {materials} material lots; {joined} are joined to their {joined_signals} signals.",
        "MES에 따르면 로트 {lots}개의 셀 {frames}개가 자재 로트 {materials}개로 만들어졌고, 그중 {joined}개가 신호 {joined_signals}개와 이어졌습니다.",
    )
    scene.telling.say(2, says, **describing.joined(scene.historian).facts)


def _length(historian: "Historian", signals: Sequence[str]) -> int:
    start, end = acts.span(historian, signals)
    return end - start


def _lost(scene: Scene, start: int, end: int) -> dict[str, Any]:
    """What line and rooms say they sent from `start` to before `end` [ns], against what is stored."""
    own = (connecting.LINE.source, connecting.ROOMS.source)
    signals = [one["signal"] for one in scene.historian.signals() if one["signal"].split("/")[0] in own]
    scene.troupe.wait("collector", lambda: min(one["time"] for one in scene.historian.last(signals)) >= end)
    stored = scene.historian.query(signals, start, end)
    kept = set(zip(stored["signal"].to_pylist(), stored["time"].to_pylist(), strict=True))
    known = {"/".join(one.split("/")[-2:]): one for one in signals}
    sent = {(known[path], when) for path, when in emitted(scene.home) if start <= when < end}
    return {"emitted": len(sent), "lost": len(sent - kept), "compared_s": round((end - start) / acts.SECOND)}


def emitted(home: Path) -> Iterator[tuple[str, int]]:
    """What the line wrote down that it sent: place and source time [ns]."""
    with (home / "emitted.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) == 3:  # the last line may be half written
                yield row[0], int(row[1])
