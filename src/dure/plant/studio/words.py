"""Each action in one sentence, as the list beside the sheet tells it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dure.plant.studio.journal import Action
from dure.vocabulary import DureError, Text

Facts = Mapping[str, Any]
_OPS = {
    "=": Text("is", "="), "!=": Text("is not", "≠"), ">": Text(">", ">"), ">=": Text("≥", "≥"), "<": Text("<", "<"),
    "<=": Text("≤", "≤"), "between": Text("between", "사이"), "in": Text("one of", "중 하나"),
    "not in": Text("none of", "아닌 것"), "contains": Text("contains", "포함"), "not contains": Text("does not contain", "포함하지 않음"),
    "begins": Text("begins with", "시작"), "ends": Text("ends with", "끝"), "empty": Text("is empty", "비어 있음"),
    "not empty": Text("is not empty", "비어 있지 않음"),
}  # fmt: skip


def words_of(action: Action) -> Text:
    """What the action does."""
    return _SAID[action.kind](action.settings)


def _listed(names: Sequence[Any], most: int = 4) -> str:
    shown = ", ".join(f"“{one}”" for one in list(names)[:most])
    return f"{shown} … ({len(names)})" if len(names) > most else shown


def _count(facts: Facts) -> int:
    if block := facts.get("block"):
        return len(block["columns"]) * len(block["rows"])
    return len(facts.get("cells", ()))


def _columns(facts: Facts) -> list[str]:
    if block := facts.get("block"):
        return list(block["columns"])
    return list(dict.fromkeys(str(one[1]) for one in facts.get("cells", ())))


def row_words(facts: Facts, otherwise: int) -> Text:
    """A row as the person saw it: its number in what was shown, and a value that only it has."""
    seen = facts.get("seen") or {}
    number, by = int(seen.get("row") or otherwise), seen.get("by")
    mark = f" ({by[0]}: {by[1]})" if by else ""
    return Text(f"row {number}{mark}", f"{number}행{mark}")


def _edit(facts: Facts) -> Text:
    cells, names = _count(facts), _listed(_columns(facts))
    if cells == 1 and facts.get("cells"):
        row, name, value = facts["cells"][0]
        shown, where = "" if value is None else str(value)[:40], row_words(facts, int(row) + 1)
        return Text(f"Typed “{shown}” into “{name}”, {where.en}", f"“{name}” {where.ko}에 “{shown}” 입력")
    return Text(f"Typed {cells} cells of {names}", f"{names} 열의 칸 {cells}개 입력")


def _filter(facts: Facts) -> Text:
    op, value = _OPS[str(facts["op"])], facts.get("value")
    shown = (
        ""
        if value in (None, "")
        else " – ".join(map(str, value))
        if facts["op"] == "between"
        else ", ".join(str(one) for one in value[:5])
        if isinstance(value, list)
        else str(value)[:60]
    )
    return Text(
        f"Shows rows where “{facts['column']}” {op.en} {shown}".rstrip(),
        f"“{facts['column']}” {op.ko} {shown} 행만 보기".replace("  ", " "),
    )


def _sort(facts: Facts) -> Text:
    by = facts["by"]
    en = ", then ".join(f"“{one['column']}” {'down' if one.get('down') else 'up'}" for one in by)
    ko = ", ".join(f"“{one['column']}” {'내림차순' if one.get('down') else '오름차순'}" for one in by)
    return Text(f"Sorted by {en}", f"{ko} 정렬")


def _step(facts: Facts) -> Text:
    from dure.plant.studio.recipes import step_of

    try:
        said = step_of(str(facts["step"]), facts.get("settings") or {}).explain()
        return Text(said.en, said.ko)
    except DureError:
        return Text(f"Step {facts['step']}", f"{facts['step']} 단계")


def _group(facts: Facts) -> Text:
    by = _listed(facts.get("by") or [])
    if not by:
        return Text("Put together to one row", "한 행으로 모으기")
    return Text(f"A row for each {by}", f"{by}별로 한 행씩 모으기")


def _insert(facts: Facts) -> Text:
    count = int(facts["count"])
    return Text(f"Put in {count} row{'s' if count != 1 else ''}", f"{count}개 행 삽입")


def _rows(facts: Facts) -> Text:
    count = len(facts["rows"])
    if count == 1 and facts.get("seen"):
        where = row_words(facts, int(facts["rows"][0]) + 1)
        return Text(f"Deleted {where.en}", f"{where.ko} 삭제")
    return Text(f"Deleted {count} row{'s' if count != 1 else ''}", f"{count}개 행 삭제")


_SAID: Mapping[str, Callable[[Facts], Text]] = {
    "edit": _edit,
    "paste": lambda facts: Text(f"Pasted {_count(facts)} cells into {_listed(_columns(facts))}", f"{_listed(_columns(facts))} 열에 칸 {_count(facts)}개 붙여넣기"),
    "fill": lambda facts: Text(f"Filled {_count(facts)} cells of {_listed(_columns(facts))}", f"{_listed(_columns(facts))} 열의 칸 {_count(facts)}개 채우기"),
    "formula": lambda facts: Text(f"“{facts['column']}” {facts['text']}", f"“{facts['column']}” {facts['text']}"),
    "rename": lambda facts: Text(f"Renamed “{facts['column']}” to “{facts['to']}”", f"“{facts['column']}” 이름을 “{facts['to']}”(으)로 바꾸기"),
    "unit": lambda facts: Text(f"“{facts['column']}” is in {facts['unit'] or 'no unit'}", f"“{facts['column']}” 단위: {facts['unit'] or '없음'}"),
    "drop": lambda facts: Text(f"Dropped {_listed(facts['columns'])}", f"{_listed(facts['columns'])} 열 삭제"),
    "hide": lambda facts: Text(f"Hid {_listed(facts['columns'])}", f"{_listed(facts['columns'])} 열 숨기기"),
    "filter": _filter, "sort": _sort, "step": _step, "group": _group, "insert_rows": _insert, "delete_rows": _rows,
}  # fmt: skip
