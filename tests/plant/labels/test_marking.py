"""Labels are kept for good: given, changed, taken back, decided; the ledger has each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.foundation.ledger import Entry, verify
from dure.plant.labels import Mark, disagreement, mark, open_set, resolve, take_back, verdicts
from dure.plant.labels.marking import TAKEN, kinds_of
from dure.plant.labels.refusals import MarkWrong, NothingToUndo, NotYourMark, SetWrong
from dure.plant.labels.things import things
from dure.plant.labels.weighing import segments
from dure.plant.transport import Content
from dure.vocabulary import home as home_folder

pytestmark = pytest.mark.django_db


def test_a_label_stands_and_the_ledger_has_it(plates, person):
    key = things(plates).keys[3]
    mark(plates, person(), "crack", item=key, sure=0.5, note="at the edge")
    assert verdicts(plates)[key].kind == "crack"
    entry = Entry.objects.get(what="labels.mark")
    assert '"item"' in entry.facts
    assert "at the edge" not in entry.facts  # words of a person lie apart from the tree
    assert verify().entries >= 2


def test_ones_own_second_word_replaces_the_first_and_undo_brings_it_back(plates, person):
    key, kim = things(plates).keys[0], person()
    mark(plates, kim, "good", item=key)
    mark(plates, kim, "crack", item=key)
    assert verdicts(plates)[key].kind == "crack"
    take_back(plates, kim)
    assert verdicts(plates)[key].kind == "good"
    take_back(plates, kim)
    assert key not in verdicts(plates)
    assert Mark.objects.filter(label_set=plates).count() == 4  # nothing is ever deleted
    with pytest.raises(NothingToUndo):
        take_back(plates, kim)


def test_nobody_takes_back_what_another_said(plates, person):
    made = mark(plates, person(), "good", item=things(plates).keys[0])
    with pytest.raises(NotYourMark, match="Kim"):
        take_back(plates, person("lee"), made.pk)
    with pytest.raises(NothingToUndo):
        take_back(plates, person("lee"))


def test_two_who_differ_leave_an_item_disputed_until_a_named_person_decides(plates, person):
    one, two = things(plates).keys[:2]
    for who, kinds in (("kim", ("good", "good")), ("lee", ("good", "crack"))):
        for key, kind in zip((one, two), kinds, strict=True):
            mark(plates, person(who), kind, item=key)
    told = disagreement(plates)
    assert (told.both, told.alike, told.disputed) == (2, 1, 1)
    assert told.pairs[0][:3] == ("Kim", "Lee", 2)
    assert verdicts(plates)[two].disputed
    resolve(plates, person("park"), "crack", item=two)
    assert (verdicts(plates)[two].kind, verdicts(plates)[two].decided_by) == ("crack", "Park")
    assert disagreement(plates).disputed == 0
    assert disagreement(plates).alike == 1  # a decision does not make people agree


def test_a_labelled_picture_is_kept_for_good(tiles, person):
    key = things(tiles).keys[0]
    Content(home_folder()).release(key.removeprefix("sha256:"))
    mark(tiles, person(), "good", item=key)
    assert Content(home_folder()).is_held(key.removeprefix("sha256:"))


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "purple", "item": "first"},
        {"kind": "good", "item": "row:none:1"},
        {"kind": "good", "item": ""},
        {"kind": "good", "item": "first", "sure": 7.0},
    ],
)
def test_odd_labels_are_refused_in_one_sentence(plates, person, asked):
    asked = {**asked, "item": things(plates).keys[0] if asked["item"] == "first" else asked["item"]}
    with pytest.raises(MarkWrong) as told:
        mark(plates, person(), **asked)
    assert str(told.value).count(". ") <= 1
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("start", "end"), [(10, 10), (20, 10), (None, 10), (0, 2**62), (0, 401 * 86_400 * 10**9)]
)
def test_a_stretch_ends_after_it_begins(leaks, person, start, end):
    with pytest.raises(MarkWrong):
        mark(leaks, person(), "leak", signals=["line1/pump"], start=start, end=end)


def test_stretches_are_cut_where_people_differ(leaks, person):
    second = 10**9
    mark(leaks, person(), "leak", signals=["line1/pump/Pressure"], start=10 * second, end=30 * second)
    mark(leaks, person("lee"), "normal", signals=["line1/pump"], start=20 * second, end=40 * second)
    told = [(one.start // second, one.end // second, one.verdict.kind) for one in segments(leaks)]
    assert told == [(10, 20, "leak"), (20, 30, ""), (30, 40, "normal")]
    assert disagreement(leaks).disputed == 1
    resolve(leaks, person(), "leak", signals=["line1/pump"], start=20 * second, end=30 * second)
    assert [one.verdict.kind for one in segments(leaks)] == ["leak", "leak", "normal"]


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 50), st.sampled_from("ab"), st.sampled_from("xy")),
        max_size=8,
    )
)
def test_segments_cover_what_was_marked_and_never_overlap(marks):
    from types import SimpleNamespace

    from dure.plant.labels.weighing import _cut

    told = [
        SimpleNamespace(start=at, end=at + long, by=who, kind=kind, act="mark", sure=1.0)
        for at, long, who, kind in marks
    ]
    found = _cut("pump", told)
    covered = [moment for one in found for moment in range(one.start, one.end)]
    assert sorted(covered) == sorted({moment for one in told for moment in range(one.start, one.end)})


@pytest.mark.parametrize(
    "kinds",
    [
        [],
        [{"name": " "}],
        [{"name": "a"}, {"name": "a"}],
        [{"name": "a", "key": "z"}],
        [{"name": str(at)} for at in range(21)],
    ],
)
def test_kinds_need_names_and_free_keys(kinds):
    with pytest.raises(SetWrong):
        kinds_of(kinds)


@given(st.lists(st.text("abcxyz", min_size=1, max_size=3), min_size=1, max_size=9, unique=True))
def test_every_kind_gets_a_key_of_its_own(names):
    keys = [one["key"] for one in kinds_of([{"name": name} for name in names])]
    assert len(set(keys)) == len(names)
    assert not TAKEN & set(keys)


def test_a_set_on_nothing_is_refused(person):
    with pytest.raises(SetWrong):
        open_set("x", "rows", [{"name": "a"}], {"upload": "none"}, person())
    with pytest.raises(SetWrong):
        open_set("x", "stretches", [{"name": "a"}], {"signals": ["no/such"]}, person())
