"""What the room knows of signals and of definitions that cannot run, for pages, commands and the evaluator."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dure.plant.inventory import Signal
from dure.science.formula import Kind

if TYPE_CHECKING:
    from dure.plant.historian import Historian

WORDS = {"text", "string"}


def kinds_of(signals: Iterable[str]) -> dict[str, Kind]:
    """Kind of each signal as the inventory knows it; one that it does not know is a number of unknown unit."""
    asked = list(signals)
    known = {
        pk: (kind, unit)
        for pk, kind, unit in Signal.objects.filter(pk__in=asked).values_list("pk", "kind", "unit")
    }
    return {name: _kind(*known.get(name, ("number", ""))) for name in asked}


def known_kinds(historian: "Historian | None") -> dict[str, Kind]:
    """Kind of every signal that the inventory or the historian knows: a form refuses others."""
    from dure.vocabulary import NodeProblem

    found = {pk: _kind(kind, unit) for pk, kind, unit in Signal.objects.values_list("pk", "kind", "unit")}
    try:
        heard = historian.signals() if historian is not None else []
    except NodeProblem:
        heard = []
    return {**{one["signal"]: Kind("number") for one in heard}, **found}


def _kind(kind: str, unit: str) -> Kind:
    return Kind("text") if kind in WORDS else Kind("number", unit or None)


def trouble(home: Path, wrong: Mapping[str, str]) -> None:
    """Leave word of definitions that cannot run, for the pages."""
    place = home / "run" / "alarms.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dict(wrong), ensure_ascii=False)
    if not place.exists() or place.read_text() != text:
        draft = place.with_suffix(".draft")
        draft.write_text(text)
        draft.replace(place)


def troubles(home: Path) -> dict[str, str]:
    """What `trouble` left: why a definition cannot run, by its id; under "" why the files cannot be read."""
    try:
        found: dict[str, str] = json.loads((home / "run" / "alarms.json").read_text())
    except (OSError, ValueError):
        return {}
    return found
