"""A person who may mend the inventory."""

import pytest

from dure.foundation.parties import Organisation, Person, give_role


@pytest.fixture
def kim(db):
    """An engineer."""
    del db
    person = Person.objects.create_user("kim", password="a long enough one", name="Kim")
    give_role(person, "engineer", Organisation.objects.get_or_create(name="Cells Ltd")[0])
    return person


@pytest.fixture
def worker(db):
    """Somebody from the shop floor."""
    del db
    person = Person.objects.create_user("park", password="a long enough one", name="Park")
    give_role(person, "worker", Organisation.objects.get_or_create(name="Cells Ltd")[0])
    return person
