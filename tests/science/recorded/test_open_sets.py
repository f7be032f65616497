"""Every recorded set is prepared as it lies, without a recipe; what is refused is refused in a sentence."""

from pathlib import Path

import polars as pl
import pytest

from dure.science.prepare.preparing import Preparation, run
from dure.vocabulary import InputError, Permit

# Rows and columns that come out; the others are prepared by the long run.
QUICK = {
    "battery-nasa": (336, 2),
    "c-mapss": (33_727, 19),
    "cnc-kamp": (16_568, 51),
    "labview-lvm": (16_384, 4),
    "maintenance-text-maintie": (1_076, 5),
    "process-pyphi-xlsx": (680, 55),
    "robot-execution-failures": (2_730, 9),
    "solar-plant-india": (43_538, 9),
    "well-logs-las": (2_732, 9),
}


@pytest.mark.parametrize("name", QUICK)
def test_a_set_is_prepared_without_a_recipe(recorded, tmp_path, name):
    out = tmp_path / "ready.parquet"
    facts = run(Preparation((str(recorded / name),), out), Permit.own([name]))
    assert pl.read_parquet(out).shape == QUICK[name] == (facts["rows"], facts["columns"])
    guessed = {"ready.abbreviations.toml"} if name == "maintenance-text-maintie" else set()
    assert {path.name for path in tmp_path.iterdir()} == guessed | {
        "ready.parquet", "ready.recipe.toml", "ready.report.json", "ready.croissant.json",
    }  # fmt: skip


def test_captures_of_a_network_are_refused_as_that(recorded, tmp_path):
    with pytest.raises(InputError, match=r"none can be read: .* is not a table: it holds a network capture"):
        run(Preparation((str(recorded / "ics-pcap"),), tmp_path / "ready.csv"), Permit.own(["ics-pcap"]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.soak
def test_every_set_is_prepared_or_refused_in_a_sentence(recorded, tmp_path):
    refused: dict[str, str] = {}
    for folder in sorted(path for path in recorded.iterdir() if path.is_dir()):
        out = tmp_path / f"{folder.name}.parquet"
        try:
            facts = run(Preparation((str(folder),), out), Permit.own([folder.name]))
        except InputError as why:
            refused[folder.name] = str(why)
        else:
            assert len(pl.read_parquet(out)) == facts["rows"] > 0
    assert set(refused) == {"ics-pcap"}
    assert all(why.endswith(".") for why in refused.values())


def test_the_page_tells_of_every_set_how_it_was_prepared_and_what_its_task_was_worth(recorded):
    page = (Path(__file__).parents[3] / "docs" / "reference" / "open-sets.md").read_text(encoding="utf-8")
    sets = {path.name for path in recorded.iterdir() if path.is_dir()}
    for part, cells in zip(page.split("## Trained and scored"), (7, 9), strict=True):
        rows = [line for line in part.splitlines() if line.startswith("| `")]
        assert {row.split("`")[1] for row in rows} == sets
        assert {row.count("|") - 1 for row in rows} == {cells}
