"""Where the header of a table stands, and what its lines say: names, units, descriptions, a preamble above.

A column is *clean* where every field of the rows looked at is a number or a time. A line of the right width with
text in every clean column is no row: it is a header, or the units or descriptions beside one.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dure.science.prepare.reading_values import MISSING, are_units, is_number, is_value, unit_of

Row = tuple[int, list[str]]
# A preamble of which so much is rows of numbers is none: the file is uneven.
_MOST_NUMBERS = 0.3
_FEW = 20


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the rows; `line` is the header's own (from 1, 0 if there is none), `skip` counts all lines.

    `width` is the number of fields of a row as written, `names` are as written and may be fewer; `ends_empty` says that
    the last field of every row is empty, for a separator stands there.
    """

    width: int
    line: int = 0
    skip: int = 0
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    preamble: tuple[str, ...] = ()
    joined: bool = False
    ends_empty: bool = False


def header_of(rows: Sequence[Row], sample: Sequence[Row]) -> Header:
    """The header of a table.

    Parameters
    ----------
    rows
        The first rows: number of the line, and fields.
    sample
        Rows to judge by what a row is; the same, or from the middle of the file.
    """
    lines = [[field.strip() for field in row] for _, row in rows]
    judged = lines if sample is rows else [[field.strip() for field in row] for _, row in sample]
    look = _Look.at(lines, judged)
    start, end = _block(lines, look)
    if _mostly_numbers(lines[:start]):
        start, end = 0, 0 if all(map(is_value, lines[0])) else 1
    skip = rows[end - 1][0] if end else 0
    above = tuple(_joined(row) for row in lines[:start])
    if start == end:
        names = _short_names(lines, start, look, judged)
        if names:
            return Header(look.width, rows[start - 1][0], skip, names, preamble=above[:-1])
        return Header(look.width, skip=skip, preamble=above, ends_empty=look.ends_empty)
    return _told([rows[n][1] for n in range(start, end)], look, rows[start][0], skip, above)


