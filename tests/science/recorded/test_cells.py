"""XJTU cells: capacity of cells discharged by a protocol that was left out of the training."""

import pytest


@pytest.fixture(scope="module")
def cells(recorded):
    folder = recorded / "battery-soh-xjtu"
    return {name: sorted(folder.glob(f"{name}_*.csv.gz")) for name in ("2C", "3C", "R2.5")}


@pytest.fixture(scope="module")
def model(dure, cells, place):
    asked = ("--target", "capacity", "--budget", "10s", "-o", place / "model")
    return dure("train", *cells["2C"], *cells["R2.5"], *asked)


def test_the_profile_reads_every_cell_and_finds_single_spikes(dure, cells):
    found = dure("profile", *cells["2C"])
    assert len(found["sources"]) == 8
    assert [one["key"] for one in found["findings"]] == ["spikes"]


def test_capacity_under_a_protocol_never_seen(dure, model, cells, proves):
    assert model["validation"]["kind"] == "grouped"
    assert model["validation"]["by"] == "file"
    proves("battery-soh-xjtu, cells held back", "mean_absolute_error", model)
    proves(
        "battery-soh-xjtu, 3C left out",
        "mean_absolute_error",
        dure("evaluate", model["model"], *cells["3C"]),
    )


def test_rows_and_order_are_kept(keeps_rows, model, cells):
    keeps_rows(model["model"], cells["3C"][0], "prediction", "lower", "upper")


def test_a_cell_replayed_with_capacities_known_ten_cycles_late(dure, model, cells):
    played = dure(
        "replay", model["model"], *cells["3C"][:3], "--target", "capacity", "--label-delay", "10 rows"
    )
    assert played["deployed"]["mean_absolute_error"] < played["static"]["mean_absolute_error"]
