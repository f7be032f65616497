"""A contract on paper: the same content always gives the same bytes.

Text is set in NanumGothic (SIL Open Font License), embedded, if a package that carries it is installed; else Korean in the Adobe
Korea font that PDF readers bring themselves, and all else in Helvetica. Lines break between words, as Korean is set.
"""

import importlib.util
import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from dure.sharing.contracts.attachments import put_in
from dure.sharing.policies import value_words

FONT = "HYGothic-Medium"
_LATIN = re.compile(r"[\x21-\x7e\u00b7\u2026][\x20-\x7e\u00b7\u2026]*")
_ORDER = ("provider", "receiver", "broker")
_WORDS = {
    "en": {
        "title": "Data contract", "parties": "Parties", "silent": "not settled; the law's default", "machine": "held by the node",
        "audit": "shown by records", "promise": "promised", "agreed": "Agreed on", "hash": "Hash of the content",
        "signed": "Signatures", "none": "Not signed yet.", "key": "key",
        "legend": "Each clause says what holds it: the node refuses what is against it, records show it, or it is a promise.",
        "note": "The content, the policy (ODRL) and the signatures are attached to this file; the hash is of the content.",
    },
    "ko": {
        "title": "데이터 계약서", "parties": "당사자", "silent": "정하지 않음, 법에 따름", "machine": "노드가 강제",
        "audit": "기록으로 확인", "promise": "약속", "agreed": "체결일", "hash": "내용의 해시",
        "signed": "서명", "none": "아직 서명하지 않았습니다.", "key": "열쇠",
        "legend": "조항마다 무엇이 지키는지 적었습니다. 어긋나는 이용을 노드가 거절하거나, 기록으로 확인하거나, 약속에 따릅니다.",
        "note": "내용, 정책(ODRL), 서명은 이 파일에 첨부되어 있으며 해시는 내용의 것입니다.",
    },
}  # fmt: skip


def renderer() -> str:
    """What sets the pages: two that are named alike give the same bytes."""
    import reportlab

    return f"reportlab {reportlab.__version__}, {_font()[0]}"


def printed(
    content: Mapping[str, Any],
    digest: str,
    signatures: Sequence[Mapping[str, str]],
    files: Mapping[str, tuple[str, bytes]],
) -> bytes:
    """The PDF of a contract with its attachments."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    words, out = _WORDS[content["language"]], io.BytesIO()
    sheet = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=22 * mm, rightMargin=22 * mm, topMargin=20 * mm, bottomMargin=22 * mm, invariant=1,
        title=f"{words['title']} {content['uid']}", author="", creator=renderer(), lang=content["language"],
    )  # fmt: skip
    font = "Helvetica" if _font()[0] == FONT else _font()[0]

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(font, 7)
        canvas.drawString(22 * mm, 12 * mm, digest)
        canvas.drawRightString(A4[0] - 22 * mm, 12 * mm, f"– {page.page} –")

    def first(canvas: Any, page: Any) -> None:
        put_in(canvas, files)
        foot(canvas, page)

    sheet.build(_story(content, digest, signatures, words), onFirstPage=first, onLaterPages=foot)
    return out.getvalue()


def _story(
    content: Mapping[str, Any], digest: str, signatures: Sequence[Mapping[str, str]], words: Mapping[str, str]
) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer

    language, styles = content["language"], _styles()
    story: list[Any] = [
        Paragraph(_set(f"{words['title']}: {content['template']['label'][language]}"), styles["title"]),
        Paragraph(
            _set(f"{words['agreed']}: {_moment(content['agreed'], language)} · {content['uid']}"),
            styles["small"],
        ),
        Paragraph(_set(words["legend"]), styles["small"]),
        Spacer(1, 8),
        Paragraph(_set(words["parties"]), styles["head"]),
    ]
    story += [_party(role, content, styles) for role in _ORDER if role in content["parties"]]
    for number, clause in enumerate(content["clauses"], 1):
        story += _clause(number, clause, language, words, styles)
    story += [Spacer(1, 10), Paragraph(_set(words["signed"]), styles["head"])]
    story += [_signature(one, content, words, styles) for one in signatures] or [
        Paragraph(_set(words["none"]), styles["text"])
    ]
    story += [
        Spacer(1, 6),
        Paragraph(_set(f"{words['hash']}: {digest}"), styles["text"]),
        Paragraph(_set(words["note"]), styles["small"]),
    ]
    return story


def _set(text: str) -> str:
    """Text as a paragraph takes it; without an embedded font, what is no Korean in Helvetica."""
    if _font()[0] != FONT:
        return escape(text)
    return _LATIN.sub(lambda run: f'<font name="Helvetica">{escape(run[0])}</font>', text)


def _party(role: str, content: Mapping[str, Any], styles: Mapping[str, Any]) -> Any:
    from reportlab.platypus import Paragraph

    one, label = content["parties"][role], content["template"]["roles"][role][content["language"]]
    signs = f", {one['signs']}" if one["signs"] else ""
    return Paragraph(_set(f"{label}: {one['name']}{signs} ({one['did']})"), styles["text"])


def _clause(
    number: int, clause: Mapping[str, Any], language: str, words: Mapping[str, str], styles: Mapping[str, Any]
) -> list[Any]:
    from reportlab.platypus import KeepTogether, Paragraph

    silent = f" · {words['silent']}" if clause["silent"] else ""
    held = _set(f"[{words[clause['held_by']]}{silent}]")
    title = _set(f"{number}. {clause['title'][language]}")
    head = f"{title}  <font size=7.5 color='#55606e'>{held}</font>"
    return [
        KeepTogether(
            [Paragraph(head, styles["head"]), Paragraph(_set(clause["text"][language]), styles["text"])]
        )
    ]


def _signature(
    one: Mapping[str, str], content: Mapping[str, Any], words: Mapping[str, str], styles: Mapping[str, Any]
) -> Any:
    from reportlab.platypus import Paragraph

    party = next(party for party in content["parties"].values() if party["did"] == one["did"])
    line = f"{party['name']} · {_moment(one['at'], content['language'])} · {words['key']} {one['key']} · {one['value'][:24]}…"
    return Paragraph(_set(line), styles["text"])


def _moment(at: str, language: str) -> str:
    said = value_words(datetime.fromisoformat(at))
    return said.ko if language == "ko" else said.en


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    plain, bold = _font()
    return {
        "title": ParagraphStyle("title", fontName=bold, fontSize=17, leading=24, spaceAfter=6),
        "head": ParagraphStyle("head", fontName=bold, fontSize=10.5, leading=15, spaceBefore=7),
        "text": ParagraphStyle("text", fontName=plain, fontSize=9.5, leading=15),
        "small": ParagraphStyle("small", fontName=plain, fontSize=8, leading=12, textColor="#55606e"),
    }


def _font() -> tuple[str, str]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    known = pdfmetrics.getRegisteredFontNames()
    found = _embedded()
    if found is None:
        if FONT not in known:
            pdfmetrics.registerFont(UnicodeCIDFont(FONT))
        return FONT, FONT
    for name, file in (("NanumGothic", "NanumGothic.ttf"), ("NanumGothicBold", "NanumGothicBold.ttf")):
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, str(found / file)))
    return "NanumGothic", "NanumGothicBold"


def _embedded() -> Path | None:
    """Folder of NanumGothic, if a package that carries it is installed; the package itself is not imported."""
    spec = importlib.util.find_spec("koreanize_matplotlib")
    folder = Path(spec.origin).parent / "fonts" if spec and spec.origin else None
    return folder if folder and (folder / "NanumGothicBold.ttf").is_file() else None
