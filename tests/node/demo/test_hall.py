"""The hall around the line: repeatable, its door where it is seeded, and the line the same with or without it."""

import numpy as np

from dure.node.demo.formation import FormationLine
from dure.node.demo.hall import ROOMS, Around, Door, Hall


def played(seconds: int, seed: int = 0) -> list[Around]:
    line, hall = FormationLine(seed), Hall(seed)
    return [hall.step(line.step()) for _ in range(seconds)]


def test_the_same_seed_gives_the_same_hall():
    assert played(50, seed=3) == played(50, seed=3)
    assert played(50, seed=3) != played(50, seed=4)


def test_the_dew_point_passes_its_limit_only_around_the_open_door():
    run, door = played(1400), Door()
    wet = [one.second for one in run if one.rooms["DryRoom/DewPoint"] > -35]
    for opened in (door.opens_at, door.opens_at + door.every):
        mine = [second for second in wet if opened <= second < opened + door.every]
        assert opened + 3 < min(mine) < opened + 20
        assert opened + door.stays < max(mine) < opened + door.stays + 30
        assert len(mine) == max(mine) - min(mine) + 1
    assert min(wet) > door.opens_at


def test_every_room_is_told_and_the_meter_counts_what_is_drawn():
    run = played(120)
    assert all(one.rooms.keys() == ROOMS.keys() for one in run)
    assert np.isclose(run[-1].joules, sum(one.watts for one in run))
    assert 300 < min(one.watts for one in run) < max(one.watts for one in run) < 700
    assert all(one.back >= one.supply for one in run)
    assert {one.running for one in run} == {True, False}
