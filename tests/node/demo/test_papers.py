"""What the engineer of the demo writes down is what the product reads: papers as files, equipment as one change."""

import pytest

from dure.node.demo.cast import hire
from dure.node.demo.connecting import register_list
from dure.node.demo.describing import (
    CYCLER,
    EVENTS,
    NAMES,
    describe_cyclers,
    open_to_scada,
    unfit,
    write_alarms,
    write_events,
)
from dure.plant.alarms import Priority, read_definitions
from dure.plant.events import Definition
from dure.plant.inventory import Change, Equipment, EquipmentType, Signal, undo
from dure.plant.serve import Serving

CELLS = [f"daon/Line1/Formation/Cell{n:02d}" for n in range(1, 25)]


def test_a_paper_that_a_person_has_changed_is_left_as_it_is(home):
    assert write_alarms(home) == 2
    place = home / "alarms" / "daon.toml"
    place.write_text(place.read_text().replace(">-35", ">-38"))
    assert write_alarms(home) == 2
    rung = {one.id: one for one in read_definitions(home / "alarms")}
    assert rung["dry-room-dew-point"].condition.endswith(">-38")
    assert rung["dry-room-dew-point"].priority is Priority.HIGH


def test_the_events_are_defined_over_the_mes(home):
    write_events(home)
    read = [Definition.read(home / "events" / f"{name}.toml") for name in EVENTS]
    assert [one.kind for one in read] == ["batch", "step", "genealogy"]
    assert {one.source for one in read} == {"mes"}


def test_what_is_served_is_served_to_this_machine_only(home):
    url = open_to_scada(home)
    face = Serving.read(home).opcua
    assert face is not None
    assert (face.host, url) == ("127.0.0.1", f"opc.tcp://127.0.0.1:{face.port}/dure")
    assert open_to_scada(home) == url


def test_the_register_list_is_laid_once(home):
    assert register_list(home).read_text(encoding="utf-8").count("\n") == 10


@pytest.mark.django_db
def test_the_cyclers_are_one_change_that_can_be_taken_back(home):
    engineer = hire(home).engineer
    for name, unit in (("Voltage", "V"), ("Current", "A"), ("Temperature", "Cel")):
        Signal.objects.create(
            id=f"{CELLS[0]}/{name}", source="daon", name=name, unit=unit, equipment=CELLS[0]
        )
    assert describe_cyclers(CELLS, engineer) == 24
    assert describe_cyclers(CELLS, engineer) == 0
    assert EquipmentType.objects.get(pk=CYCLER).machines.count() == 24
    assert str(Equipment.objects.get(pk=CELLS[6]).title) in {"Cell 7 cycler", "셀 7 충방전기"}
    assert set(NAMES) <= set(Equipment.objects.values_list("pk", flat=True))
    assert unfit(CELLS[:1]) == 0
    assert unfit(CELLS[:2]) == 3  # the second has no signals yet
    undo(Change.objects.get(), engineer)
    assert not EquipmentType.objects.exists()
