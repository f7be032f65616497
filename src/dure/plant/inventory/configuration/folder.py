"""The configuration as a folder of files: written, compared with what there is, taken in as one change."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.inventory.acts import Row, change
from dure.plant.inventory.configuration.parts import Part, parts
from dure.plant.inventory.configuration.written import Fault, Written, dump, load
from dure.vocabulary import FileProblem, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

ENDING = ".yaml"


class ConfigurationWrong(FileProblem):
    """Files with faults; nothing of them was taken in."""

    key = "configuration-wrong"
    says = Text(
        "Nothing was taken in from {where}: {count} faults, first {first}",
        "{where}에서 아무것도 가져오지 않았습니다. 오류가 {count}개이며 첫 번째는 다음과 같습니다: {first}",
    )
    remedy = Text("Correct the lines and try again.", "해당 줄을 고친 뒤 다시 시도하세요.")

    @property
    def faults(self) -> list[str]:
        """All faults, each with file and line."""
        found: Any = self.facts.get("faults", [])
        return list(found)


class FolderEmpty(FileProblem):
    """A folder without a file of the configuration."""

    key = "configuration-absent"
    says = Text("There is no configuration in {where}.", "{where}에 설정 파일이 없습니다.")
    remedy = Text("Write one with `dure inventory export`.", "`dure inventory export`로 먼저 내보내세요.")


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that taking the files in would make, change or take away; `before` and `after` as files have it."""

    part: str
    key: str
    before: Row | None
    after: Row | None

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """Each field that differs: what it is, what the file says."""
        old, new = self.before or {}, self.after or {}
        return {
            name: (old.get(name), new.get(name))
            for name in sorted(old.keys() | new.keys())
            if old.get(name) != new.get(name)
        }


def export(folder: Path) -> dict[str, int]:
    """Write every part to its file below `folder`; how many rows each has. Secrets are in none of them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for part in parts():
        rows = part.rows()
        _replace(folder / f"{part.name}{ENDING}", dump(rows))
        written[part.name] = len(rows)
    return written


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def differences(folder: Path, *, prune: bool = False) -> list[Difference]:
    """What taking the files in would change; `prune`: what is in no file is taken away.

    Raises
    ------
    ConfigurationWrong, FolderEmpty
    """
    return [one for part, read in _read(folder, prune=prune) for one in _compared(part, read, prune=prune)]


def take_in_folder(folder: Path, by: "Person", *, prune: bool = False) -> list[Difference]:
    """Take the files in as one change, which can be taken back; what it changed.

    Raises
    ------
    ConfigurationWrong
        If any line is wrong; nothing is taken in then.
    FolderEmpty, RoleTooSmall, StillInUse
    """
    found = differences(folder, prune=prune)
    by_name = {part.name: part for part in parts()}
    says = Text(f"configuration from {folder.name}", f"{folder.name} 설정 파일")
    with change(by, "configuration-taken-in", says) as writing:
        for one in _in_order(found, list(by_name)):
            part = by_name[one.part]
            row = part.kept(one.key, one.after) if one.after is not None else part.gone(one.key)
            writing.put(one.part, one.key, row)
    return found


def _in_order(found: list[Difference], names: list[str]) -> Iterator[Difference]:
    """What is made or changed first, as parts refer to each other; then what goes, the other way round."""
    yield from (one for one in found if one.after is not None)
    gone = [one for one in found if one.after is None]
    yield from sorted(gone, key=lambda one: (-names.index(one.part), -one.key.count("/"), one.key))


def _read(folder: Path, *, prune: bool) -> list[tuple[Part, Written]]:
    files = [(part, folder / f"{part.name}{ENDING}") for part in parts()]
    read = [(part, load(path)) for part, path in files if path.is_file()]
    if not read:
        raise FolderEmpty(str(folder))
    world = {part.name: set(part.rows()) for part in parts()}
    for part, written in read:
        kept = set() if prune and part.name != "sources" else world[part.name]
        world[part.name] = kept | set(written.rows)
    faults = [fault for part, written in read for fault in _faults(part, written, world)]
    if faults:
        told = [str(fault) for fault in faults]
        raise ConfigurationWrong(str(folder), count=len(told), first=told[0], faults=told)
    return read


def _faults(part: Part, written: Written, world: dict[str, set[str]]) -> Iterator[Fault]:
    file = f"{part.name}{ENDING}"
    yield from written.faults
    for key, row in written.rows.items():
        for name, why in part.problems(key, row, world):
            yield Fault(file, written.line(key, name), why)
        if (circle := _circle(key, written.rows)) is not None:
            yield Fault(file, written.line(key, "parent"), circle)


def _circle(key: str, rows: dict[str, Row]) -> Text | None:
    step, seen = rows[key].get("parent"), set()
    while isinstance(step, str) and step in rows and step not in seen:
        if step == key:
            return Text("it would be part of itself", "자기 자신의 아래가 됩니다")
        seen.add(step)
        step = rows[step].get("parent")
    return None


def _compared(part: Part, written: Written, *, prune: bool) -> Iterator[Difference]:
    now = part.rows()
    for key, row in sorted(written.rows.items()):
        if now.get(key) != (told := _without_defaults(part, row)):
            yield Difference(part.name, key, now.get(key), told)
    for key in sorted(now.keys() - written.rows.keys()) if prune and part.name != "sources" else ():
        yield Difference(part.name, key, now[key], None)


def _without_defaults(part: Part, row: Row) -> Row:
    fields = getattr(part, "fields", {})
    return {name: value for name, value in row.items() if name not in fields or value != fields[name].default}
