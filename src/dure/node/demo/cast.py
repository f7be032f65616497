"""The people of Daon Battery: who acts in the demo, with passwords made up at the first start."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dure.foundation.parties import Person

ORGANISATION = "다온배터리 (Daon Battery)"
# User name, which is the role, and the name that pages show.
PARTS = (
    ("owner", "한다온 (Han Da-on)"),
    ("engineer", "김지훈 (Kim Ji-hoon)"),
    ("worker", "박서연 (Park Seo-yeon)"),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The three who act, each in one of the roles of a plant."""

    owner: "Person"
    engineer: "Person"
    worker: "Person"


def hire(home: Path) -> Cast:
    """The people, made at the first call; on a node that already has an owner, the owner invites the others.

    Passwords are random and kept in `home/secret/demo-people.json`, readable by us alone.
    """
    from dure.foundation.parties import create_first_owner, first_run, invite, setup_token

    words = _passwords(home)
    if first_run():
        create_first_owner(
            setup_token(),
            username="owner",
            password=words["owner"],
            organisation=ORGANISATION,
            name=dict(PARTS)["owner"],
        )
    people = {"owner": _owner()}
    for role, name in PARTS[1:]:
        people[role] = _known(role) or invite(
            people["owner"], role=role, username=role, password=words[role], name=name
        )
    return Cast(**people)


def _known(username: str) -> "Person | None":
    from dure.foundation.parties import Person

    return Person.objects.filter(username=username).first()


def _owner() -> "Person":
    from dure.foundation.parties import Person

    return _known("owner") or next(
        person for person in Person.objects.order_by("pk") if person.has_role("owner")
    )


def passwords(home: Path) -> dict[str, str]:
    """User name and password of each demo person who can sign in with it; empty before they are hired."""
    place = home / "secret" / "demo-people.json"
    if not place.exists():
        return {}
    words: dict[str, str] = json.loads(place.read_text())
    return {
        name: word for name, word in words.items() if (person := _known(name)) and person.check_password(word)
    }


def _passwords(home: Path) -> dict[str, str]:
    place = home / "secret" / "demo-people.json"
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_text(json.dumps({role: secrets.token_urlsafe(9) for role, _name in PARTS}))
    words: dict[str, str] = json.loads(place.read_text())
    return words
