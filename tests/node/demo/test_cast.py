"""The people of the demo: made once, in their roles, with passwords that only the owner of the files can read."""

import json

import pytest

from dure.foundation import ledger
from dure.foundation.parties import Person, create_first_owner, setup_token
from dure.node.demo.cast import hire, passwords

pytestmark = pytest.mark.django_db


def test_three_people_are_made_once_each_in_a_role(home):
    cast = hire(home)
    again = hire(home)
    assert Person.objects.count() == 3
    assert (cast.owner, cast.engineer, cast.worker) == (again.owner, again.engineer, again.worker)
    assert [person.role for person in (cast.owner, cast.engineer, cast.worker)] == [
        "owner",
        "engineer",
        "worker",
    ]
    assert ledger.verify() is not None


def test_their_passwords_are_random_work_and_are_ours_alone(home):
    hire(home)
    words = passwords(home)
    assert words.keys() == {"owner", "engineer", "worker"}
    assert len(set(words.values())) == 3
    assert all(len(word) >= 10 for word in words.values())
    kept = home / "secret" / "demo-people.json"
    assert kept.stat().st_mode & 0o077 == 0
    assert json.loads(kept.read_text()) == words


def test_a_changed_password_is_no_longer_shown(home):
    engineer = hire(home).engineer
    engineer.set_password("something of my own")
    engineer.save()
    assert passwords(home).keys() == {"owner", "worker"}


def test_on_a_node_with_an_owner_that_owner_invites_the_others(home):
    mine = create_first_owner(
        setup_token(), username="choi", password="a long enough word", organisation="Choi Cells"
    )
    cast = hire(home)
    assert cast.owner == mine
    assert cast.engineer.has_role("engineer")
    assert passwords(home).keys() == {"engineer", "worker"}
