"""The stages of each kind of long work. A stage may be run twice: it leaves whole files, or none.

A stage takes the facts, the work's folder and a `Progress`; what it returns is added to the work's result.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.vocabulary import Action, FileProblem, Permit, Progress, Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.inventory import Upload
    from dure.science.learn import TrainRequest

Facts = Mapping[str, Any]
Act = Callable[[Facts, Path, Progress], "dict[str, Any] | None"]

# How often an import's collector is looked at, and how long its first word may take. [s]
LOOK, FIRST_WORD = 0.5, 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of long work that is done whole or again; `whole` if it tells the progress of the whole work."""

    name: str
    act: Act
    whole: bool = False


class UploadGone(FileProblem):
    """Work on an upload that is not there."""

    key = "upload-gone"
    says = Text("The upload {where} is not here.", "업로드 {where}이(가) 없습니다.")
    remedy = Text("Bring the file in again.", "파일을 다시 올려 주세요.")


class FileNotTaken(FileProblem):
    """A file that gives no samples."""

    key = "file-not-imported"
    says = Text("{where} was not imported: {why}", "{where} 파일을 가져오지 못했습니다: {why}")
    remedy = Text(
        "Correct it, or name the column with the time.", "파일을 고치거나 시각이 있는 열을 지정해 주세요."
    )


def stages(kind: str, facts: Facts) -> list[Stage]:
    """The stages of `kind` for these facts, in their order."""
    if kind == "train":
        return _train(facts)
    if kind == "prepare":
        return [Stage("prepare", _prepare), Stage("keep", _keep)]
    return [Stage("import", _import)]


# Train: signals become a table, a table a model, a model a version in the registry --------------------------------


def _train(facts: Facts) -> list[Stage]:
    from dure.science.learn import STAGES

    learning = [Stage(name, _learning(act), whole=True) for name, act in STAGES.items()]
    if facts.get("proposal"):  # a refit: rows as the line saw them, and both models replayed in the end
        return [
            Stage("table", _newer_rows),
            *learning,
            Stage("register", _register),
            Stage("evidence", _evidence),
        ]
    if facts.get("fleet"):
        return [Stage("fleet", _fleet, whole=True)]
    table = [Stage("table", _table)] if facts.get("table") else []
    return [*table, *learning, Stage("register", _register)]


def _newer_rows(facts: Facts, folder: Path, _progress: Progress) -> None:
    from dure.node.introductions import historian
    from dure.plant.deploy import gather

    gather(historian(), int(facts["proposal"]), folder, home() / "scored")


def _fleet(facts: Facts, folder: Path, progress: Progress) -> dict[str, Any]:
    import shutil

    from dure.plant.deploy import put_fleet, train_fleet
    from dure.science.learn import TrainRequest

    request, place = TrainRequest.from_dict(facts["request"]), folder / "fleet"
    shutil.rmtree(place, ignore_errors=True)  # a stage that was cut off begins again
    told = train_fleet(request, place, request.permit or Permit((), frozenset()), progress)
    made = put_fleet(
        place,
        facts["name"],
        _person(facts),
        learnt_from=facts.get("learnt_from", ()),
        dataset_fingerprint=facts.get("dataset_fingerprint", ""),
        asked={"request": facts["request"]},
    )
    kinds = {one["machine"]: one["kind"] for one in told["machines"]}
    return {"model": str(made.pooled_id), "fleet": made.pk, "machines": kinds}


def _evidence(facts: Facts, folder: Path, _progress: Progress) -> None:
    from dure.plant.deploy import weigh

    weigh(int(facts["proposal"]), folder)


def _table(facts: Facts, folder: Path, _progress: Progress) -> None:
    from dure.node.introductions import historian
    from dure.plant.inventory import training_table

    asked = facts["table"]
    span = asked["start"], asked["end"], asked["every"]
    without = bool(asked.get("without_findings"))
    training_table(
        historian(), asked["assets"], *span, out=folder / "table.parquet", without_findings=without
    )


def _learning(act: Callable[["TrainRequest", Path, Progress], None]) -> Act:
    def stage(facts: Facts, folder: Path, progress: Progress) -> None:
        from dure.plant.studio import contents_lent
        from dure.science.learn import TrainRequest

        request = TrainRequest.from_dict(facts["request"])
        if facts.get("table") or facts.get("proposal"):
            request = replace(request, sources=(str(folder / "table.parquet"),))
        place = folder / "learning"
        place.mkdir(mode=0o700, exist_ok=True)
        with contents_lent():  # pictures and sounds that cells of a sheet refer to
            act(request, place, progress)

    return stage


