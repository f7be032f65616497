"""The steps of preparation as forms, for the sheet's menu."""

from typing import Any


def step_forms() -> list[dict[str, Any]]:
    """Each step with its label and fields; formulas have a place of their own."""
    from dure.science.prepare import form, steps

    return [
        {
            "name": name,
            "label": str(member.label),
            "keeps_rows": member.keeps_rows,
            "fields": [_field(one) for one in form(member)],
        }
        for name, member in steps().items()
        if name != "table.formula"
    ]


def _field(one: Any) -> dict[str, Any]:
    default = list(one.default) if isinstance(one.default, tuple) else one.default
    return {
        "name": one.name, "kind": one.kind, "label": str(one.label), "unit": one.unit, "low": one.low, "high": one.high, "choices": list(one.choices),
        "default": default if isinstance(default, (str, int, float, bool, list, type(None))) else None, "of": one.of,
    }  # fmt: skip
