"""Bytes to text: which encoding a file is in, decided from its bytes.

UTF-8 and UTF-16 prove themselves. Between CP949 (Korean) and Latin-1/CP1252 (Western) nothing but the text decides:
Korean comes in common syllables whose bytes stand in pairs; `°`, `µ`, `ü` stand alone among ASCII.
"""

import re
from dataclasses import dataclass, replace

from dure.science.prepare.reading_refusals import NotATable
from dure.vocabulary import Text

# Control characters that no text table holds.
_CONTROL = bytes([*range(9), *range(14, 27), *range(28, 32)])
_EVERYDAY = (
    bytes((lead, trail)).decode("cp949") for lead in range(0xB0, 0xC9) for trail in range(0xA1, 0xFF)
)
_HIGH = re.compile(rb"[\x80-\xff]+")
# Two syllables of everyday Korean (KS X 1001) side by side: four high bytes that no Western word has.
_PAIR = re.compile("[" + "".join(_EVERYDAY) + "]{2}")
# Bytes that decide: beyond them a file only says the same again.
_LOOKED_AT = 400_000
# So many wrong characters in a hundred thousand right ones are damage, more are another encoding.
_DAMAGED_SHARE = 0.02
# More signs of control than this share of all are no text.
_STRAY = 1e-4


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text as UTF-8 bytes without mark and with plain line ends.

    `damaged` counts characters that were none, `control` signs of control that were left out.
    """

    content: bytes
    encoding: str
    damaged: int = 0
    control: int = 0

    @property
    def text(self) -> str:
        """The same as text."""
        return self.content.decode()


def decoded(content: bytes, where: str) -> Decoded:
    """The text of a file, whatever its encoding: UTF-8, UTF-16, CP949, CP1252 or Latin-1.

    Raises
    ------
    NotATable
        If the bytes are no text.

    Examples
    --------
    >>> decoded("온도".encode("cp949"), "a").encoding, decoded("Größe µ".encode("latin-1"), "a").encoding
    ('cp949', 'latin-1')
    """
    found = _decoded(content, where)
    if b"\r" not in found.content:
        return found
    return replace(found, content=found.content.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))


def _decoded(content: bytes, where: str) -> Decoded:
    wide = _wide(content)
    if wide:
        return _from_wide(content, wide, where)
    plain = _without_control(content.removeprefix(b"\xef\xbb\xbf"), where)
    control = len(content.removeprefix(b"\xef\xbb\xbf")) - len(plain)
    if plain.isascii():
        return Decoded(plain, "utf-8", control=control)
    try:
        plain.decode()
    except UnicodeDecodeError:
        return replace(_without_mark(plain), control=control)
    return Decoded(plain, "utf-8", control=control)


def _without_control(content: bytes, where: str) -> bytes:
    """Without the few signs of control that an instrument leaves in a text; raises `NotATable` if there are more."""
    plain = content.translate(None, _CONTROL)
    stray = len(content) - len(plain)
    if stray and (stray > _STRAY * len(content) or b"\0" in content):
        raise NotATable(where, what=Text("binary data", "이진 데이터"))
    return plain


def _wide(content: bytes) -> str:
    """UTF-16 by its mark, or by the empty half of every ASCII sign."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = content[:400]
    if len(head) < 4 or len(content) % 2:
        return ""
    odd, even = head[1::2].count(0) / len(head[1::2]), head[::2].count(0) / len(head[::2])
    if odd > 0.6 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd == 0 else ""


def _from_wide(content: bytes, encoding: str, where: str) -> Decoded:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as wrong:
        raise NotATable(where, what=Text("binary data", "이진 데이터")) from wrong
    written = text.encode("utf-8", "replace")
    return Decoded(_without_control(written, where), "utf-16")


def _without_mark(content: bytes) -> Decoded:
    """Neither marked nor UTF-8: UTF-8 or Korean with damage, Korean, or Western."""
    first = _HIGH.search(content)
    begin = first.start() if first else 0
    head = content[begin : begin + _LOOKED_AT]
    broken = _broken_utf8(head)
    if broken is not None:
        text = content.decode("utf-8", "replace")
        return Decoded(text.encode(), "utf-8", text.count("\ufffd"))
    if _is_korean(head):
        text = content.decode("cp949", "replace")
        return Decoded(text.encode(), "cp949", text.count("\ufffd"))
    western = "cp1252" if re.search(rb"[\x80-\x9f]", content) else "latin-1"
    try:
        return Decoded(content.decode(western).encode(), western)
    except UnicodeDecodeError:
        return Decoded(content.decode("latin-1").encode(), "latin-1")


def _broken_utf8(head: bytes) -> int | None:
    """Characters that are wrong in what is otherwise UTF-8 with foreign letters; None if it is another encoding."""
    text = head.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(1 for _ in re.finditer(r"[^\x00-\x7f\ufffd]", text))
    return wrong if right > 20 and wrong <= _DAMAGED_SHARE * right else None


def _is_korean(head: bytes) -> bool:
    """Whether CP949 makes words of it: common syllables outnumber all else, and bytes stand in pairs."""
    text = head.decode("cp949", "replace")
    common = rare = wrong = symbols = 0
    for sign in re.findall(r"[^\x00-\x7f]", text):
        pair = sign.encode("cp949", "replace")
        if sign == "\ufffd":
            wrong += 1
        elif "가" <= sign <= "힣" and min(pair) >= 0xA1:
            common += 1
        elif "가" <= sign <= "힣" or "一" <= sign <= "鿿" or "豈" <= sign <= "﫿":
            rare += 1
        else:
            symbols += 1
    if wrong > _DAMAGED_SHARE * (common + symbols):
        return False
    if common > 2 * rare or _PAIR.search(text):
        return True
    if common:
        return False
    # units alone, `℃` or `㎜`: whether every run of high bytes is made of pairs
    return symbols > 0 and not rare and all(len(run) % 2 == 0 for run in _HIGH.findall(head))
