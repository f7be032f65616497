"""One question: all that was said on it, and what a person does with it."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires, status_of
from dure.plant.threads import acting, finding
from dure.plant.threads.attaching import media_of
from dure.plant.threads.due import DUES, due
from dure.plant.threads.models import Following, Message, Spot, Thread
from dure.plant.threads.pointing import kinds
from dure.plant.threads.states import State
from dure.plant.threads.views.sharing import draft_of, person_of, thread_of, typed
from dure.plant.transport import Content, ContentAbsent, ContentDamaged
from dure.vocabulary import DureError, home


@require_GET
@requires("expert")
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The question as it stands."""
    return _page(request, thread_of(request, pk))


def _page(
    request: HttpRequest, thread: Thread, problem: DureError | None = None, **more: Any
) -> HttpResponse:
    context = {**_context(request, thread), **more, "problem": problem}
    acting.mark_read(thread, person_of(request))
    return render(request, "threads/thread.html", context, status=status_of(problem) if problem else 200)


def _context(request: HttpRequest, thread: Thread) -> dict[str, Any]:
    person = person_of(request)
    said = list(thread.messages.select_related("by").prefetch_related("later"))
    follows = Following.objects.filter(thread=thread, person=person, on=True).exists()
    outside = finding.is_outside(person)
    return {
        "thread": thread, "kind": kinds()[thread.kind].words if thread.kind in kinds() else thread.kind,
        "said": said, "newest": said[-1].pk if said else 0, "follows": follows, "outside": outside,
        "may": _may(thread, person), "dues": DUES, "roles": finding.ROLES,
        "receivers": _receivers(person), "alarms": _alarms(thread), "label": _label(thread),
        "people": f"{reverse('threads:people')}?thread={thread.pk}", "frozen": thread.frozen,
        "watchers": [] if outside else list(finding.followers(thread)),
        "read_before": Following.objects.filter(thread=thread, person=person).values_list("read", flat=True).first(),
    }  # fmt: skip


def _may(thread: Thread, person: Any) -> dict[str, bool]:
    closed = thread.state == State.CLOSED
    closes = acting.may_close(thread, person)
    return {
        "say": not closed, "close": closes and not closed, "reopen": closes and closed, "choose": closes,
        "hand": person.has_role("engineer") and not closed, "note": person.has_role("engineer"),
        "answer": acting.may_answer(thread, person) and thread.by_id != person.pk,
    }  # fmt: skip


def _receivers(person: Any) -> list[Any]:
    """People whom a question may be handed to, the outside experts behind."""
    if not person.has_role("engineer"):
        return []
    from dure.foundation.parties import Person

    known = Person.objects.filter(is_active=True).prefetch_related("held").order_by("name", "username")[:300]
    return sorted((one for one in known if one.roles), key=lambda one: one.role == "expert")


def _alarms(thread: Thread) -> list[tuple[str, str]]:
    """Alarms that an answer may be kept with: its own, and those asked about at the same machines."""
    own = [thread.place["keys"][0]] if thread.kind == "alarm" else []
    machines = thread.spots.filter(kind="equipment").values("key")
    beside = Spot.objects.filter(kind="equipment", key__in=machines, thread__kind="alarm").values_list(
        "thread__place", flat=True
    )[:50]
    found = dict.fromkeys([*own, *(place["keys"][0] for place in beside)])
    return [(key, _title_of(key)) for key in list(found)[:10]]


def _title_of(alarm: str) -> str:
    from dure.plant.threads.pointing import Pointer

    seen = kinds()["alarm"].see(Pointer("alarm", (alarm,))) if "alarm" in kinds() else None
    return str(seen.title) if seen else alarm


def _label(thread: Thread) -> str:
    """Address at which the stretch that is asked about becomes a label, where the node has labels."""
    if thread.kind != "signals":
        return ""
    try:
        place = reverse("labels:choose")
    except NoReverseMatch:
        return ""
    ends = [(name, thread.place["detail"].get(name, "")) for name in ("from", "to")]
    return f"{place}?{urlencode([*(('signals', one) for one in thread.place['keys']), *ends])}"


@require_GET
@requires("expert")
def news(request: HttpRequest, pk: str) -> HttpResponse:
    """What came after a message, put behind it without a new page; 204 while there is nothing."""
    thread = thread_of(request, pk)
    after = request.GET.get("after", "0")
    context = _context(request, thread)
    fresh = [
        one
        for one in context["said"]
        if one.pk > (int(after) if after.isdecimal() and len(after) < 15 else 0)
    ]
    if not fresh:
        return HttpResponse(status=204)
    acting.mark_read(thread, person_of(request))
    return render(request, "threads/news.html", {**context, "said": fresh})


@require_POST
@requires("expert")
def say(request: HttpRequest, pk: str) -> HttpResponse:
    """Say something; what is refused stays in the form."""
    thread = thread_of(request, pk)
    try:
        with transaction.atomic():
            made = acting.say(thread, person_of(request), draft_of(request))
    except DureError as refusal:
        return _page(request, thread_of(request, pk), refusal, **typed(request))
    return redirect(f"{reverse('threads:thread', args=[pk])}#m{made.pk}")


