"""The reference page knows every setting and every rule."""

from pathlib import Path

import pytest

from dure.plant.connect import RULES, members

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "connectors.md").read_text()


@pytest.mark.parametrize("member", members())
def test_every_setting_and_rule_is_on_the_page(member):
    part = PAGE.split(f"## {member.title.en}:")[1].split("\n## ")[0]
    for setting in member.settings_type.sheet():
        allowed = setting.allowed.replace("|", "\\|")
        assert any(
            f"| `{setting.name}` |" in line and allowed in line and setting.label.en in line
            for line in part.splitlines()
        )
    for rule, standing in member.rules.items():
        assert f"| {RULES[rule].en} | {standing.mark}" in part
        assert standing.why in part
