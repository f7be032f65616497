"""The line page's values: what is stale, what is bad, where an alarm stands, and how a reason speaks."""

import pytest

from dure.plant.deploy.board import Board, Known, Verdict, reason
from dure.vocabulary import Quality, use_language

NOW = 1_700_000_000 * 10**9


def last(signal, value=1.0, *, ago=0.0, quality=Quality.GOOD, text=None, clock=0.0):
    received = NOW - round(ago * 1e9)
    return {
        "signal": signal,
        "time": received + round(clock * 1e9),
        "value": value,
        "text": text,
        "quality": quality,
        "received": received,
    }


def readings(*rows, **known):
    return {one.signal: one for tile in Board(NOW, known).tiles(rows) for one in tile.readings}


@pytest.mark.parametrize(
    ("period", "ago", "state"),
    [(0.0, 9.0, "good"), (0.0, 11.0, "stale"), (60.0, 290.0, "good"), (60.0, 310.0, "stale")],
)
def test_a_signal_is_stale_after_five_of_its_own_periods_and_ten_seconds_at_least(period, ago, state):
    known = {"l/c/V": Known(period=period)}
    found = Board(NOW, known).tiles([last("l/c/V", ago=ago)])[0].readings[0]
    assert found.state == state


def test_silence_says_more_than_the_quality_of_the_last_word():
    assert readings(last("l/c/V", quality=Quality.BAD))["l/c/V"].state == "bad"
    assert readings(last("l/c/V", quality=Quality.BAD, ago=60))["l/c/V"].state == "stale"


def test_a_clock_that_is_off_makes_nobody_silent():
    assert readings(last("l/c/V", clock=-41.0))["l/c/V"].state == "good"


def test_equipment_with_an_alarm_stands_first_and_what_models_write_is_no_equipment():
    rows = [last(f"l/{cell}/V") for cell in ("c1", "c2", "c3")] + [last("deploy/1/l/c1/score")]
    board = Board(NOW, alarmed={"l/c3": "open", "l/c2": "seen"})
    assert [(tile.name, tile.alarm) for tile in board.tiles(rows)] == [
        ("c3", "open"),
        ("c2", "seen"),
        ("c1", ""),
    ]


def test_what_a_model_says_of_equipment_stands_last_on_its_tile():
    verdicts = {"deploy/1/l/c1/score": Verdict("l/c1", "Cell watch", 30.0)}
    rows = [last("deploy/1/l/c1/score", 0.4, ago=100), last("deploy/2/l/c1/score"), last("l/c1/V")]
    tile = Board(NOW, verdicts=verdicts).tiles(rows)[0]
    assert [(one.name, one.state) for one in tile.readings] == [("V", "good"), ("Cell watch", "good")]


def test_a_signal_that_speaks_in_words_shows_its_words():
    found = readings(last("l/c/State", None, text="가동 중"))["l/c/State"]
    assert found.is_text
    assert found.value == "가동 중"


@pytest.mark.parametrize(
    ("value", "en", "ko"),
    [
        (4.0, "18 % above usual", "평소보다 18% 높음"),
        (1.45, "50 % below usual", "평소보다 50% 낮음"),
        (3.0, "unusual together with the others", "다른 값과의 조합이 평소와 다름"),
        (3.401, "unusual together with the others", "다른 값과의 조합이 평소와 다름"),
    ],
)
def test_a_reason_says_how_far_from_usual_in_both_languages(value, en, ko):
    found = reason({"column": "R", "value": value, "low": 2.9, "high": 3.4, "share": 0.6, "unit": "mOhm"})
    with use_language("en"):
        assert str(found.says) == en
    with use_language("ko"):
        assert str(found.says) == ko
