"""What a payload says when nobody has said where to look: a number, a word, or JSON of any depth.

In JSON a field with the name and the shape of a time is the time of the fields beside and below it; `value`
beside it is the topic's own reading; `unit` and `quality` beside it belong to it. Tasmota's and Zigbee2MQTT's
messages need nothing more.
"""

import json
import math
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any, NamedTuple

from dure.plant.connect.mqtt.moments import is_name, moment
from dure.plant.connect.mqtt.rules import Path, unit_of

DEEPEST, LONGEST_LIST, MOST_FIELDS = 12, 64, 2000
LONGEST_TEXT = 4096  # characters of a reading in words
VALUES = frozenset({"value", "val", "v"})
UNITS = frozenset({"unit", "units", "uom", "unit_of_measurement", "engunit"})
QUALITIES = frozenset({"quality", "q", "qualitycode"})
BESIDE = VALUES | UNITS | QUALITIES
GOOD, UNCERTAIN, BAD = 0, 1, 2
_WORDS = {"good": GOOD, "ok": GOOD, "uncertain": UNCERTAIN, "bad": BAD, "stale": BAD, "error": BAD}
_DECODE = json.JSONDecoder().decode


class Unreadable(ValueError):
    """A payload that cannot be understood."""


class Reading(NamedTuple):
    """One reading of a payload: where it lies (empty: the topic itself), its value or None, its time [ns] or None."""

    path: Path
    value: Any
    time: int | None = None
    quality: int = GOOD
    unit: str = ""


def content_of(payload: bytes) -> Any:
    """JSON, or the text itself where it does not look like JSON.

    Raises
    ------
    Unreadable

    Examples
    --------
    >>> content_of(b"21.5"), content_of(b"ON"), content_of(b'{"v": 1}')
    (21.5, 'ON', {'v': 1})
    """
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8") from None
    try:
        return _DECODE(text)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError as refused:
        text = text.strip()
        if text[:1] in ("{", "["):
            raise Unreadable(f"it is no JSON: {str(refused)[:100]}") from None
    return _plain(text)


def readings_of(content: Any, zone: tzinfo) -> Iterator[Reading]:
    """Every reading that a payload holds.

    Raises
    ------
    Unreadable
        If it has more fields or is deeper than a reading is.

    Examples
    --------
    >>> from datetime import UTC
    >>> [(r.path, r.value) for r in readings_of({"Time": "2023-11-14T22:13:20", "AM2301": {"Temperature": 24.6}}, UTC)]
    [(('AM2301', 'Temperature'), 24.6)]
    >>> list(readings_of({"value": 3, "ts": 1_700_000_000, "unit": "bar"}, UTC))
    [Reading(path=(), value=3, time=1700000000000000000, quality=0, unit='bar')]
    """
    if isinstance(content, list) and content and all(isinstance(one, dict) for one in content):
        if len(content) > MOST_FIELDS:
            raise Unreadable(f"it has more than {MOST_FIELDS} records")
        for record in content:
            yield from _walk(record, (), None, zone)
        return
    yield from _walk(content, (), None, zone)


def quality_of(written: Any) -> int:
    """0 good, 1 uncertain, 2 bad: of a word, or of the number that OPC gives it (192 and above is good).

    >>> quality_of("GOOD"), quality_of(192), quality_of(0), quality_of("bad"), quality_of(None)
    (0, 0, 2, 2, 1)
    """
    if isinstance(written, str):
        return _WORDS.get(written.lower(), UNCERTAIN)
    if type(written) in (int, float):
        return GOOD if written >= 192 else UNCERTAIN if written >= 64 else BAD
    return UNCERTAIN


def number_of(value: Any) -> float | None:
    """A number or a truth as a float, NaN of null and of a number no float can hold; None where it is words.

    >>> number_of(True), number_of(3), number_of("ON")
    (1.0, 3.0, None)
    """
    if isinstance(value, str):
        return None
    if value is None:
        return math.nan
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        return math.nan


def _plain(text: str) -> Any:
    """A payload that is no JSON: a number with a sign or blanks, or words."""
    try:
        return float(text)
    except ValueError:
        pass
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise Unreadable("it is neither a number, JSON nor words")
    return text


def _walk(content: Any, path: Path, time: int | None, zone: tzinfo) -> Iterator[Reading]:
    if len(path) > DEEPEST:
        raise Unreadable(f"it is deeper than {DEEPEST} levels")
    if isinstance(content, dict):
        yield from _fields(content, path, time, zone)
    elif isinstance(content, list):
        if len(content) > LONGEST_LIST:
            raise Unreadable(f"a list has more than {LONGEST_LIST} entries")
        for place, one in enumerate(content):
            yield from _walk(one, (*path, place), time, zone)
    elif isinstance(content, str) and len(content) > LONGEST_TEXT:
        raise Unreadable(f"a text has more than {LONGEST_TEXT} characters")
    else:
        yield Reading(path, content, time)


def _fields(content: dict[str, Any], path: Path, time: int | None, zone: tzinfo) -> Iterator[Reading]:
    if len(content) > MOST_FIELDS:
        raise Unreadable(f"it has more than {MOST_FIELDS} fields")
    times = {key: found for key, value in content.items() if is_name(key) and (found := moment(value, zone))}
    time = next(iter(times.values()), time)
    left = [key for key in content if key not in times]
    lower = {key.lower(): key for key in left}
    own = next((lower[name] for name in ("value", "val", "v") if name in lower), None)
    beside = {lower[name] for name in UNITS | QUALITIES if name in lower} if own is not None else set()
    if own is not None and not isinstance(content[own], dict | list):
        quality = next((quality_of(content[lower[name]]) for name in QUALITIES if name in lower), GOOD)
        unit = next((unit_of(content[lower[name]]) for name in UNITS if name in lower), "")
        yield Reading(path, content[own], time, quality, unit)
        beside.add(own)
    degrees = unit_of(content.get("TempUnit")) if "TempUnit" in content else ""
    for key in left:
        if key in beside or key == "TempUnit":
            continue
        for reading in _walk(content[key], (*path, key), time, zone):
            warm = degrees and reading.path[-1] in ("Temperature", "DewPoint", "HeatIndex")
            yield reading._replace(unit=degrees) if warm else reading
