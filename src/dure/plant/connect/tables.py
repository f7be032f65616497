"""The tag table of a polled source: what is read where, as which type, in which unit; CSV or TOML, English or Korean."""

import csv
import io
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dure.plant.connect.tags import ORDERS, Tag
from dure.vocabulary import InputError, Text, UnknownUnit, ucum

MOST_TAGS = 100_000
LARGEST = 16_000_000  # bytes
LONGEST_STRING = 4096
ENDINGS = (".csv", ".tsv", ".txt", ".toml")

HEADERS = {
    "id": ("id", "name", "tag", "signal", "이름", "태그", "신호", "태그명", "신호명"),
    "address": ("address", "register", "주소", "번지", "레지스터"),
    "type": ("type", "datatype", "자료형", "형식", "타입", "데이터형"),
    "unit": ("unit", "단위"),
    "scale": ("scale", "factor", "배율", "스케일"),
    "offset": ("offset", "오프셋", "보정값"),
    "words": ("words", "wordorder", "order", "byteorder", "워드순서", "바이트순서"),
    "every": ("every", "period", "주기"),
    "deadband": ("deadband", "불감대"),
    "description": ("description", "comment", "note", "설명", "비고", "메모"),
}

# IEC 61131-3 §6.4 names and what device manuals write, beside our own.
TYPES = {
    "bool": ("bool", "boolean", "bit", "비트", "불리언"),
    "int8": ("int8", "sint"),
    "uint8": ("uint8", "usint", "byte", "바이트"),
    "int16": ("int16", "int", "short", "signed"),
    "uint16": ("uint16", "uint", "word", "ushort", "unsigned", "워드"),
    "int32": ("int32", "dint"),
    "uint32": ("uint32", "udint", "dword", "더블워드"),
    "int64": ("int64", "lint"),
    "uint64": ("uint64", "ulint", "lword"),
    "float32": ("float32", "float", "real", "single", "실수"),
    "float64": ("float64", "double", "lreal"),
    "bcd": ("bcd", "bcd16", "bcd4"),
    "bcd32": ("bcd32", "bcd8"),
}  # fmt: skip
_TYPE_OF = {word: name for name, words in TYPES.items() for word in words}
_FIELD_OF = {word: name for name, words in HEADERS.items() for word in words}
_STRING = re.compile(r"(?:string|char|문자열)\s*[\[(]\s*(\d{1,5})\s*[\])]")
_SPAN = re.compile(r"([0-9.]+)\s*(ms|s|sec|초|min|분|)", re.IGNORECASE)
_SECONDS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "초": 1.0, "min": 60.0, "분": 60.0, "": 1.0}


class TagTableRefused(InputError):
    """A line of a tag table that cannot be used."""

    key = "tag-table-refused"
    says = Text("Tag table {where}, line {line}: {why}.", "태그 표 {where}의 {line}번째 줄: {why}.")
    remedy = Text("Write {write}.", "다음과 같이 적어 주세요: {write}.")


class TagTableUnreadable(InputError):
    """A tag table that is not there, or cannot be read."""

    key = "tag-table-unreadable"
    says = Text("The tag table {where} cannot be read: {why}.", "태그 표 {where}을(를) 읽을 수 없습니다: {why}.")  # fmt: skip
    remedy = Text(
        "Give a file that ends with .csv or .toml, or the table itself.",
        ".csv나 .toml로 끝나는 파일을 주거나 표를 직접 적어 주세요.",
    )


class Odd(ValueError):
    """A cell that cannot be used: why, and what to write instead. The reader of the table adds the line."""

    def __init__(self, why: Text, write: Text) -> None:
        super().__init__(why.en)
        self.why, self.write = why, write


def read_tags(
    table: str,
    *,
    words: str = "ABCD",
    type: str = "uint16",  # noqa: A002 - the field's own name
    check: Callable[[Tag], Tag] = lambda tag: tag,
) -> tuple[Tag, ...]:
    r"""Tags of a table: CSV with a header line, or TOML with `[[tag]]` tables; the text itself, or a path to it.

    Parameters
    ----------
    table
        The text (it has a line break) or the path of a file that ends with one of `ENDINGS`.
    words, type
        What an empty cell means.
    check
        What the protocol makes of a tag: it gives the tag back, mended where it must, or raises `Odd`.

    Raises
    ------
    TagTableUnreadable
        If there is no such file.
    TagTableRefused
        With the line, and what to write.

    Examples
    --------
    >>> read_tags("이름,주소,자료형,단위,배율\n온도,40001,int16,℃,0.1\n")
    (Tag(id='온도', address='40001', type='int16', unit='Cel', scale=0.1, ...),)
    >>> read_tags("id,address,scale\nspeed,40002,fast\n")
    Traceback (most recent call last):
    dure.plant.connect.tables.TagTableRefused: Tag table “tags”, line 2: “fast” is no number. Write a number in scale, like 0.1.
    """
    where, text = _text_of(table)
    defaults = {"words": words, "type": type}
    tags: list[Tag] = []
    seen: dict[str, int] = {}
    for line, cells in _rows(where, text):
        try:
            tag = check(_tag(cells, defaults))
        except Odd as odd:
            raise _refused(where, line, odd) from None
        if (first := seen.setdefault(tag.id, line)) != line:
            twice = Text(f"“{tag.id}” stands in line {first} already", f"“{tag.id}”이(가) {first}번째 줄에 이미 있습니다")  # fmt: skip
            raise _refused(where, line, Odd(twice, Text("another id", "다른 이름")))
        tags.append(tag)
    return tuple(tags)


