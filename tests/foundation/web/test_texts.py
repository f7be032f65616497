"""Both languages are whole: every text of the pages has Korean, and no page holds a word past the catalogues."""

import importlib.machinery
import importlib.util
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import dure

ROOT = Path(dure.__file__).parents[2]
SOURCE = Path(dure.__file__).parent
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
# Names, and what is written the same in both languages.
ALIKE = {"dure", "UCUM", "한국어", "English", "dure-"}
SPOKEN = {"aria-label", "title", "placeholder", "alt"}


def translations():
    loader = importlib.machinery.SourceFileLoader("translations", str(ROOT / "scripts" / "translations.py"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("translations", loader))
    loader.exec_module(module)
    return module


def test_every_room_with_pages_has_a_korean_catalogue():
    speaking = {path.parents[2] for path in TEMPLATES if path.parents[1].name == "templates"}
    assert speaking <= set(translations().rooms())


@pytest.mark.parametrize("room", translations().rooms(), ids=lambda room: room.name)
def test_no_text_lacks_korean(room):
    assert translations().missing(room) == []


@pytest.mark.parametrize("room", translations().rooms(), ids=lambda room: room.name)
def test_a_translation_keeps_the_places_of_its_text(room):
    from babel.messages.pofile import read_po

    with translations().place(room).open("rb") as file:
        for message in read_po(file, locale="ko"):
            if message.id and isinstance(message.id, str):
                places = re.findall(r"%\(\w+\)s|\{\w+\}", message.id)
                assert sorted(places) == sorted(re.findall(r"%\(\w+\)s|\{\w+\}", message.string)), message.id


def test_one_english_text_has_one_korean_text_in_the_whole_product():
    from babel.messages.pofile import read_po

    said: dict[object, set[object]] = {}
    for room in translations().rooms():
        with translations().place(room).open("rb") as file:
            for message in read_po(file, locale="ko"):
                if message.id:
                    said.setdefault(message.id, set()).add(message.string)
    assert {text: korean for text, korean in said.items() if len(korean) > 1} == {}


class Words(HTMLParser):
    """Words that stand in a template outside of Django's tags."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.silent = 0

    def handle_starttag(self, tag, attributes):
        self.silent += tag in {"script", "style", "svg"}
        self.found += [value for name, value in attributes if name in SPOKEN and value]

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style", "svg"}

    def handle_data(self, text):
        if not self.silent:
            self.found.append(text)


def words_of(template):
    text = re.sub(r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", " ", template, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", text, flags=re.DOTALL)
    parser = Words()
    parser.feed(text)
    return [
        word for part in parser.found for word in re.findall(r"[^\W\d_][\w-]*", part) if word not in ALIKE
    ]


def test_the_search_for_words_finds_one():
    assert words_of('<p title="Oh">{% translate "no" %} Hello {{ name }}</p>') == ["Oh", "Hello"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_template_holds_an_untranslated_word(path):
    assert words_of(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_template_needs_an_unsafe_policy(path):
    text = path.read_text()
    assert not re.search(
        r"\sstyle\s*=|\son(?:click|change|load|error|submit|input|focus|blur|key\w+|mouse\w+)\s*=|<style|javascript:",
        text,
    )
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"(?:src|href)=\"https?://", text)
