"""How accounts come, change and close: by an owner, with an entry in the ledger for each."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.foundation.parties.models import Person, Role
from dure.foundation.parties.people import give_role
from dure.vocabulary import NotPermitted, Text


class LastOwner(NotPermitted):
    """A change that would leave the node without an owner."""

    key = "last-owner"
    says = Text("{where} is the only owner of this node.", "{where} 님은 이 노드의 유일한 소유자입니다.")
    remedy = Text("Give another person the role first.", "먼저 다른 사람에게 소유자 역할을 주세요.")


class OwnersOnly(NotPermitted):
    """Somebody who is no owner changes an account."""

    key = "owners-only"
    says = Text("{where} takes the role owner.", "{where}은(는) 소유자만 할 수 있습니다.")
    remedy = Text("Ask an owner.", "소유자에게 요청하세요.")


@transaction.atomic
def invite(  # noqa: PLR0913 - what the form asks
    by: Person, *, username: str, name: str, password: str, role: str, email: str = ""
) -> Person:
    """A new account in `role`, with a first password that the person changes."""
    _require_owner(by, "invite")
    person = Person.objects.create_user(username, email, password, name=name)
    give_role(person, role)
    _write(by, "person.invited", person, role=role)
    return person


@transaction.atomic
def set_role(person: Person, role: str, by: Person) -> Person:
    """End the roles of `person` and give `role`."""
    _require_owner(by, "set_role")
    if role != Role.Name.OWNER:
        _spare_last_owner(person)
    person.held.filter(until=None).update(until=timezone.now())
    give_role(person, role)
    _write(by, "person.role", person, role=role)
    return person


@transaction.atomic
def set_active(person: Person, by: Person, *, active: bool) -> Person:
    """Close the account, or open it again; what the person did stays."""
    _require_owner(by, "set_active")
    if not active:
        _spare_last_owner(person)
    person.is_active = active
    person.save(update_fields=["is_active"])
    _write(by, "person.opened" if active else "person.closed", person)
    return person


@transaction.atomic
def set_password(person: Person, password: str, by: Person) -> Person:
    """Give a new first password; sessions of the old one end."""
    _require_owner(by, "set_password")
    person.set_password(password)
    person.save(update_fields=["password"])
    _write(by, "person.password", person)
    return person


def _require_owner(by: Person, what: str) -> None:
    if not by.has_role("owner"):
        raise OwnersOnly(what)


def _spare_last_owner(person: Person) -> None:
    others = Person.objects.filter(is_active=True).exclude(pk=person.pk)
    if person.has_role("owner") and not any(other.has_role("owner") for other in others):
        raise LastOwner(str(person))


def _write(by: Person, what: str, person: Person, **facts: Any) -> None:
    record(f"person:{by.pk}", what, f"person:{person.pk}", facts)