def lasting(table: str) -> str:
    """A table that stays readable wherever the collector runs: its path made absolute, a text as it is."""
    if not table.strip() or "\n" in table.strip():
        return table
    return str(Path(table.strip()).expanduser().absolute())


def _text_of(table: str) -> tuple[str, str]:
    """Name of the table as errors say it, and its text."""
    path = Path(table.strip()).expanduser()
    is_file = "\n" not in table.strip() and path.suffix.lower() in ENDINGS
    if not is_file and "\n" in table:
        return "“tags”", table
    if not is_file:
        raise TagTableUnreadable(str(path), why=Text("it is no table", "표가 아닙니다"))
    try:
        if path.stat().st_size > LARGEST:
            raise TagTableUnreadable(str(path), why=Text("it is too large", "너무 큽니다"))
        content = path.read_bytes()
    except OSError as refused:
        absent = Text("there is no such file", "그런 파일이 없습니다")
        why = absent if isinstance(refused, FileNotFoundError) else refused.strerror
        raise TagTableUnreadable(str(path), why=why) from refused
    return path.name, _decoded(content)


def _decoded(content: bytes) -> str:
    """Text of a file: UTF-8 with or without its mark, else what a Korean spreadsheet saves (CP949)."""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _rows(where: str, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Number of the line and the cells by field of every tag."""
    rows = _rows_of_toml if re.search(r"^\s*\[\[", text, re.MULTILINE) else _rows_of_csv
    count = 0
    for count, row in enumerate(rows(where, text), 1):
        if count > MOST_TAGS:
            many = Text(f"there are more than {MOST_TAGS} tags", f"태그가 {MOST_TAGS}개를 넘습니다")
            raise _refused(where, row[0], Odd(many, Text("a second source", "원천을 하나 더")))
        yield row
    if not count:
        none = Text("there are no tags", "태그가 없습니다")
        raise _refused(where, 1, Odd(none, Text("a header and a line for each tag: id,address,type,unit", "머리글과 태그마다 한 줄: 이름,주소,자료형,단위")))  # fmt: skip


def _rows_of_csv(where: str, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    fields: list[str] = []
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells) or cells[0].startswith("#"):
                continue
            if not fields:
                fields = _fields(where, reader.line_num, cells)
            else:
                yield reader.line_num, _cells(where, reader.line_num, fields, cells)
    except csv.Error as broken:
        odd = Odd(Text(f"it is no CSV ({broken})", f"CSV가 아닙니다({broken})"), Text("one tag a line", "한 줄에 태그 하나"))  # fmt: skip
        raise _refused(where, reader.line_num, odd) from broken


def _cells(where: str, line: int, fields: list[str], cells: list[str]) -> dict[str, str]:
    """Cells by field; more of them than the header has is a comma inside a number, or a line that slipped."""
    if any(cell.strip() for cell in cells[len(fields) :]):
        more = Text("there are more cells than the header has", "머리글보다 칸이 많습니다")
        raise _refused(where, line, Odd(more, Text("a point in numbers (0.1), quotes around commas", "소수점은 점(0.1)으로, 쉼표가 든 글은 따옴표로")))  # fmt: skip
    return dict(zip(fields, map(str.strip, cells), strict=False))


def _field_of(header: str) -> str:
    """Field that a header names, empty if none: blanks, dashes and what stands in brackets do not count."""
    return _FIELD_OF.get(re.sub(r"[\s_\-]|\(.*\)|\[.*\]", "", header).lower(), "")


def _fields(where: str, line: int, cells: list[str]) -> list[str]:
    fields = [_field_of(cell) for cell in cells]
    known = ", ".join(f"{name}/{words[-1]}" for name, words in _SHOWN.items())
    write = Text(f"these headers: {known}", f"이 머리글: {known}")
    for cell, name in zip(cells, fields, strict=True):
        if not name and cell.strip():
            raise _refused(
                where, line, Odd(Text(f"there is no column “{cell}”", f"“{cell}” 열은 없습니다"), write)
            )
    if not {"id", "address"} <= set(fields) or any(name and fields.count(name) > 1 for name in fields):
        need = Text(
            "the header must name id and address, each column once",
            "머리글에 이름과 주소가 한 번씩 있어야 합니다",
        )
        raise _refused(where, line, Odd(need, write))
    return fields


_SHOWN = {"id": ("이름",), "address": ("주소",), "type": ("자료형",), "unit": ("단위",), "scale": ("배율",), "offset": ("오프셋",), "words": ("워드 순서",), "every": ("주기",), "deadband": ("불감대",), "description": ("설명",)}  # fmt: skip


def _rows_of_toml(where: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        found = re.search(r"line (\d+)", str(broken))
        odd = Odd(Text(f"it is no TOML ({broken})", f"TOML이 아닙니다({broken})"), Text('[[tag]] and below it id = "…"', '[[tag]] 아래에 id = "…"'))  # fmt: skip
        raise _refused(where, int(found[1]) if found else text.count("\n") + 1, odd) from broken
    lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*tag\s*\]\]", line)]
    tables = content.get("tag", [])
    write = Text("[[tag]] with " + ", ".join(HEADERS), "[[tag]] 아래에 " + ", ".join(HEADERS))
    if set(content) - {"tag"} or not isinstance(tables, list):
        raise _refused(where, 1, Odd(Text("only [[tag]] may stand there", "[[tag]]만 쓸 수 있습니다"), write))
    for n, table in enumerate(tables):
        line = lines[n] if n < len(lines) else 1
        if unknown := [name for name in table if not _field_of(name)]:
            raise _refused(where, line, Odd(Text(f"there is no “{unknown[0]}”", f"“{unknown[0]}” 항목은 없습니다"), write))  # fmt: skip
        yield line, {_field_of(name): value for name, value in table.items()}


def _tag(cells: Mapping[str, Any], defaults: Mapping[str, str]) -> Tag:
    given = {name: str(cells.get(name, "")).strip() for name in HEADERS}
    if not re.fullmatch(r"[^\x00-\x1f/][^\x00-\x1f]{0,199}", given["id"]):
        raise Odd(Text("the tag has no usable id", "태그 이름이 없거나 쓸 수 없습니다"), Text("a name in id", "이름 열에 이름"))  # fmt: skip
    if not given["address"]:
        raise Odd(Text("the tag has no address", "태그에 주소가 없습니다"), Text("its address", "주소"))
    return Tag(
        given["id"],
        given["address"],
        type_of(given["type"] or defaults["type"]),
        _unit(given["unit"]),
        _number("scale", given["scale"], 1.0),
        _number("offset", given["offset"], 0.0),
        _order(given["words"] or defaults["words"]),
        _span(given["every"]),
        abs(_number("deadband", given["deadband"], 0.0)),
        given["description"],
    )


def type_of(written: str) -> str:
    """Our name of a type as tables write it; raises `Odd`.

    >>> type_of("REAL"), type_of("String[20]"), type_of("DINT")
    ('float32', 'string(20)', 'int32')
    """
    word = written.strip().lower()
    if name := _TYPE_OF.get(word):
        return name
    if (found := _STRING.fullmatch(word)) and 1 <= int(found[1]) <= LONGEST_STRING:
        return f"string({int(found[1])})"
    known = ", ".join([*TYPES, "string(20)"])
    raise Odd(Text(f"there is no type “{written}”", f"“{written}” 자료형은 없습니다"), Text(f"one of {known}", f"{known} 중 하나"))  # fmt: skip


def _unit(written: str) -> str:
    if not written:
        return ""
    try:
        return ucum(written)
    except UnknownUnit:
        raise Odd(
            Text(f"“{written}” is no unit that UCUM knows", f"“{written}”은(는) UCUM에 없는 단위입니다"),
            Text(
                "a UCUM code like Cel, kPa, A.h, or leave it empty", "Cel, kPa, A.h 같은 UCUM 코드, 또는 빈칸"
            ),
        ) from None


def _number(name: str, written: str, default: float) -> float:
    if not written:
        return default
    try:
        number = float(written)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (name == "scale" and number == 0):
        raise Odd(Text(f"“{written}” is no number", f"“{written}”은(는) 수가 아닙니다") if number != 0 else Text("a scale of 0 hides the reading", "배율이 0이면 값이 사라집니다"), Text(f"a number in {name}, like 0.1", f"{name}에 0.1 같은 수"))  # fmt: skip
    return number


def _order(written: str) -> str:
    order = {"BIG": "ABCD", "LITTLE": "DCBA", "AB": "ABCD", "BA": "BADC"}.get(
        written.upper(), written.upper()
    )
    if order not in ORDERS:
        raise Odd(Text(f"“{written}” is no word order", f"“{written}” 워드 순서는 없습니다"), Text("one of " + ", ".join(ORDERS), ", ".join(ORDERS) + " 중 하나"))  # fmt: skip
    return order


def _span(written: str) -> float:
    """Seconds of `5`, `500 ms`, `1 min`; 0 of nothing."""
    found = _SPAN.fullmatch(written) if written else None
    seconds = _number("every", found[1], 0.0) * _SECONDS[found[2].lower()] if found else 0.0
    if written and not 0.01 <= seconds <= 86_400:
        raise Odd(Text(f"“{written}” is no period", f"“{written}”은(는) 주기가 아닙니다"), Text("seconds from 0.01 to 86400, or like 500 ms", "0.01–86400초, 또는 500 ms처럼"))  # fmt: skip
    return seconds


def _refused(where: str, line: int, odd: Odd) -> TagTableRefused:
    return TagTableRefused(where, line=line, why=odd.why, write=odd.write)
