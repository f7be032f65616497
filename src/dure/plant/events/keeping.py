"""Definitions of this node in `home/events`, read again and again: what an MES adds becomes frames by itself."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.connect import rows, write_private
from dure.plant.events.definition import NAME, Definition, DefinitionRefused
from dure.plant.events.shifts import Shifts
from dure.plant.events.taking_in import Taken, take_in
from dure.vocabulary import DureError, NotPermitted, Text

if TYPE_CHECKING:
    import polars as pl

LAST_WRONG = 20


class OwnFile(NotPermitted):
    """A definition that would read what the node keeps for itself."""

    key = "event-file-own"
    says = Text(
        "The definition {where} names a file of the node itself.",
        "정의 {where}이(가) 노드 자신의 파일을 가리킵니다.",
    )
    remedy = Text("Name a file outside its home folder.", "홈 폴더 밖의 파일을 적어 주세요.")


def definitions(home: Path) -> list[Definition]:
    """The definitions that can be read, by id; see `broken` for the others."""
    return [one for one in _all(home) if isinstance(one, Definition)]


def broken(home: Path) -> list[DefinitionRefused]:
    """Why the others cannot."""
    return [one for one in _all(home) if isinstance(one, DefinitionRefused)]


def keep_definition(home: Path, id: str, written: str) -> Definition:  # noqa: A002 - the word everyone uses
    """Keep a definition as it was written, if it can be read.

    Raises
    ------
    DefinitionRefused
    """
    made = Definition.parse(id, written)
    write_private(_file(home, id), written.encode())
    return made


def remove_definition(home: Path, id: str) -> None:  # noqa: A002 - the word everyone uses
    """Forget a definition; the frames and lots that came of it stay."""
    if NAME.fullmatch(id):
        _file(home, id).unlink(missing_ok=True)


def written(home: Path, id: str) -> str:  # noqa: A002 - the word everyone uses
    """A definition's text, empty if there is none."""
    if not NAME.fullmatch(id):
        return ""
    try:
        return _file(home, id).read_text(encoding="utf-8")
    except OSError:
        return ""


def shifts(home: Path) -> Shifts:
    """The plant's shifts, from `home/events/shifts/calendar.toml`."""
    return Shifts.read(home / "events" / "shifts" / "calendar.toml")


def table_of(home: Path, definition: Definition, *, after: int | None = None) -> "pl.DataFrame":
    """The rows that a definition speaks of.

    Raises
    ------
    DureError
        If its source or file cannot be read.
    """
    import polars as pl

    if definition.source:
        found = pl.from_arrow(rows(home, definition.source, definition.table, after=after))
        return found if isinstance(found, pl.DataFrame) else found.to_frame()
    from dure.science.prepare import read

    file = Path(definition.file).expanduser().resolve()
    if file.is_relative_to(home.resolve()) and not file.is_relative_to((home / "uploads").resolve()):
        raise OwnFile(definition.id)
    part = f"#{definition.table}" if definition.table else ""
    return read([f"{file}{part}"]).frame


def bring_in(home: Path, definition: Definition) -> Taken:
    """Read what a definition speaks of and keep it; how it went is told in `home/run/events-<id>.json`.

    Raises
    ------
    DureError
        If its table cannot be read; this is told too.
    """
    told: dict[str, Any] = {"at": time.time(), "error": {}}
    try:
        taken = take_in(table_of(home, definition), definition)
    except DureError as refusal:
        _tell(home, definition, told | {"error": {"message": str(refusal), "key": refusal.key}})
        raise
    wrong = [{"row": one.row, "en": one.why.en, "ko": one.why.ko} for one in taken.wrong[:LAST_WRONG]]
    counts = {name: getattr(taken, name) for name in ("rows", "frames", "lots", "uses", "left_out")}
    _tell(home, definition, told | counts | {"wrong": wrong})
    return taken


def told(home: Path, id: str) -> dict[str, Any]:  # noqa: A002 - the word everyone uses
    """How the last reading of a definition went; empty before the first."""
    try:
        found: dict[str, Any] = json.loads((home / "run" / f"events-{id}.json").read_text())
    except (OSError, ValueError):
        return {}
    return found


def due(home: Path, now: float) -> Iterator[Definition]:
    """Definitions over databases whose time has come: a file is read when a person says so."""
    for one in definitions(home):
        if one.source and one.every > 0 and now - float(told(home, one.id).get("at", 0.0)) >= one.every:
            yield one


def bring_in_due(home: Path, now: float) -> int:
    """Read every definition that is due; how many were read. One that fails does not keep the others."""
    count = 0
    for one in due(home, now):
        try:
            bring_in(home, one)
        except DureError:
            continue
        count += 1
    return count


def _all(home: Path) -> Iterator[Definition | DefinitionRefused]:
    for path in sorted((home / "events").glob("[!.]*.toml")):
        try:
            yield Definition.read(path)
        except DefinitionRefused as refused:
            yield refused


def _tell(home: Path, definition: Definition, facts: dict[str, Any]) -> None:
    write_private(
        home / "run" / f"events-{definition.id}.json", json.dumps(facts, ensure_ascii=False).encode()
    )


def _file(home: Path, id: str) -> Path:  # noqa: A002 - the word everyone uses
    if not NAME.fullmatch(id):
        raise DefinitionRefused(
            id[:64],
            why=Text("its name may have a-z, 0-9 and hyphens", "이름에는 a-z, 0-9, 하이픈만 쓸 수 있습니다"),
        )
    return home / "events" / f"{id}.toml"
