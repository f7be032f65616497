"""A report as one file: both languages, switched without script, and a policy in it that lets nothing else in."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from dure.science.paper.drawing import Picture, Table
from dure.science.paper.style import STYLE
from dure.vocabulary import Text, use_language

LANGUAGES: Mapping[str, str] = {"ko": "한국어", "en": "English"}
_AS_TABLE = Text("As a table", "표로 보기")
_LANGUAGE = Text("Language", "언어")


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report: its sentences, then its pictures, then its tables.

    `tone` is `plain`, `fine` or `warn`; `key` its own on a page; a table stands under its caption.
    """

    key: str
    title: str
    says: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    tables: Sequence[tuple[str, Table]] = ()
    tone: str = "plain"


def page(title: str, versions: Mapping[str, Sequence[Section]], chosen: str) -> str:
    """The whole report as HTML; `versions` holds its sections by language, `chosen` is the one shown first.

    Raises
    ------
    KeyError
        If `chosen` is none of the versions.

    Examples
    --------
    >>> told = page("Press", {"en": [Section("use", "What it is for", ["It estimates."])]}, "en")
    >>> "<script" in told, told.count("<h2"), "default-src 'none'" in told
    (False, 1, True)
    """
    versions[chosen]
    seal = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{seal}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!doctype html>\n<html lang="{escape(chosen)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<header><p>{escape(title)}</p>{_switch(list(versions), chosen)}</header><main>"
        + "".join(_version(name, title, sections) for name, sections in versions.items())
        + "</main></body></html>\n"
    )


def _switch(names: Sequence[str], chosen: str) -> str:
    """One radio button a language: the style sheet hides the version that is not chosen."""
    if len(names) < 2:
        return ""
    choices = "".join(
        f'<input type="radio" name="language" id="in-{name}"{" checked" if name == chosen else ""}>'
        f'<label for="in-{name}" lang="{name}">{LANGUAGES[name]}</label>'
        for name in names
    )
    return f"<fieldset><legend>{escape(f'{_LANGUAGE.ko} / {_LANGUAGE.en}')}</legend>{choices}</fieldset>"


def _version(name: str, title: str, sections: Sequence[Section]) -> str:
    with use_language(name):
        body = "".join(section_html(one, f"{name}-") for one in sections)
    return f'<article lang="{name}"><h1>{escape(title)}</h1>{body}</article>'


def section_html(one: Section, prefix: str = "") -> str:
    """A section as HTML; ids begin with `prefix`."""
    key = escape(f"{prefix}{one.key}")
    says = "".join(f"<p>{escape(sentence)}</p>" for sentence in one.says)
    pictures = "".join(picture_html(picture) for picture in one.pictures)
    tables = "".join(
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(caption or one.title)}">'
        f"{table_html(table, caption)}</div>"
        for caption, table in one.tables
    )
    gallery = f'<div class="gallery">{pictures}</div>' if pictures else ""
    return f'<section class="{one.tone}" aria-labelledby="{key}"><h2 id="{key}">{escape(one.title)}</h2>{says}{gallery}{tables}</section>'


def picture_html(picture: Picture) -> str:
    """A picture as a figure: title, sentence, drawing, table."""
    table = ""
    if picture.table:
        table = (
            f'<details><summary>{escape(str(_AS_TABLE))}<span class="hidden-text">: {escape(picture.title)}</span>'
            f'</summary><div tabindex="0" role="group" aria-label="{escape(picture.title)}">{table_html(picture.table)}'
            "</div></details>"
        )
    return (
        f'<figure class="chart"><figcaption><strong>{escape(picture.title)}</strong> {escape(picture.says)}</figcaption>'
        f"{picture.svg}{table}</figure>"
    )


def table_html(table: Table, caption: str = "") -> str:
    """A table; the first cell of a row names it."""
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in table.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f'<td class="number">{escape(word)}</td>' for word in row[1:])
        + "</tr>"
        for row in table.rows
    )
    named = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{named}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
