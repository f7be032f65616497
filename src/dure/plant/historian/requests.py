"""Requests as foreign input: every one is checked and bounded before it reaches the database."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from dure.plant.historian.errors import RequestRefused
from dure.vocabulary import Quality, Sample

Check = Callable[[Any], Any]  # takes whatever JSON held and gives the value to use, or raises ValueError
LATEST = 2**62  # year 2116: the difference of any two times stays within 64 bits
MAX_SIGNALS = 5_000
MAX_NAME = 500
MAX_ROWS = 50_000
MAX_TEXT = 100_000
MAX_POINTS = 10_000
MAX_TIMES = 100_000
MAX_WAIT = 30.0
MAX_WORDS = 2000
MAX_VALUE = 1.7e308
HOW = ("last", "mean", "min", "max", "sum", "count")
WITH_ARROW = ("append", "correct", "backfill")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def parse(message: bytes) -> tuple[str, dict[str, Any]]:
    """Name of the operation and its checked arguments; Arrow bytes behind the first line become `arrow`.

    >>> parse(b'{"do": "gaps", "source": "line1"}')
    ('gaps', {'source': 'line1'})

    Raises
    ------
    RequestRefused
        If the message is no such request; it says which argument is wrong.
    """
    try:
        header, _, arrow = message.partition(b"\n")
        request = json.loads(header)
    except (ValueError, RecursionError) as refused:
        raise RequestRefused("?", reason="it is not JSON") from refused
    if not isinstance(request, dict) or not isinstance(request.get("do"), str):
        raise RequestRefused("?", reason="it names no operation")
    do = request.pop("do")
    if do not in REQUESTS:
        raise RequestRefused(do[:MAX_NAME], reason="there is no such operation")
    found = _checked(do, request, REQUESTS[do])
    return do, {**found, "arrow": arrow} if do in WITH_ARROW else found


def _checked(do: str, request: dict[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    if strange := sorted(set(request) - set(checks)):
        raise RequestRefused(do, reason=f"unknown argument {strange[0][:MAX_NAME]}")
    found = {}
    for name, check in checks.items():
        try:
            found[name] = check(request.get(name))
        except (ValueError, TypeError, OverflowError) as refused:
            raise RequestRefused(do, reason=f"{name}: {refused}") from refused
    start, end = found.get("start"), found.get("end")
    if start is not None and end is not None and start > end:
        raise RequestRefused(do, reason="start lies after end")
    return found


def _number(low: int, high: int) -> Check:
    def check(given: Any) -> int:
        if type(given) is not int or not low <= given <= high:
            raise ValueError(f"not a whole number from {low} to {high}")
        return given

    return check


def _or_none(check: Check) -> Check:
    return lambda given: None if given is None else check(given)


def _name(given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= MAX_NAME:
        raise ValueError(f"not a text of 1 to {MAX_NAME} characters")
    given.encode()  # a lone surrogate is no UTF-8, and a ValueError
    return given


def _names(given: Any) -> list[str]:
    if not isinstance(given, list) or len(given) > MAX_SIGNALS:
        raise ValueError(f"not a list of at most {MAX_SIGNALS} signals")
    return list(dict.fromkeys(_name(name) for name in given))


def _source(given: Any) -> str:
    if not isinstance(given, str) or not _SOURCE.fullmatch(given):
        raise ValueError("not a slug of a-z, 0-9 and hyphens")
    return given


def _flag(given: Any) -> bool:
    if given not in (None, True, False):
        raise ValueError("not true or false")
    return bool(given)


def _wait(given: Any) -> float:
    if type(given) not in (int, float) or not 0 <= given <= MAX_WAIT:
        raise ValueError(f"not a number of seconds from 0 to {MAX_WAIT}")
    return float(given)


def _day(given: Any) -> date:
    if not isinstance(given, str):
        raise TypeError("not a day such as 2026-11-24")
    return date.fromisoformat(given)


def _rows(given: Any) -> list[Sample]:
    if not isinstance(given, list) or len(given) > MAX_ROWS:
        raise ValueError(f"not a list of at most {MAX_ROWS} samples")
    return [_sample(row) for row in given]


def _sample(row: Any) -> Sample:
    if not isinstance(row, list) or len(row) != 7:
        raise ValueError("a sample is a list of seven")
    signal, moment, sequence, value, text, quality, received = row
    if type(value) not in (int, float, type(None)):
        raise ValueError("the value of a sample is no number")
    return Sample(
        _name(signal),
        time=_moment(moment),
        sequence=_number(-(2**31), 2**31 - 1)(sequence),
        value=float("nan") if value is None else float(value),
        text=_or_none(_text)(text),
        quality=Quality(_number(0, 2)(quality)),
        received=_moment(received),
    )


def _times(given: Any) -> list[int]:
    if not isinstance(given, list) or len(given) > MAX_TIMES:
        raise ValueError(f"not a list of at most {MAX_TIMES} times")
    return [_moment(one) for one in given]


def _text(given: Any) -> str:
    if not isinstance(given, str) or len(given) > MAX_TEXT:
        raise ValueError(f"not a text of at most {MAX_TEXT} characters")
    given.encode()
    return given


def _words(given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given.strip()) <= MAX_WORDS:
        raise ValueError(f"not a text of 1 to {MAX_WORDS} characters")
    given.encode()
    return given.strip()


def _finite(given: Any) -> float:
    if type(given) not in (int, float) or not -MAX_VALUE <= given <= MAX_VALUE:
        raise ValueError("not a finite number")
    return float(given)


def _one_of(*known: str) -> Check:
    def check(given: Any) -> str:
        if given not in known or not isinstance(given, str):
            raise ValueError(f"not one of {', '.join(known)}")
        return given

    return check


_moment = _number(0, LATEST - 1)
_record: dict[str, Check] = {"by": _words, "reason": _words}
_raw: dict[str, Check] = {"raw": _flag}
_range: dict[str, Check] = {"signals": _names, "start": _moment, "end": _moment, **_raw}

REQUESTS: Mapping[str, Mapping[str, Check]] = {
    "append": {"source": _source, "rows": _or_none(_rows)},
    "signals": {},
    "last": {"signals": _or_none(_names)},
    "query": _range,
    "every": {**_range, "every": _number(1, LATEST), "max_age": _or_none(_moment)},
    "average": {**_range, "every": _number(1, LATEST)},
    "asof": {"signals": _names, "times": _times, "max_age": _or_none(_moment), **_raw},
    "interpolate": {
        "signals": _names,
        "times": _times,
        "how": _one_of("linear", "step"),
        "max_age": _or_none(_moment),
        **_raw,
    },
    "gather": {**_range, "every": _number(1, LATEST), "how": _one_of(*HOW)},
    "weighed": _range,
    "states": _range,
    "correct": {
        **_record,
        "signals": _or_none(_names),
        "start": _or_none(_moment),
        "end": _or_none(_moment),
        "value": _or_none(_finite),
        "scale": _or_none(_finite),
        "offset": _or_none(_finite),
        "dry_run": _flag,
    },
    "undo": {**_record, "number": _number(1, LATEST)},
    "backfill": {**_record, "file": _or_none(_words)},
    "corrections": {},
    "trend": {**_range, "points": _number(1, MAX_POINTS)},
    "feed": {"after": _or_none(_moment), "signals": _or_none(_names), "wait": _wait, "json": _flag},
    "measure": {"signals": _or_none(_names), "start": _or_none(_moment), "end": _or_none(_moment)},
    "gaps": {"source": _or_none(_source)},
    "events": {"source": _or_none(_source)},
    "compact": {"day": _day},
    "retention": {"dry_run": _flag},
    "health": {},
}
