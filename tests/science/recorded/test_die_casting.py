"""Castings of a Korean plant, as it writes them and re-encoded to cp949: learnt on the first, judged on the later ones."""

import gzip

import polars as pl
import pytest
from polars.testing import assert_frame_equal

MOULDS = (8600, 8573)
KOREAN = {"passorfail": "판정", "working": "가동여부"}


@pytest.fixture(scope="module")
def castings(recorded):
    return recorded / "die-casting-kr"


@pytest.fixture(scope="module")
def parts(castings, place):
    """Of each mould the first 70 % of its castings and the rest: with Korean names and verdicts, in utf-8 and cp949."""
    made = {}
    for mould in MOULDS:
        words = gzip.decompress((castings / f"train_group_{mould}.csv.gz").read_bytes()).decode("utf-8-sig")
        first, *rows = words.replace("passorfail", "판정").replace("working", "가동여부").splitlines()
        rows = [row.replace(f",{mould}.0,", f",{mould},") for row in rows]
        rows = [
            row.replace(f",{mould},0,", f",{mould},양품,").replace(f",{mould},1,", f",{mould},불량,")
            for row in rows
        ]
        cut = int(len(rows) * 0.7)
        for part, chosen in (("first", rows[:cut]), ("later", rows[cut:])):
            for encoding in ("utf-8-sig", "cp949"):
                path = place / f"{part}-{mould}-{encoding}.csv"
                path.write_bytes("\r\n".join([first, *chosen, ""]).encode(encoding))
                made.setdefault((part, encoding), []).append(path)
    return made


@pytest.fixture(scope="module")
def model(dure, parts, place):
    asked = ("--target", "판정", "--time", "datetime", "--ignore", "tryshot_signal", "--budget", "6s")
    return dure("train", *parts["first", "cp949"], *asked, "-o", place / "model")


def test_the_profile_warns_of_the_trial_shot_and_of_stand_ins(findings, castings):
    said = findings(castings / "train_group_*.csv.gz")
    assert any(key == "leakage-in-part" and "tryshot_signal" in where for key, where in said)
    assert "looks like “no value”" in said["sentinel-values", "molten_volume"]
    assert any(key == "class-imbalance" for key, _ in said)


def test_the_excel_copy_is_read_as_the_table_it_is(dure, castings):
    found = dure("profile", castings / "test2.xlsx")
    assert found["rows"] == 18_042
    assert found["layouts"][0]["format"] == "excel"
    assert any(
        one["key"] == "leakage-in-part" and "tryshot_signal" in one["where"] for one in found["findings"]
    )


def test_later_castings_are_judged_better_than_by_chance(dure, model, parts, proves):
    assert model["validation"]["kind"] == "blocked_time"
    proves("die-casting-kr, in time", "average_precision", model)
    proves(
        "die-casting-kr, later castings",
        "average_precision",
        dure("evaluate", model["model"], *parts["later", "cp949"]),
    )


def test_the_cp949_copy_gives_exactly_the_same(dure, model, parts, place):
    said = {}
    for encoding in ("utf-8-sig", "cp949"):
        files = parts["later", encoding]
        profile = dure("profile", *files, "--target", "판정")
        judged = dure("evaluate", model["model"], *files)
        dure("predict", model["model"], *files, "-o", place / f"{encoding}.parquet")
        dure("prepare", *files, "--target", "판정", "-o", place / f"{encoding}-ready.parquet")
        columns = [{**one, "source": ""} for one in profile["columns"]]
        said[encoding] = (profile["rows"], columns, profile["quality"], judged["metric"], judged["null"])
        keys = [(one["key"], one["where"]) for one in profile["findings"]]
        said[encoding] += (keys,)
    assert said["cp949"] == said["utf-8-sig"]
    for kind in ("", "-ready"):
        frames = [pl.read_parquet(place / f"{encoding}{kind}.parquet") for encoding in ("utf-8-sig", "cp949")]
        assert_frame_equal(*frames, check_exact=True)


def test_rows_and_order_are_kept(keeps_rows, model, parts):
    found = keeps_rows(
        model["model"], parts["later", "cp949"][1], "prediction", "probability_불량", "probability_양품"
    )
    assert set(found["prediction"].unique()) <= {"양품", "불량"}


def test_verdicts_of_the_shift_before_do_no_harm(dure, model, parts, proves):
    asked = ("--target", "판정", "--time", "datetime", "--label-delay", "8h")
    played = dure("replay", model["model"], *parts["later", "cp949"], *asked)
    proves("die-casting-kr, later castings replayed 8 h late", "average_precision", played, "deployed")
    assert played["deployed"]["average_precision"] > played["static"]["average_precision"] - 0.05
