"""How numbers are told in a sentence: counts with their noun, shares, stretches of time, names; in both languages."""

from collections.abc import Sequence

from dure.vocabulary import Text

# Nouns that findings count, with the Korean counter that stands behind the number.
_COUNTED = {
    "row": ("row", "rows", "개 행"),
    "value": ("value", "values", "개 값"),
    "time": ("time", "times", "번"),
    "gap": ("gap", "gaps", "번"),
    "text": ("text", "texts", "개 글자 값"),
    "stretch": ("stretch", "stretches", "개 구간"),
    "step": ("step", "steps", "단계"),
    "column": ("column", "columns", "개 열"),
    "file": ("file", "files", "개 파일"),
    "month": ("month", "months", "개월"),
    "level": ("level", "levels", "개 값"),
    "group": ("group", "groups", "개 묶음"),
}


def counted(count: int, noun: str) -> Text:
    """A number with its noun, with thousands separators, singular where it is one.

    >>> counted(1, "gap").en, counted(2_490, "row").en, counted(2_490, "row").ko
    ('1 gap', '2,490 rows', '2,490개 행')
    """
    one, many, counter = _COUNTED[noun]
    return Text(f"{count:,} {one if count == 1 else many}", f"{count:,}{counter}")


def percent(share: float) -> str:
    """A share as people read it, never rounded to a clean 0 or 100.

    >>> percent(0.25), percent(0.00001), percent(0.99999)
    ('25 %', '<0.1 %', '>99.9 %')
    """
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return ">99.9 %"
    return f"{100 * share:.3g} %"


def duration(seconds: float) -> str:
    """A stretch of time as people say it.

    >>> duration(0.02), duration(90), duration(7200), duration(259_200)
    ('20 ms', '90 s', '2 h', '3 d')
    """
    for limit, size, unit in ((1, 1e-3, "ms"), (120, 1, "s"), (7_200, 60, "min"), (172_800, 3_600, "h")):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86_400:.3g} d"


def number(value: float) -> str:
    """A measured number in at most five digits, whole numbers with thousands separators.

    >>> number(1021.25), number(0.00012345), number(65535.0), number(-0.0)
    ('1021.2', '0.00012345', '65,535', '0')
    """
    if value == 0:
        return "0"
    whole = value == int(value) if abs(value) < 1e15 else False
    return f"{int(value):,}" if whole and abs(value) >= 10_000 else f"{value:.5g}"


def shown(names: Sequence[object], most: int = 3) -> str:
    """The first few of many, for a sentence.

    >>> shown(["a", "b", "c", "d"])
    'a, b, c …'
    """
    return ", ".join(str(name) for name in names[:most]) + (" …" if len(names) > most else "")


def quoted(names: Sequence[str], most: int = 8) -> Text:
    """Names of columns in quotes, the first of many and how many more there are.

    >>> quoted(["bar", "amps"]).en, quoted(["a", "b", "c"], most=2).ko
    ('“bar” and “amps”', '“a”, “b” 외 1개')
    """
    marked, more = [f"“{name}”" for name in names[:most]], len(names) - most
    if more > 0:
        return Text(f"{', '.join(marked)} and {more} more", f"{', '.join(marked)} 외 {more}개")
    english = marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} and {marked[-1]}"
    return Text(english, ", ".join(marked))
