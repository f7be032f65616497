"""From words to terms of the index: Latin words and numbers as they are, Hangul as pairs of syllables in their order.

Pairs need no dictionary; asked as a phrase they find 온도 in 챔버온도 and nothing else than what holds these syllables
side by side. A bar parts two Hangul words, so that no phrase runs over the gap.
"""

import re
from collections.abc import Iterator

WORD = re.compile(r"[가-힣]+|[一-鿿぀-ヿ]+|[A-Za-zÀ-ÿ]+|\d+")
PARTICLES = (
    "으로부터", "에서부터", "으로서", "으로써", "에서", "에게", "으로", "까지", "부터", "보다", "처럼", "마다", "하고",
    "가", "이", "은", "는", "을", "를", "의", "에", "로", "와", "과", "도", "만",
)  # fmt: skip
BAR = "|"
MOST, LONGEST = 400, 60
SIZES = (3, 4, 5)


def stem(word: str) -> str:
    """A Korean word without its particle, if two syllables are left.

    >>> stem("온도가"), stem("온도")
    ('온도', '온도')
    """
    found = (one for one in PARTICLES if word.endswith(one) and len(word) - len(one) >= 2)
    return word[: -len(particle)] if (particle := next(found, "")) else word


def pairs(word: str) -> list[str]:
    """Pairs of neighbouring syllables; a single one stands alone.

    >>> pairs("챔버온도")
    ['챔버', '버온', '온도']
    """
    return [word[i : i + 2] for i in range(len(word) - 1)] or [word]


def wide(word: str) -> bool:
    """Whether a word is written in syllables or ideographs, not in letters or digits."""
    return word[0] >= "぀"


def indexed(text: str) -> list[str]:
    """Terms of a text, in order.

    >>> indexed("Cell07 챔버온도 기록")
    ['cell', '07', '챔버', '버온', '온도', '|', '기록']
    """
    found: list[str] = []
    before = False
    for word in WORD.findall(text)[:MOST]:
        now = wide(word)
        if now and before:
            found.append(BAR)
        found += pairs(word) if now else [word.lower()[:LONGEST]]
        before = now
    return found


def grams(text: str) -> set[str]:
    """Single syllables, and three, four and five of them side by side: a word so long is found as one term.

    >>> sorted(grams("셀 챔버온도"), key=lambda one: (len(one), one))[-3:]
    ['버온도', '챔버온', '챔버온도']
    """
    found: set[str] = set()
    for word in WORD.findall(text)[:MOST]:
        if wide(word):
            found.update(word)
            for size in SIZES:
                found.update(word[i : i + size] for i in range(len(word) - size + 1))
    return found


def whole(terms: list[str]) -> str:
    """The Hangul word that the pairs came from; empty if other terms are among them.

    >>> whole(["챔버", "버온", "온도"]), whole(["304", "강판"])
    ('챔버온도', '')
    """
    return terms[0] + "".join(one[-1] for one in terms[1:]) if all(map(wide, terms)) and _linked(terms) else ""


def _linked(terms: list[str]) -> bool:
    return all(one[-1] == after[0] for one, after in zip(terms, terms[1:], strict=False))


def asked(query: str, *, stems: bool = False) -> Iterator[list[str]]:
    """For each word of a query the terms that must stand side by side.

    >>> list(asked("챔버온도 SUS304강판 셀"))
    [['챔버', '버온', '온도'], ['sus', '304', '강판'], ['셀']]
    """
    for chunk in query[:400].split()[:20]:
        words = [stem(one) if stems and wide(one) else one for one in WORD.findall(chunk)]
        terms = [term for word in words for term in (pairs(word) if wide(word) else [word.lower()[:LONGEST]])]
        if terms:
            yield terms
