"""YAML with the line of everything in it: plain values only, bounded, no aliases."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dure.vocabulary import Text

MOST_BYTES, DEEPEST = 50_000_000, 12
PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq")}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file, and in which line."""

    file: str
    line: int
    why: Text

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


@dataclass(slots=True)
class Written:
    """What a file says: rows by key, the line of each row and of each of its fields."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, key: str, name: str = "") -> int:
        """Line of a field, or else of its row."""
        return self.lines.get((key, name)) or self.lines.get((key, ""), 1)


def dump(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Rows as YAML, in the order of their keys, a field a line, so that a small change is a small difference.

    >>> print(dump({"b": {"unit": "V"}, "a": {}}), end="")
    a: {}
    b:
      unit: V
    """
    import yaml

    ordered = {key: dict(rows[key]) for key in sorted(rows)}
    return str(
        yaml.dump(
            ordered, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=1_000_000,
            default_flow_style=False,
        )
    ) if ordered else ""  # fmt: skip


def load(path: Path) -> Written:
    """Rows of a file; what cannot be read is a fault with its line, never an exception."""
    import yaml

    found = Written()
    if path.stat().st_size > MOST_BYTES:
        found.faults.append(Fault(path.name, 1, Text("the file is too large", "파일이 너무 큽니다")))
        return found
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        mark = getattr(broken, "problem_mark", None)
        words = str(getattr(broken, "problem", None) or "not UTF-8")[:200]
        found.faults.append(
            Fault(path.name, mark.line + 1 if mark else 1, Text(words, f"YAML 오류: {words}"))
        )
        return found
    if node is not None:
        _read_rows(node, path.name, found)
    return found


def _read_rows(node: Any, file: str, found: Written) -> None:
    seen: set[int] = set()
    for key, line, value in _pairs(node, file, found):
        found.lines[key, ""] = line
        row: dict[str, Any] = {}
        for name, at, inner in _pairs(value, file, found):
            found.lines[key, name] = at
            row[name] = _value(inner, file, found, seen, 0)
        found.rows[key] = row


def _pairs(node: Any, file: str, found: Written) -> Iterator[tuple[str, int, Any]]:
    """Keys of a mapping with line and value; what is no mapping or says a key twice is a fault."""
    line = node.start_mark.line + 1
    if node.id != "mapping":
        found.faults.append(
            Fault(file, line, Text("names with values belong here", "이름과 값의 목록이 와야 합니다"))
        )
        return
    known: set[str] = set()
    for key, value in node.value:
        name, at = str(getattr(key, "value", "")), key.start_mark.line + 1
        if key.id != "scalar":
            found.faults.append(Fault(file, at, Text("a name is a word", "이름은 글자여야 합니다")))
        elif name in known:
            found.faults.append(
                Fault(file, at, Text(f"“{name}” is here twice", f"“{name}”이(가) 두 번 나옵니다"))
            )
        else:
            known.add(name)
            yield name, at, value


def _value(node: Any, file: str, found: Written, seen: set[int], depth: int) -> Any:
    """A plain value; an alias is a fault, for a file of a few lines could unfold to gigabytes."""
    line = node.start_mark.line + 1
    if id(node) in seen or depth > DEEPEST or node.tag not in PLAIN:
        found.faults.append(
            Fault(file, line, Text("only plain values are read here", "단순한 값만 읽습니다"))
        )
        return None
    seen.add(id(node))
    if node.id == "mapping":
        return {
            name: _value(one, file, found, seen, depth + 1) for name, _at, one in _pairs(node, file, found)
        }
    if node.id == "sequence":
        return [_value(one, file, found, seen, depth + 1) for one in node.value]
    return _scalar(node, file, found)


def _scalar(node: Any, file: str, found: Written) -> Any:
    import yaml

    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError):
        line = node.start_mark.line + 1
        found.faults.append(Fault(file, line, Text("this value cannot be read", "이 값을 읽을 수 없습니다")))
        return None
    finally:
        loader.dispose()
