"""openmv.net: batches of a dryer held back whole, small tables of lots, and two of which nothing can be learnt."""

import pytest


@pytest.fixture(scope="module")
def sets(recorded):
    return recorded / "process-openmv"


@pytest.fixture(scope="module")
def batches(sets, table, frame_of):
    whole = frame_of(sets / "batch_dryer.csv.gz")
    held = whole["batch_id"] % 4 == 0
    return {
        name: table(f"{name}.csv", part)
        for name, part in {"learnt": whole.filter(~held), "held": whole.filter(held)}.items()
    }


@pytest.fixture(scope="module")
def dryer(dure, batches, place):
    asked = ("--target", "DryerTemp", "--group", "batch_id", "--budget", "4s", "-o", place / "dryer")
    return dure("train", batches["learnt"], *asked)


def test_the_profile_knows_a_table_without_names_and_gaps(findings, sets):
    said = findings(sets / "multivariate_kamyr.csv.gz")
    assert ("header-absent", "table") in said
    assert any(key == "missing-values" for key, _ in said)
    assert ("nameless-columns", "table") in findings(sets / "multivariate_LDPE_LDPE.csv.gz")


def test_files_of_several_kinds_are_not_mixed(refused, dure, sets):
    """Named one by one they are refused; of a folder one kind is looked at, never rows of two."""
    assert (
        refused("profile", sets / "batch_dryer.csv.gz", sets / "multivariate_kamyr.csv.gz")["key"]
        == "files-columns-differ"
    )
    assert dure("profile", sets)["rows"] == dure("profile", sets / "batch_dryer.csv.gz")["rows"]


def test_batches_held_back_whole(dure, dryer, batches, proves):
    assert dryer["validation"]["kind"] == "grouped"
    assert dryer["validation"]["by"] == "batch_id"
    proves("process-openmv dryer, batches held back", "mean_absolute_error", dryer)
    found = dure("evaluate", dryer["model"], batches["held"])
    proves("process-openmv dryer, every fourth batch", "mean_absolute_error", found)


def test_rows_and_order_are_kept(keeps_rows, dryer, batches):
    keeps_rows(dryer["model"], batches["held"], "prediction", "lower", "upper")


def test_a_batch_replayed_in_its_order(dure, dryer, batches, proves):
    played = dure(
        "replay", dryer["model"], batches["held"], "--target", "DryerTemp", "--label-delay", "20 rows"
    )
    proves("process-openmv dryer, replayed 20 rows late", "mean_absolute_error", played, "deployed")


@pytest.mark.parametrize(
    ("name", "target"), [("multivariate_LDPE_LDPE", "Mw"), ("multivariate_solvents", "Solubility")]
)
def test_tables_of_lots(dure, sets, place, proves, name, target):  # noqa: PLR0917 - fixtures
    model = dure("train", sets / f"{name}.csv.gz", "--target", target, "--budget", "3s", "-o", place / name)
    proves(f"process-openmv {name}", "mean_absolute_error", model)


@pytest.mark.parametrize(
    ("name", "target"), [("monitoring_batch-yield-and-purity", "purity"), ("multivariate_kamyr", "column_1")]
)
def test_where_nothing_can_be_learnt_the_card_says_so(dure, sets, place, name, target):
    model = dure("train", sets / f"{name}.csv.gz", "--target", target, "--budget", "3s", "-o", place / name)
    assert model["metric"]["mean_absolute_error"] >= model["null"]["mean_absolute_error"]
    assert any("no better than none: do not release it" in words for words in model["words"])
