"""The form of a training: what only people know stands open, and a wrong word is told beside its field."""

import pytest
from django.utils.translation import override

from dure.plant.registry.forms import TrainForm

COLUMNS = ["speed", "torque", "Type", "Machine failure"]
FILLED = {"name": "pump", "target": "Machine failure", "task": "auto", "budget": "15"}


def form(**words):
    return TrainForm(COLUMNS, ["Machine failure"], {**FILLED, **words})


def test_equipment_and_cost_are_asked_openly_and_time_is_found_by_itself():
    asked = form()
    assert [field.name for field in asked.known] == ["equipment", "cost", "inspected", "state", "pack"]
    assert [field.name for field in asked.more] == ["time", "group", "fleet", "ignore"]
    assert {field.name for field in (*asked.basics, *asked.known, *asked.more)} == set(asked.fields)
    assert asked.is_valid(), asked.errors
    assert not asked.more_wrong


@pytest.mark.parametrize("cost", ["0", "-3", "twenty", "inf", "nan", "1e9"])
def test_a_cost_that_is_none_is_told_beside_its_field_in_the_readers_language(cost):
    with override("ko"):
        asked = form(cost=cost)
        assert list(asked.errors) == ["cost"]
        assert any("가" <= letter <= "힣" for letter in str(asked.errors["cost"][0]))


def test_operating_states_are_for_what_is_not_normal():
    assert list(form(state="Type").errors) == ["state"]
    assert form(state="Type", task="detect", target="").is_valid()


def test_what_is_found_by_itself_is_opened_when_its_correction_is_wrong():
    assert form(group="no such column").more_wrong
