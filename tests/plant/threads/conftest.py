"""People of each role, one from outside, and places to ask about: recorded signals, a machine, an alarm, a picture."""

import numpy as np
import polars as pl
import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.alarms import Alarm
from dure.plant.inventory import Equipment, Signal
from dure.plant.threads import Draft, Pointer, ask
from dure.plant.transport import Content
from machines.historian_process import experiment, historian_process, play, samples


@pytest.fixture(scope="module")
def pump(recorded) -> pl.DataFrame:
    return experiment(recorded / "skab" / "valve1" / "1.csv.gz")


@pytest.fixture(scope="module")
def historian(tmp_path_factory, pump):
    """A real historian with the recorded pump in it."""
    with historian_process(tmp_path_factory.mktemp("threads") / "home") as client:
        play(client, "import", [samples("line1/pump", pump)])
        yield client


@pytest.fixture
def at_plant(historian, monkeypatch):
    monkeypatch.setattr("dure.node.introductions.historian", lambda: historian)
    return historian


@pytest.fixture
def someone(db, home):
    """Makes a person of a role."""
    del db, home

    def come(username, role="worker", name="", organisation="Daon"):
        made = Person.objects.create(username=username, name=name or username.title(), language="en")
        give_role(made, role, Organisation.objects.get_or_create(name=organisation)[0])
        return made

    return come


@pytest.fixture
def minsu(someone):
    return someone("minsu", "worker", "이민수")


@pytest.fixture
def hana(someone):
    return someone("hana", "engineer", "김하나")


@pytest.fixture
def expert(someone):
    """A supplier's expert, from outside the plant."""
    return someone("weber", "expert", "Jan Weber", "Pumpen AG")


@pytest.fixture
def machine(db):
    del db
    return Equipment.objects.create(id="line1/pump", title_en="Pump", title_ko="펌프")


@pytest.fixture
def alarm(machine):
    return Alarm.objects.create(
        id="pump-pressure", title_en="Pressure too high", title_ko="압력이 너무 높음", equipment=machine.pk,
        rang=1_795_467_600 * 10**9, facts={"values": {"line1/pump/Pressure": 3.25}},
    )  # fmt: skip


@pytest.fixture
def signals(pump):
    names = [name for name in pump.columns if name != "time"]
    made = [
        Signal(id=f"line1/pump/{name}", source="import", name=name, equipment="line1/pump") for name in names
    ]
    return Signal.objects.bulk_create(made)


@pytest.fixture
def photo(recorded):
    """A recorded picture of a magnetic tile."""
    return next(iter(sorted((recorded / "surface-magnetic-tile").rglob("*.jpg")))).read_bytes()


@pytest.fixture
def kept(home, photo):
    """Its hash, once it is kept."""
    return Content(home).put(photo, "image/jpeg").sha256


@pytest.fixture
def question(minsu, alarm):
    """A worker's question about an alarm."""
    return ask(minsu, Pointer("alarm", (alarm.pk,)), Draft("왜 압력이 올라가나요?"))


@pytest.fixture
def enter(client):
    """Signs a person in."""

    def signed_in(person, language="en"):
        type(person).objects.filter(pk=person.pk).update(language=language)
        client.force_login(person)
        client.cookies["dure_language"] = language
        return client

    return signed_in


@pytest.fixture
def noise():
    return np.random.default_rng(5)
