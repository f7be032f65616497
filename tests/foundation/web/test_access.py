"""Who may open what: every view of every room says its role, and the server holds to it."""

import pytest
from django.db import connection
from django.urls import URLPattern, get_resolver, reverse

from dure.foundation.parties import Person, create_first_owner, give_role, setup_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
ROOMS = ("parties", "inventory", "registry", "deploy")
OPEN = {"parties:set_up"}  # the link itself is the key
SECRET = "정직한 기계의 말 2026"


def views():
    """Name and view of every page of the rooms."""
    for resolver in get_resolver().url_patterns:
        for pattern in getattr(resolver, "url_patterns", ()):
            name = f"{getattr(resolver, 'namespace', '')}:{getattr(pattern, 'name', '')}"
            if isinstance(pattern, URLPattern) and name.partition(":")[0] in ROOMS:
                yield name, pattern.callback


def role_of(view):
    while view is not None:
        if hasattr(view, "requires_role"):
            return view.requires_role
        view = getattr(view, "__wrapped__", None)
    return None


@pytest.fixture
def people():
    """One person a role, by role."""
    owner = create_first_owner(setup_token(), username="owner", password=SECRET, organisation="다온배터리")
    found = {"owner": owner}
    for role in ("worker", "engineer"):
        found[role] = Person.objects.create_user(role, "", SECRET, name=role)
        give_role(found[role], role)
    return found


def test_every_view_of_the_rooms_says_its_role():
    named = dict(views())
    assert len(named) > 25
    assert {name for name, view in named.items() if role_of(view) is None} == OPEN


WORKERS = [
    "deploy:line",
    "deploy:alarms",
    "deploy:past_alarms",
    "deploy:running",
    "deploy:history",
    "deploy:equipment",
]
ENGINEERS = [
    "inventory:data",
    "inventory:add_source",
    "registry:models",
    "registry:train",
    "inventory:export",
]
OWNERS = ["parties:people", "parties:ledger"]


@pytest.mark.parametrize("name", WORKERS + ENGINEERS + OWNERS)
def test_a_stranger_is_sent_to_sign_in(client, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"] == f"/account/login/?next={reverse(name)}"


def test_a_part_of_a_page_whose_session_has_ended_sends_the_whole_page_to_sign_in(client):
    answer = client.get(reverse("deploy:alarms"), headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Refresh"] == "true"


@pytest.mark.parametrize("name", ENGINEERS + OWNERS)
def test_a_worker_reads_why_a_page_is_not_for_workers(client, people, name):
    client.force_login(people["worker"])
    answer = client.get(reverse(name), headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "Ask the owner of this node" in answer.content.decode()


def test_an_engineer_does_not_give_accounts(client, people):
    client.force_login(people["engineer"])
    asked = {"username": "new", "name": "New", "role": "owner", "password": SECRET}
    assert client.post(reverse("parties:people"), asked).status_code == 403
    assert not Person.objects.filter(username="new").exists()


def test_an_owner_gives_an_account_that_signs_in(client, people):
    client.force_login(people["owner"])
    asked = {"username": "minsu", "name": "이민수", "role": "engineer", "password": SECRET}
    assert client.post(reverse("parties:people"), asked).status_code == 302
    client.logout()
    answer = client.post("/account/login/", {"login": "minsu", "password": SECRET})
    assert answer.status_code == 302
    assert client.get(reverse("web:live_pass")).json()["life"] == 600


def test_a_short_password_is_refused_in_words(client, people):
    client.force_login(people["owner"])
    asked = {"username": "minsu", "name": "이민수", "role": "worker", "password": "short"}
    assert client.post(reverse("parties:people"), asked).status_code == 200
    assert not Person.objects.filter(username="minsu").exists()


def test_the_last_owner_stays(client, people):
    client.force_login(people["owner"])
    answer = client.post(reverse("parties:change_role", args=[people["owner"].pk]), {"role": "worker"})
    assert answer.status_code == 403
    assert people["owner"].has_role("owner")


def test_what_changes_something_is_posted_with_its_mark(people):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["owner"])
    place = reverse("parties:change_access", args=[people["worker"].pk])
    assert strict.get(place).status_code == 405
    refused = strict.post(place, {"active": "no"}, headers={"accept-language": "en"})
    assert refused.status_code == 403
    assert "waited too long" in refused.content.decode()
    people["worker"].refresh_from_db()
    assert people["worker"].is_active


def test_the_owner_sees_who_did_what_and_that_it_is_as_it_was_written(client, people):
    client.force_login(people["owner"])
    client.post(reverse("parties:change_access", args=[people["worker"].pk]), {"active": "no"})
    answer = client.post(reverse("parties:ledger"), headers={"accept-language": "en"}).content.decode()
    assert "closed an account" in answer
    assert "Every entry is as it was written." in answer
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET what = 'person.opened' WHERE what = 'person.closed'")
    answer = client.post(reverse("parties:ledger"), headers={"accept-language": "en"}).content.decode()
    assert "was changed after it was written" in answer


def test_the_set_up_link_works_once(client):
    token = setup_token()
    place = f"{reverse('parties:set_up')}?token={token}"
    assert client.get(f"{reverse('parties:set_up')}?token=guess").status_code == 403
    asked = {"organisation": "다온", "name": "김하나", "username": "hana", "email": "", "password": SECRET}
    assert client.post(place, asked).status_code == 302
    assert Person.objects.get(username="hana").has_role("owner")
    client.logout()
    assert client.get(place).status_code == 403


def test_the_language_chosen_stays_with_the_person(client, people):
    client.force_login(people["worker"])
    client.post(reverse("web:language"), {"language": "en", "next": "/line/"})
    people["worker"].refresh_from_db()
    assert people["worker"].language == "en"
    assert 'lang="en"' in client.get(reverse("deploy:line")).content.decode()
    client.post(reverse("web:language"), {"language": "ko", "next": "https://elsewhere.example/"})
    assert 'lang="ko"' in client.get(reverse("deploy:line")).content.decode()


def test_a_choice_never_leads_to_another_site(client):
    answer = client.post(reverse("web:look"), {"look": "dark", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert client.cookies["dure_look"].value == "dark"


def test_pages_carry_a_policy_without_unsafe_words(client, people):
    client.force_login(people["worker"])
    policy = client.get(reverse("deploy:line"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
