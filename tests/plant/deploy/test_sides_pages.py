"""Pages of what stands beside a model: opened and posted as an engineer and as a worker, in both languages."""

import pytest
from django.urls import reverse

from dure.foundation.ledger import Entry
from dure.plant.deploy import Deployment, Fleet, Proposal, challenge, promote
from dure.plant.registry import ModelVersion, release


@pytest.fixture
def newer(released, engineer):
    """A second version of the same lineage, in the records."""
    made = ModelVersion.objects.create(
        id="f" * 12,
        name=released.name,
        lineage=released.lineage,
        number=2,
        fingerprint="f" * 64,
        task=released.task,
        card=released.card,
        trained_by=engineer,
        asked={"table": {"start": 0, "end": 10**18}},
    )
    release(made, engineer, "newer")
    return made


@pytest.fixture
def shown(client, at_home, engineer, monkeypatch):
    """Opens or posts an address and follows it to the page that is shown in the end."""
    monkeypatch.setattr("dure.plant.deploy.sides.historian", lambda: at_home.historian)
    client.force_login(engineer)

    def open_(name, *args, language="en", query="", **form):
        client.cookies["dure_language"] = language
        address = reverse(name, args=args) + query
        answer = client.post(address, form, follow=True) if form else client.get(address, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    return open_


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_challenger_is_put_there_promoted_and_rolled_back_from_its_pages(shown, deployed, newer, language):
    text = shown("deploy:challenge", deployed.pk, language=language, model=newer.pk, reason="newer rows")
    challenger = deployed.challengers.get()
    assert newer.title in text
    assert ("nothing can be said" if language == "en" else "알 수 없습니다") in shown(
        "deploy:duel", challenger.pk, language=language
    )
    text = shown("deploy:promote", challenger.pk, language=language, reason="better")
    assert (
        f"Roll back to {deployed.model.title}"
        if language == "en"
        else f"{deployed.model.title}(으)로 되돌리기"
    ) in text
    shown("deploy:rollback", deployed.pk, language=language, csrf="")
    assert Deployment.objects.get(pk=deployed.pk).model == deployed.model
    assert Entry.objects.filter(what="deployment.rollback").exists()


def test_drift_shifts_and_what_is_not_known_stand_on_the_page(shown, deployed, engineer):
    start = deployed.since
    moved = [
        {
            "asset": "pumps/P0",
            "signal": "Temperature",
            "state": "",
            "median": 90.0,
            "usual": 75.0,
            "since": start,
            "still": False,
        }
    ]
    deployed.health = {
        "moved": moved,
        "scored_to": start + 9 * 3600 * 10**9,
        "threshold": 1.0,
        "alarms_shift": {"alarms": 0},
    }
    deployed.fleet = Fleet.objects.create(name="Pumps of all", pooled=deployed.model, by=engineer)
    deployed.machine = "pumps/P9"
    deployed.save()
    text = shown("deploy:deployment", deployed.pk)
    assert "Temperature of P0 has lain at 90" in text
    assert "9.0 h watched" in text
    assert "It has no scale of its own yet" in text
    assert "Pumps of all" in shown("deploy:fleets")
    assert "a new machine" in shown("deploy:fleet", deployed.fleet.pk)


def test_a_proposal_in_every_state_has_its_page(shown, deployed, newer):
    paired = {"verdict": "unsure", "en": "Not yet sure.", "ko": "아직 확실하지 않습니다."}
    part = {"rows": 50, "deployed": {"r2": 0.5}, "static": {"r2": 0.4}, "null": {"r2": 0.0}}
    made = Proposal.objects.create(deployment=deployed, why={"en": "It drifted.", "ko": "변했습니다."})
    assert "The worker trains it now" in shown("deploy:proposal", made.pk)
    made.state, made.candidate = "proposed", newer
    made.evidence = {"champion": part, "candidate": part, "paired": paired, "learnt": 200}
    made.save()
    assert "Not yet sure." in shown("deploy:proposal", made.pk)
    assert "아직 확실하지" in shown("deploy:proposal", made.pk, language="ko")
    text = shown("deploy:answer_proposal", made.pk, answer="decline", reason="the lab was wrong")
    assert "the lab was wrong" in text


def test_versions_and_their_differences_are_shown(shown, released, newer):
    text = shown("registry:versions", newer.pk)
    assert released.title in text
    assert newer.title in text
    text = shown("registry:compare", newer.pk)
    assert "1970-01-01 00:00 UTC" in text
    assert "signature holds" in text
    assert "signature does not hold" in text


def test_a_trace_of_nothing_says_so(shown):
    assert "No model&#x27;s prediction is stored" in shown(
        "deploy:trace", query="?signal=deploy/99999/x/score"
    )
    assert "Name a signal" in shown("deploy:trace")


def test_a_worker_sees_the_duel_and_may_not_promote(  # noqa: PLR0917 - fixtures
    client, deployed, newer, engineer, django_user_model, monkeypatch, at_home
):
    from dure.foundation.parties import Organisation, give_role

    monkeypatch.setattr("dure.plant.deploy.sides.historian", lambda: at_home.historian)
    challenger = challenge(deployed, newer, engineer, "newer")
    worker = django_user_model.objects.create_user("lee", password="a long enough one", name="Lee")
    give_role(worker, "worker", Organisation.objects.get())
    client.force_login(worker)
    text = client.get(reverse("deploy:duel", args=[challenger.pk])).content.decode()
    assert "Promote in my name" not in text
    client.post(reverse("deploy:promote", args=[challenger.pk]), {"reason": "now"})
    assert Deployment.objects.get(pk=deployed.pk).model == deployed.model
    promote(challenger, engineer, "now")
    client.post(reverse("deploy:rollback", args=[deployed.pk]))
    assert Deployment.objects.get(pk=deployed.pk).model == newer


def test_a_first_version_has_nothing_beside_it(shown, released):
    assert "has no other version" in shown("registry:compare", released.pk)
