"""From words to terms of the index: Latin words and numbers as they are, Korean as pairs of syllables.

Pairs need no dictionary and find 온도 in 챔버온도 and in 온도센서; particles are cut off what is asked, so that
“온도가” asks for 온도.
"""

import re
from collections.abc import Iterator

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[가-힣]+|\d+|[一-鿿぀-ヿ]+")
# Particles, the longer first; one is cut off only if two syllables or more are left of the word.
PARTICLES = (
    "으로부터", "에서부터", "으로서", "으로써", "에게서", "이라는", "에서", "에게", "으로", "까지", "부터", "보다",
    "처럼", "만큼", "마다", "조차", "밖에", "이나", "이랑", "하고", "라는", "가", "이", "은", "는", "을", "를", "의",
    "에", "로", "와", "과", "도", "만", "나", "랑",
)  # fmt: skip
# After a word of one syllable: 셀이, 셀을. Those that often end nouns themselves (온도, 결과) are left out.
AFTER_ONE = frozenset("이가을를은는의에")
MOST, LONGEST = 200, 40


def stem(word: str) -> str:
    """A Korean word without its particle.

    >>> stem("온도가"), stem("압력에서"), stem("온도"), stem("속도")
    ('온도', '압력', '온도', '속도')
    """
    for particle in PARTICLES:
        if word.endswith(particle) and len(word) - len(particle) >= 2:
            return word[: -len(particle)]
    return word


def words(text: str) -> Iterator[str]:
    """Words of a text in lower case; CamelCase, digits and scripts part them."""
    for found in WORD.findall(text[:4000])[:MOST]:
        yield found.lower()[:LONGEST]


def _wide(word: str) -> bool:
    return not word.isascii()


def pairs(word: str) -> list[str]:
    """Pairs of neighbouring syllables; a single one stands alone.

    >>> pairs("챔버온도")
    ['챔버', '버온', '온도']
    """
    return [word[i : i + 2] for i in range(len(word) - 1)] or [word]


def terms(text: str) -> list[str]:
    """Terms under which a text is found.

    >>> terms("Cell07 챔버온도 셀")
    ['cell', '07', '7', 'cell07', '챔버', '버온', '온도', '셀']
    """
    found: list[str] = []
    before = ""
    for word in words(text):
        if _wide(word):
            found += pairs(word)
        else:
            found.append(word)
            if word.isdigit():
                found += [word.lstrip("0")] if word.lstrip("0") not in ("", word) else []
                found += [before + word] if before and not before.isdigit() else []
        before = "" if _wide(word) else word
    return list(dict.fromkeys(found))


def asked(query: str) -> list[list[str]]:
    """What a query asks for: for each of its words the terms that must all be there.

    >>> asked("온도가 temprature 07")
    [['온도'], ['temprature'], ['07']]
    """
    found = []
    for word in list(words(query))[:20]:
        if not _wide(word):
            found.append([word])
        elif cut := stem(word):
            found.append(pairs(cut))
    return found
