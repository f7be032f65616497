"""How a deployment moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.deploy import SCORING, STEPS, NoReason, Standing, StepRefused
from dure.plant.deploy.standing import step

states = st.sampled_from(list(Standing))


@given(states, st.lists(states, max_size=12))
def test_whatever_people_try_a_model_reaches_on_only_by_way_of_shadow_and_advisory(start, wishes):
    walked = [Standing.STOPPED] if start is Standing.STOPPED else [Standing.SHADOW]
    for wish in wishes:
        try:
            walked.append(step("cells", walked[-1], wish, "because"))
        except StepRefused:
            continue
    for at, state in enumerate(walked):
        if state is Standing.ON:
            assert walked[at - 1] is Standing.ADVISORY
            assert Standing.SHADOW in walked[:at]


@given(states)
def test_every_state_can_be_left_and_stopping_is_one_step_away(state):
    assert STEPS[state]
    assert state is Standing.STOPPED or Standing.STOPPED in STEPS[state]


def test_only_a_stopped_model_does_not_score():
    assert set(Standing) - {Standing.STOPPED} == set(SCORING)


def test_a_step_that_the_table_lacks_says_which_are_open():
    with pytest.raises(StepRefused, match=r"cannot go from shadow to on.*advisory, stopped"):
        step("Cells", Standing.SHADOW, Standing.ON, "in a hurry")


def test_a_step_without_a_reason_is_refused():
    with pytest.raises(NoReason):
        step("Cells", Standing.SHADOW, Standing.ADVISORY, "  ")
