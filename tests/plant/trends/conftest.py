"""A real historian with a recorded pump experiment in it, and people of each role."""

from collections.abc import Iterator

import polars as pl
import pytest
from django.conf import settings

from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.historian import Historian
from dure.plant.inventory import Signal
from machines.historian_process import experiment, historian_process, play, samples

RATE = 1.0


@pytest.fixture(scope="module")
def pump(recorded) -> pl.DataFrame:
    return experiment(recorded / "skab" / "valve1" / "1.csv.gz")


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory, pump) -> Iterator[Historian]:
    """A historian of the module's own; `plant.home` is its home."""
    home = tmp_path_factory.mktemp("trends") / "home"
    with historian_process(home) as client:
        client.home = home
        play(client, "import", [samples("line1/pump", pump)])
        yield client


@pytest.fixture
def at_plant(plant, monkeypatch):
    """The pages of a node that has this historian."""
    monkeypatch.setenv("DURE_HOME", str(plant.home))
    monkeypatch.setenv("DURE_LANG", "en")
    monkeypatch.setattr(settings, "DURE_HISTORIAN", "dure.node.introductions.historian")
    monkeypatch.setattr("dure.plant.trends.views.asked.import_string", lambda _: lambda: plant)
    return plant


@pytest.fixture
def signals(pump):
    """What the inventory knows of them."""
    names = [name for name in pump.columns if name != "time"]
    made = [
        Signal(id=f"line1/pump/{name}", source="import", name=name, equipment="line1/pump", unit={"Pressure": "bar"}.get(name, ""), measured={"rate_hz": RATE, "period_s": 1.0})
        for name in names
    ]  # fmt: skip
    return Signal.objects.bulk_create(made)


@pytest.fixture
def come(client):
    def signed_in(role, language="en", username=""):
        person, new = Person.objects.get_or_create(
            username=username or role, defaults={"name": f"Kim {username or role}", "language": language}
        )
        if new:
            give_role(person, role, Organisation.objects.get_or_create(name="Daon")[0])
        client.force_login(person)
        client.cookies["dure_language"] = language
        return client

    return signed_in
