"""What the measures find of defects put into recorded data: a small slice of `benchmarks/quality_power.py`."""

import numpy as np
import pytest

from dure.science.prepare import read
from dure.science.quality import Subject, measures, powers, profile
from dure.science.quality.injection import DEFECTS, detected
from dure.vocabulary import use_language

# Stretches that are sound as recorded: set, rows, label.
SOUND = (
    ("skab/anomaly-free", 3_000, None),
    ("gas-turbine-emissions/gt_2012.csv.gz", 3_000, None),
    ("ai4i2020-synthetic/ai4i2020.csv.gz", 4_000, "Machine failure"),
)
# Least share that must be found at a magnitude, over the stretches that can have the defect.
FLOOR = {
    "stuck-sensor": (120, 0.9),
    "sentinel-values": (10, 0.95),
    "spikes": (4, 0.9),
    "outliers": (8, 0.8),
    "unit-change": (10.0, 0.7),
    "time-gaps": (100, 0.9),
    "time-backwards": (10, 0.95),
    "drift": (2, 0.8),
    "saturated": (0.1, 0.6),
    "copied-column": (0.0, 0.95),
    "duplicate-files": (10, 0.95),
    "conflicting-labels": (10, 0.95),
    "leakage-suspect": (0.0, 0.95),
    "coarse-steps": (4, 0.95),
}
SILENT = (
    "unit-change",
    "sign-flip",
    "impossible-values",
    "sentinel-values",
    "spikes",
    "duplicate-files",
)


@pytest.fixture(scope="module")
def stretches(recorded):
    def one(name, rows, label):
        table = read([recorded / name])
        frame = table.frame.head(rows).drop("TWF", "HDF", "PWF", "OSF", "RNF", strict=False)
        return Subject(frame, (len(frame),), label, table.sources[:1])

    return [one(*each) for each in SOUND]


@pytest.mark.parametrize("key", FLOOR)
def test_a_measure_keeps_its_power_on_recorded_data(stretches, key):
    (member,) = [one for one in measures() if one.key == key]
    magnitude, floor = FLOOR[key]
    seen = [
        detected(member(), one, DEFECTS[member.defect], magnitude, np.random.default_rng([seed, place]))
        for place, one in enumerate(stretches)
        for seed in range(4)
    ]
    tried = [one for one in seen if one is not None]
    assert len(tried) >= 4
    assert np.mean(tried) >= floor


@pytest.mark.parametrize("key", SILENT)
def test_a_measure_is_silent_on_sound_stretches(stretches, key):
    (member,) = [one for one in measures() if one.key == key]
    assert not [finding.message.en for one in stretches for finding in member().measure(one)]


def test_every_measure_with_a_defect_has_its_power_written_down():
    tried = {one.key for one in measures() if one.defect}
    assert set(powers()) == tried
    for power in powers().values():
        assert power.found
        assert all(0 <= share <= 1 and trials > 0 for _, share, trials in power.found)
        assert max(share for _, share, _ in power.found) >= 0.7


def test_a_finding_tells_its_power_in_both_languages(recorded):
    told = profile(read([recorded / "gas-turbine-emissions"]), target="NOX")
    stuck = next(one for one in told.to_dict()["findings"] if one["key"] == "stuck-sensor")
    assert "it found: 10 rows" in stuck["power"]["words"]
    with use_language("ko"):
        assert "찾은 비율" in told.to_dict()["findings"][0]["power"]["words"]
