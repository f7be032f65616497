"""A set of each sort, people of each role, and a real historian with a recorded pump experiment."""

import csv
import io
from collections.abc import Iterator

import polars as pl
import pytest
from django.conf import settings

from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.historian import Historian
from dure.plant.inventory import Signal, store_upload
from dure.plant.labels import open_set
from dure.plant.labels.bringing_in import take_files
from dure.plant.labels.things import forget
from machines.historian_process import experiment, historian_process, play, samples

KINDS = ({"name": "good"}, {"name": "crack"})


@pytest.fixture(autouse=True)
def _files_looked_at_once(looked_at_once):
    """Every file of these tests is really looked at, but one that many tests bring only once."""


@pytest.fixture(autouse=True)
def _nothing_at_hand():
    forget()


@pytest.fixture
def person(db, home):
    del db, home  # they must be there first

    def made(name="kim", role="engineer"):
        found, new = Person.objects.get_or_create(
            username=name, defaults={"name": name.title(), "language": "en"}
        )
        if new:
            give_role(found, role, Organisation.objects.get_or_create(name="Daon")[0])
        return found

    return made


@pytest.fixture
def come(client, person):
    def signed_in(name="kim", role="engineer", language="en"):
        client.force_login(person(name, role))
        client.cookies["dure_language"] = language
        return client

    return signed_in


@pytest.fixture
def plates(person, recorded):
    """Forty rows of the recorded milling machine."""
    table = pl.read_csv(recorded / "ai4i2020-synthetic" / "ai4i2020.csv.gz", n_rows=40)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(table.columns)
    rows.writerows(table.iter_rows())
    upload = store_upload([out.getvalue().encode()], "ai4i.csv", person())
    return open_set("wear", "rows", KINDS, {"upload": upload.pk}, person())


@pytest.fixture
def tiles(person, recorded):
    """Twelve recorded tiles."""
    found = sorted((recorded / "surface-magnetic-tile" / "MT_Blowhole").glob("*.jpg"))[:6]
    found += sorted((recorded / "surface-magnetic-tile" / "MT_Free").glob("*.jpg"))[:6]
    files = [(f"{one.parent.name}/{one.name}", one.read_bytes()) for one in found]
    return take_files(files, "tiles", "pictures", KINDS, person())


@pytest.fixture(scope="session")
def plant(tmp_path_factory, recorded) -> Iterator[Historian]:
    """A historian of these tests' own with a pump; `plant.span` is first and last of it."""
    home = tmp_path_factory.mktemp("labels") / "home"
    table = experiment(recorded / "skab" / "valve1" / "1.csv.gz")
    with historian_process(home) as client:
        play(client, "import", [samples("line1/pump", table)])
        client.home = home
        client.span = int(table["time"].min()), int(table["time"].max())
        client.names = [name for name in table.columns if name != "time"]
        yield client


@pytest.fixture
def leaks(person, plant, monkeypatch):
    """A set of stretches on the pump."""
    monkeypatch.setattr(settings, "DURE_HISTORIAN", "dure.node.introductions.historian")
    monkeypatch.setattr("dure.node.introductions.historian", lambda: plant)
    who = person()
    Signal.objects.bulk_create(
        Signal(
            id=f"line1/pump/{name}",
            source="import",
            name=name,
            equipment="line1/pump",
            measured={"period_s": 1.0},
        )
        for name in plant.names
    )
    return open_set(
        "leak", "stretches", ({"name": "normal"}, {"name": "leak"}), {"signals": ["line1/pump"]}, who
    )
