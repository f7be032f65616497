"""Pairing a box with a node: one line of text carries address, name, token and the fingerprint of the certificate."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from dure.plant.connect import sources, write_private
from dure.plant.edge.refusals import BoxExists, BoxUnknown, InvitationUnreadable, NotJoined, SourceTaken

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
PREFIX = "dure-edge:"
LONGEST = 2000
THE_NODE = "the node itself"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a box must know: where its node listens, its own name and token, the SHA-256 of the node's certificate.

    >>> line = Invitation("https://plant:8002", "press-shop", "s3cret", "ab" * 32).line
    >>> Invitation.read(line).name
    'press-shop'
    """

    url: str
    name: str
    token: str
    fingerprint: str

    @property
    def line(self) -> str:
        """The invitation as one line to copy; it holds the token, so treat it as a password."""
        packed = json.dumps([self.url, self.name, self.token, self.fingerprint]).encode()
        return PREFIX + base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def read(cls, line: str) -> "Invitation":
        """The invitation written in `line`.

        Raises
        ------
        InvitationUnreadable
        """
        line = line.strip()
        shown = InvitationUnreadable(line[:24] + "…" if len(line) > 24 else line)
        if not line.startswith(PREFIX) or len(line) > LONGEST:
            raise shown
        packed = line.removeprefix(PREFIX)
        try:
            words = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
            found = cls(*words)
            sound = (
                urlsplit(found.url).scheme == "https"
                and NAME.fullmatch(found.name)
                and len(found.fingerprint) == 64
            )
        except (ValueError, TypeError, binascii.Error, AttributeError) as odd:
            raise shown from odd
        if not sound:
            raise shown
        return found


@dataclass(frozen=True, slots=True)
class Box:
    """An invited box as the node keeps it: the hash of its token, and the sources that are its own."""

    name: str
    token: str
    sources: tuple[str, ...] = ()


def invite(home: Path, name: str, url: str, fingerprint: str) -> Invitation:
    """Invite a box; the invitation is shown this once, the node keeps the token's hash only.

    Raises
    ------
    BoxExists, BoxUnknown
        If the name is taken, or no name (a-z, 0-9, hyphen).
    """
    if not NAME.fullmatch(name):
        raise BoxUnknown(name)
    if _file(home, name).exists():
        raise BoxExists(name)
    token = secrets.token_urlsafe(32)
    _keep(home, Box(name, _hash(token)))
    return Invitation(url.rstrip("/"), name, token, fingerprint)


def join(home: Path, line: str) -> Invitation:
    """Make this box the one that was invited; kept in `home/secret/node.json`."""
    found = Invitation.read(line)
    write_private(home / "secret" / "node.json", json.dumps(asdict(found)).encode())
    return found


def invitation_of(home: Path) -> Invitation:
    """The invitation this box has joined by.

    Raises
    ------
    NotJoined
    """
    try:
        return Invitation(**json.loads((home / "secret" / "node.json").read_bytes()))
    except (OSError, ValueError, TypeError) as absent:
        raise NotJoined(str(home)) from absent


def boxes(home: Path) -> list[Box]:
    """The boxes invited to the node at `home`."""
    return list(_kept(home))


def remove_box(home: Path, name: str) -> None:
    """Take a box's token away; what it has sent stays.

    Raises
    ------
    BoxUnknown
    """
    if not NAME.fullmatch(name) or not _file(home, name).exists():
        raise BoxUnknown(name)
    _file(home, name).unlink()


def box_of(home: Path, token: str) -> Box | None:
    """The box whose token this is; every kept hash is compared, in constant time."""
    given, found = _hash(token), None
    for box in _kept(home):
        if hmac.compare_digest(box.token, given):
            found = box
    return found


def admit(home: Path, box: Box, source: str) -> Box:
    """The box with `source` among its own: the first box to name a free source has it.

    Raises
    ------
    SourceTaken
        If the node itself, or another box, collects it.
    """
    if source in box.sources:
        return box
    for other in _kept(home):
        if source in other.sources and other.name != box.name:
            raise SourceTaken(source, owner=other.name, box=box.name)
    if source in {one.id for one in sources(home) if not one.box}:
        raise SourceTaken(source, owner=THE_NODE, box=box.name)
    owned = replace(box, sources=(*box.sources, source))
    _keep(home, owned)
    return owned


def _keep(home: Path, box: Box) -> None:
    write_private(_file(home, box.name), json.dumps(asdict(box)).encode())


def _kept(home: Path) -> Iterator[Box]:
    for path in sorted((home / "secret" / "edges").glob("[!.]*.json")):
        with suppress(OSError, ValueError, TypeError, KeyError):
            words = json.loads(path.read_bytes())
            yield Box(path.stem, words["token"], tuple(words["sources"]))


def _file(home: Path, name: str) -> Path:
    return home / "secret" / "edges" / f"{name}.json"


def _hash(token: str) -> str:
    # A token of 256 random bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
