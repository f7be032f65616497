"""A sheet of a few rows, people of each role, and no model but those that a test brings."""

import json

import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.studio import Desk, open_block
from dure.plant.studio.keeping import SHELF

BLOCK = "temp\tpress\tstate\tat\n20\t1.5\ton\t2024.3.5\n30\t2.5\toff\t2024.3.6\n40\t3.5\ton\t2024.3.7\n\t4.5\ton\t2024.3.8\n60\t5.5\toff\t2024.3.9"


@pytest.fixture(autouse=True)
def _files_looked_at_once(looked_at_once):
    """Every file of these tests is really looked at, but one that many tests bring only once."""


@pytest.fixture(autouse=True)
def _fresh_shelf():
    SHELF.clear()


@pytest.fixture
def person(db, home):
    del db, home  # they must be there first
    found, new = Person.objects.get_or_create(username="engineer", defaults={"name": "Kim", "language": "en"})
    if new:
        give_role(found, "engineer", Organisation.objects.get_or_create(name="Daon")[0])
    return found


@pytest.fixture
def sheet(person):
    return open_block(BLOCK, person, "Line 1")


@pytest.fixture
def desk(sheet):
    return Desk(sheet)


@pytest.fixture
def do(desk):
    """Carry out an action and give the state."""

    def done(kind, by="Kim", **settings):
        desk.act({"version": desk.history.version, "kind": kind, **settings}, by)
        return desk.state()

    return done


@pytest.fixture
def come(client, home):
    del home  # it must be there first

    def signed_in(role="worker", language="en"):
        found, new = Person.objects.get_or_create(
            username=role, defaults={"name": f"Kim {role}", "language": language}
        )
        if new:
            give_role(found, role, Organisation.objects.get_or_create(name="Daon")[0])
        client.force_login(found)
        client.cookies["dure_language"] = language
        return client

    return signed_in


@pytest.fixture
def post(come, sheet):
    """Post JSON to an address of the sheet; status and answer."""
    client = come("engineer")

    def posted(address, body):
        found = client.post(f"/sheet/{sheet.pk}/{address}", json.dumps(body), content_type="application/json")
        return found.status_code, found.json()

    posted.client = client
    return posted
