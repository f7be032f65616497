"""Lists of cases: what waits for somebody, and all that they may see; and a new one."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.parties import OFFICES
from dure.foundation.procedure import standing, versions
from dure.foundation.procedure.acting import CALENDAR, start
from dure.foundation.procedure.days import SEOUL
from dure.foundation.procedure.models import Case, Edition, Notice
from dure.foundation.procedure.standing import by_urgency, visible
from dure.foundation.web import requires
from dure.vocabulary import DureError

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50
SHOWN = (("open", gettext_lazy("still open")), ("overdue", gettext_lazy("overdue")), ("closed", gettext_lazy("closed")), ("all", gettext_lazy("all")))  # fmt: skip


@require_GET
@requires("expert", *OFFICES)
def tasks(request: HttpRequest) -> HttpResponse:
    """What waits for this person, the most urgent first, and the notices they have not read."""
    person = _person(request)
    page = Paginator(standing.tasks(person), A_PAGE).get_page(request.GET.get("page"))
    notices = Notice.objects.filter(person=person, read=None).select_related("case")[:A_PAGE]
    own = by_urgency(Case.objects.filter(opened_by=person, closed=None).select_related("flow"))[:A_PAGE]
    context = {"page": page, "lines": lines_of(page.object_list), "notices": notices, "own": lines_of(own)}
    return render(request, "procedure/tasks.html", context)


@require_GET
@requires("expert", *OFFICES)
def waiting(request: HttpRequest) -> HttpResponse:
    """How many cases wait for this person, for the header."""
    return render(request, "web/waits.html", {"waits": standing.tasks(_person(request)).count()})


@require_POST
@requires("expert", *OFFICES)
def have_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a notice away."""
    notice = get_object_or_404(Notice, pk=pk, person=_person(request))
    Notice.objects.filter(pk=notice.pk, read=None).update(read=timezone.now())
    return redirect("procedure:tasks")


@require_GET
@requires("expert", *OFFICES)
def cases(request: HttpRequest) -> HttpResponse:
    """The cases that this person may see, the overdue first."""
    asked = {name: request.GET.get(name, "").strip()[:200] for name in ("flow", "state", "only", "words")}
    asked["only"] = asked["only"] or "open"
    seen = visible(_person(request))
    found = by_urgency(_narrowed(seen, asked))
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "lines": lines_of(page.object_list), "shown": SHOWN, "asked": asked, **_choices(asked["flow"])}  # fmt: skip
    return render(request, "procedure/cases.html", context)


def _narrowed(cases: QuerySet[Case], asked: dict[str, str]) -> QuerySet[Case]:
    if asked["flow"]:
        cases = cases.filter(flow__name=asked["flow"])
    if asked["state"]:
        cases = cases.filter(state=asked["state"])
    for word in asked["words"].split():
        cases = cases.filter(subject__icontains=word)
    if asked["only"] == "overdue":
        late = Case.objects.filter(due__done=None, due__at__lte=timezone.now())
        return cases.filter(closed=None, pk__in=late)
    return cases if asked["only"] == "all" else cases.filter(closed__isnull=asked["only"] != "closed")


def _choices(flow: str) -> dict[str, Any]:
    """Flows and, of the chosen one, states to narrow the list by."""
    held = Edition.objects.filter(kind="flow", since__isnull=False, until=None)
    found = [(one.name, versions.flow(one)) for one in held]
    chosen = next((one for name, one in found if name == flow), None)
    return {"flows": [(name, one.label) for name, one in found], "states": chosen.states if chosen else ()}


def lines_of(cases: Any) -> list[dict[str, Any]]:
    """A case as a line of a list: where it stands, and how much time is left."""
    now = timezone.now()
    return [
        {
            "case": one,
            "flow": versions.flow(one.flow).label,
            "state": versions.flow(one.flow).state(one.state).label,
            "due": one.due_next,
            **(time_left(one.due_next, now) if one.due_next else {}),
        }
        for one in cases
    ]


def time_left(at: datetime, now: datetime) -> dict[str, Any]:
    """Working days until a deadline, or since it passed, and the last day of it."""
    left = CALENDAR.left(at, now)
    last = (at.astimezone(SEOUL) - timedelta(microseconds=1)).date()
    return {"left": left, "late": at <= now, "late_days": -left, "last_day": last}


@require_POST
@requires("expert", *OFFICES)
def begin(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Open a case of the flow in force."""
    if kind != "flow":
        raise Http404
    person, subject = _person(request), request.POST.get("subject", "").strip()
    own = person.held.filter(until=None).select_related("organisation").order_by("since").first()
    if not subject:
        messages.error(request, _("Say in a few words what the case is about."))
        return redirect("procedure:procedure", kind, name)
    try:
        case = start(name, person, subject, organisation=own.organisation if own else None)
    except DureError as refusal:
        messages.error(request, str(refusal))
        return redirect("procedure:procedures")
    return redirect("procedure:case", case.pk)


def _person(request: HttpRequest) -> "Person":
    return cast("Person", request.user)
