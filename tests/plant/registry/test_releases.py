"""A package is taken in once, released by a name, withdrawn with a reason; the ledger holds each."""

import shutil

import polars as pl
import pytest

from dure.foundation.ledger import Entry
from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.registry import (
    AlreadyReleased,
    ModelVersion,
    NotReleased,
    PackageChanged,
    RoleMissing,
    open_model,
    register,
    release,
    withdraw,
)
from dure.science.learn import TrainRequest, train
from dure.vocabulary import ModelRefused, Permit
from machines.historian_process import experiment


@pytest.fixture(scope="module")
def trained(recorded, tmp_path_factory):
    """A detector of SKAB's valve experiments, and the home whose key signed it."""
    place = tmp_path_factory.mktemp("trained")
    table = place / "normal.parquet"
    experiment(recorded / "skab/valve1/0.csv.gz").head(200).with_columns(
        pl.from_epoch("time", time_unit="ns")
    ).write_parquet(table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(place / "home"))
        request = TrainRequest((str(table),), task="detect", time="time", normal_rows=190, budget=10)
        train(request, place / "package", Permit.own([str(table)]))
    return place


@pytest.fixture
def package(trained, home):
    """The package, in a home of this test that knows its signer."""
    shutil.copytree(trained / "home", home)
    return trained / "package"


@pytest.fixture
def owner(db):
    del db
    person = Person.objects.create_user("park", password="a long enough one", name="Park")
    give_role(person, "owner", Organisation.objects.create(name="Pumps Ltd"))
    return person


def test_a_package_taken_in_twice_is_one_version(package, owner, home):
    first = register(package, "Pumps", owner, learnt_from=["upload:1"])
    second = register(package, "Pumps again", owner)
    assert first == second
    assert ModelVersion.objects.count() == 1
    assert [path.name for path in (home / "models").iterdir()] == [first.pk]
    assert (first.task, first.name, first.learnt_from) == ("detect", "Pumps", ["upload:1"])
    assert first.fingerprint.startswith(first.pk)
    assert Entry.objects.filter(what="model.registered").count() == 1


def test_a_model_held_predicts_as_the_package_does(package, owner, recorded):
    frame = experiment(recorded / "skab/valve1/1.csv.gz").head(50)
    held = open_model(register(package, "Pumps", owner)).predict(frame)
    from dure.science.learn import load

    assert held.equals(load(package).predict(frame))


def test_a_package_of_an_unknown_signer_is_refused_and_leaves_nothing(trained, home, owner):
    with pytest.raises(ModelRefused):
        register(trained / "package", "Pumps", owner)
    assert not (home / "models").exists()
    assert register(trained / "package", "Pumps", owner, trust=True).trusted_by_hand


def test_a_held_package_that_was_changed_is_not_opened(package, owner):
    model = register(package, "Pumps", owner)
    card = model.folder / "card.json"
    card.write_bytes(card.read_bytes() + b" ")
    with pytest.raises(PackageChanged):
        open_model(model)


def test_a_release_bears_a_name_and_stands_in_the_ledger(package, owner):
    model = register(package, "Pumps", owner)
    assert model.release is None
    done = release(model, owner, "alarms a shift are bearable")
    assert model.release == done
    entry = Entry.objects.get(what="model.released")
    assert (entry.who, entry.object) == (f"person:{owner.pk}", f"model:{model.pk}")
    with pytest.raises(AlreadyReleased, match="by Park"):
        release(model, owner)


def test_a_withdrawn_release_may_be_followed_by_another(package, owner):
    model = register(package, "Pumps", owner)
    release(model, owner)
    ended = withdraw(model, owner, "wrong week")
    assert (ended.withdrawn_by, ended.withdrawn_note) == (owner, "wrong week")
    assert model.release is None
    with pytest.raises(NotReleased):
        withdraw(model, owner, "again")
    release(model, owner)
    assert model.releases.count() == 2


def test_a_worker_may_not_release(package, owner):
    worker = Person.objects.create_user("lee", password="a long enough one")
    give_role(worker, "worker")
    model = register(package, "Pumps", owner)
    for act in (
        lambda: release(model, worker),
        lambda: withdraw(model, worker, "x"),
        lambda: register(package, "P", worker),
    ):
        with pytest.raises(RoleMissing, match="takes the role engineer"):
            act()


def test_a_person_releases_and_withdraws_on_the_page_and_a_second_time_is_refused(package, owner, client):
    model = register(package, "Pumps", owner)
    client.force_login(owner)
    where = f"/models/{model.pk}"

    def told(step):
        page = client.post(
            f"{where}/{step}/", {"note": "seen"}, follow=True, headers={"accept-language": "en"}
        )
        assert page.redirect_chain[-1][0] == f"{where}/"
        return [str(message) for message in page.context["messages"]]

    assert told("release") == ["Pumps is released in your name."]
    assert model.release.note == "seen"
    assert len(told("release")) == 1
    assert told("withdraw") == ["The release of Pumps is withdrawn."]
    assert model.release is None
    (refusal,) = told("withdraw")
    assert "withdrawn" not in refusal
