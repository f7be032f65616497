"""What people do with a question: ask, say, answer, hand over, mark the best answer, close, reopen."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.foundation.parties import Person
from dure.plant.threads.finding import ROLES, is_outside, normal, people
from dure.plant.threads.models import MOST_MESSAGES, MOST_TEXT, Following, Message, Spot, Thread, Wording
from dure.plant.threads.pointing import MOST_LINKS, Pointer, Seen, kinds, pointer_at, see
from dure.plant.threads.refusals import NotYourTurn, PlaceUnknown, QuestionWrong, ThreadStands
from dure.plant.threads.states import Act, State, after
from dure.plant.transport import Content
from dure.vocabulary import DureError, Text, home

LINK = re.compile(r"(?:https?://[^\s/]{1,255})?/[^\s<>\"']{3,2000}")
STATES = {
    State.OPEN: Text("waiting for an answer", "답변 대기"),
    State.ANSWERED: Text("answered", "답변됨"),
    State.CLOSED: Text("closed", "닫힘"),
}
TEXT = Text("text", "내용")
ENGINEERS = Text("an engineer", "엔지니어")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is about to say: text, contents kept for it, and the host under which this node was reached."""

    text: str
    attachments: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    host: str = ""


@transaction.atomic
def ask(by: Person, pointer: Pointer, draft: Draft, now: datetime | None = None) -> Thread:
    """Ask about a place; what is seen there is kept as it is now.

    Raises
    ------
    PlaceUnknown, QuestionWrong
    """
    text, seen = checked(draft.text), see(pointer)
    at = now or timezone.now()
    place = {"kind": pointer.kind, "keys": list(pointer.keys), "detail": {**pointer.detail, **seen.detail}}
    thread = Thread.objects.create(
        kind=pointer.kind, place=place, title_en=seen.title.en[:300], title_ko=seen.title.ko[:300],
        address=seen.address[:2000], frozen=held(seen), by=by, created=at, changed=at,
    )  # fmt: skip
    spots = dict.fromkeys([*((pointer.kind, key) for key in pointer.keys), *seen.also])
    Spot.objects.bulk_create([Spot(thread=thread, kind=kind, key=key[:400]) for kind, key in spots])
    _write(thread, Act.ASKED, by, at, text, draft)
    return thread


def held(seen: Seen) -> dict[str, Any]:
    """What was seen; the content of a picture is kept for good."""
    frozen = dict(seen.frozen)
    if frozen.get("shape") == "picture":
        Content(home()).hold(frozen["content"])
    return frozen


@transaction.atomic
def say(thread: Thread, by: Person, draft: Draft, now: datetime | None = None) -> Message:
    """Say something: an answer if an engineer or the one it was handed to says it, the question goes on if the asker does.

    Raises
    ------
    QuestionWrong, ThreadStands
    """
    act = Act.ASKED if thread.by_id == by.pk else Act.ANSWERED if may_answer(thread, by) else Act.SAID
    return _act(thread, act, by, checked(draft.text), draft, now=now)


def may_answer(thread: Thread, person: Person) -> bool:
    """Whether what this person says is an answer."""
    return person.has_role("engineer") or thread.handed_to_id == person.pk


def may_close(thread: Thread, person: Person) -> bool:
    """Whether this person may close it, reopen it and mark its best answer: the asker and engineers."""
    return person.has_role("engineer") or (thread.by_id == person.pk and not is_outside(person))


