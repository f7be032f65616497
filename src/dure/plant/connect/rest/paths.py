r"""Paths into a JSON answer: `$.data[*].value`, a bounded part of JSONPath (RFC 9535 §2.3.1 – §2.3.3).

Names, places (from the end too) and the wildcard; no filters, no descent, nothing that is run.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dure.plant.connect.polling import Odd
from dure.vocabulary import Text

LONGEST = 20
_STEP = re.compile(r"""\.?(?P<name>[^\s.\[\]'"$*]+)|\[(?P<place>-?\d{1,9})\]|\[(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]|(?P<any>\[\*\]|\.\*)""")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the root: names, places, and None for every one."""

    steps: tuple[str | int | None, ...]

    @property
    def is_many(self) -> bool:
        """Whether it leads to many values."""
        return None in self.steps


def parse(written: str) -> Path:
    """Path as written; `$` may be left out.

    Raises
    ------
    Odd

    Examples
    --------
    >>> parse("$.data[*]['flow rate']").steps, parse("value").steps, parse("$[-1].v").steps
    (('data', None, 'flow rate'), ('value',), (-1, 'v'))
    """
    rest, steps = written.strip().removeprefix("$"), list[str | int | None]()
    while rest:
        found = _STEP.match(rest)
        if not found or len(steps) == LONGEST:
            manner = Text("a path like $.data[*].value", "$.data[*].value 같은 경로")
            raise Odd(Text(f"“{written}” is no path", f"“{written}”은(는) 경로가 아닙니다"), manner)
        rest = rest[found.end() :]
        if found["any"]:
            steps.append(None)
        elif found["place"]:
            steps.append(int(found["place"]))
        else:
            steps.append(next(word for word in (found["name"], found["single"], found["double"]) if word is not None))  # fmt: skip
    return Path(tuple(steps))


def follow(document: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """Every value the path leads to, with what its wildcards stood for, joined by `/`.

    >>> list(follow({"data": [{"v": 1}, {"w": 2}, {"v": 3}]}, parse("$.data[*].v")))
    [('0', 1), ('2', 3)]
    """
    found: list[tuple[str, Any]] = [("", document)]
    for step in path.steps:
        found = [pair for under, value in found for pair in _one(under, value, step)]
    yield from found


def first(document: Any, path: Path) -> Any:
    """First value the path leads to, None if it leads nowhere.

    >>> first({"time": 5}, parse("time")), first({}, parse("time"))
    (5, None)
    """
    return next((value for _, value in follow(document, path)), None)


def _one(under: str, value: Any, step: str | int | None) -> Iterator[tuple[str, Any]]:
    if step is None:
        rows = (
            value.items()
            if isinstance(value, Mapping)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        yield from ((f"{under}/{name}".lstrip("/"), one) for name, one in rows)
    elif isinstance(step, int):
        if isinstance(value, list) and -len(value) <= step < len(value):
            yield under, value[step]
    elif isinstance(value, Mapping) and step in value:
        yield under, value[step]
