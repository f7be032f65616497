"""What tests of reading, of steps and of learning share: recorded bearings with the list that says their rate."""

import csv
from pathlib import Path

import pytest

FAULTS = {"B007": "ball", "IR007": "inner race", "OR007@6": "outer race", "normal": "none"}
SPEEDS = {"0": 1797, "1": 1772}
COLUMNS = (
    "file",
    "rate",
    "fault",
    "abnormal",
    "load",
    "rpm",
    "elements",
    "element_diameter",
    "pitch_diameter",
)


@pytest.fixture(scope="session")
def bearings(recorded, tmp_path_factory) -> Path:
    """The bearings of Case Western Reserve University, linked beside a list: rate [Hz], fault, load [hp], speed, SKF 6205."""
    folder = tmp_path_factory.mktemp("bearings")
    with (folder / "list.csv").open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(COLUMNS)
        for path in sorted((recorded / "bearing-cwru").glob("*.parquet")):
            (folder / path.name).symlink_to(path)
            fault, load, _ = path.stem.split("_")[-3:]
            told = (FAULTS[fault], int(fault != "normal"), load, SPEEDS[load])
            rows.writerow([path.name, 12_000, *told, 9, 7.94, 39.04])
    return folder
