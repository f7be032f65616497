r"""InfluxDB line protocol, which many gateways speak: `measurement,tag=value field=1.5,other=2i 1700000000000000000`.

Source: InfluxData, "Line protocol", versions 1 and 2.
"""

import re
from collections.abc import Iterator

from dure.plant.connect.push.points import Point, enough, point, time_of
from dure.plant.connect.push.refusals import BodyRefused
from dure.vocabulary import Text

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_TRUTH = {
    word: word[0] in "tT" for word in ("t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE")
}
_ESCAPED = re.compile(r"\\([,= \\])")


def read_lines(content: bytes, now: int, precision: str = "ns") -> list[Point]:
    r"""Points of a body of lines; a line without a time bears `now` [ns].

    A field's name is `measurement/tag=value/…/field`, tags in the order of their keys.

    Raises
    ------
    BodyRefused
        Naming the line.

    Examples
    --------
    >>> points = read_lines(b'press,cell=7,line=a force=12.5,state="run",n=3i 1767225600000000000', 0)
    >>> [(one.name, one.value, one.text) for one in points][:2]
    [('press/cell=7/line=a/force', 12.5, None), ('press/cell=7/line=a/state', nan, 'run')]
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise BodyRefused(Text("it is not in UTF-8", "UTF-8이 아닙니다")) from None
    points: list[Point] = []
    for number, line in enumerate(_lines(text), 1):
        plain = line.strip(" \r")
        if plain and not plain.startswith("#"):
            points += _line(plain, now, precision, f"{number}: ")
            enough(points)
    return points


def _line(line: str, now: int, precision: str, at: str) -> list[Point]:
    key, fields, *rest = [part for part in _split(line, " ") if part] + [""] * 2
    stamp, *more = rest or [""]
    if not fields or any(more):
        raise BodyRefused(Text(f"{at}it is no line of measurement, fields and time", f"{at}측정·필드·시각 형식이 아닙니다"))  # fmt: skip
    from datetime import UTC

    when = time_of(stamp, UTC, unit=precision, at=at) if stamp else now
    measurement, *tags = _split(key, ",")
    path = [_plain(measurement).replace("/", "_"), *sorted(_tag(tag, at) for tag in tags)]
    return [_field(field, path, when, at) for field in _split(fields, ",")]


def _tag(tag: str, at: str) -> str:
    parts = _split(tag, "=")
    if len(parts) != 2 or not all(parts):
        raise BodyRefused(Text(f"{at}{tag[:40]!r} is no tag", f"{at}{tag[:40]!r}은(는) 태그가 아닙니다"))
    return f"{_plain(parts[0])}={_plain(parts[1])}".replace("/", "_")


def _field(field: str, path: list[str], when: int, at: str) -> Point:
    parts = _split(field, "=")
    value = _value(parts[1]) if len(parts) == 2 and parts[0] else None
    if value is None:
        raise BodyRefused(
            Text(f"{at}{field[:40]!r} is no field", f"{at}{field[:40]!r}은(는) 필드가 아닙니다")
        )
    return point("/".join([*path, _plain(parts[0]).replace("/", "_")]), when, value, at=at)


def _value(word: str) -> float | bool | str | None:
    if len(word) >= 2 and word[0] == word[-1] == '"':
        return word[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if word in _TRUTH:
        return _TRUTH[word]
    plain = word.removesuffix("i").removesuffix("u")
    return float(plain) if _NUMBER.fullmatch(plain) else None


def _plain(word: str) -> str:
    return _ESCAPED.sub(r"\1", word)


def _lines(text: str) -> Iterator[str]:
    """Lines; a line end within quotation marks is part of a text."""
    yield from _split(text, "\n") if '"' in text else text.split("\n")


def _split(text: str, sign: str) -> list[str]:
    """Parts between signs that are neither escaped nor within quotation marks."""
    if '"' not in text and "\\" not in text:
        return text.split(sign)
    parts, begin, quoted, place = [], 0, False, 0
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter == '"':
            quoted = not quoted
        elif letter == sign and not quoted:
            parts.append(text[begin:place])
            begin = place + 1
        place += 1
    return [*parts, text[begin:]]
