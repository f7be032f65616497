"""Personal data is found by rules and masked, and its values are never told."""

from pathlib import Path

import polars as pl
import pytest

from dure.science.prepare import step_named
from dure.science.prepare.reading import Table
from dure.science.quality import masked, personal_counts, personal_in, profile
from dure.science.quality.personal import is_business_number, is_card_number, is_resident_number

FOUND = [
    ("작업자: 홍길동 교체 완료", ["name"]),
    ("김철수 과장이 점검", ["name"]),
    ("박과장 확인", ["name"]),
    ("남궁민수 대리 010-1234-5678", ["name", "phone"]),
    ("주민번호 900101-1234568", ["resident"]),
    ("연락 +82-10-1234-5678", ["phone"]),
    ("tel 02-555-1234", ["phone"]),
    ("03-1234-5678 田中さん", ["phone", "name"]),
    ("担当者: 佐藤 太郎", ["name"]),
    ("(415) 555-2671", ["phone"]),
    ("사업자 124-81-00998", ["business"]),
    ("card 4111 1111 1111 1111", ["card"]),
    ("mail a.b@plant.example now", ["e-mail"]),
    ("서울특별시 강남구 테헤란로 152", ["address"]),
    ("東京都千代田区丸の内1丁目9-1", ["address"]),
    ("Mr. Cristóbal climbs", ["name"]),
    ("reported by: John Smith", ["name"]),
    ("3호기 펌프 이상 진동, 김영훈이 점검함", ["name"]),
    ("정지훈 베어링 교체 완료", ["name"]),
    ("압력 저하 (박서준)", ["name"]),
    ("남궁민수는 오전에 퇴근", ["name"]),
    ("Told Robert Miller to reset it", ["name"]),
    ("the operator Warrin stopped the crane", ["name"]),
    ("checked by sarah wilson", ["name"]),
    ("Mark Hansen replaced the seal", ["name"]),
    ("valve swapped per J. Alvarez", ["name"]),
]
NOTHING = [
    "모터 고장 기사 호출", "담당: 정비팀", "이상 없음", "S/N 6205-2RS-1234", "2024-03-05 14:05:00", "192.168.0.10",
    "주문번호 20240305123456", "ticket# 401911247", "仕様書", "온도 씨 80", "900101-1234567", "4111 1111 1111 1112", "0.12345678901",
    "124-81-00999", "Name: pump", "작업자 이상 무", "전무이사 방문",
    "이상은 없음", "정지 후 주유", "전동기 정지선 도색", "주유구 점검", "고정자 권선 확인", "소유자 변경", "이미지를 저장", "유량은 정상",
    "mark the valve", "Grant Street pump station was checked", "The Main Operator Panel was reset", "Will Replace Seal", "May Bill later",
    "Art Department", "Ray Level sensor", "the operator Panel was off", "replaced by new pump", "stopped by high level",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), FOUND)
def test_it_is_found(text, kinds):
    assert [one.kind for one in personal_in(text)] == kinds


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_so_is_left_alone(text):
    assert personal_in(text) == ()
    assert masked(text) == text


def test_a_masked_text_is_masked_for_good():
    for text, _ in FOUND:
        assert masked(masked(text)) == masked(text)
        assert not personal_counts([masked(text)])


def test_numbers_are_believed_where_they_check():
    assert is_resident_number("9001011234568")
    assert not is_resident_number("9001011234567")
    assert not is_resident_number("9013011234568")
    assert is_resident_number("2101013123456"), "born after October 2020: no check digit"
    assert is_business_number("1248100998")
    assert not is_business_number("1248100988")
    assert is_card_number("4111111111111111")
    assert not is_card_number("4111111111111113")


def test_a_whole_cell_is_a_name_only_below_a_header_that_says_so():
    assert personal_in("홍길동") == ()
    assert [one.kind for one in personal_in("홍길동", "작업자")] == ["name"]
    assert personal_in("정비팀", "담당자") == ()


def test_the_profile_counts_it_and_never_shows_it():
    frame = pl.DataFrame({"memo": ["홍길동 과장 010-1234-5678", "a@b.example", "ok"], "bar": [1.0, 2.0, 3.0]})
    found = profile(Table(frame, ("x.csv",), (3,)))
    told = next(one for one in found.to_dict()["findings"] if one["key"] == "personal-data")
    assert told["where"] == "memo"
    assert "names 1" in told["message"]
    assert "phone numbers 1" in told["message"]
    assert "text.mask_personal" in told["remedy"]
    assert not any(secret in str(found.to_dict()) for secret in ("홍길동", "1234-5678", "a@b"))


def test_only_the_kinds_asked_for_are_masked():
    frame = pl.DataFrame({"memo": ["홍길동 과장 010-1234-5678"]})
    step = step_named("text.mask_personal")(columns=("memo",), kinds=("phone",))
    assert step.fit(frame).transform(frame).item() == "홍길동 과장 [phone]"


def test_accident_reports_name_people(recorded):
    file = next((recorded / "safety-accidents-stefanini").glob("*.csv"))
    texts = pl.read_csv(file)["Description"].to_list()
    counts = personal_counts(texts)
    assert set(counts) == {"name"}
    assert counts["name"] >= 100
    assert not personal_counts(masked(text) for text in texts)


def test_of_korean_names_put_into_log_lines_most_are_found_and_of_common_words_none():
    surnames, given = (
        "김이박최정강조윤장임",
        ["서준", "지훈", "영수", "미경", "현우", "은정", "상철", "혜진", "동현", "수빈"],
    )
    found = [
        personal_in(f"2호기 {one}{two}{'이' if (ord(two[-1]) - ord('가')) % 28 else '가'} 점검")
        for one in surnames
        for two in given
    ]
    assert sum(len(one) == 1 for one in found) >= 90
    words = (
        Path(__file__).parents[4]
        / "src"
        / "dure"
        / "plant"
        / "alarms"
        / "locale"
        / "ko"
        / "LC_MESSAGES"
        / "django.po"
    )
    lines = [line for line in words.read_text(encoding="utf-8").splitlines() if line.startswith("msgstr")]
    assert len(lines) > 50
    assert personal_counts(lines) == {}


def test_names_in_the_place_of_somebody_are_found_in_recorded_reports(recorded):
    file = next((recorded / "safety-accidents-stefanini").glob("*.csv"))
    texts = [text for text in pl.read_csv(file)["Description"].to_list() if "he employee " in text]
    put = [text.replace("he employee ", "he employee Zoltan Kertesz ", 1) for text in texts]
    found = [any("Zoltan" in text[one.start : one.end] for one in personal_in(text)) for text in put]
    assert sum(found) > 0.95 * len(found)
