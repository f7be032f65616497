"""Personal data in words: where it stands and of which kind, never what it says.

Numbers are believed where they check: a resident registration number by its date and its check digit (Resident
Registration Act; those given since October 2020 have none), a business number by its check digit (National Tax
Service), a card number by ISO/IEC 7812-1 (Luhn). Names are believed beside a word that says so, and where their
syllables, or a common given name, and what stands around them say enough (`personal_given`). What is found is a guess by
rules: a rare name in the middle of a sentence is not found, and a rare word may be taken for one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dure.science.quality.personal_given import bare_names
from dure.science.quality.personal_words import (
    COMMONEST,
    LABELS,
    LABELS_EN,
    LABELS_JA,
    NO_NAMES,
    NO_NAMES_JA,
    RANKS,
    RANKS_OF_SURNAME,
    SURNAMES,
    SURNAMES_OF_TWO,
)
from dure.vocabulary import Text

#: Kinds of personal data, with what a person calls several of them.
PERSONAL_KINDS: dict[str, Text] = {
    "e-mail": Text("e-mail addresses", "이메일 주소"),
    "resident": Text("resident registration numbers", "주민등록번호"),
    "card": Text("card numbers", "카드번호"),
    "business": Text("business numbers", "사업자등록번호"),
    "phone": Text("phone numbers", "전화번호"),
    "address": Text("addresses", "주소"),
    "name": Text("names", "이름"),
}


@dataclass(frozen=True, slots=True)
class Personal:
    """A stretch of a text that is personal data: its kind, and where it begins and ends [characters]."""

    kind: str
    start: int
    end: int


_APART = r"(?<![0-9A-Za-z])(?<![0-9][-.])"
_ENDS = r"(?![0-9A-Za-z])(?![-.][0-9])"
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w-])")
_RESIDENT = re.compile(_APART + r"(\d{6})( ?- ?)?([1-8]\d{6})" + _ENDS)
_CARD = re.compile(_APART + r"\d(?:[ -]?\d){12,18}" + _ENDS)
_BUSINESS = re.compile(
    _APART + r"\d{3}-\d{2}-\d{5}" + _ENDS + r"|(?<=사업자)(?:등록)?(?:번호)?\s?[:：]?\s?\d{10}" + _ENDS
)
_PHONE = re.compile(
    _APART.replace("(?<![0-9A-Za-z])", r"(?<![0-9A-Za-z+])") + r"(?:"
    r"01[016789][-. ]?\d{3,4}[-. ]?\d{4}"  # mobile, Korea
    r"|0(?:2|[3-6]\d|70)[-.) ] ?\d{3,4}[-. ]\d{4}"  # landline, Korea
    r"|1[568]\d\d-\d{4}"  # one number for a whole country, Korea
    r"|0[5789]0-\d{4}-\d{4}|0\d{1,3}-\d{2,4}-\d{4}"  # Japan
    r"|\+(?:82|81)[-. ]?\(?0?\)?\d{1,2}[-. ]?\d{3,4}[-. ]?\d{4}"
    r"|(?:\+?1[-. ])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-.])[2-9]\d\d[-.]\d{4}"  # North America
    r"|\+1 ?[2-9]\d{2} ?[2-9]\d{2} ?\d{4}"
    r")" + _ENDS
)
_PROVINCES = "서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|충청북|충청남|전북|전남|전라북|전라남|경북|경남|경상북|경상남|제주"
_ADDRESS = re.compile(
    rf"(?<![가-힣])(?:{_PROVINCES})(?:특별시|광역시|특별자치시|특별자치도|도|시)?\s+(?:[가-힣]{{1,6}}[시군구]\s+){{0,2}}"
    r"(?:[가-힣0-9]{1,10}[읍면]\s+)?[가-힣0-9·]{1,14}(?:로|길|동|리|가)\s?\d{1,5}(?:-\d{1,5})?(?:번지|번길\s?\d{1,4})?"
    r"|(?:東京都|北海道|大阪府|京都府|[一-龥]{2,3}県)[一-龥ぁ-んァ-ヶー]{1,16}[市区町村郡][一-龥ぁ-んァ-ヶー]{0,16}[0-9０-９]{1,4}(?:丁目|番地?|[-－ー])[0-9０-９番地号－-]{0,12}"
    r"|(?<!\w)\d{1,5} (?:[A-Z][a-z]{1,20} ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive)\b\.?"
)
_NAME = rf"(?:(?:{SURNAMES_OF_TWO})[가-힣]{{1,2}}|[{SURNAMES}][가-힣]{{2}})"
_SHORT_NAME = rf"(?:{_NAME}|[{SURNAMES}][가-힣])"
_ENDS_WORD = r"(?![가-힣])"
_TITLED = re.compile(
    rf"(?<![가-힣])(?P<name>{_NAME})\s?(?:{RANKS})(?:님|이|가|은|는|의|에게|께서|과|와|,|\.|\s|$|\))"
)
_POLITE = re.compile(
    rf"(?<![가-힣])(?P<name>{_SHORT_NAME})\s?(?:님|씨)(?:이|가|은|는|의|에게|께서|과|와|도)?{_ENDS_WORD}"
)
_RANKED = re.compile(
    rf"(?<![가-힣])(?P<name>[{COMMONEST}])\s?(?:{RANKS_OF_SURNAME})(?:님|이|가|은|는|의|에게|께서)?{_ENDS_WORD}"
)
_LABELLED = re.compile(rf"(?:{LABELS})\s?(?:[:：=]|\s-)\s?(?P<name>{_SHORT_NAME}){_ENDS_WORD}")
_WESTERN = re.compile(
    r"(?<!\w)(?:Mr|Mrs|Ms|Miss|Dr|Eng|Sr|Sra)\.? (?P<name>[A-ZÀ-Ý][\w'’-]{1,24}(?: [A-ZÀ-Ý][\w'’-]{1,24}){0,2})"
    rf"|(?<!\w)(?i:{LABELS_EN})\s?[:=]\s?(?P<labelled>[A-ZÀ-Ý][a-zà-ÿ'’-]{{1,24}}(?: [A-ZÀ-Ý][\w'’.-]{{0,24}}){{1,2}})"
)
_JAPANESE = re.compile(rf"(?<![一-龥])(?P<name>[一-龥]{{1,4}})(?:さん|氏)|(?:{LABELS_JA})\s?[:：]\s?(?P<labelled>[一-龥]{{2,4}}(?:[ 　][一-龥]{{1,3}})?)")  # fmt: skip
_WHOLE = re.compile(_SHORT_NAME)
# A header that says its column holds persons.
_HEADER = re.compile(
    rf"^(?:{LABELS}|{LABELS_JA}|고객|사원명|직원명)$|(?:^|[\s_])(?:{LABELS_EN}|person|staff)(?:[\s_]?name)?$",
    re.IGNORECASE,
)
_SEVEN_DIGITS = re.compile(r"\d(?:[-. ()]{0,2}\d){6}")
_HANGUL = re.compile(r"[가-힣]")
_KANJI = re.compile(r"[一-龥]")


def personal_in(text: str, header: str = "") -> tuple[Personal, ...]:
    """Personal data in `text`, in order, none overlapping.

    Parameters
    ----------
    text
        A cell's words.
    header
        Name of its column: where it says “operator” or “성명”, a cell that is a Korean name alone is one.

    Examples
    --------
    >>> [one.kind for one in personal_in("작업자: 홍길동 (010-1234-5678), hong@daon.example")]
    ['name', 'phone', 'e-mail']
    >>> personal_in("고장 기사 호출, 품번 900101-1234567")
    ()
    """
    found: list[Personal] = []
    for kind, find in _FINDERS:
        for start, end in find(text):
            if all(end <= other.start or start >= other.end for other in found):
                found.append(Personal(kind, start, end))
    word = text.strip()
    if not found and header and _HEADER.search(header.strip()) and _is_name(word):
        start = text.index(word)
        found.append(Personal("name", start, start + len(word)))
    return tuple(sorted(found, key=lambda one: one.start))


def masked(text: str, kinds: Sequence[str] = tuple(PERSONAL_KINDS), header: str = "") -> str:
    """The text with each find of the `kinds` replaced by its kind in brackets.

    >>> masked("Call 010-1234-5678 or a.b@c.example")
    'Call [phone] or [e-mail]'
    """
    parts, end = [], 0
    for one in personal_in(text, header):
        if one.kind in kinds:
            parts += [text[end : one.start], f"[{one.kind}]"]
            end = one.end
    return "".join([*parts, text[end:]])


def personal_counts(texts: Iterable[str], header: str = "") -> dict[str, int]:
    """How many finds of each kind there are, kinds in their order.

    >>> personal_counts(["02-123-4567", "a@b.example, 02-123-4568"])
    {'e-mail': 1, 'phone': 2}
    """
    counts = Counter(one.kind for text in texts for one in personal_in(text, header))
    return {kind: counts[kind] for kind in PERSONAL_KINDS if counts[kind]}


def _emails(text: str) -> Iterable[tuple[int, int]]:
    return [found.span() for found in _EMAIL.finditer(text)] if "@" in text else []


def _residents(text: str) -> Iterable[tuple[int, int]]:
    found = _RESIDENT.finditer(text) if _SEVEN_DIGITS.search(text) else ()
    return [one.span() for one in found if is_resident_number(one[1] + one[3], written_apart=bool(one[2]))]


def _cards(text: str) -> Iterable[tuple[int, int]]:
    found = _CARD.finditer(text) if _SEVEN_DIGITS.search(text) else ()
    return [one.span() for one in found if is_card_number(re.sub(r"\D", "", one[0]))]


def _businesses(text: str) -> Iterable[tuple[int, int]]:
    found = _BUSINESS.finditer(text) if _SEVEN_DIGITS.search(text) else ()
    return [one.span() for one in found if is_business_number(re.sub(r"\D", "", one[0]))]


def _phones(text: str) -> Iterable[tuple[int, int]]:
    return [found.span() for found in _PHONE.finditer(text)] if _SEVEN_DIGITS.search(text) else []


def _addresses(text: str) -> Iterable[tuple[int, int]]:
    return [found.span() for found in _ADDRESS.finditer(text)]


def _names(text: str) -> Iterable[tuple[int, int]]:
    if _HANGUL.search(text):
        for pattern in (_LABELLED, _TITLED, _POLITE, _RANKED):
            for found in pattern.finditer(text):
                if pattern is _RANKED or found["name"] not in NO_NAMES:
                    yield found.span("name")
    for found in _WESTERN.finditer(text):
        yield found.span("name" if found["name"] else "labelled")
    if _KANJI.search(text):
        for found in _JAPANESE.finditer(text):
            part = "name" if found["name"] else "labelled"
            if found[part] not in NO_NAMES_JA:
                yield found.span(part)
    yield from bare_names(text)


_FINDERS: tuple[tuple[str, Callable[[str], Iterable[tuple[int, int]]]], ...] = (
    ("e-mail", _emails),
    ("resident", _residents),
    ("card", _cards),
    ("business", _businesses),
    ("phone", _phones),
    ("address", _addresses),
    ("name", _names),
)


def _is_name(word: str) -> bool:
    return _WHOLE.fullmatch(word) is not None and word not in NO_NAMES


def is_resident_number(digits: str, *, written_apart: bool = True) -> bool:
    """Whether 13 digits are a Korean resident or alien registration number.

    Date of birth, then 1–4 (5–8 for foreigners), then a check digit: 11 − Σ(digit · 2…9, 2…5) mod 11, for foreigners
    two more. Numbers of those born since October 2020 have no check digit; they count where they are `written_apart`.

    >>> is_resident_number("9001011234568"), is_resident_number("9001011234567"), is_resident_number("9013011234568")
    (True, False, False)
    """
    century = {"1": 1900, "2": 1900, "5": 1900, "6": 1900}.get(digits[6], 2000)
    try:
        born = date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    if born >= date(2020, 10, 1):
        return written_apart
    weighed = sum(int(digit) * weight for digit, weight in zip(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))  # fmt: skip
    check = (11 - weighed % 11 + (2 if digits[6] in "5678" else 0)) % 10
    return check == int(digits[12])


def is_business_number(digits: str) -> bool:
    """Whether 10 digits are a Korean business number: weights 1 3 7 1 3 7 1 3 5, the tens of the ninth added.

    >>> is_business_number("1248100998"), is_business_number("1248100999")
    (True, False)
    """
    if len(digits) != 10:
        return False
    weighed = sum(
        int(digit) * weight for digit, weight in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=False)
    )
    return (10 - (weighed + int(digits[8]) * 5 // 10) % 10) % 10 == int(digits[9])


def is_card_number(digits: str) -> bool:
    """Whether digits are a payment card's: beginning and length of a network, and the check digit of ISO/IEC 7812-1.

    >>> is_card_number("4111111111111111"), is_card_number("4111111111111112"), is_card_number("1111111111111117")
    (True, False, False)
    """
    networks = r"4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|35\d{14}|3[0689]\d{12}|6(?:011|[245]\d\d)\d{12}|9\d{15}"
    if re.fullmatch(networks, digits) is None or len(set(digits)) == 1:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
