"""The reference page names every function with how it is used, what it does in both languages, and its example."""

from pathlib import Path

import pytest

from dure.science.formula import FUNCTIONS
from dure.science.formula.functions.operators import OPERATORS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "formula.md").read_text(encoding="utf-8")
EVERY = [*FUNCTIONS.values(), *(one.alone for one in FUNCTIONS.values() if one.alone), *OPERATORS.values()]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{one.name} {len(one.arguments)}")
def test_a_function_is_on_the_page(one):
    name = one.usage if one.name in FUNCTIONS else one.name
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1
    for part in (one.doc.en, one.doc.ko, f"`{one.example.formula}`"):
        assert part in rows[0]
    assert ("whole column" in rows[0]) is (not one.causal)


def test_the_page_names_no_function_that_is_not_there():
    named = {line.split("`")[1].partition("(")[0] for line in PAGE.splitlines() if line.startswith("| `")}
    assert named <= {one.name for one in EVERY}
