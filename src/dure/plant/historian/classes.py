"""How long each class of signals is kept: `historian/classes.toml`, a text that a person edits."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dure.plant.historian.errors import ClassesWrong

FILE = "classes.toml"
_KEEPS = ("raw_days", "minute_days", "hour_days")
_EXAMPLE = """\
# How long samples are kept, by class of signals. A signal belongs to the first class with a pattern that fits its id;
# what fits none is kept for ever. 0 or an absent line: for ever.
#
# [vibration]
# patterns = ["*/Vibration*", "press1/*/Acceleration"]
# raw_days = 90
# minute_days = 730
# hour_days = 0
"""


@dataclass(frozen=True, slots=True)
class SignalClass:
    """One class: patterns of ids (`*` any text), and for how many days samples, minutes and hours stay; 0 for ever."""

    name: str
    patterns: tuple[str, ...] = ()
    raw_days: int = 0
    minute_days: int = 0
    hour_days: int = 0

    def fits(self, signal: str) -> bool:
        """Whether a signal is meant.

        >>> SignalClass("vibration", ("line1/*/Vib*",)).fits("line1/Cell01/Vibration")
        True
        """
        return any(fnmatchcase(signal, pattern) for pattern in self.patterns)


def read_classes(folder: Path) -> tuple[SignalClass, ...]:
    """The classes of a home's `classes.toml`; none if there is no file.

    Raises
    ------
    ClassesWrong
        If the file is no such text; it says the line and what is wrong there.
    """
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError as refused:
        raise ClassesWrong(FILE, line=1, reason="it is not UTF-8") from refused
    return parse_classes(text)


def parse_classes(text: str) -> tuple[SignalClass, ...]:
    r"""The classes of a text.

    >>> parse_classes('[slow]\npatterns = ["*/Level"]\nraw_days = 400')[0].raw_days
    400
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as refused:
        line = _line_said(str(refused), len(text.splitlines()))
        raise ClassesWrong(FILE, line=line, reason=str(refused).split(" (at")[0].lower()) from refused
    return tuple(_class(name, table, text) for name, table in tables.items())


def write_example(folder: Path) -> None:
    """Lay down an explained, empty file where there is none."""
    if not (folder / FILE).exists():
        (folder / FILE).write_text(_EXAMPLE, encoding="utf-8")


def class_of(signal: str, classes: Sequence[SignalClass]) -> SignalClass | None:
    """The first class that fits a signal."""
    return next((one for one in classes if one.fits(signal)), None)


def _class(name: str, table: Any, text: str) -> SignalClass:
    if not isinstance(table, Mapping):
        raise ClassesWrong(
            FILE, line=_line(text, name), reason=f"{name} is no class; write [{name}] above its lines"
        )
    for key, value in table.items():
        if key == "patterns":
            wrong = (
                not isinstance(value, list)
                or not value
                or not all(isinstance(one, str) and one for one in value)
            )
            reason = 'patterns is a list of texts such as ["line1/*"]'
        else:
            wrong = key in _KEEPS and (type(value) is not int or not 0 <= value <= 36_500)
            reason = f"{key} is a whole number of days from 0 to 36500"
            if key not in _KEEPS:
                wrong, reason = True, f"{key} is not known; known are patterns, {', '.join(_KEEPS)}"
        if wrong:
            raise ClassesWrong(FILE, line=_line(text, key, name), reason=reason)
    if "patterns" not in table:
        raise ClassesWrong(FILE, line=_line(text, f"[{name}"), reason=f"the class {name} has no patterns")
    days = {key: table.get(key, 0) for key in _KEEPS}
    return SignalClass(name, tuple(table["patterns"]), **days)


def _line(text: str, key: str, table: str = "") -> int:
    """Line of a key, behind the head of its table."""
    inside = not table
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        inside = inside or words.startswith((f"[{table}]", f'["{table}"]'))
        if inside and words.startswith((key, f'"{key}"')):
            return number
    return 1


def _line_said(words: str, last: int) -> int:
    """The line that the parser names in its sentence; the `last` where it names the end of the document."""
    _, _, behind = words.partition("(at line ")
    number = behind.partition(",")[0]
    return int(number) if number.isdecimal() else max(1, last)
