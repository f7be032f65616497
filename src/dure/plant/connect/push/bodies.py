"""Bodies of requests: JSON and CSV, to points."""

import csv
import io
import json
from datetime import tzinfo
from typing import Any

from dure.plant.connect.push.points import Point, enough, point, time_of
from dure.plant.connect.push.refusals import BodyRefused
from dure.vocabulary import Text

DEEPEST = 200  # columns of a CSV


def read_json(content: bytes, now: int, zone: tzinfo) -> list[Point]:
    """Points of a JSON body: `{signal, time, value, quality, unit}`, a list of them, or `{time, signals: {name: value}}`.

    A reading without a time bears the time `now` [ns] at which it came: sent again it is another one.

    Raises
    ------
    BodyRefused

    Examples
    --------
    >>> from datetime import UTC
    >>> body = b'{"time": "2026-01-01T00:00:00Z", "signals": {"T": 20.5, "state": "run"}}'
    >>> [(one.name, one.value, one.text) for one in read_json(body, 0, UTC)]
    [('T', 20.5, None), ('state', nan, 'run')]
    """
    try:
        found = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BodyRefused(Text("it is no JSON", "JSON이 아닙니다")) from None
    entries = found if isinstance(found, list) else [found]
    enough(entries)
    points: list[Point] = []
    for number, entry in enumerate(entries, 1):
        at = f"{number}: " if len(entries) > 1 else ""
        points += _entry(entry, now, zone, at)
        enough(points)
    return points


def _refuse_constant(word: str) -> Any:
    raise ValueError(word)


def _entry(entry: Any, now: int, zone: tzinfo, at: str) -> list[Point]:
    if not isinstance(entry, dict):
        raise BodyRefused(Text(f"{at}a reading is an object", f"{at}측정값은 객체여야 합니다"))
    when = now if entry.get("time") is None else time_of(entry["time"], zone, at=at)
    quality = entry.get("quality", "good")
    if "signals" in entry:
        signals = entry["signals"]
        if not isinstance(signals, dict):
            raise BodyRefused(Text(f"{at}“signals” is no object", f"{at}“signals”가 객체가 아닙니다"))
        return [point(name, when, value, quality=quality, at=at) for name, value in signals.items()]
    if "value" not in entry:
        raise BodyRefused(Text(f"{at}there is no “value”", f"{at}“value”가 없습니다"))
    unit = entry.get("unit") or ""
    return [point(entry.get("signal"), when, entry["value"], quality=quality, unit=unit, at=at)]


def read_csv(content: bytes, now: int, zone: tzinfo) -> list[Point]:
    r"""Points of a CSV body: columns signal, time, value (quality, unit); or a column time and one for every signal.

    Raises
    ------
    BodyRefused

    Examples
    --------
    >>> from datetime import UTC
    >>> [(one.name, one.value) for one in read_csv(b"time,T,p\n2026-01-01T00:00:00Z,20.5,\n", 0, UTC)]
    [('T', 20.5)]
    """
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        header = [name.strip() for name in next(rows, [])]
    except (UnicodeDecodeError, csv.Error):
        raise BodyRefused(Text("it is no CSV in UTF-8", "UTF-8 CSV가 아닙니다")) from None
    if not 0 < len(header) <= DEEPEST or len(set(header)) != len(header):
        raise BodyRefused(Text(f"its header must name 1 to {DEEPEST} different columns", f"머리글에 서로 다른 열 이름이 1–{DEEPEST}개 있어야 합니다"))  # fmt: skip
    points: list[Point] = []
    try:
        for row in rows:
            if row:
                points += _row(header, row, now, zone, f"{rows.line_num}: ")
                enough(points)
    except csv.Error:
        raise BodyRefused(
            Text(f"{rows.line_num}: it is no CSV", f"{rows.line_num}: CSV가 아닙니다")
        ) from None
    return points


def _row(header: list[str], row: list[str], now: int, zone: tzinfo, at: str) -> list[Point]:
    if len(row) != len(header):
        raise BodyRefused(Text(f"{at}it has {len(row)} fields, not {len(header)}", f"{at}필드가 {len(header)}개가 아니라 {len(row)}개입니다"))  # fmt: skip
    cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
    when = time_of(cells["time"], zone, at=at) if cells.get("time") else now
    if {"signal", "value"} <= cells.keys():
        quality, unit = cells.get("quality") or "good", cells.get("unit") or ""
        return [
            point(cells["signal"], when, number_or_words(cells["value"]), quality=quality, unit=unit, at=at)
        ]
    return [
        point(name, when, number_or_words(cell), at=at)
        for name, cell in cells.items()
        if name != "time" and cell
    ]


def number_or_words(cell: str) -> float | str | None:
    """A cell as a number if it is one, nothing if it is empty, else its words.

    >>> number_or_words("2.50"), number_or_words("run"), number_or_words("")
    (2.5, 'run', None)
    """
    if not cell:
        return None
    try:
        return float(cell) if cell.isascii() and not cell.strip("+-").isalpha() and "_" not in cell else cell
    except ValueError:
        return cell
