"""Writing to the ledger, inside the transaction of what is written about."""

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import checkpoints
from dure.foundation.ledger.entry import canonical, hashed, sealed
from dure.foundation.ledger.models import Entry, Head, Personal
from dure.vocabulary import home


def record(  # noqa: PLR0913 - the parts of one sentence
    who: str,
    what: str,
    object: str,  # noqa: A002 - the grammar of the sentence: who did what to which object
    facts: Mapping[str, Any] | None = None,
    *,
    personal: Collection[str] = (),
    now: datetime | None = None,
) -> Entry:
    """Write one entry; it is there when the caller's transaction commits, and never without it.

    Parameters
    ----------
    who
        An id, never a name: `person:3`, `node`.
    what
        What was done, as `room.verb`: `model.released`.
    object
        What it was done to: `model:7`.
    facts
        What else is worth keeping; JSON.
    personal
        Names of fields in `facts` that are about a person: the ledger holds a commitment, the words lie apart and
        `forget` removes them.
    """
    salts = {field: secrets.token_bytes(32) for field in personal}
    public, kept = sealed(facts or {}, personal, salts)
    with transaction.atomic():
        head = _locked_head()
        at, words = now or timezone.now(), canonical(public)
        leaf = hashed(index=head.size, at=at, who=who, what=what, object=object, facts=words)
        entry = Entry.objects.create(
            index=head.size, at=at, who=who, what=what, object=object, facts=words, leaf=leaf.hex()
        )
        for one in kept:
            Personal.objects.create(entry=entry, field=one.field, salt=one.salt.hex(), value=one.value)
        head.move_to(head.frontier.plus(leaf))
        transaction.on_commit(checkpoint, robust=True)
    return entry


def _locked_head() -> Head:
    # One row for all: PostgreSQL queues writers here, SQLite has queued them at BEGIN IMMEDIATE.
    head, _made = Head.objects.select_for_update().get_or_create(id=1)
    return head


def checkpoint(now: datetime | None = None) -> checkpoints.Checkpoint | None:
    """Sign the ledger as it stands and keep that outside the database; None while it is empty."""
    head = Head.objects.filter(id=1).first()
    if head is None or head.size == 0:
        return None
    place = home()
    signed = checkpoints.sign(
        head.size, head.frontier.root, now or timezone.now(), checkpoints.signing_key(place)
    )
    checkpoints.append(place, signed)
    return signed


def forget(index: int, field: str | None = None) -> int:
    """Delete the personal words of entry `index` (all, or one field); how many went. The tree stays whole."""
    words = Personal.objects.filter(entry_id=index)
    return (words.filter(field=field) if field else words).delete()[0]
