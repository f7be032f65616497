"""`dure procedure`: texts checked before anybody puts them in force."""

import json

import pytest

from dure.foundation.procedure.drawing import MOST_STATES, drawing
from dure.foundation.procedure.flow import flow_of
from dure.foundation.procedure.layers import layout
from dure.node.command import run
from foundation.procedure.test_cases import FLOW, REQUEST, REVIEW


@pytest.fixture
def folder(tmp_path):
    for name, text in (("check.flow", FLOW), ("request.form", REQUEST), ("review.form", REVIEW)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def told(capsys, *words):
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_flow_is_checked_against_the_forms_beside_it(folder, capsys):
    code, facts = told(capsys, "procedure", "check", str(folder / "check.flow.yaml"))
    assert code == 0
    assert facts["files"] == [
        {
            "file": str(folder / "check.flow.yaml"),
            "kind": "flow",
            "id": "check",
            "states": 6,
            "moves": 5,
            "forms_absent": [],
        }
    ]
    (folder / "check.flow.yaml").write_text(FLOW.replace("[rows]>=1000", "[colour]>=1000"))
    code, facts = told(capsys, "procedure", "check", str(folder / "check.flow.yaml"))
    assert (code, facts["error"]["key"]) == (2, "procedure-wrong")
    assert "colour" in facts["error"]["message"]
    (folder / "review.form.yaml").unlink()
    code, facts = told(capsys, "procedure", "check", str(folder / "check.flow.yaml"))
    assert (code, facts["files"][0]["forms_absent"]) == (0, ["review"])


def test_a_file_that_is_no_procedure_is_refused_in_one_sentence(tmp_path, capsys):
    (tmp_path / "a.form.yaml").write_bytes(b"\xff\xfe")
    for name, key in (("a.form.yaml", "procedure-unreadable"), ("b.form.yaml", "procedure-unreadable"), ("c.yaml", "not-a-procedure")):  # fmt: skip
        code, facts = told(capsys, "procedure", "check", str(tmp_path / name))
        assert (code, facts["error"]["key"]) == (2, key)


def test_boxes_and_words_of_a_picture_do_not_lie_upon_each_other():
    flow = flow_of(FLOW)
    arrows = {(source, move.to): 60.0 for move in flow.moves for source in move.sources}
    placed = layout("draft", dict.fromkeys([state.id for state in flow.states], 100.0), arrows)
    spots = [(x, rank, 100.0) for x, rank in placed.boxes.values()]
    spots += [(x, rank, 60.0) for x, rank in placed.words.values()]
    for at, (x, rank, wide) in enumerate(spots):
        for x2, rank2, wide2 in spots[at + 1 :]:
            assert rank != rank2 or abs(x - x2) >= (wide + wide2) / 2
        assert wide / 2 <= x + 1e-9
        assert x <= placed.width - wide / 2 + 1e-9
    assert placed.boxes["draft"][1] == 0


def test_a_picture_takes_turns_back_and_moves_that_stay_and_is_left_out_when_too_large():
    text = "id: f\nko: 가\nen: F\nstates: [{id: a, ko: 가, en: A}, {id: b, ko: 나, en: B}]\nmoves:\n"
    text += "".join(f"  - {{id: m{n}, ko: 이동, en: Move <{n}>, from: [{src}], to: {to}, by: [anybody]}}\n" for n, (src, to) in enumerate(("aa", "ab", "ba", "bb")))  # fmt: skip
    picture = drawing(flow_of(text))
    assert "Move &lt;0&gt;" in picture.svg or "Move" in picture.svg
    assert "<0>" not in picture.svg
    many = "id: f\nko: 가\nen: F\nstates:\n" + "".join(
        f"  - {{id: s{n}, ko: 가, en: A}}\n" for n in range(MOST_STATES + 1)
    )
    many += "moves:\n" + "".join(f"  - {{id: m{n}, ko: 가, en: M, from: [s{n}], to: s{(n + 1) % (MOST_STATES + 1)}, by: [anybody]}}\n" for n in range(MOST_STATES + 1))  # fmt: skip
    assert drawing(flow_of(many)) is None
