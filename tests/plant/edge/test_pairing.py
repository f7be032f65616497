"""A box is paired by one line; a node keeps no token, and a source has one collector."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect import Source, add_source, source
from dure.plant.edge import (
    BoxExists,
    BoxUnknown,
    Invitation,
    InvitationUnreadable,
    NotJoined,
    SourceTaken,
    admit,
    boxes,
    invitation_of,
    invite,
    join,
    remove_box,
)
from dure.plant.edge.pairing import PREFIX, box_of

PRINT = "ab" * 32
URL = "https://plant.example:8002"


@given(st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,12})?", fullmatch=True), st.text("abcXYZ019_-", min_size=8))
def test_an_invitation_is_read_as_it_was_written(name, token):
    made = Invitation(URL, name, token, PRINT)
    assert Invitation.read(f"  {made.line}\n") == made


@pytest.mark.parametrize(
    "line",
    [
        "",
        "dure-edge:",
        "dure-edge:%%%",
        "dure-edge:eyJhIjoxfQ",
        "hello",
        Invitation("http://plain:1", "a", "t", PRINT).line,
        Invitation(URL, "../a", "t", PRINT).line,
        Invitation(URL, "a", "t", "ab").line,
        PREFIX + "A" * 5000,
    ],
)
def test_what_is_no_invitation_is_refused_and_not_shown_whole(line):
    with pytest.raises(InvitationUnreadable) as refused:
        Invitation.read(line)
    assert len(str(refused.value)) < 200


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fall(text):
    with pytest.raises(InvitationUnreadable):
        Invitation.read(PREFIX + text)


def test_the_node_keeps_the_hash_of_a_token_and_knows_the_box_by_it(tmp_path):
    made = invite(tmp_path, "press", URL, PRINT)
    kept = (tmp_path / "secret/edges/press.json").read_text()
    assert made.token not in kept
    assert (tmp_path / "secret/edges/press.json").stat().st_mode & 0o077 == 0
    assert box_of(tmp_path, made.token).name == "press"
    assert box_of(tmp_path, made.token + "x") is None
    assert [box.name for box in boxes(tmp_path)] == ["press"]


def test_a_name_is_given_once_and_a_removed_box_is_a_stranger(tmp_path):
    made = invite(tmp_path, "press", URL, PRINT)
    with pytest.raises(BoxExists):
        invite(tmp_path, "press", URL, PRINT)
    remove_box(tmp_path, "press")
    assert box_of(tmp_path, made.token) is None
    for name in ("press", "../press", ""):
        with pytest.raises(BoxUnknown):
            remove_box(tmp_path, name)


def test_a_box_joins_and_a_machine_that_did_not_says_how(tmp_path):
    with pytest.raises(NotJoined, match="dure edge join"):
        invitation_of(tmp_path)
    made = invite(tmp_path / "node", "press", URL, PRINT)
    join(tmp_path, made.line)
    assert invitation_of(tmp_path) == made
    assert (tmp_path / "secret/node.json").stat().st_mode & 0o077 == 0


def test_a_source_belongs_to_the_first_who_named_it(tmp_path):
    invite(tmp_path, "press", URL, PRINT)
    invite(tmp_path, "paint", URL, PRINT)
    press, paint = sorted(boxes(tmp_path), key=lambda box: box.name == "paint")
    assert admit(tmp_path, press, "line1").sources == ("line1",)
    with pytest.raises(SourceTaken, match="press"):
        admit(tmp_path, paint, "line1")
    add_source(tmp_path, Source("line2", "file:///nowhere"))
    with pytest.raises(SourceTaken, match="the node itself"):
        admit(tmp_path, paint, "line2")


def test_a_description_remembers_the_box_that_collects_it(tmp_path):
    add_source(tmp_path, Source("line1", "file:///nowhere", box="press"))
    assert source(tmp_path, "line1").box == "press"
    assert json.loads((tmp_path / "sources/line1.json").read_text())["box"] == "press"
