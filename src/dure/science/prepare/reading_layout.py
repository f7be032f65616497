"""How a text is laid out as a table: what divides its fields, and where its header stands."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from dure.science.prepare.reading_headers import Header, Row, header_of
from dure.science.prepare.reading_values import is_number, is_value

# In order of preference where several divide the lines evenly: a comma may be a decimal mark, a space part of a time.
SEPARATORS = (";", "\t", "|", ",")
# One blank stands for any run of blanks; two for runs of two or more, so that a name may hold one.
BLANK, BLANKS = " ", "  "
# A sign that no text holds: it divides nothing.
NOTHING = "\x1f"
_HEAD = 1_000_000
_LOOKED_AT = 200
_FIRST_ROWS = 400
# Of so many lines a preamble may be the greater part.
_FEW = 20
_TWO_BLANKS = re.compile(r" {2,}|\t+")


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a table lies in a text: what divides its fields, its header, and fields of rows to judge by."""

    separator: str
    header: Header
    fields: tuple[str, ...]


def shape_of(content: bytes) -> Shape:
    """The layout of a text table (UTF-8, plain line ends), judged by its first lines and by lines from its middle."""
    head = content[:_HEAD].decode("utf-8", "ignore")
    cut = len(content) > _HEAD
    middle = _middle(content) if cut and '"' not in head else ""
    separator = separator_of(_lines(middle or head))
    rows = list(islice(rows_of(head, separator), _FIRST_ROWS))
    if cut and 1 < len(rows) < _FIRST_ROWS:
        rows.pop()
    if not rows:
        return Shape("", Header(1), ())
    sample = list(islice(rows_of(middle, separator), _LOOKED_AT))[:-1] if middle else []
    header = header_of(rows, sample or rows)
    told = sample or [row for row in rows if row[0] > header.skip]
    return Shape(separator, header, tuple(field.strip() for _, row in told for field in row))


def separator_of(lines: Sequence[str]) -> str:
    r"""What divides the fields: a sign, a blank, two blanks, or nothing.

    Judged by which divides the lines evenly; of many lines the latter half counts, for preambles come first.

    >>> separator_of(["a;b", "1,5;2,5"]), separator_of(["  1.0   2.0", " 3.0 4.0"]), separator_of(["x", "1"])
    (';', ' ', '')
    """
    if len(lines) > _FEW:
        return _separator_of(list(lines[len(lines) // 2 :]))
    found = _separator_of(list(lines))
    # a preamble may be longer than a short table
    last = list(lines[-max(3, len(lines) // 3) :])
    if found or len(lines) <= 3 or _values(last, _separator_of(last)) < 0.5:
        return found
    return _separator_of(last)


def _separator_of(late: list[str]) -> str:
    if not late:
        return ""
    best = max(SEPARATORS, key=lambda sign: (_evenness(late, sign), -SEPARATORS.index(sign)))
    blank = _blank_dividing(late)
    if _evenness(late, best) > 0.5 and not (
        blank and best == "," and _values(late, blank) > _values(late, best)
    ):
        return best
    return blank or (best if _evenness(late, best) > 0 else "")


def is_even(text: str) -> bool:
    """Whether nearly every line has the same number of fields, at least two: a table and no prose."""
    lines = _lines(text)
    return bool(lines) and (
        bool(_blank_dividing(lines)) or any(_evenness(lines, sign) > 0.9 for sign in SEPARATORS)
    )


def rows_of(text: str, separator: str) -> Iterator[Row]:
    """Number of the line a row ends in, from 1, and its fields; blank lines are no rows."""
    if separator in (BLANK, BLANKS):
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield number, divided(line, separator)
        return
    reader = csv.reader(io.StringIO(text), delimiter=separator or NOTHING)
    for row in reader:
        if len(row) > 1 or (row and row[0].strip(" ")):
            yield reader.line_num, row


def divided(line: str, separator: str) -> list[str]:
    """Fields of a line divided by blanks."""
    return line.split() if separator == BLANK else _TWO_BLANKS.split(line.strip())


def _lines(text: str) -> list[str]:
    """Lines to judge by, the last of them left out where it may be cut."""
    lines = [line for line in text[:_HEAD].split("\n")[:_LOOKED_AT] if line.strip()]
    return lines[:-1] or lines if len(lines) == _LOOKED_AT or len(text) > _HEAD else lines


def _middle(content: bytes) -> str:
    """Whole lines from the middle, where neither preamble nor footer is."""
    begin = content.find(b"\n", len(content) // 2)
    return content[begin + 1 : begin + 1 + _HEAD // 5].decode("utf-8", "ignore") if begin >= 0 else ""


def _evenness(lines: list[str], sign: str) -> float:
    """Share of lines with the commonest number of fields, 0 if that number is one."""
    counts = Counter(len(row) for row in csv.reader(lines, delimiter=sign))
    fields, times = max(counts.items(), key=lambda one: (one[1], one[0]))
    return times / sum(counts.values()) if fields > 1 else 0.0


def _values(lines: list[str], sign: str) -> float:
    """Share of fields that are numbers or times."""
    fields = [field.strip() for _, row in rows_of("\n".join(lines), sign) for field in row]
    return sum(map(is_value, fields)) / max(len(fields), 1)


def _blank_dividing(lines: list[str]) -> str:
    """A blank or two, if such divide nearly all lines evenly into mostly numbers and times; else nothing."""
    for sign in (BLANK, BLANKS):
        rows = [divided(line, sign) for line in lines]
        width, times = Counter(map(len, rows)).most_common(1)[0]
        fields = [field for row in rows[1:] or rows for field in row]
        numbers = sum(map(is_number, fields)) / max(len(fields), 1)
        if width < 2 or times <= 0.9 * len(rows) or numbers < 0.3 or _values(lines, sign) < 0.5:
            continue
        if sign == BLANK and len(rows[0]) != width and len(divided(lines[0], BLANKS)) == width:
            continue
        return sign
    return ""
