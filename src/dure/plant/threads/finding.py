"""Which threads a person may see, which wait for them, which hold some words, and which stand at a place."""

import unicodedata
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from dure.foundation.parties import Person
from dure.plant.threads.models import Following, Message, Spot, Thread, Wording
from dure.plant.threads.pointing import Pointer
from dure.plant.threads.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable

VIEWS = ("all", "mine", "handed", "unread", "open")
ROLES = ("worker", "engineer", "owner")
"""Roles that a thread may be handed to: an outside expert is named, for a role of theirs is every supplier's."""


def is_outside(person: Any) -> bool:
    """Whether this person is from outside the plant: sees only what was handed to them by name."""
    return not person.has_role("worker")


def visible(person: Any) -> QuerySet[Thread]:
    """The threads that a person may see; an outside expert those that stand handed to them now."""
    found = Thread.objects.select_related("by", "handed_to", "best", "best__by")
    return found.filter(handed_to=person.pk) if is_outside(person) else found


def handed(person: Any) -> Q:
    """Condition: it stands handed to this person, or to the role they hold."""
    return Q(handed_to=person.pk) | Q(handed_role__in=[one for one in person.roles if one])


def with_news(person: Any) -> Exists:
    """Condition: somebody else said something that this follower has not seen."""
    newer = Message.objects.filter(thread=OuterRef("thread"), pk__gt=OuterRef("read")).exclude(by=person.pk)
    mine = Following.objects.filter(thread=OuterRef("pk"), person=person.pk, on=True)
    return Exists(mine.filter(Exists(newer)))


def unread(person: Any) -> int:
    """How many threads have something new for a person."""
    return visible(person).filter(with_news(person)).count()


def inbox(
    person: Any, view: str = "open", words: str = "", kind: str = "", state: str = ""
) -> QuerySet[Thread]:
    """A person's threads of a view that hold every word, the newest first; `news` says which have something new."""
    found = visible(person).annotate(news=with_news(person))
    chosen = {
        "mine": Q(by=person.pk),
        "handed": handed(person) & ~Q(state=State.CLOSED.value),
        "unread": Q(news=True),
        "open": Q(state=State.OPEN.value),
    }
    found = found.filter(chosen[view]) if view in chosen else found
    found = found.filter(kind=kind) if kind else found
    found = found.filter(state=state) if state else found
    for word in normal(words)[:200].split()[:8]:
        found = found.filter(_holds(word))
    return found


def normal(text: str) -> str:
    r"""Text as it is kept and sought: NFC, for a Korean syllable that some keyboards send in pieces.

    >>> len(normal("\u1100\u1161")) == len("가")
    True
    """
    return unicodedata.normalize("NFC", text)


def _holds(word: str) -> Q:
    said = Message.objects.filter(thread=OuterRef("pk"))
    later = Wording.objects.filter(message__thread=OuterRef("pk"), text__icontains=word)
    by = Q(by__name__icontains=word) | Q(by__username__icontains=word)
    at = Spot.objects.filter(thread=OuterRef("pk"), key__icontains=word)
    inside = (Exists(said.filter(Q(text__icontains=word) | by)), Exists(later), Exists(at))
    return reduce(or_, (Q(one) for one in inside), Q(title_en__icontains=word) | Q(title_ko__icontains=word))


def at_place(person: Any, pointer: Pointer, most: int = 20) -> list[Thread]:
    """Threads shown at a place, those with a best answer first."""
    spots = Spot.objects.filter(kind=pointer.kind, key__in=pointer.keys, thread=OuterRef("pk"))
    found = visible(person).filter(Exists(spots)).prefetch_related("best__later")
    return list(found.order_by(F("best").asc(nulls_last=True), "-changed")[:most])


def notes_at(person: Any, pointer: Pointer, most: int = 10) -> list[Message]:
    """Answers that people kept with a place, the newest first."""
    if is_outside(person):
        return []
    spots = Spot.objects.filter(kind=pointer.kind, key__in=pointer.keys).exclude(note=None)
    return [
        one.note
        for one in spots.select_related("note__by", "note__thread").order_by("-pk")[:most]
        if one.note
    ]


def followers(thread: Thread) -> "Iterable[Person]":
    """The people who follow a thread."""
    return Person.objects.filter(pk__in=thread.followings.filter(on=True).values("person"))


def people(person: Any, thread: Thread | None = None, words: str = "", most: int = 8) -> list[Person]:
    """People who may be named in a thread: all of the plant, and the outside expert it stands handed to.

    To an outside expert only those who have spoken in it.
    """
    found = Person.objects.filter(is_active=True).prefetch_related("held")
    if words := normal(words).strip()[:60]:
        found = found.filter(Q(name__icontains=words) | Q(username__icontains=words))
    if is_outside(person):
        spoke = Message.objects.filter(thread=thread).values("by")
        return list(found.filter(pk__in=spoke).order_by("name", "username")[:most])
    inside = (one for one in found.order_by("name", "username")[:200] if _may_be_named(one, thread))
    return [one for one, _ in zip(inside, range(most), strict=False)]


def _may_be_named(one: Person, thread: Thread | None) -> bool:
    return one.has_role("worker") or (thread is not None and thread.handed_to_id == one.pk)
