"""From words to terms of the index: Latin words and numbers as they are, Hangul as pairs of syllables in their order.

Pairs need no dictionary; asked as a phrase they find 온도 in 챔버온도 and nothing else than what holds these syllables
side by side. A bar parts two Hangul words, so that no phrase runs over the gap.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[가-힣]+|[一-鿿぀-ヿ]+|[A-Za-zÀ-ÿ]+|\d+")
PARTICLES = (
    "으로부터", "에서부터", "으로서", "으로써", "에서", "에게", "으로", "까지", "부터", "보다", "처럼", "마다", "하고",
    "가", "이", "은", "는", "을", "를", "의", "에", "로", "와", "과", "도", "만",
)  # fmt: skip
RUN = re.compile(r"[0-9A-Za-z]*[가-힣一-鿿぀-ヿ][0-9A-Za-z가-힣一-鿿぀-ヿ]*")
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
    """Single syllables, and three, four and five letters side by side with a syllable among them: so a word is one term.

    >>> sorted(grams("셀 6축로봇"), key=lambda one: (len(one), one))[-3:]
    ['6축로', '축로봇', '6축로봇']
    """
    found: set[str] = set()
    for word in RUN.findall(text)[:MOST]:
        found.update(_pieces(word))
    return found


@lru_cache(maxsize=50_000)
def _pieces(word: str) -> frozenset[str]:
    run = word.lower()[:LONGEST]
    many = {run[i : i + size] for size in SIZES for i in range(len(run) - size + 1)}
    return frozenset(many.union(one for one in run if wide(one)))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query: its terms, that must stand side by side, and the run of syllables that it is, if it is one."""

    terms: tuple[str, ...]
    run: str = ""


def asked(query: str, *, stems: bool = False) -> Iterator[Word]:
    """What a query asks for, word by word.

    >>> list(asked("챔버온도 pump"))
    [Word(terms=('챔버', '버온', '온도'), run='챔버온도'), Word(terms=('pump',), run='')]
    """
    for chunk in query[:400].split()[:20]:
        words = [stem(one) if stems and wide(one) else one for one in WORD.findall(chunk)]
        terms = [term for word in words for term in (pairs(word) if wide(word) else [word.lower()[:LONGEST]])]
        if terms:
            run = "".join(words).lower()
            yield Word(tuple(terms), run if RUN.fullmatch(run) and len(run) <= LONGEST else "")
