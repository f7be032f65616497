"""People: the first owner by a link that is spent, roles that include one another, sign-in by name or address."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dure.foundation.ledger import Entry, verify
from dure.foundation.parties import (
    RANKS,
    FirstRunOver,
    LastOwner,
    Person,
    covers,
    create_first_owner,
    first_run,
    give_role,
    has_role,
    invite,
    roles_of,
    set_active,
    set_role,
    setup_token,
)
from dure.foundation.parties.rules import in_force

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
SECRET = "정직한 기계의 말 2026"


@pytest.fixture
def owner():
    """The first person of the node."""
    return create_first_owner(
        setup_token(), username="daon", password=SECRET, email="owner@daon.kr", organisation="다온배터리"
    )


@given(st.sampled_from(RANKS), st.sampled_from(RANKS), st.sampled_from(RANKS))
def test_a_wider_role_includes_every_narrower_one(one, other, third):
    assert covers(one, one)
    assert covers(one, other) or covers(other, one)
    assert not (covers(one, other) and covers(other, third)) or covers(one, third)


def test_the_user_of_this_site_is_person():
    assert get_user_model() is Person


def test_the_first_owner_is_made_once_and_the_link_is_spent(home):
    token = setup_token()
    assert first_run()
    assert (home / "secret" / "setup.token").stat().st_mode & 0o777 == 0o600
    owner = create_first_owner(token, username="daon", password=SECRET, organisation="다온배터리")
    assert not first_run()
    assert roles_of(owner) == ["owner"]
    assert [has_role(owner, role) for role in RANKS] == [True, True, True, True]
    assert not (home / "secret" / "setup.token").exists()
    with pytest.raises(FirstRunOver):
        create_first_owner(token, username="other", password=SECRET, organisation="x")


def test_a_wrong_link_makes_nobody():
    setup_token()
    with pytest.raises(FirstRunOver):
        create_first_owner("guessed", username="eve", password=SECRET, organisation="x")
    assert first_run()


def test_a_password_is_kept_as_argon2(owner, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    owner.set_password(SECRET)
    assert owner.password.startswith("argon2$argon2id$")
    assert owner.check_password(SECRET)


def test_a_worker_is_no_engineer_and_a_visitor_is_nothing(owner):
    worker = invite(owner, role="worker", username="lee", name="이하늘", password=SECRET)
    assert [has_role(worker, role) for role in RANKS] == [True, True, False, False]
    assert not has_role(None, "worker")
    assert roles_of(object()) == []


def test_a_role_holds_from_its_beginning_to_its_end():
    class Held:
        def __init__(self, role, since, until=None):
            self.role, self.since, self.until = role, since, until

    now = datetime(2026, 6, 1, tzinfo=UTC)
    day = timedelta(days=1)
    roles = [Held("worker", now), Held("owner", now + day), Held("engineer", now - day, now)]
    assert in_force(roles, now) == ["worker"]
    assert in_force(roles, now - day / 2) == ["engineer"]
    assert in_force(roles, now + day) == ["owner", "worker"]


def test_a_person_who_may_not_sign_in_has_no_role_either(owner):
    worker = invite(owner, role="engineer", username="lee", name="이하늘", password=SECRET)
    set_active(worker, owner, active=False)
    assert not Person.objects.get(username="lee").has_role("worker")


def test_the_last_owner_stays(owner):
    with pytest.raises(LastOwner):
        set_role(owner, "worker", owner)
    with pytest.raises(LastOwner):
        set_active(owner, owner, active=False)
    second = invite(owner, role="owner", username="lee", name="이하늘", password=SECRET)
    set_role(owner, "worker", second)
    assert Person.objects.get(username="daon").roles == ["worker"]


def test_an_ended_role_stays_on_record(owner):
    worker = invite(owner, role="worker", username="lee", name="이하늘", password=SECRET)
    set_role(worker, "engineer", owner)
    ended, current = worker.held.order_by("id")
    assert (ended.role, current.role, current.until) == ("worker", "engineer", None)
    assert ended.until <= timezone.now()


def test_who_was_made_what_stands_in_the_ledger_and_the_name_is_no_part_of_it(owner):
    invite(owner, role="worker", username="lee", name="이하늘", password=SECRET)
    assert [entry.what for entry in Entry.objects.all()] == ["node.owned", "person.invited"]
    assert "이하늘" not in Entry.objects.get(what="person.invited").facts
    assert verify().broken is None


@pytest.mark.parametrize("name", ["daon", "owner@daon.kr", "Owner@Daon.kr"])
def test_sign_in_takes_the_user_name_or_the_address(owner, client, name):
    answer = client.post("/account/login/", {"login": name, "password": SECRET})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/")
    assert int(client.session["_auth_user_id"]) == owner.pk


@pytest.mark.usefixtures("owner")
def test_a_wrong_password_signs_nobody_in_and_many_are_slowed_down(client):
    for _ in range(6):
        answer = client.post("/account/login/", {"login": "daon", "password": "wrong"})
        assert "_auth_user_id" not in client.session
    assert answer.status_code in {200, 429}
    client.post("/account/login/", {"login": "daon", "password": SECRET})
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("owner")
def test_the_administration_pages_take_the_same_sign_in(client):
    answer = client.get("/administration/login/?next=/administration/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/")


@pytest.mark.usefixtures("owner")
def test_nobody_signs_up_by_themselves(client):
    client.post("/account/signup/", {"username": "eve", "password1": SECRET, "password2": SECRET})
    assert not Person.objects.filter(username="eve").exists()


def test_the_set_up_page_makes_the_owner_and_signs_in(client):
    token = setup_token()
    assert client.get("/people/first/").status_code == 403
    page = client.get(f"/people/first/?token={token}")
    assert page.status_code == 200
    filled = {"organisation": "다온배터리", "username": "daon", "name": "다온", "password": SECRET}
    weak = client.post(f"/people/first/?token={token}", {**filled, "password": "1234"})
    assert weak.status_code == 200
    assert first_run()
    answer = client.post(f"/people/first/?token={token}", filled)
    assert answer.status_code == 302
    assert Person.objects.get().roles == ["owner"]
    assert client.get(f"/people/first/?token={token}").status_code == 403


def test_only_an_owner_sees_and_changes_people(client, owner):
    worker = invite(owner, role="worker", username="lee", name="이하늘", password=SECRET)
    client.force_login(worker)
    assert client.get("/people/").status_code == 403
    assert client.post(f"/people/{worker.pk}/role/", {"role": "owner"}).status_code == 403
    client.force_login(owner)
    assert client.get("/people/").status_code == 200
    new = {"username": "park", "name": "박", "role": "engineer", "password": SECRET}
    assert client.post("/people/", new).status_code == 302
    assert Person.objects.get(username="park").roles == ["engineer"]
    client.post(f"/people/{worker.pk}/role/", {"role": "engineer"})
    assert Person.objects.get(username="lee").roles == ["engineer"]


def test_two_people_cannot_share_an_address(client, owner):
    client.force_login(owner)
    new = {"username": "park", "name": "박", "email": "OWNER@daon.kr", "role": "engineer", "password": SECRET}
    assert client.post("/people/", new).status_code == 200
    assert not Person.objects.filter(username="park").exists()


def test_give_role_makes_the_first_organisation_when_there_is_none():
    person = Person.objects.create_user("kim", password=SECRET)
    assert give_role(person, "worker").organisation.name == "dure"
