"""Docs are held to the code: what exists is described, what is described exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import dure.vocabulary

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def test_reference_pages_say_what_the_code_says() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts/reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_word_of_the_vocabulary_is_in_the_glossary() -> None:
    glossary = (DOCS / "reference/glossary.md").read_text()
    terms = {
        word.strip()
        for row in glossary.splitlines()
        if row.startswith("| ")
        for word in row.split("|")[1].split(",")
    }
    nouns = {n for n in dure.vocabulary.__all__ if n[0].isupper() and n not in ERRORS}
    assert {n for n in nouns if n not in terms and n.removesuffix("s") not in terms} == DERIVED


ERRORS = {
    n
    for n in dure.vocabulary.__all__
    if isinstance(k := getattr(dure.vocabulary, n), type) and issubclass(k, Exception)
}
# Words made from a term of the glossary: a state and the progress of a Work.
DERIVED = {"WorkState", "Progress"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_and_pictures_of_a_page_are_there(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_the_readme_stays_a_page_with_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert len(readme.splitlines()) <= 70
    assert "make run" in readme
    assert "make test" in readme


def test_every_fragment_is_one_sentence_of_a_known_kind() -> None:
    for fragment in (ROOT / "changelog.d").glob("+*.md"):
        assert re.fullmatch(r"\+[a-z0-9-]+\.(added|changed|fixed|removed)\.md", fragment.name)
        assert len(fragment.read_text().strip().splitlines()) == 1, fragment.name


def test_no_ignore_of_a_linter_goes_unexplained() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    ignores = re.search(r"^ignore = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    assert ignores
    assert [line for line in ignores[1].splitlines() if "#" not in line] == []


def test_no_page_names_a_machine_of_ours() -> None:
    said = subprocess.run(["git", "grep", "-nE", r"/(work|root)/[a-z.]+|/tmp/[a-z]+-", "--", ".", ":!uv.lock", ":!tests/docs"], cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert said.stdout == ""
