"""What other rooms ask about people: which roles, and whether anybody is here yet."""

import hmac
import secrets
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dure.foundation.ledger import record
from dure.foundation.parties.models import Organisation, Person, Role
from dure.vocabulary import NotPermitted, Text, home


class FirstRunOver(NotPermitted):
    """The set-up link of a node that already has an owner, or a link that is not ours."""

    key = "first-run-over"
    says = Text(
        "This set-up link ({where}) is not valid any more.", "이 설정 링크({where})는 더 이상 쓸 수 없습니다."
    )
    remedy = Text(
        "Sign in, or take the link that `dure up` shows at its first start.",
        "로그인하거나, `dure up`을 처음 시작할 때 표시되는 링크를 쓰세요.",
    )


def roles_of(person: object) -> list[str]:
    """Names of the roles `person` holds now, the widest first; none for a visitor."""
    return person.roles if isinstance(person, Person) else []


def has_role(person: object, role: str) -> bool:
    """Whether `person` may do what only a `role` may; a visitor may nothing."""
    return isinstance(person, Person) and person.has_role(role)


def give_role(person: Person, role: str, organisation: Organisation | None = None) -> Role:
    """Give `person` the role, in `organisation` or else in the first one, whose node this is."""
    where = organisation or Organisation.objects.order_by("id").first()
    person.forget_roles()
    return Role.objects.create(
        person=person, role=role, organisation=where or Organisation.objects.create(name="dure")
    )


class DelegationRefused(NotPermitted):
    """A role that a person does not hold, or was only lent, or for longer than they hold it."""

    key = "delegation-refused"
    says = Text("{where} cannot be delegated by you.", "{where} 역할은 위임할 수 없습니다.")
    remedy = Text(
        "Delegate a role that you hold yourself, with a day on which it ends.",
        "본인이 직접 가진 역할을 종료일을 정해 위임해 주세요.",
    )


def delegate(by: Person, to: Person, role: str, until: datetime) -> Role:
    """Let somebody act in a role of one's own until a day; written to the ledger, ended by the end of one's own role.

    Raises
    ------
    DelegationRefused
        If `by` does not hold the role themselves, it was delegated to them, or ends before `until`.
    """
    now = timezone.now()
    own = by.held.filter(role=role, delegated_by=None, since__lte=now).filter(
        Q(until=None) | Q(until__gte=until)
    )
    held = own.first()
    if held is None or until <= now or to.pk == by.pk:
        raise DelegationRefused(role)
    with transaction.atomic():
        to.forget_roles()
        given = Role.objects.create(
            person=to, role=role, organisation=held.organisation, until=until, delegated_by=by
        )
        record(
            f"person:{by.pk}", "role.delegated", f"person:{to.pk}", {"role": role, "until": until.isoformat()}
        )
    return given


def known_as(address: str) -> Person | None:
    """The person who has confirmed this e-mail address, among all of theirs; None if nobody has."""
    return Person.objects.filter(emailaddress__email__iexact=address, emailaddress__verified=True).first()


def first_run() -> bool:
    """Whether nobody is here yet, so that the set-up page must ask for the owner."""
    return not Person.objects.exists()


def setup_token() -> str:
    """The secret in the one-time set-up link; made at the first call and kept, readable by us alone."""
    place = _token_file()
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_text(secrets.token_urlsafe(24))
    return place.read_text()


def check_setup_token(token: str) -> None:
    """Raise `FirstRunOver` unless nobody is here yet and `token` is the link's."""
    if not first_run() or not hmac.compare_digest(token.encode(), setup_token().encode()):
        raise FirstRunOver("people/first")


def create_first_owner(  # noqa: PLR0913 - what the set-up form asks
    token: str,
    *,
    username: str,
    password: str,
    organisation: str,
    email: str = "",
    name: str = "",
    language: str = "",
) -> Person:
    """Make the first person, who owns the node; the set-up link is spent by it.

    Raises
    ------
    FirstRunOver
        If somebody is already here, or `token` is not the one of the link.
    """
    with transaction.atomic():
        check_setup_token(token)
        person = Person.objects.create_superuser(username, email, password, name=name, language=language)
        place, _made = Organisation.objects.get_or_create(name=organisation)
        give_role(person, Role.Name.OWNER, place)
        record("node", "node.owned", f"person:{person.pk}", {"organisation": organisation})
    _token_file().unlink(missing_ok=True)
    return person


def _token_file() -> Path:
    return home() / "secret" / "setup.token"
