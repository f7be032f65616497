"""Many like machines from one sheet of a workbook: looked at row by row first, then taken in whole or not at all."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.inventory.acts import change
from dure.plant.inventory.hierarchy import equipment_row, placed_by_prefix
from dure.plant.inventory.models import Change, Equipment, EquipmentType, Signal
from dure.vocabulary import FileProblem, Text, UnknownUnit, ucum

if TYPE_CHECKING:
    import polars as pl

    from dure.foundation.parties import Person

# A workbook is a ZIP archive from outside: bounded before it is opened.
MOST_BYTES, MOST_UNPACKED = 20_000_000, 200_000_000
MOST_ROWS, MOST_COLUMNS, LONGEST = 20_000, 200, 300

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "machine id",
        "machine",
        "equipment",
        "equipment id",
        "id",
        "설비 id",
        "설비",
        "설비 번호",
        "기계",
    ),
    "title_ko": ("title ko", "korean name", "한글 이름", "이름", "설비명", "명칭"),
    "title_en": ("title en", "title", "name", "english name", "영문 이름"),
    "type": ("type", "equipment type", "유형", "설비 유형", "기종"),
    "parent": ("area", "parent", "line", "part of", "구역", "라인", "위치", "상위 설비"),
    "level": ("level", "수준"),
    "source": ("source", "데이터 소스", "소스", "원천"),
    "prefix": ("prefix", "tag prefix", "address", "태그 접두어", "접두어", "주소"),
}
"""Headers of a sheet, in English and Korean; every other column is a parameter, `name [unit]`."""
HEADER_UNIT = re.compile(r"^(.*?)\s*[\[(]([^\])]+)[\])]\s*$")
NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|\.\d+)([eE][+-]?\d+)?")


class SheetUnreadable(FileProblem):
    """A file that is no workbook, or too large a one."""

    key = "sheet-unreadable"
    says = Text("{where} cannot be read as a sheet: {why}", "{where} 파일을 시트로 읽을 수 없습니다: {why}")
    remedy = Text("Save it again as .xlsx.", "xlsx 파일로 다시 저장하세요.")


class SheetWrong(FileProblem):
    """A sheet with rows that cannot be taken in; nothing of it was."""

    key = "sheet-wrong"
    says = Text(
        "Nothing was taken in from {where}: {count} cells are wrong, first {cell}: {why}",
        "{where}에서 아무것도 가져오지 않았습니다. 잘못된 셀이 {count}개이며 첫 번째는 {cell}입니다: {why}",
    )
    remedy = Text("Correct the cells and try again.", "해당 셀을 고친 뒤 다시 시도하세요.")


class State(StrEnum):
    """What taking a row in would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell (`C7`) that cannot be taken in, and why."""

    cell: str
    why: Text


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the sheet: its number there, the machine, what taking it in would do."""

    number: int
    key: str
    state: State
    facts: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking a sheet in would do: its rows, and places that it would make for them."""

    title: str
    rows: tuple[Row, ...]
    places: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each state."""
        return {state.value: sum(row.state is state for row in self.rows) for state in State}

    @property
    def wrong(self) -> list[Wrong]:
        """All wrong cells in their order."""
        return [one for row in self.rows for one in row.wrong]


def read_sheet(path: Path) -> "pl.DataFrame":
    """The first sheet as text, its first row as headers; other endings than .xlsx are read as CSV.

    Raises
    ------
    SheetUnreadable
    """
    import polars as pl

    _bounded(path)
    try:
        frame = _workbook(path) if zipfile.is_zipfile(path) else pl.read_csv(path, infer_schema=False)
    except SheetUnreadable:
        raise
    except Exception as broken:
        raise SheetUnreadable(path.name, why=str(broken).partition("\n")[0][:200]) from broken
    if frame.height > MOST_ROWS or frame.width > MOST_COLUMNS:
        why = Text(
            f"more than {MOST_ROWS} rows or {MOST_COLUMNS} columns",
            f"행 {MOST_ROWS}개 또는 열 {MOST_COLUMNS}개 초과",
        )
        raise SheetUnreadable(path.name, why=why)
    return frame


