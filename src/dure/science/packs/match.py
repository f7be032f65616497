"""How like a tag, as people write it, is to a name: whole words compared, in any language and spelling."""

import re
from collections.abc import Iterable

# CamelCase, digits, Latin letters and Hangul are words of their own: "Cell07_Temp온도" is cell 07 temp 온도.
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[가-힣]+|\d+")


def words(written: str) -> tuple[str, ...]:
    """Words of a tag or a name, in lower case.

    >>> words("Line1/Formation/Cell07.ChamberTemp_PV")
    ('line', '1', 'formation', 'cell', '07', 'chamber', 'temp', 'pv')
    """
    return tuple(word.lower() for word in WORD.findall(written))


def likeness(written: str, names: Iterable[str]) -> tuple[int, int]:
    """Length of the longest of `names` found in `written`, in words, and where it ends; (0, 0) for none.

    Hangul is written with and without spaces, so it is compared without.

    >>> likeness("Line1/Chamber/Temperature", ["temperature", "chamber temperature"])
    (2, 4)
    """
    tag = words(written)
    found = [(0, 0)]
    for name in names:
        wanted = words(name)
        found += [
            (len(wanted), end)
            for end in range(len(wanted), len(tag) + 1)
            if wanted and tag[end - len(wanted) : end] == wanted
        ]
        found += _joined(tag, wanted)
    return max(found)


def _joined(tag: tuple[str, ...], wanted: tuple[str, ...]) -> list[tuple[int, int]]:
    """The same for Hangul, whose words may stand together: 챔버온도 and 챔버 온도."""
    name = "".join(wanted)
    if not re.fullmatch(r"[가-힣]{2,}", name):
        return []
    stretch = "".join(word for word in tag if re.fullmatch(r"[가-힣]+", word))
    # Two syllables weigh like one Latin word.
    return [(len(name) // 2, len(tag))] if name in stretch else []
