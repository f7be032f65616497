"""What the node gives the catalogue: a file that was brought in, as the inventory measured it."""

import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.node.introductions import shelf
from dure.plant.inventory import Equipment, EquipmentType, Signal, store_upload
from dure.sharing.catalog import DatasetUnknown, publish, search

pytestmark = pytest.mark.django_db


@pytest.fixture
def hana(home):
    del home
    made = Person.objects.create(username="hana", name="Hana")
    give_role(made, "owner", Organisation.objects.create(name="Daon"))
    return made


def test_a_file_that_was_brought_in_is_offered_as_it_was_measured(hana, recorded):
    content = (recorded / "skab" / "valve1" / "1.csv.gz").read_bytes()
    upload = store_upload([content], "pump.csv.gz", hana, obligations=["internal"])
    [facts] = shelf().datasets()
    assert (facts.id, facts.rows, facts.fingerprint) == (
        f"upload:{upload.pk}",
        upload.rows,
        upload.fingerprint,
    )
    assert facts.obligations == {"internal"}
    assert facts.quality
    entry = publish(facts)
    assert {one.name for one in entry.fields} >= {"Temperature", "Pressure"}
    assert search("", {"quantity": "Temperature"}).count == 1
    assert entry.sketch


def test_a_machine_is_a_dataset_of_its_signals(hana):
    del hana
    kind = EquipmentType.objects.create(id="chamber", title_en="Test chamber", title_ko="시험 챔버")
    Equipment.objects.create(id="line1/c1", title_en="Chamber 1", title_ko="챔버 1호기", type=kind)
    measured = {
        "rate_hz": 2.0,
        "low": 20.0,
        "high": 85.5,
        "count": 7200,
        "first": 10**18,
        "last": 10**18 + 3600 * 10**9,
        "gap_share": 0.01,
    }
    Signal.objects.create(
        id="line1/c1/Temp", source="plc", name="Temp", unit="Cel", equipment="line1/c1", measured=measured
    )
    [facts] = shelf().datasets()
    assert (facts.id, facts.equipment, facts.rows) == ("equipment:line1/c1", "chamber", 7200)
    assert facts.title.ko == "챔버 1호기: 신호 1개"
    [column] = facts.columns
    assert (column.name, column.unit, column.rate, column.low, column.high) == (
        "Temp",
        "Cel",
        2.0,
        20.0,
        85.5,
    )
    assert facts.quality[0].value == 0.99


def test_what_is_not_here_is_said(hana):
    del hana
    for wrong in ("upload:none", "equipment:none", "x", "../../etc/passwd"):
        with pytest.raises(DatasetUnknown):
            shelf().open(wrong)
