"""The simulated formation line: repeatable, steady, with its faults where they are seeded."""

import numpy as np
from numpy.testing import assert_allclose

from dure.node.demo.formation import PERIOD_SECONDS, Faults, FormationLine
from dure.science.process.battery import dc_resistance

HEALTHY = Faults(stuck=0, late_clock=0, rising=0, lossy=0)


def played(seconds: int, **settings) -> dict[str, np.ndarray]:
    line = FormationLine(**settings)
    readings = [line.step() for _ in range(seconds)]
    return {
        name: np.array([getattr(r, name) for r in readings])
        for name in ("voltage", "current", "temperature", "chamber", "sent", "behind")
    }


def resistance(run: dict[str, np.ndarray], cell: int) -> np.ndarray:
    return dc_resistance(run["current"][:, cell - 1], run["voltage"][:, cell - 1], window=60)


def test_the_same_seed_gives_the_same_line_and_another_seed_another():
    first, again, other = played(100, seed=3), played(100, seed=3), played(100, seed=4)
    for name, values in first.items():
        assert np.array_equal(values, again[name])
    assert not np.array_equal(first["voltage"], other["voltage"])


def test_the_line_runs_on_without_drifting():
    run = played(2 * 3600, seed=0, faults=HEALTHY)
    early, late = slice(0, 6 * PERIOD_SECONDS), slice(-6 * PERIOD_SECONDS, None)
    assert_allclose(run["voltage"][early].mean(), run["voltage"][late].mean(), atol=5e-4)
    assert_allclose(run["temperature"][early].mean(), run["temperature"][late].mean(), atol=0.05)
    assert_allclose(run["current"].sum(axis=0), 0.0, atol=1.0)


def test_readings_stay_within_the_limits_of_the_pack():
    run = played(600, seed=1)
    assert run["voltage"].min() > 2.5
    assert run["voltage"].max() < 4.2
    assert 20.0 < run["temperature"].min() <= run["temperature"].max() < 45.0


def test_instruments_show_no_more_digits_than_they_have():
    run = played(50, seed=0)
    for name, digits in (("voltage", 4), ("current", 3), ("temperature", 1), ("chamber", 1)):
        assert np.array_equal(run[name], np.round(run[name], digits))


def test_one_resistance_rises_by_the_stated_share_after_the_stated_time():
    run = played(400, seed=0, faults=Faults(rises_after=180, rises_over=90, rises_by=0.18))
    faulty, sound = resistance(run, 17), resistance(run, 16)
    assert_allclose(faulty[350:].mean() / faulty[80:180].mean(), 1.18, atol=0.005)
    assert_allclose(sound[350:].mean() / sound[80:180].mean(), 1.0, atol=0.005)


def test_one_sensor_is_stuck_one_clock_is_late_and_one_cell_loses_messages():
    run = played(1000, seed=0)
    steady = [cell for cell in range(1, 25) if np.ptp(run["temperature"][:, cell - 1]) == 0]
    assert steady == [8]
    assert [int(cell) + 1 for cell in np.flatnonzero(run["behind"][0])] == [15]
    assert run["behind"][0, 14] == 41.0
    assert [int(cell) + 1 for cell in np.flatnonzero(~run["sent"].all(axis=0))] == [11]
    lost = np.flatnonzero(~run["sent"][:, 10]) + 1
    assert lost.tolist() == [second for first in (60, 300, 540, 780) for second in range(first, first + 6)]