def _register(facts: Facts, folder: Path, _progress: Progress) -> dict[str, Any]:
    from dure.plant.registry import register

    place = folder / "learning"
    version = register(
        place / "package",
        facts["name"],
        _person(facts),
        learnt_from=facts.get("learnt_from", ()),
        dataset_fingerprint=facts.get("dataset_fingerprint", ""),
        lineage=facts.get("lineage", ""),
        asked={name: facts[name] for name in ("request", "table") if facts.get(name)},
    )
    learnt: dict[str, Any] = json.loads((place / "facts.json").read_text(encoding="utf-8"))
    return {**learnt, "model": str(version.pk)}


# Prepare: an upload becomes another one, ready for a model ----------------------------------------------------------


def _prepare(facts: Facts, folder: Path, progress: Progress) -> dict[str, Any]:
    from dure.science.prepare import Recipe, apply, propose, read, write

    upload = _upload(facts)
    table = read([upload.path])
    progress(0.3, "prepare")
    target = facts.get("target")
    recipe = Recipe.from_toml(facts["recipe"]) if facts.get("recipe") else propose(table.frame, target=target)
    out = apply(recipe, table, permit_of(upload))
    progress(0.8, "prepare")
    write(out, folder / "prepared.parquet")
    return {"rows": out.height, "columns": out.columns, "recipe": recipe.to_toml()}


def _keep(facts: Facts, folder: Path, _progress: Progress) -> dict[str, Any]:
    from dure.plant.inventory import Upload, store_upload

    before, by, file = _upload(facts), _person(facts), folder / "prepared.parquet"
    known = Upload.objects.filter(fingerprint=_fingerprint(file), by=by, title=facts["title"]).first()
    upload = known or store_upload(_chunks(file), facts["title"], by, obligations=before.obligations)
    return {"upload": str(upload.pk)}


def permit_of(upload: "Upload") -> Permit:
    """What may be done with a file: everything that no obligation of it (`no-export`, `no-train` …) forbids."""
    actions = {action for action in Action if f"no-{action.value}" not in upload.obligations}
    return Permit((f"upload:{upload.pk}",), frozenset(actions))


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(1 << 20):
            yield chunk


def _fingerprint(file: Path) -> str:
    import hashlib

    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# Import: an upload becomes samples, by the same collector that reads files on the line ------------------------------


def _import(facts: Facts, _folder: Path, progress: Progress) -> dict[str, Any]:
    from dure.plant.connect import Source, add_source

    upload, name = _upload(facts), facts["source"]
    settings = {"follow": False, **({"time": facts["time"]} if facts.get("time") else {})}
    url = f"file://{upload.path}"
    if not _begun(name, url):
        # Disabled: the node keeps no collector for it; this work runs it once.
        add_source(home(), Source(name, url, settings, enabled=False))
    expected = max(1, upload.rows * max(1, len(upload.columns)))
    samples = _collected(name, upload.title, lambda done: progress(min(0.99, done / expected), "import"))
    return {"source": name, "samples": samples, "rows": upload.rows}


def _begun(name: str, url: str) -> bool:
    from dure.plant.connect import SourceUnknown, source

    try:
        return source(home(), name).url == url
    except SourceUnknown:
        return False


def _collected(name: str, title: str, tell: Callable[[int], None]) -> int:
    """Run the collector of `name` to its end; how many samples it has put on the disk."""
    status = home() / "run" / f"collector-{name}.json"
    status.unlink(missing_ok=True)
    command = [sys.executable, "-m", "dure.plant.connect", name]
    collector = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - the name was checked as a slug
    began = time.monotonic()
    try:
        while collector.poll() is None:
            time.sleep(LOOK)
            told = _read(status)
            tell(int(told.get("samples", 0)))
            if told.get("error") or (not told and time.monotonic() - began > FIRST_WORD):
                raise FileNotTaken(title, why=told.get("error", {}).get("message", "?"))
    finally:
        if collector.poll() is None:
            os.killpg(collector.pid, signal.SIGTERM)
            collector.wait()
    told = _read(status)
    if collector.returncode or told.get("error"):
        raise FileNotTaken(title, why=told.get("error", {}).get("message", "?"))
    return int(told.get("samples", 0))


def _read(status: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(status.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told


def _person(facts: Facts) -> "Person":
    from dure.foundation.parties import Person

    return Person.objects.get(pk=facts["by"])


def _upload(facts: Facts) -> "Upload":
    from dure.plant.inventory import Upload

    upload = Upload.objects.filter(pk=facts["upload"]).first()
    if upload is None or not upload.path.is_file():
        raise UploadGone(str(facts["upload"]))
    return upload
