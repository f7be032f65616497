# ruff: noqa: SIM905 - lists of words and n-grams are read and kept more easily as text
"""Words of a text: its language by script and n-grams, and the terms that it is made of.

Nothing here is learnt from anyone's data: scripts are those of Unicode, the n-grams and function words were written
down by hand. A guess from a few letters is a guess.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

LANGUAGES = ("ko", "en", "ja", "other")

_HANGUL = re.compile(r"[가-힣ㄱ-ㆎ]")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー]")
_HAN = re.compile(r"[一-鿿々]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
_OTHER_LETTERS = re.compile(r"[Ͱ-῿Ⰰ-⿟\U00010000-\U0010ffff]")
# Kanji as Japan alone writes them, common in papers of plants.
_JAPAN_ONLY = re.compile(r"[検圧気図対発鉄働込済様変歯円帯売実権厳駆験険拡処続転労価単鋳戻匂枠畑峠搾]")
_NOT_ENGLISH = re.compile(r"[äöüßñçãõáéíóúàèìòùâêîôûåæøłąęśżźćčšžřěůőűğşıđăơư]", re.IGNORECASE)
# The commonest trigrams of English, and of its neighbours in Latin script those that English hardly has.
_ENGLISH = frozenset(
    "the and ing ion tio ent ati for her ter hat tha ere ate his con res ver all ons nce men ith ted ers pro thi wit are ess not ive "
    "was ect rea com eve per int est sta cti ica ist ear ain one our iti rat ell out ght whi ove ked ck lea eak eck wor ork che rep "
    "epa air pla ace oil ump ump ine ngi eng tor mot ote low hig igh ure sur lin shi low leve lve val ose hos ole fau aul ult".split()
)
_FOREIGN = frozenset(
    "sch ein der und ung ich che nde ier auf zur ció ión que est los las del ado ent par les des eur oir eux aux oui ção não ões com uma "
    "dos das het een van ijk zij gli che ell zio nie prz dzi ych owa ngh ong khô các".split()
)
_ENGLISH_WORDS = frozenset(
    "the a an and or of to in on at by for with from is are was were be not no has have had it its as out off up new all this that "
    "after before check replace repair found due leak leaking broken pump valve engine motor oil fault faulty worn working".split()
)
_FOREIGN_WORDS = frozenset(
    "der die das und ist nicht mit von ein eine im auf für zu den el la los las de del y que en por con una un se no es le les des et "
    "est une pour dans sur pas il lo gli per che di della e o os as um uma não com em da do het een van op niet met nie na się jest w z "
    "và của không".split()
) - {"no", "a"}

_TERM = re.compile(
    r"[a-zà-ɏ][a-zà-ɏ'’]*[a-zà-ɏ]|[가-힣]{2,}|[一-鿿々ァ-ヺー]{2,}|[a-z]*\d[a-z0-9]*(?:[-/.][a-z0-9]+)*"
)
# What Korean hangs on a noun; one is taken off where two syllables are left.
_PARTICLES = re.compile(
    r"(?<=[가-힣]{2})(?:에서는|으로는|에서|으로|에게|까지|부터|이나|하여|하고|하는|한다|되어|되는|됨|함|은|는|이|가|을|를|의|에|로|와|과|도)$"
)
STOP_WORDS = _ENGLISH_WORDS - frozenset(
    "no not replace repair leak leaking broken pump valve engine motor oil fault faulty worn check off up out new working".split()
)


def language_of(text: str) -> str:
    """`ko`, `en`, `ja` or `other`; empty where there are no letters.

    >>> [language_of(text) for text in ("펌프 누유 pump", "pump leaking oil", "ポンプ油漏れ", "Pumpe ist undicht", "42")]
    ['ko', 'en', 'ja', 'other', '']
    """
    hangul, kana, han, latin, other = (
        len(pattern.findall(text)) for pattern in (_HANGUL, _KANA, _HAN, _LATIN, _OTHER_LETTERS)
    )
    letters = hangul + kana + han + latin + other
    if not letters:
        return ""
    # a syllable or a kana says more than a letter does
    if (
        2 * hangul + kana + han >= 0.3 * (2 * hangul + 2 * (kana + han) + latin + other)
        and hangul >= kana + han
    ):
        return "ko"
    if 2 * (kana + han) >= 0.3 * letters:
        return "ja" if kana or _JAPAN_ONLY.search(text) else "other"
    return _latin(text) if latin >= other else "other"


def _latin(text: str) -> str:
    """`en` unless words, marks or trigrams of another language outweigh those of English."""
    lower = text.lower()
    words = re.findall(r"[a-zà-ɏḀ-ỿ]+", lower)
    english = sum(word in _ENGLISH_WORDS for word in words)
    foreign = sum(word in _FOREIGN_WORDS for word in words) + len(_NOT_ENGLISH.findall(lower)) / 2
    triples = [word[at : at + 3] for word in words for at in range(len(word) - 2)]
    share = len(triples) or 1
    english_share = sum(triple in _ENGLISH for triple in triples) / share
    foreign_share = sum(triple in _FOREIGN for triple in triples) / share
    weight = (english - foreign) / (len(words) or 1) + english_share - foreign_share
    return "en" if weight >= 0 else "other"


def terms_of(text: str) -> list[str]:
    """The terms of a text in order: words in lower case, Korean without particles, codes with their digits.

    >>> terms_of("Replaced seal 6205-2RS on the PUMP; 펌프에서 누유가 발생함")
    ['replaced', 'seal', '6205-2rs', 'pump', '펌프', '누유', '발생']
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    found = (_PARTICLES.sub("", term) for term in _TERM.findall(plain))
    return [term for term in found if term not in STOP_WORDS]


def learnt_terms(texts: Iterable[str], most: int, least: int = 2) -> list[str]:
    """The terms of most texts, at most `most`, each in at least `least` texts; equals in the order of the alphabet.

    Terms that nearly every text has (over 95 of 100) tell nothing and are left out.
    """
    counts: Counter[str] = Counter()
    number = 0
    for text in texts:
        counts.update(set(terms_of(text)))
        number += 1
    told = [
        (term, times) for term, times in counts.items() if times >= least and times <= max(0.95 * number, 1)
    ]
    return [term for term, _ in sorted(told, key=lambda one: (-one[1], one[0]))[:most]]
