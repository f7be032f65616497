"""A training on a set of labels: what it takes, as the node's long work takes it."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.inventory import Signal, training_table, units_of
from dure.plant.labels.bringing_in import MEDIA, media_of
from dure.plant.labels.models import LabelSet
from dure.plant.labels.refusals import MarkWrong, TooFewMarks
from dure.plant.labels.things import bytes_of, things
from dure.plant.labels.weighing import Segment, segments, verdicts
from dure.plant.labels.writing import label_column, labelled, permit_of
from dure.vocabulary import Action, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.foundation.parties import Person
    from dure.plant.historian import Historian

LEAST = 10
MOST_TICKS = 500_000
TASKS = {"pictures": "inspect", "sounds": "listen"}


def training(  # noqa: PLR0913 - the parts of one training
    label_set: LabelSet,
    name: str,
    by: "Person",
    budget: int = 60,
    *,
    historian: "Historian | None" = None,
    every: int = 10**9,
    rest: str = "",
) -> dict[str, Any]:
    """Facts for `works.submit("train", …)`: the table with its labels is written, where the worker finds it.

    Parameters
    ----------
    historian, every
        For stretches: where their signals are, and the time between two rows. [ns]
    rest
        For stretches: the kind of what lies between them and nobody marked; empty leaves it out.

    Raises
    ------
    TooFewMarks, ActionRefused, NothingToLearn
    """
    from dure.science.learn import TrainRequest

    permit = permit_of(label_set)
    permit.require(Action.TRAIN)
    _require_enough(label_set, rest)
    folder = label_set.folder / "training"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    task, target = TASKS.get(label_set.about, "classify"), "label"
    timed = label_set.about == LabelSet.About.STRETCHES
    if label_set.about == LabelSet.About.ROWS:
        frame = labelled(label_set)
        source, target = _written(frame, folder), label_column(list(frame.columns)[:-1])
        learnt = [f"upload:{label_set.source['upload']}"]
    elif label_set.about == LabelSet.About.STRETCHES:
        if historian is None:
            raise MarkWrong(label_set.name, why=Text("there is no historian", "이력 저장소가 없습니다"))
        frame, learnt = joined(label_set, historian, every, rest, folder)
        source = _written(frame, folder)
    else:
        source, learnt = _files(label_set, folder), [f"labels:{label_set.pk}"]
    asked = TrainRequest(
        (str(source),),
        target=target,
        task=task,
        time="time" if timed else None,
        group="asset" if timed else None,
        budget=float(budget),
        permit=permit,
    )
    return {
        "request": asked.to_dict(),
        "learnt_from": [*learnt, f"labels:{label_set.pk}"]
        if f"labels:{label_set.pk}" not in learnt
        else learnt,
        "name": name or label_set.name,
        "by": by.pk,
    }


def _require_enough(label_set: LabelSet, rest: str) -> None:
    if label_set.queues:
        kinds = [one.kind for one in verdicts(label_set).values() if one.kind]
        enough = len(kinds) >= LEAST
    else:
        kinds = [one.verdict.kind for one in segments(label_set) if one.verdict.kind]
        enough = bool(kinds)
        kinds += [rest] if rest else []
    if not enough or len(set(kinds)) < 2:
        words = ", ".join(sorted(set(kinds))) or "–"
        raise TooFewMarks(
            label_set.name, count=len(kinds), kinds=words, least=LEAST if label_set.queues else 2
        )


def _written(frame: "pl.DataFrame", folder: Path) -> Path:
    """The table under the name of its content, whole or not at all."""
    beside = folder / f".{os.getpid()}.parquet"
    frame.write_parquet(beside)
    with beside.open("rb") as file:
        place = folder / f"{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}.parquet"
    beside.replace(place)
    return place


def joined(
    label_set: LabelSet, historian: "Historian", every: int, rest: str, folder: Path
) -> "tuple[pl.DataFrame, list[str]]":
    """Signals of the labelled places at every tick, with what is said of it: time, asset, the signals, label.

    Rows that nobody marked bear `rest`, or are left out; so are those on which people differ.
    """
    import polars as pl

    parts = segments(label_set)
    places = {place: _inputs(place) for place in dict.fromkeys(one.place for one in parts)}
    start, end = min(one.start for one in parts), max(one.end for one in parts)
    while (end - start) // every * max(1, len(places)) > MOST_TICKS:
        every *= 2
    shared = set.intersection(*(set(one) for one in places.values()))
    assets = {place: {name: one[name] for name in one if name in shared} for place, one in places.items()}
    units_of(assets)  # mixed units are refused before anything is read
    made = training_table(historian, assets, start, end, every, out=folder / ".signals.parquet")
    frame = pl.read_parquet(made.path)
    frame = frame.with_columns(pl.Series("label", _said(frame, parts, rest), dtype=pl.String))
    learnt = sorted({f"signal:{signal}" for one in assets.values() for signal in one.values()})
    return frame.filter(pl.col("label") != ""), learnt


def _inputs(place: str) -> dict[str, str]:
    """Columns of a place: the numbers of its equipment by their last name; a signal of no equipment is its own."""
    own = (
        Signal.objects.filter(equipment=place, kind="number")
        .exclude(source="labels")
        .values_list("pk", flat=True)
    )
    found = {name.rpartition("/")[2]: name for name in own}
    return found or {place.rpartition("/")[2]: place}


def _said(frame: "pl.DataFrame", parts: "list[Segment]", rest: str) -> list[str]:
    import numpy as np

    times = frame.get_column("time").dt.epoch("ns").to_numpy()
    assets = np.asarray(frame.get_column("asset").to_list(), dtype=object)
    found = np.full(len(times), rest, dtype=object)
    for one in parts:
        found[(assets == one.place) & (times >= one.start) & (times < one.end)] = one.verdict.kind
    return [str(word) for word in found]


def _files(label_set: LabelSet, folder: Path) -> Path:
    """A folder of the labelled pictures or sounds, and `labels.csv` beside them: file,label."""
    import polars as pl

    told = {key: one.kind for key, one in verdicts(label_set).items() if one.kind}
    found = things(label_set)
    chosen = [key for key in found.keys if key in told]
    name = hashlib.sha256("\n".join(f"{key} {told[key]}" for key in chosen).encode()).hexdigest()[:16]
    place, beside = folder / name, folder / f".{os.getpid()}"
    if place.is_dir():
        return place
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    rows = [_one_file(label_set, key, told[key], beside) for key in chosen]
    pl.DataFrame(rows, schema={"file": pl.String, "label": pl.String}, orient="row").write_csv(
        beside / "labels.csv"
    )
    beside.rename(place)
    return place


def _one_file(label_set: LabelSet, key: str, kind: str, folder: Path) -> tuple[str, str]:
    content = bytes_of(label_set, key)
    name = f"{key.removeprefix('sha256:')[:24]}{MEDIA[label_set.about].get(media_of(content), '.bin')}"
    (folder / name).write_bytes(content)
    return name, kind
