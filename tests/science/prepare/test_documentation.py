"""The reference page names every step with its fields, and every finding."""

from pathlib import Path

import pytest

from dure.science.prepare import form, steps
from dure.science.quality import measures

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "steps.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", steps())
def test_a_step_is_documented_with_every_field(name):
    _, found, section = PAGE.partition(f"### `{name}`\n")
    assert found
    for field in form(steps()[name]):
        assert f"| `{field.name}` |" in section.partition("\n### ")[0]


@pytest.mark.parametrize("key", [measure.key for measure in measures()])
def test_a_finding_is_documented(key):
    assert f"| `{key}` |" in PAGE
