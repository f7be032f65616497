"""Parameters and expected signals as lines that a person writes, and back."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dure.vocabulary import InputError, Text, ucum

RANGE = re.compile(r"\[\s*(\S*?)\s*(?:\.\.|…|~)\s*(\S*?)\s*\]")
MOST = 500


class LineWrong(InputError):
    """A line that cannot be read."""

    key = "line-wrong"
    says = Text("Line {number} cannot be read: {where}", "{number}번째 줄을 읽을 수 없습니다: {where}")
    remedy = Text("Write it like: {example}", "다음과 같이 적으세요: {example}")


def read_parameters(text: str) -> dict[str, dict[str, Any]]:
    """Parameters, one a line: `name = value unit [low .. high]`.

    >>> read_parameters("rated capacity = 2.9 A.h [2.8 .. 3.0]")
    {'rated capacity': {'value': 2.9, 'unit': 'A.h', 'low': 2.8, 'high': 3.0}}

    Raises
    ------
    LineWrong, UnknownUnit
    """
    found: dict[str, dict[str, Any]] = {}
    for number, line in _lines(text):
        name, equals, rest = line.partition("=")
        if not equals or not name.strip():
            raise LineWrong(line[:80], number=number, example="rated capacity = 2.9 A.h [2.8 .. 3.0]")
        found[name.strip()[:80]] = _value(rest, line, number)
    return found


def _lines(text: str) -> list[tuple[int, str]]:
    every = enumerate(text.splitlines()[:MOST], start=1)
    return [(number, line.strip()) for number, line in every if line.strip()]


def _value(rest: str, line: str, number: int) -> dict[str, Any]:
    bounds, rest = _bounds(rest, line, number)
    words = rest.strip()
    first, _blank, unit = words.partition(" ")
    amount = _number(first)
    if amount is None:
        return {"value": words[:300], **bounds}
    return {"value": amount, **({"unit": ucum(unit)} if unit.strip() else {}), **bounds}


def _bounds(rest: str, line: str, number: int) -> tuple[dict[str, float], str]:
    told = RANGE.search(rest)
    if told is None:
        return {}, rest
    bounds = {}
    for end, written in zip(("low", "high"), told.groups(), strict=True):
        if written:
            amount = _number(written)
            if amount is None:
                raise LineWrong(line[:80], number=number, example="[2.8 .. 3.0]")
            bounds[end] = amount
    return bounds, rest.replace(told.group(0), " ")


def _number(word: str) -> float | None:
    try:
        amount = float(word)
    except ValueError:
        return None
    return amount if math.isfinite(amount) else None


def write_parameters(parameters: Mapping[str, Mapping[str, Any]]) -> str:
    """The lines that `read_parameters` reads.

    >>> write_parameters({"rated capacity": {"value": 2.9, "unit": "A.h", "low": 2.8, "high": 3.0}})
    'rated capacity = 2.9 A.h [2.8 .. 3]'
    """
    return "\n".join(f"{name} = {_written(facts)}" for name, facts in parameters.items())


def _written(facts: Mapping[str, Any]) -> str:
    value = facts.get("value", "")
    words = [f"{value:.12g}" if isinstance(value, float) else str(value), str(facts.get("unit") or "")]
    return " ".join(word for word in (*words, _range(facts)) if word)


def _range(facts: Mapping[str, Any]) -> str:
    low, high = facts.get("low"), facts.get("high")
    if low is None and high is None:
        return ""
    return f"[{'' if low is None else f'{low:.12g}'} .. {'' if high is None else f'{high:.12g}'}]"


COLUMNS = ("name", "unit", "range", "semantic_id", "signal_class")


def read_expected(text: str) -> list[dict[str, Any]]:
    """Expected signals, one a line: `pattern | unit | [low .. high] | semantic id | class`; a `?` first: optional.

    >>> read_expected("*Temp* | Cel | [15 .. 40]")
    [{'name': '*Temp*', 'unit': 'Cel', 'low': 15.0, 'high': 40.0}]

    Raises
    ------
    LineWrong, UnknownUnit
    """
    return [_expected(line, number) for number, line in _lines(text)]


def _expected(line: str, number: int) -> dict[str, Any]:
    cells = [cell.strip() for cell in line.split("|")]
    told = dict(zip(COLUMNS, cells, strict=False))
    name = told["name"].removeprefix("?").strip()
    if not name or len(cells) > len(COLUMNS):
        raise LineWrong(line[:80], number=number, example="*Temp* | Cel | [15 .. 40]")
    row: dict[str, Any] = {"name": name[:200]}
    if told.get("unit"):
        row["unit"] = ucum(told["unit"])
    bounds, rest = _bounds(told.get("range", ""), line, number)
    if rest.strip():
        raise LineWrong(line[:80], number=number, example="*Temp* | Cel | [15 .. 40]")
    row |= bounds
    row |= {key: told[key][:200] for key in ("semantic_id", "signal_class") if told.get(key)}
    return {**row, **({"optional": True} if told["name"].startswith("?") else {})}


def write_expected(signals: Sequence[Mapping[str, Any]]) -> str:
    """The lines that `read_expected` reads."""
    return "\n".join(_line(one) for one in signals)


def _line(one: Mapping[str, Any]) -> str:
    cells = [
        f"{'?' if one.get('optional') else ''}{one['name']}", str(one.get("unit") or ""), _range(one),
        str(one.get("semantic_id") or ""), str(one.get("signal_class") or ""),
    ]  # fmt: skip
    return " | ".join(cells).rstrip(" |")
