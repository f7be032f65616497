"""Definitions as text: every error has its line, a page's change leaves the rest of a person's file alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.alarms.definition import Definition, Priority, Unusable, conditions, parsed
from dure.plant.alarms.files import read_definitions, read_text, save, written
from dure.plant.alarms.refusals import DefinitionWrong
from dure.science.formula import Kind
from dure.vocabulary import Text

GOOD = """# the press line
[[alarm]]
id = "press-hot"
title = { en = "Press too hot", ko = "프레스 과열" }
condition = "=[line1/Press/Temp]>80"
priority = "high"
consequence = "The mould warps"
response = "Open the cooling valve"
response_s = 300

# slow
[[alarm]]
id = "press-slow"
title = "Slow"
condition = "=[line1/Press/Speed]<10"
on_delay_s = 5
"""


def test_what_a_person_wrote_is_read():
    hot, slow = read_text(GOOD, "press.toml")
    assert (hot.priority, hot.title.ko, hot.response_s, hot.line) == (Priority.HIGH, "프레스 과열", 300.0, 2)
    assert (slow.priority, slow.title.en, slow.delays.on, slow.line) == (Priority.LOW, "Slow", 5 * 10**9, 12)
    assert hot.signals == ("line1/Press/Temp",)


@pytest.mark.parametrize(
    ("changed", "to", "line", "says"),
    [
        (
            'condition = "=[line1/Press/Speed]<10"',
            'condition = "=[line1/Press/Speed]<"',
            15,
            "cannot be read",
        ),
        ('priority = "high"', 'priority = "urgent"', 6, "critical, high, medium, low"),
        ('response = "Open the cooling valve"\n', "", 2, "needs “response”"),
        ("on_delay_s = 5", "on_delay_s = -1", 16, "from 0 to 86400"),
        ("on_delay_s = 5", "on_delay = 5", 16, "no field “on_delay”"),
        ('id = "press-slow"', 'id = "Press slow"', 13, "hyphens"),
        ('id = "press-slow"', 'id = "press-hot"', 12, "taken"),
        ("on_delay_s = 5", "on_delay_s = ", 16, "not TOML"),
        ("on_delay_s = 5", 'deadband = 2\ncondition = "=[a]"', 17, "not TOML"),
    ],
)
def test_every_error_has_its_line(tmp_path, changed, to, line, says):
    file = tmp_path / "press.toml"
    assert changed in GOOD
    file.write_text(GOOD.replace(changed, to))
    with pytest.raises(DefinitionWrong) as refused:
        read_definitions(tmp_path)
    assert refused.value.facts["line"] == line
    assert says in str(refused.value.facts["reason"].en)
    assert str(refused.value).startswith("press.toml, line ")


def test_a_formula_is_checked_against_the_signals_there_are():
    hot = read_text(GOOD, "press.toml")[0]
    assert conditions(hot, {"line1/Press/Temp": Kind("number", "Cel")})
    for kinds, says in (({}, "Unknown column"), ({"line1/Press/Temp": Kind("text")}, "should be")):
        with pytest.raises(Unusable) as refused:
            conditions(hot, kinds)
        assert refused.value.name == "condition"
        assert says in refused.value.reason.en
        assert refused.value.reason.ko != refused.value.reason.en


@pytest.mark.parametrize("condition", ["=PERCENTILE([a], 0.9)>1", "=1>2", '="yes"'])
def test_a_condition_that_cannot_be_watched_live_is_refused(condition):
    with pytest.raises(Unusable):
        conditions(Definition("x", Text("x", "x"), condition), {"a": Kind("number")})


def test_a_change_leaves_the_rest_of_the_file_as_it_was(tmp_path):
    (tmp_path / "alarms").mkdir()
    file = tmp_path / "alarms" / "press.toml"
    file.write_text(GOOD)
    _hot, slow = known = read_definitions(tmp_path / "alarms")
    save(tmp_path, parsed({"id": "press-hot", "title": "Hot", "condition": "=[line1/Press/Temp]>90"}), known)
    text = file.read_text()
    assert text.startswith('# the press line\n[[alarm]]\nid = "press-hot"\ntitle')
    assert '# slow\n[[alarm]]\nid = "press-slow"' in text
    again, same = read_definitions(tmp_path / "alarms")
    assert again.condition.endswith(">90")
    assert same == slow
    save(tmp_path, parsed({"id": "other", "title": "O", "condition": "=[a]>1"}), [again, same])
    assert {one.id: one.file for one in read_definitions(tmp_path / "alarms")}["other"] == "other.toml"


TEXT = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=60)


@given(
    en=TEXT,
    ko=TEXT,
    response=TEXT,
    deadband=st.floats(0, 1e6),
    latch=st.booleans(),
    priority=st.sampled_from(Priority),
)
def test_what_is_written_is_read_again(en, ko, response, deadband, latch, *, priority):
    found = {
        "id": "x-1", "title": {"en": en, "ko": ko}, "condition": '=AND([a "b"]>1, [가]<2)', "deadband": deadband,
        "latch": latch, "priority": priority.name.lower(), "response": response, "consequence": "c", "response_s": 1.5,
    }  # fmt: skip
    try:
        made = parsed(found)
    except Unusable:
        assert not (en + ko).strip() or (priority <= Priority.HIGH and not response.strip())
        return
    assert read_text(written(made), "x.toml") == [made]