def _bounded(path: Path) -> None:
    try:
        size, unpacked = path.stat().st_size, 0
        with path.open("rb") as file:
            packed = file.read(2) == b"PK"
        if packed:
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(one.file_size for one in archive.infolist())
    except (OSError, zipfile.BadZipFile) as broken:
        why = Text("it is not there or not whole", "파일이 없거나 손상되었습니다")
        raise SheetUnreadable(path.name, why=why) from broken
    if size > MOST_BYTES or unpacked > MOST_UNPACKED:
        raise SheetUnreadable(path.name, why=Text("it is too large", "너무 큽니다"))


def _workbook(path: Path) -> "pl.DataFrame":
    import fastexcel

    sheet = fastexcel.read_excel(path).load_sheet(0, header_row=0, dtypes="string", n_rows=MOST_ROWS + 1)
    return sheet.to_polars()


def preview(frame: "pl.DataFrame", title: str) -> Preview:
    """What taking the sheet in would do; nothing is written."""
    columns = _columns(frame.columns)
    world = _World(
        {one.pk: one for one in Equipment.objects.all()},
        set(EquipmentType.objects.values_list("pk", flat=True)),
    )
    seen: dict[str, int] = {}
    rows = []
    for number, cells in enumerate(frame.iter_rows(), start=2):
        if any(cell not in (None, "") for cell in cells):
            rows.append(_row(number, cells, columns, world, seen))
    if not any(kind == "id" for kind, _name, _unit in columns):
        why = Text("there is no column “machine id”.", "“설비 ID” 열이 없습니다.")
        rows.insert(0, Row(1, "", State.WRONG, wrong=(Wrong("A1", why),)))
    rows = _circles(rows, world, columns)
    places = {row.facts["parent_id"] for row in rows if row.facts.get("parent_id")}
    own = {row.key for row in rows}
    return Preview(title, tuple(rows), tuple(sorted(places - world.equipment.keys() - own)))


@dataclass(frozen=True, slots=True)
class _World:
    """What the inventory has already."""

    equipment: Mapping[str, Equipment]
    types: set[str]


Column = tuple[str, str, str]


def _circles(rows: Sequence[Row], world: _World, columns: Sequence[Column]) -> list[Row]:
    """The rows; one that would be part of itself is wrong."""
    above = {pk: one.parent_id for pk, one in world.equipment.items()}
    above |= {row.key: row.facts["parent_id"] for row in rows if row.facts.get("parent_id")}
    place = next((i for i, (kind, _n, _u) in enumerate(columns) if kind == "parent"), 0)
    why = Text("it would be part of itself", "자기 자신의 아래가 됩니다")
    return [
        replace(row, state=State.WRONG, wrong=(*row.wrong, Wrong(cell_name(place, row.number), why)))
        if row.key and _in_circle(row.key, above)
        else row
        for row in rows
    ]


def _in_circle(key: str, above: Mapping[str, str | None]) -> bool:
    step, seen = above.get(key), set()
    while step is not None and step not in seen:
        if step == key:
            return True
        seen.add(step)
        step = above.get(step)
    return False


def _columns(headers: Sequence[str]) -> list[Column]:
    """For each header: what it holds (a key of `COLUMNS` or `parameter`), a parameter's name and unit."""
    named = {word: key for key, words in COLUMNS.items() for word in words}
    found: list[Column] = []
    for header in headers:
        key = named.get(" ".join(header.lower().replace("_", " ").split()), "")
        if key and key not in {kind for kind, _n, _u in found}:
            found.append((key, "", ""))
            continue
        told = HEADER_UNIT.match(header.strip())
        name, unit = told.groups() if told else (header.strip(), "")
        found.append(("parameter", name[:80], unit.strip()))
    return found