@dataclass(frozen=True, slots=True)
class _Look:
    """What rows have in common: fields, filled fields, clean columns, and whether the last field is always empty."""

    width: int
    filled: int
    clean: tuple[int, ...]
    ends_empty: bool

    @classmethod
    def at(cls, lines: list[list[str]], judged: list[list[str]]) -> "_Look":
        late = judged[len(judged) // 2 :] if len(judged) > 20 or judged is not lines else judged
        counts = Counter(map(len, late))
        most = max(counts.values())
        width = next(len(row) for row in late if counts[len(row)] == most)
        if len(judged) <= _FEW and len({len(row) for row in judged[-3:]}) == 1 and len(judged[-1]) > 1:
            width = len(judged[-1])  # a preamble may be longer than a short table
        fitting = [row for row in judged if len(row) == width]
        body, clean = max(
            (_clean_in(fitting[-most:], width) for most in _portions(len(fitting))),
            key=lambda one: len(one[1]),
        )
        filled = sorted(sum(map(bool, row)) for row in body)[len(body) // 2]
        return cls(width, filled, clean, all(not row[-1] for row in body))

    def fits(self, row: list[str]) -> bool:
        """Whether a row has the fields of a row, give or take a separator at the end."""
        if sum(map(bool, row)) < 0.5 * self.filled:
            return False
        return (
            len(row) == self.width
            or (len(row) == self.width + 1 and not row[-1])
            or (len(row) == self.width - 1 and self.ends_empty)
        )

    def is_text(self, row: list[str]) -> bool:
        """Whether a row has text wherever rows have numbers or times."""
        there = [row[place] for place in self.clean if place < len(row)]
        return self.fits(row) and bool(there) and not any(map(is_value, there))

    def is_group(self, row: list[str], below: list[str]) -> bool:
        """Whether a row has text with gaps over names that repeat: a group over each first of them."""
        repeats = len(set(filter(None, below))) < len(list(filter(None, below)))
        return self.fits(row) and repeats and "" in row and not any(map(is_value, filter(None, row)))

    def is_row(self, row: list[str]) -> bool:
        """Whether a row has numbers or times wherever rows have."""
        there = [row[place] for place in self.clean if place < len(row)]
        return self.fits(row) and all(map(is_value, there))


def _portions(rows: int) -> list[int]:
    """How many of the last rows to judge by: half of them, or fewer where a header lies among those."""
    return sorted({max(1, rows - rows // 2), max(1, rows // 4), min(2, rows)}, reverse=True)


def _clean_in(body: list[list[str]], width: int) -> tuple[list[list[str]], tuple[int, ...]]:
    return body, tuple(place for place in range(width) if _is_clean([row[place] for row in body]))


def _is_clean(fields: list[str]) -> bool:
    told = [field for field in fields if field not in MISSING]
    return bool(told) and all(map(is_value, told))


def _block(lines: list[list[str]], look: _Look) -> tuple[int, int]:
    """First line of the header, and the line after it; equal where there is none."""
    first = next((n for n, row in enumerate(lines) if _settled(lines, n, look)), 0)
    texts = [n for n, row in enumerate(lines) if look.is_text(row) and (n <= first or len(look.clean) > 1)]
    for last in reversed(texts):
        if last == first or not _many_rows(lines[:last], look):
            return _widened(lines, last, look)
    if _begins_with_names(lines[first], look):
        return _widened(lines, first, look)
    return first, first


def _settled(lines: list[list[str]], n: int, look: _Look) -> bool:
    """Whether from here on rows fit, as far as five of them."""
    return all(look.fits(row) for row in lines[n : n + 1]) and all(
        len(row) in (look.width, look.width + 1) for row in lines[n + 1 : n + 5]
    )


def _many_rows(above: list[list[str]], look: _Look) -> bool:
    rows = [row for row in above if look.fits(row)]
    return bool(rows) and sum(map(look.is_row, rows)) > _MOST_NUMBERS * len(rows)


def _widened(lines: list[list[str]], last: int, look: _Look) -> tuple[int, int]:
    """The header with the lines above that are no rows either, and with units below that look like one."""
    start = last
    while start > 0 and (look.is_text(lines[start - 1]) or look.is_group(lines[start - 1], lines[start])):
        start -= 1
    end = last + 1
    if end < len(lines) and look.fits(lines[end]) and are_units(lines[end]) and len(lines) > end + 1:
        end += 1
    return start, end


def _begins_with_names(row: list[str], look: _Look) -> bool:
    """Whether a first row that is partly text is a header: positions and years rise along it."""
    if all(map(is_value, row)):
        return False
    there = [row[place] for place in look.clean if place < len(row) and row[place] not in MISSING]
    if not there or not all(map(is_value, there)):
        return True
    numbers = [float(field) for field in there if re.fullmatch(r"\d+(\.\d+)?", field)]
    steps = [later - sooner for sooner, later in pairwise(numbers)]
    steady = all(step > 0 for step in steps) or all(step < 0 for step in steps)
    enough = 2 if all(number == int(number) for number in numbers) else 3
    return len(numbers) == len(there) >= enough and steady


def _mostly_numbers(above: list[list[str]]) -> bool:
    """Whether what stands above the header is rows: the file is uneven then, and has no preamble."""
    rows = [row for row in above if len(row) > 1 and all(is_number(field) for field in row if field)]
    return len(rows) > _MOST_NUMBERS * len(above)


def _short_names(lines: list[list[str]], start: int, look: _Look, judged: list[list[str]]) -> tuple[str, ...]:
    """Names right above the rows that are not as many as the rows' fields; one fewer over running numbers is usual.

    Where they are neither, they come back as they are, so that the reader can refuse the file.
    """
    above = lines[start - 1] if start else []
    if len(above) < 2 or 2 * len(above) < look.width or any(map(is_value, above)):
        return ()
    first = [row[0] for row in judged if len(row) == look.width][:50]
    if len(above) == look.width - 1 and _counts(first):
        return ("", *above)
    return tuple(above)


def _counts(fields: list[str]) -> bool:
    """Whether fields are running numbers, as row names are."""
    if not all(field.isdigit() for field in fields):
        return False
    numbers = [int(field) for field in fields]
    return all(later == sooner + 1 for sooner, later in pairwise(numbers))


def _told(block: list[list[str]], look: _Look, line: int, skip: int, above: tuple[str, ...]) -> Header:
    """The lines of a header by what each says."""
    lines = [_to_width(row, look.width) for row in block]
    units = next((row for row in reversed(lines[1:]) if are_units([f.strip() for f in row])), None)
    rest = [row for row in lines if row is not units]
    if units and not any(all(field.strip() for field in row) for row in rest):
        rest, units = lines, None  # `bar` below a group that stands over several is its name
    names, others, upper, joined = _names_among(rest, small=look.width < 3)
    return Header(
        look.width,
        line + lines.index(names) if not joined else line,
        skip,
        tuple(names),
        tuple(unit_of(field.strip()) for field in units) if units else (),
        tuple(_joined(row) for row in others),
        above + tuple(_joined(row) for row in upper),
        joined,
        look.ends_empty,
    )


def _names_among(
    rest: list[list[str]], *, small: bool
) -> tuple[list[str], list[list[str]], list[list[str]], bool]:
    """The line of names, the lines of descriptions, the lines that belong to the preamble, and whether names were joined."""
    if len(rest) == 1:
        return rest[0], [], [], False
    full = [row for row in rest if all(field.strip() for field in row)]
    if small or not full:
        return rest[-1], [], rest[:-1], False
    names = full[0]
    place = next(n for n, row in enumerate(rest) if row is names)
    above, below = rest[:place], rest[place + 1 :]
    if above and len({field.strip() for field in names}) < len(names):
        return _under(above[-1], names), below, above[:-1], True
    return names, below, above, False


def _under(groups: list[str], names: list[str]) -> list[str]:
    """Names with the group that stands above the first of them: `Pump 1` over `bar`, `rpm`."""
    found, group = [], ""
    for over, name in zip(groups, names, strict=True):
        group = over.strip() or group
        found.append(f"{group} {name.strip()}".strip())
    return found


def _to_width(row: list[str], width: int) -> list[str]:
    return [*row[:width], *[""] * (width - len(row))]


def _joined(row: Sequence[str]) -> str:
    return " ".join(field.strip() for field in row if field.strip())
