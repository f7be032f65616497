"""Names of the columns: each its own, without blanks around it, and what a header holds beside names as notes."""

import re
from collections import Counter
from collections.abc import Sequence

from dure.science.prepare.reading_headers import Header
from dure.science.prepare.reading_notes import Note, note, shown

# Blanks that no one sees: non-breaking, thin, ideographic and zero-width ones, and a byte order mark within.
_BLANKS = " \t\r\n\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
_AROUND = re.compile(rf"^[{_BLANKS}]+|[{_BLANKS}]+$")
_RUN = re.compile(rf"[{_BLANKS}]+")
_UNIT = re.compile(r"(.+?)(\s*[\[(（{][^\[\](){}（）]+[\])）}])")


def named(header: Header) -> tuple[list[str], list[Note]]:
    """Names of the columns, each its own and without blanks around it, and what had to be mended for that.

    A nameless column is called by its place.

    >>> names, notes = named(Header(4, 1, 1, ("bar ", "bar", "", "Temp")))
    >>> names, [(one.key, one.where) for one in notes]
    (['bar', 'bar_2', 'column_3', 'Temp'], [('header-trimmed', 'bar'), ('header-twice', 'bar_2')])
    """
    if not header.names:
        return [f"column_{place}" for place in range(1, header.width + 1)], [note("header-absent")]
    return mended(list(header.names))


def mended(written: Sequence[str]) -> tuple[list[str], list[Note]]:
    """Names without blanks around them and each but once, with notes."""
    notes: list[Note] = []
    names: list[str] = []
    taken = Counter(trimmed(name) for name in written)
    used: set[str] = set()
    for place, as_written in enumerate(written, 1):
        plain = trimmed(as_written) or f"column_{place}"
        name = plain if plain not in used else _free(plain, {*used, *taken})
        used.add(name)
        names.append(name)
        if plain != as_written and trimmed(as_written):
            notes.append(note("header-trimmed", name, written=as_written))
        if name != plain:
            notes.append(note("header-twice", name, written=plain))
    return names, notes


def trimmed(name: str) -> str:
    """A header without blanks around it, and with plain single blanks in it."""
    return _RUN.sub(" ", _AROUND.sub("", name))


def _free(name: str, taken: set[str]) -> str:
    """The name with a number, before a unit in brackets if it has one."""
    found = _UNIT.fullmatch(name)
    bare, unit = found.groups() if found else (name, "")
    number = 2
    while f"{bare}_{number}{unit}" in taken:
        number += 1
    return f"{bare}_{number}{unit}"


def header_notes(header: Header, names: Sequence[str]) -> list[Note]:
    """What a header holds beside names."""
    notes: list[Note] = []
    if header.preamble:
        notes.append(note("header-preamble", lines=len(header.preamble), shown=shown(header.preamble)))
    if header.joined:
        notes.append(note("header-joined", names[-1]))
    if header.units:
        told = [f"{name} {unit}" for name, unit in zip(names, header.units, strict=False) if unit]
        notes.append(note("unit-row", shown=shown(told)))
    if header.descriptions:
        notes.append(note("description-row", shown=shown(header.descriptions)))
    return notes
