"""From YAML to a checked document: bounded, against a published schema, with the line of what is wrong.

The schemas in `schemas/` are JSON Schema (draft 2020-12), so that an editor of YAML can use them too.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dure.foundation.procedure.refusals import ProcedureWrong
from dure.vocabulary import Text

KINDS = ("form", "flow", "score")
# Deeper than any format here; what nests further costs the reader the square of its depth.
MOST_CHARACTERS, MOST_NODES, MOST_DEPTH = 200_000, 20_000, 20
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """What a text says, and the line at which each part of it stands."""

    name: str
    values: Mapping[str, Any]
    lines: Mapping[Place, int]

    def wrong(self, place: Place, en: str, ko: str) -> ProcedureWrong:
        """The error for a place in the text."""
        known = next((place[:n] for n in range(len(place), -1, -1) if place[:n] in self.lines), ())
        field = ".".join(str(part) for part in place) or self.name
        return ProcedureWrong(
            self.name, line=self.lines.get(known, 1), fault=Text(f"{field} {en}", f"{field}: {ko}")
        )


def read(kind: str, text: str, name: str = "") -> Document:
    """The document written in `text`.

    Parameters
    ----------
    kind
        `form`, `flow` or `score`.
    text
        YAML; at most 200,000 characters and 20,000 values, without anchors.
    name
        What the text is called in errors: its file, or the procedure.

    Raises
    ------
    ProcedureWrong
        If it is no YAML, is too large, or breaks the schema; says the line.
    """
    name = name or kind
    if len(text) > MOST_CHARACTERS:
        raise _unreadable(name, 1, f"is longer than {MOST_CHARACTERS:,} characters.", f"{MOST_CHARACTERS:,}자를 넘습니다.")  # fmt: skip
    values, lines = _parsed(name, text)
    document = Document(name, values if isinstance(values, dict) else {}, lines)
    if not isinstance(values, dict):
        raise document.wrong((), "is not a mapping of fields.", "항목의 묶음이 아닙니다.")
    worst = min(_validator(kind).iter_errors(values), key=lambda found: (-len(found.absolute_path), str(found.message)), default=None)  # fmt: skip
    if worst is not None:
        place = tuple(worst.absolute_path)
        said = _said(worst)
        raise document.wrong(place, said.en, said.ko)
    return document


def schema(kind: str) -> dict[str, Any]:
    """The published schema of a kind.

    >>> schema("flow")["title"]
    'Flow'
    """
    found: dict[str, Any] = json.loads(
        (Path(__file__).parent / "schemas" / f"{kind}.schema.json").read_text("utf-8")
    )
    return found


@cache
def _validator(kind: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema(kind))


def _unreadable(name: str, line: int, en: str, ko: str) -> ProcedureWrong:
    return ProcedureWrong(name, line=line, fault=Text(f"the text {en}", f"내용이 {ko}"))


def _parsed(name: str, text: str) -> tuple[Any, dict[Place, int]]:
    """Plain values, and the line of each; aliases are refused, since a few lines of them make a billion values."""
    import yaml

    try:
        depth = 0
        for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or count > 2 * MOST_NODES or depth > MOST_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise _unreadable(
                    name,
                    line,
                    "uses anchors, is too large or too deep.",
                    "별칭을 쓰거나, 너무 크거나 깊습니다.",
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as refused:
        mark = getattr(refused, "problem_mark", None)
        why = str(getattr(refused, "problem", None) or refused).splitlines()[0].rstrip(".")
        raise _unreadable(name, mark.line + 1 if mark else 1, f"is not YAML ({why}).", f"YAML 형식이 아닙니다({why}).") from refused  # fmt: skip
    return values, dict(_lines(node, ()))


def _lines(node: Any, place: Place) -> Iterator[tuple[Place, int]]:
    if node is None:
        return
    yield place, node.start_mark.line + 1
    if node.id == "mapping":
        for key, value in node.value:
            yield from _lines(value, (*place, key.value))
    elif node.id == "sequence":
        for at, value in enumerate(node.value):
            yield from _lines(value, (*place, at))


def _said(found: Any) -> Text:
    """A schema's finding in our words."""
    if found.validator == "required":
        lacking = next(name for name in found.validator_value if name not in found.instance)
        return Text(f"lacks the field {lacking}.", f"{lacking} 항목이 없습니다.")
    if found.validator == "additionalProperties":
        known = found.schema.get("properties", {})
        strange = next(name for name in found.instance if name not in known)
        return Text(f"has an unknown field {strange}.", f"형식에 없는 항목 {strange}이(가) 있습니다.")
    if found.validator == "enum":
        among = ", ".join(str(one) for one in found.validator_value)
        return Text(f"is none of {among}.", f"다음 중 하나가 아닙니다: {among}.")
    if found.validator == "type":
        return Text(
            f"is not of the type {found.validator_value}.", f"{found.validator_value} 형식이 아닙니다."
        )
    return Text(f"breaks the rule “{found.validator}: {found.validator_value}”.", f"규칙 “{found.validator}: {found.validator_value}”에 어긋납니다.")  # fmt: skip