@transaction.atomic
def hand_over(  # noqa: PLR0913, PLR0917 - the parts of one sentence
    thread: Thread,
    by: Person,
    to: str,
    reason: str,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Message:
    """Hand it to a person (`person:<id>`) or a role (`role:engineer`) with a reason and a time.

    Raises
    ------
    NotYourTurn, QuestionWrong, ThreadStands
    """
    if not by.has_role("engineer"):
        raise NotYourTurn(thread.pk, what=Text("Handing over", "넘기기"), who=ENGINEERS)
    person, role = _receiver(to)
    text = checked(reason, Text("the reason", "이유"))
    thread.handed_to, thread.handed_role, thread.due = person, role, until
    facts = {
        "to": f"person:{person.pk}" if person else f"role:{role}",
        "due": until.isoformat() if until else "",
    }
    told = {**facts, "name": str(person) if person else ""}
    made = _act(thread, Act.HANDED, by, text, None, facts=told, now=now)
    for one in [person] if person else _holders(role):
        _follow(thread, one)
    record(
        f"person:{by.pk}",
        "thread.handed",
        f"thread:{thread.pk}",
        {**facts, "reason": text},
        personal=["reason"],
    )
    return made


def _receiver(to: str) -> tuple[Person | None, str]:
    kind, _colon, key = to.partition(":")
    if kind == "role" and key in ROLES:
        return None, key
    found = (
        Person.objects.filter(pk=int(key), is_active=True).first()
        if kind == "person" and key.isdecimal() and len(key) < 12
        else None
    )
    if found is None or not found.roles:
        raise QuestionWrong("to", why=Text("choose a person or a role", "사람이나 역할을 고르세요"))
    return found, ""


def _holders(role: str) -> list[Person]:
    found = Person.objects.filter(is_active=True, held__role=role).distinct().prefetch_related("held")[:200]
    return [one for one in found if role in one.roles]


@transaction.atomic
def close(thread: Thread, by: Person, text: str = "", now: datetime | None = None) -> Message:
    """Close it; the asker or an engineer.

    Raises
    ------
    NotYourTurn, QuestionWrong, ThreadStands
    """
    _require_close(thread, by, Text("Closing", "닫기"))
    words = checked(text) if text.strip() else ""
    made = _act(thread, Act.CLOSED, by, words, None, now=now)
    facts = {"best": thread.best_id, "text": words}
    record(f"person:{by.pk}", "thread.closed", f"thread:{thread.pk}", facts, personal=["text"])
    return made


@transaction.atomic
def reopen(thread: Thread, by: Person, text: str = "", now: datetime | None = None) -> Message:
    """Open a closed one again.

    Raises
    ------
    NotYourTurn, QuestionWrong, ThreadStands
    """
    _require_close(thread, by, Text("Reopening", "다시 열기"))
    return _act(thread, Act.REOPENED, by, checked(text) if text.strip() else "", None, now=now)


@transaction.atomic
def choose(thread: Thread, by: Person, message: Message, now: datetime | None = None) -> Message:
    """Mark the best answer; it is shown at the place from now on.

    Raises
    ------
    NotYourTurn, ThreadStands
    """
    _require_close(thread, by, Text("Marking the best answer", "좋은 답 표시"))
    _of(thread, message)
    thread.best = message
    return _act(thread, Act.CHOSEN, by, "", None, facts={"message": message.pk}, now=now)


@transaction.atomic
def note(thread: Thread, by: Person, message: Message, alarm: str, now: datetime | None = None) -> Message:
    """Keep an answer with an alarm: whoever opens the alarm reads it.

    Raises
    ------
    NotYourTurn, PlaceUnknown, ThreadStands
    """
    if not by.has_role("engineer"):
        raise NotYourTurn(thread.pk, what=Text("A note with an alarm", "알람에 남기기"), who=ENGINEERS)
    _of(thread, message)
    seen = see(Pointer("alarm", (alarm[:400],)))
    told = {
        "message": message.pk,
        "alarm": alarm[:400],
        "en": seen.title.en,
        "ko": seen.title.ko,
        "address": seen.address,
    }
    Spot.objects.create(thread=thread, kind="alarm", key=alarm[:400], note=message)
    return _act(thread, Act.NOTED, by, "", None, facts=told, now=now)


def mend(message: Message, by: Person, text: str) -> Wording:
    """Other words for one's own message; the earlier ones stay to be read.

    Raises
    ------
    NotYourTurn, QuestionWrong
    """
    if message.by_id != by.pk or message.act in {Act.CHOSEN, Act.NOTED}:
        raise NotYourTurn(
            message.thread_id,
            what=Text("Changing a message", "메시지 고치기"),
            who=Text("its author", "작성자"),
        )
    if message.thread.state == State.CLOSED:
        raise ThreadStands(message.thread_id, state=STATES[State.CLOSED])
    if message.later.count() >= 50:
        raise QuestionWrong("edit", why=Text("it was changed 50 times", "이미 50번 고쳤습니다"))
    return Wording.objects.create(message=message, text=checked(text))


def follow(thread: Thread, person: Person, *, on: bool) -> None:
    """Hear of a thread, or no longer."""
    newest = thread.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
    Following.objects.update_or_create(thread=thread, person=person, defaults={"on": on, "read": newest})


def mark_read(thread: Thread, person: Person) -> None:
    """What is there now has been seen."""
    newest = thread.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
    Following.objects.filter(thread=thread, person=person, read__lt=newest).update(read=newest)


def checked(text: str, what: Text | None = None) -> str:
    r"""The text as it is kept: NFC, no signs that nobody sees, bounded.

    >>> checked("  pump\x00 shakes ")
    'pump shakes'

    Raises
    ------
    QuestionWrong
        If it is empty or longer than `MOST_TEXT`.
    """
    clean = normal(text.replace("\r\n", "\n"))
    clean = "".join(
        sign for sign in clean if sign in "\n\t" or (sign.isprintable() or sign == "\u200d")
    ).strip()
    if not clean:
        raise QuestionWrong(str(what or TEXT), why=Text("there are no words in it", "내용이 비어 있습니다"))
    if len(clean) > MOST_TEXT:
        raise QuestionWrong(
            str(what or TEXT),
            why=Text(
                f"{len(clean):,} characters, at most {MOST_TEXT:,}",
                f"{len(clean):,}자로 한도 {MOST_TEXT:,}자를 넘습니다",
            ),
        )
    return clean


def links(text: str, host: str = "") -> list[Pointer]:
    """Places of this node that a text links to, at most `MOST_LINKS`."""
    found = []
    for match in LINK.findall(text)[:50]:
        if "://" in match and match.split("/")[2] != host:
            continue
        path = match if match.startswith("/") else "/" + match.split("/", 3)[3]
        if (pointer := pointer_at(path)) is not None and pointer not in found:
            found.append(pointer)
    return found[:MOST_LINKS]


def _pointers(text: str, host: str) -> list[dict[str, Any]]:
    """What the linked places show now; one that is not there stays a mere link."""
    told = []
    for one in links(text, host):
        try:
            seen = see(one)
            frozen = held(seen)
        except DureError:
            continue
        told.append({**asdict(one), "keys": list(one.keys), "title": {"en": seen.title.en, "ko": seen.title.ko}, "address": seen.address, "frozen": frozen})  # fmt: skip
    return told


def _act(  # noqa: PLR0913 - the parts of one sentence
    thread: Thread, act: Act, by: Person, text: str, draft: Draft | None, *,
    facts: Mapping[str, Any] | None = None, now: datetime | None = None,
) -> Message:  # fmt: skip
    stands = State(Thread.objects.select_for_update().values_list("state", flat=True).get(pk=thread.pk))
    then = after(stands, act)
    if then is None:
        raise ThreadStands(thread.pk, state=STATES[stands])
    at = now or timezone.now()
    thread.state, thread.changed = then.value, at
    thread.save()
    return _write(thread, act, by, at, text, draft, facts)


def _write(  # noqa: PLR0913, PLR0917 - the parts of one sentence
    thread: Thread,
    act: Act,
    by: Person,
    at: datetime,
    text: str,
    draft: Draft | None,
    facts: Mapping[str, Any] | None = None,
) -> Message:
    if thread.messages.count() >= MOST_MESSAGES:
        raise QuestionWrong(
            "thread",
            why=Text(
                f"it holds {MOST_MESSAGES} messages; ask anew",
                f"메시지가 {MOST_MESSAGES}개라 새로 질문해야 합니다",
            ),
        )
    named = _named(thread, by, text)
    told = {**(facts or {}), "named": [str(one) for one in named]} if named else dict(facts or {})
    made = Message.objects.create(
        thread=thread, act=act.value, by=by, at=at, text=text, facts=told,
        pointers=_pointers(text, draft.host) if draft else [],
        attachments=[dict(one) for one in draft.attachments] if draft else [],
    )  # fmt: skip
    for one in [*named, by]:
        _follow(thread, one)
    mark_read(thread, by)
    return made


def _named(thread: Thread, by: Person, text: str) -> list[Person]:
    """People called by `@name` or `@user name`; of two that fit, the longer name."""
    if "@" not in text:
        return []
    known = [(name, one) for one in people(by, thread, most=200) for name in {one.name, one.username} if name]
    known.sort(key=lambda one: -len(one[0]))
    called = (
        next((one for name, one in known if rest.startswith(name)), None) for rest in text.split("@")[1:21]
    )
    return list(dict.fromkeys(one for one in called if one is not None))


def _follow(thread: Thread, person: Person) -> None:
    Following.objects.get_or_create(thread=thread, person=person)


def _require_close(thread: Thread, by: Person, what: Text) -> None:
    if not may_close(thread, by):
        raise NotYourTurn(thread.pk, what=what, who=Text("the asker and engineers", "질문한 사람과 엔지니어"))


def _of(thread: Thread, message: Message) -> None:
    if message.thread_id != thread.pk or message.act not in {Act.ANSWERED, Act.SAID, Act.ASKED}:
        raise PlaceUnknown(str(message.pk))


def kind_words() -> dict[str, Text]:
    """Name of each kind of place."""
    return {name: kind.words for name, kind in kinds().items()}
