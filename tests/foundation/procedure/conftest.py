"""A firm, an office, their people, and a procedure in force."""

import pytest

from dure.foundation.parties import Organisation, Person, give_role
from dure.foundation.procedure import activate, draft, start
from foundation.procedure.test_cases import FLOW, REQUEST, REVIEW, TUESDAY


@pytest.fixture(autouse=True)
def _no_room_above(settings):
    """What the rooms above can sign and publish is theirs to test."""
    settings.DURE_EFFECTS = {}


@pytest.fixture
def office(db, home):
    """People by name: `kim` applies, `lee` judges, `park` is of the centre, `hana` owns the node, `woo` works on the line."""
    del db, home
    firm, office = (Organisation.objects.get_or_create(name=name)[0] for name in ("Daon", "TTA"))
    roles = {"kim": ("engineer", firm), "lee": ("assessor", office), "park": ("centre", office), "hana": ("owner", firm), "woo": ("worker", Organisation.objects.create(name="Other"))}  # fmt: skip
    made = {}
    for name, (role, where) in roles.items():
        made[name] = Person.objects.create_user(name, name=name.title(), language="en")
        give_role(made[name], role, where)
    for kind, text in (("form", REQUEST), ("form", REVIEW), ("flow", FLOW)):
        activate(draft(kind, text))
    return made


@pytest.fixture
def opened(office):
    """A case that Kim has opened."""
    return start("check", office["kim"], "Castings of 2026", {"dataset": "castings"}, facts={"plant.rows": 57_631.0}, now=TUESDAY)  # fmt: skip


@pytest.fixture
def come(client, office):
    """Sign somebody in."""

    def signed_in(name, language="en"):
        client.force_login(office[name])
        client.cookies["dure_language"] = language
        return client

    return signed_in