@require_POST
@requires("engineer")
def hand(request: HttpRequest, pk: str) -> HttpResponse:
    """Hand it over."""
    thread = thread_of(request, pk)
    given = {name: request.POST.get(name, "") for name in ("to", "reason", "due")}
    try:
        until = due(given["due"], timezone.now(), timezone.get_current_timezone(), home())
        acting.hand_over(thread, person_of(request), given["to"], given["reason"], until)
    except DureError as refusal:
        return _page(request, thread_of(request, pk), refusal, hand=given)
    messages.success(request, _("It is handed over."))
    return redirect("threads:thread", pk)


def _decided(request: HttpRequest, pk: str, decide: Callable[[Thread], object], done: str) -> HttpResponse:
    thread = thread_of(request, pk)
    try:
        decide(thread)
    except DureError as refusal:
        return _page(request, thread_of(request, pk), refusal)
    messages.success(request, done)
    return redirect("threads:thread", pk)


@require_POST
@requires("worker")
def close(request: HttpRequest, pk: str) -> HttpResponse:
    """Close it, with a word if there is one."""
    words = request.POST.get("text", "")
    return _decided(
        request, pk, lambda one: acting.close(one, person_of(request), words), _("The question is closed.")
    )


@require_POST
@requires("worker")
def reopen(request: HttpRequest, pk: str) -> HttpResponse:
    """Open it again."""
    words = request.POST.get("text", "")
    return _decided(
        request,
        pk,
        lambda one: acting.reopen(one, person_of(request), words),
        _("The question is open again."),
    )


def _message(thread: Thread, pk: str) -> Message:
    found: Message | None = (
        thread.messages.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 15 else None
    )
    if found is None:
        raise Http404
    return found


@require_POST
@requires("worker")
def best(request: HttpRequest, pk: str) -> HttpResponse:
    """Mark the best answer."""
    chosen = request.POST.get("message", "")
    done = _("It is the best answer now, and is shown at the place.")
    return _decided(
        request, pk, lambda one: acting.choose(one, person_of(request), _message(one, chosen)), done
    )


@require_POST
@requires("engineer")
def keep(request: HttpRequest, pk: str) -> HttpResponse:
    """Keep an answer with an alarm."""
    chosen, alarm = request.POST.get("message", ""), request.POST.get("alarm", "")
    done = _("Whoever opens the alarm reads this answer from now on.")
    return _decided(
        request, pk, lambda one: acting.note(one, person_of(request), _message(one, chosen), alarm), done
    )


@require_POST
@requires("expert")
def mend(request: HttpRequest, pk: str) -> HttpResponse:
    """Other words for a message of one's own."""
    chosen, words = request.POST.get("message", ""), request.POST.get("text", "")
    thread = thread_of(request, pk)
    message = _message(thread, chosen)
    try:
        acting.mend(message, person_of(request), words)
    except DureError as refusal:
        return _page(request, thread, refusal, mending=message.pk, mended=words[:20_000])
    return redirect(f"{reverse('threads:thread', args=[pk])}#m{message.pk}")


@require_POST
@requires("worker")
def watch(request: HttpRequest, pk: str) -> HttpResponse:
    """Hear of it, or no longer."""
    on = request.POST.get("on") == "yes"
    done = _("You will see what is new here.") if on else _("You no longer follow this question.")
    return _decided(request, pk, lambda one: acting.follow(one, person_of(request), on=on), done)


@require_GET
@requires("expert")
def content(request: HttpRequest, pk: str, sha256: str) -> HttpResponseBase:
    """A content that this thread holds, to those who may see the thread."""
    if sha256 not in set(_contents(thread_of(request, pk))):
        raise Http404
    return sent(sha256)


@require_GET
@requires("worker")
def shown(request: HttpRequest, sha256: str) -> HttpResponseBase:  # noqa: ARG001 - every view is handed the request
    """A picture before it is asked about; nobody guesses its hash."""
    return sent(sha256, pictures_only=True)


def _contents(thread: Thread) -> Iterator[str]:
    """Hashes of all contents that a thread shows."""
    said = list(thread.messages.all())
    for frozen in [thread.frozen, *(one["frozen"] for message in said for one in message.pointers)]:
        if frozen.get("shape") == "picture":
            yield frozen["content"]
    yield from (one["sha256"] for message in said for one in message.attachments)


def sent(sha256: str, *, pictures_only: bool = False) -> HttpResponse:
    """A content under its own media type, and never as a page."""
    try:
        found = Content(home()).get(sha256)
    except (ContentAbsent, ContentDamaged):
        raise Http404 from None
    media = media_of(found)
    if not media or (pictures_only and not media.startswith("image/")):
        raise Http404
    answer = HttpResponse(found, content_type=media)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=86400, immutable"  # the name is the content
    if media == "application/pdf":
        answer["Content-Disposition"] = f'attachment; filename="{sha256[:12]}.pdf"'
    return answer
