"""Steps 1 and 2 of the story: the line and a file are connected, and what there is is measured."""

import csv
import json
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.node.demo import acts
from dure.node.demo.formation import FormationLine
from dure.node.demo.line import announcement
from dure.node.demo.scene import Scene
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.plant.historian import Historian

LAB, LAB_DAYS = "lab", 14


def connect(scene: Scene) -> list[str]:
    """Step 1: start line, historian and collector; the signals of the line."""
    tempo, troupe = scene.tempo, scene.troupe
    words = [
        "--speed",
        f"{tempo.speed}",
        "--ago",
        f"{tempo.ago}",
        "--emitted",
        str(scene.home / "emitted.csv"),
    ]
    words += ["--rises-after", f"{tempo.rises_after}", "--rises-over", f"{tempo.rises_over}"]
    troupe.start("historian", "dure.plant.historian")
    troupe.start("demo-line", "dure.node.demo.line", "--port", str(_free_port()), *words)
    troupe.wait("demo-line", announcement(scene.home).exists)
    troupe.wait("historian", lambda: scene.historian.wait(0.5))
    found = acts.connect_line(scene.home, json.loads(announcement(scene.home).read_text())["url"])
    troupe.start("collector", "dure.plant.connect", acts.SOURCE)
    says = Text(
        "OPC UA answers with {signals} signals, {without_unit} of them without unit.",
        "OPC UA에서 신호 {signals}개를 찾았고, 그중 {without_unit}개는 단위가 없습니다.",
    )
    scene.telling.say(1, says, signals=len(found), without_unit=sum(not one.unit for one in found))
    _connect_file(scene)
    scene.telling.say(1, Text("Modbus is not yet there.", "Modbus는 아직 없습니다."))
    return [one.id for one in found]


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
    """Step 2: measure what there is, confirm the units; the stretch [ns] to learn from."""
    stretch = round(scene.tempo.learn * acts.SECOND)
    scene.troupe.wait("collector", lambda: _length(scene.historian, signals) >= stretch, patience=120.0)
    start, end = acts.span(scene.historian, signals)
    before = acts.survey(scene.historian)
    confirmed = acts.confirm_units(before.signals, scene.cast.engineer)
    after = acts.survey(scene.historian)
    says = Text(
        "{samples} samples measured, {gap_percent} % gaps; {confirmed} units confirmed by {by}: {with_unit} of {signals} signals have one.",
        "측정값 {samples}개를 쟀고 결측은 {gap_percent}%입니다. {by} 님이 단위 {confirmed}개를 확인해 신호 {signals}개 중 {with_unit}개에 단위가 있습니다.",
    )
    by = str(scene.cast.engineer)
    scene.telling.say(2, says, **after.facts, confirmed=len(confirmed), by=by, without_unit=before.bare)
    for sentence in after.sentences():
        scene.telling.say(2, Text("{finding}", "{finding}"), finding=sentence)
    scene.telling.steps[2].pop("finding", None)
    says = Text(
        "Of {emitted} samples that the line sent in {compared_s} s, {lost} are not stored.",
        "라인이 {compared_s}초 동안 보낸 측정값 {emitted}개 중 저장되지 않은 것은 {lost}개입니다.",
    )
    scene.telling.say(2, says, **_lost(scene, signals, start, end))
    return start, end


def _length(historian: "Historian", signals: Sequence[str]) -> int:
    start, end = acts.span(historian, signals)
    return end - start


def _lost(scene: Scene, signals: Sequence[str], start: int, end: int) -> dict[str, Any]:
    """What the line says it sent from `start` to before `end` [ns], against what is stored."""
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
