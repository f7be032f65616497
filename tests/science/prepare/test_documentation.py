"""The reference page names every step with its fields, and every finding."""

from pathlib import Path

import pytest

from dure.science.prepare import form, joining_refusals, reading_refusals, steps
from dure.science.prepare.reading_notes import NOTES
from dure.science.quality import measures
from dure.vocabulary import DureError

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
PAGE = (REFERENCE / "steps.md").read_text(encoding="utf-8")
QUALITY = (REFERENCE / "quality.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", steps())
def test_a_step_is_documented_with_every_field(name):
    _, found, section = PAGE.partition(f"### `{name}`\n")
    assert found
    for field in form(steps()[name]):
        assert f"| `{field.name}` |" in section.partition("\n### ")[0]


@pytest.mark.parametrize("key", [measure.key for measure in measures()])
def test_a_finding_is_documented(key):
    assert f"| `{key}` |" in QUALITY


READING = (REFERENCE / "reading.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", sorted(NOTES))
def test_a_note_of_the_reader_is_documented_and_speaks_both_languages(key):
    assert f"| `{key}` |" in READING
    says, remedy = NOTES[key]
    assert all(text.en.endswith((".", "!")) and text.ko.endswith(".") for text in (says, remedy))


@pytest.mark.parametrize(
    "refusal",
    [
        one
        for module in (reading_refusals, joining_refusals)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, DureError) and one.__module__ == module.__name__
    ],
)
def test_a_refusal_of_the_reader_is_documented(refusal):
    assert f"`{refusal.key}`" in READING
