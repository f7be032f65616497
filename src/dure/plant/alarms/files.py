"""Definitions in `home/alarms/*.toml`: read with the line of each error, written one block at a time.

A person's comments and the other blocks of a file stay as they are.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dure.plant.alarms.definition import Definition, Priority, Unusable, parsed
from dure.plant.alarms.refusals import DefinitionWrong
from dure.vocabulary import Text

LARGEST = 1_000_000
"""A file of definitions. [bytes]"""
MOST = 5_000
"""Definitions of a node."""
_HEAD = re.compile(r"\s*\[\[\s*alarm\s*\]\]\s*(#.*)?$")
_KEY = re.compile(r"""\s*["']?([A-Za-z_]+)["']?\s*[.=]""")
_AT = re.compile(r"at line (\d+)")


def folder(home: Path) -> Path:
    """Where a node keeps its definitions."""
    return home / "alarms"


def read_definitions(source: Path) -> list[Definition]:
    """The definitions of a file, or of every `.toml` of a folder in order of name; none if it is not there.

    Raises
    ------
    DefinitionWrong
        With the file and the line of the first that cannot stand, or of an id that is taken.
    """
    files = sorted(source.glob("*.toml")) if source.is_dir() else [source] if source.exists() else []
    found: dict[str, Definition] = {}
    for file in files:
        for one in read_file(file):
            if one.id in found:
                taken = found[one.id]
                words = f"{taken.file}:{taken.line}"
                raise wrong(
                    file,
                    one.line,
                    Text(
                        f"the id {one.id} is taken by {words}.", f"id {one.id}은(는) 이미 {words}에 있습니다."
                    ),
                )
            found[one.id] = one
    return list(found.values())


def read_file(file: Path) -> list[Definition]:
    """The definitions of one file."""
    if file.stat().st_size > LARGEST:
        raise wrong(
            file, 1, Text(f"the file is larger than {LARGEST} bytes.", f"파일이 {LARGEST}바이트보다 큽니다.")
        )
    return read_text(file.read_text(encoding="utf-8", errors="replace"), file.name)


def read_text(text: str, name: str) -> list[Definition]:
    r"""The definitions in a text; `name` stands in errors.

    >>> read_text('[[alarm]]\nid = "hot"\ntitle = "Too hot"\ncondition = "=[line1/T]>80"', "a.toml")[0].priority.name
    'LOW'
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as refused:
        place = _AT.search(str(refused))
        line = int(place[1]) if place else text.count("\n") + 1
        raise wrong(
            Path(name), line, Text(f"not TOML: {refused}.", f"TOML이 아닙니다: {refused}.")
        ) from refused
    entries = found.get("alarm", [])
    if set(found) - {"alarm"} or not isinstance(entries, list) or len(entries) > MOST:
        raise wrong(
            Path(name),
            1,
            Text(
                f"a file holds [[alarm]] tables only, {MOST} at most.",
                f"파일에는 [[alarm]] 표만 {MOST}개까지 둡니다.",
            ),
        )
    return [
        _definition(entry, keys, name)
        for entry, keys in zip(entries, _lines(text, len(entries)), strict=True)
    ]


def _definition(entry: Any, keys: dict[str, int], name: str) -> Definition:
    try:
        return replace(parsed(entry), file=name, line=keys[""])
    except Unusable as refused:
        raise wrong(Path(name), keys.get(refused.name, keys[""]), refused.reason) from refused


def _lines(text: str, count: int) -> list[dict[str, int]]:
    """Line of each key of each block; that of its head under ""."""
    blocks: list[dict[str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if _HEAD.match(line):
            blocks.append({"": number})
        elif blocks and (key := _KEY.match(line)):
            blocks[-1].setdefault(key[1], number)
    while len(blocks) < count:  # tables written in another of TOML's ways
        blocks.append({"": 1})
    return blocks[:count]


def wrong(file: Path, line: int, reason: Text) -> DefinitionWrong:
    """The refusal of a line."""
    return DefinitionWrong(file.name, line=line, reason=reason)


def written(definition: Definition) -> str:
    """A definition as its block of TOML; what is as by default is left out.

    >>> print(written(Definition("hot", Text("Too hot", "과열"), "=[line1/T]>80", on_delay_s=5.0)))
    [[alarm]]
    id = "hot"
    title = { en = "Too hot", ko = "과열" }
    condition = "=[line1/T]>80"
    on_delay_s = 5.0
    """
    lines = ["[[alarm]]"]
    for one in fields(Definition):
        value = getattr(definition, one.name)
        if one.name in {"file", "line"} or (
            value == one.default and one.name not in {"id", "title", "condition"}
        ):
            continue
        lines.append(f"{one.name} = {_value(value)}")
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, Text):
        return f"{{ en = {_quoted(value.en)}, ko = {_quoted(value.ko)} }}"
    if isinstance(value, Priority):
        return _quoted(value.name.lower())
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def save(home: Path, definition: Definition, known: Iterable[Definition]) -> Path:
    """Write a definition: in the place of the block that had its id, else to a file of its own."""
    place = folder(home)
    place.mkdir(parents=True, exist_ok=True)
    before = next((one for one in known if one.id == definition.id), None)
    file = place / (before.file if before else f"{definition.id}.toml")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    _replace(file, _in_place(text, before.line if before else 0, written(definition)))
    return file


def _in_place(text: str, line: int, block: str) -> str:
    """The text with the block that begins at `line` replaced; without a line the block is added at the end."""
    rows = text.splitlines()
    if not line:
        return "\n".join([*rows, "", block] if rows else [block]) + "\n"
    end = line
    while end < len(rows) and not _HEAD.match(rows[end]):
        end += 1
    while end > line and (not rows[end - 1].strip() or rows[end - 1].lstrip().startswith("#")):
        end -= 1  # what stands between two blocks belongs to the next
    return "\n".join([*rows[: line - 1], block, *rows[end:]]) + "\n"


def _replace(file: Path, text: str) -> None:
    draft = file.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