def cell_name(column: int, row: int) -> str:
    """A cell as a spreadsheet calls it, columns from 0.

    >>> cell_name(0, 2), cell_name(27, 10)
    ('A2', 'AB10')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _row(
    number: int, cells: Sequence[Any], columns: Sequence[Column], world: _World, seen: dict[str, int]
) -> Row:
    facts: dict[str, Any] = {}
    parameters: dict[str, dict[str, Any]] = {}
    wrong: list[Wrong] = []
    for place, ((kind, name, unit), cell) in enumerate(zip(columns, cells, strict=True)):
        text = str(cell if cell is not None else "").strip()
        at = cell_name(place, number)
        if len(text) > LONGEST:
            wrong.append(Wrong(at, Text(f"longer than {LONGEST} characters", f"{LONGEST}자보다 깁니다")))
        elif kind == "parameter":
            wrong += _parameter(parameters, name, unit, text, at)
        else:
            wrong += _fact(facts, kind, text, at, world)
    key = str(facts.pop("id", ""))
    wrong += _twice(key, number, columns, seen)
    if wrong:
        return Row(number, key, State.WRONG, wrong=tuple(wrong))
    return _beside(number, key, facts, parameters, world)


def _twice(key: str, number: int, columns: Sequence[Column], seen: dict[str, int]) -> Iterator[Wrong]:
    place = next((i for i, (kind, _n, _u) in enumerate(columns) if kind == "id"), 0)
    at = cell_name(place, number)
    if not key:
        yield Wrong(at, Text("the machine has no id", "설비 ID가 없습니다"))
    elif key in seen:
        yield Wrong(at, Text(f"row {seen[key]} has this id too", f"{seen[key]}행과 ID가 같습니다"))
    seen.setdefault(key, number)


def _parameter(
    parameters: dict[str, dict[str, Any]], name: str, unit: str, text: str, at: str
) -> Iterator[Wrong]:
    if not text:
        return
    facts: dict[str, Any] = {"value": float(text.replace(",", ".")) if NUMBER.fullmatch(text) else text}
    if unit:
        try:
            facts["unit"] = ucum(unit)
        except UnknownUnit as unknown:
            head = re.sub(r"\d+$", "1", at)
            yield Wrong(
                head,
                Text(
                    f"“{unknown.where}” is no unit of UCUM", f"“{unknown.where}”은(는) UCUM 단위가 아닙니다"
                ),
            )
            return
    parameters[name] = facts


def _fact(facts: dict[str, Any], kind: str, text: str, at: str, world: _World) -> Iterator[Wrong]:
    if kind == "type" and text and text not in world.types:
        yield Wrong(at, Text(f"there is no type “{text}”", f"“{text}” 유형이 없습니다"))
    elif kind == "level" and text and text not in Equipment.Level.values:
        yield Wrong(at, Text(f"“{text}” is no level: {', '.join(Equipment.Level.values)}", f"“{text}”은(는) 수준이 아닙니다: {', '.join(Equipment.Level.values)}"))  # fmt: skip
    elif kind == "id":
        facts["id"] = text.strip("/")
    elif kind == "parent":
        facts["parent_id"] = _place(text, world)
    elif text and kind == "type":
        facts["type_id"] = text
    elif text:
        facts[kind] = text


def _place(text: str, world: _World) -> str | None:
    """Id of the place that is meant: by its id, or by its title where only one has it."""
    if not text or text in world.equipment:
        return text or None
    named = [pk for pk, one in world.equipment.items() if text in (one.title_ko, one.title_en)]
    return named[0] if len(named) == 1 else text.strip("/")


def _beside(
    number: int, key: str, facts: dict[str, Any], parameters: dict[str, dict[str, Any]], world: _World
) -> Row:
    """The row beside what the inventory has; empty cells say nothing."""
    held = world.equipment.get(key)
    if held is None:
        return Row(number, key, State.NEW, {**facts, "parameters": parameters})
    given = {name: value for name, value in facts.items() if value is not None}
    given["parameters"] = {**held.parameters, **parameters}
    changes = {
        name: (getattr(held, name), value) for name, value in given.items() if getattr(held, name) != value
    }
    return Row(number, key, State.CHANGED if changes else State.UNCHANGED, given, changes)


def take_in(seen: Preview, by: "Person") -> Change | None:
    """Write the rows of a preview, all or none; the change, which can be taken back, or None if nothing differs.

    Raises
    ------
    SheetWrong
        If any cell is wrong.
    RoleTooSmall
    """
    if wrong := seen.wrong:
        raise SheetWrong(seen.title, count=len(wrong), cell=wrong[0].cell, why=wrong[0].why)
    rows = [row for row in seen.rows if row.state in (State.NEW, State.CHANGED)]
    says = Text(f"{len(rows)} machines from {seen.title}", f"{seen.title}에서 설비 {len(rows)}대")
    with change(by, "sheet-taken-in", says) as writing:
        for place in seen.places:
            writing.put("equipment", place, equipment_row(level="Area"))
        for row in rows:
            whole = equipment_row(**row.facts) if row.state is State.NEW else {**row.facts, "confirmed": True}
            writing.put("equipment", row.key, whole)
        for signal, place in placed_by_prefix(Signal.objects.all()):
            writing.put("signals", signal.pk, {"equipment": place})
    return Change.objects.filter(by=by, what="sheet-taken-in").first() if writing.rows else None
