"""One case: where it stands in the public's words, its answers, what can be done and why not, its deadlines and history."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.parties import OFFICES, Organisation, Person
from dure.foundation.procedure import acting, versions
from dure.foundation.procedure.asking import Question, answered, questions
from dure.foundation.procedure.attachments import kept
from dure.foundation.procedure.drawing import drawing
from dure.foundation.procedure.flow import APPLICANT, Flow
from dure.foundation.procedure.form import Form
from dure.foundation.procedure.models import Case
from dure.foundation.procedure.standing import Way, acting_roles, oversees, visible, ways
from dure.foundation.procedure.views.cases import time_left
from dure.foundation.web import requires
from dure.vocabulary import DureError, NotPermitted, Text

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

MOST_CHOICES = 500


class AnswerNotYours(NotPermitted):
    """Somebody answers the form of a case that is not theirs."""

    key = "answer-not-yours"
    says = Text("Only the applicant answers “{where}”.", "“{where}” 답은 신청인만 쓸 수 있습니다.")
    remedy = Text("Return the case with what is lacking as the reason.", "부족한 점을 사유로 적어 보완을 요청해 주세요.")  # fmt: skip


@require_GET
@requires("expert", *OFFICES)
def one(request: HttpRequest, pk: str) -> HttpResponse:
    """The page of a case."""
    case, person = _case(request, pk), _person(request)
    return render(request, "procedure/case.html", _page(case, person))


def _page(case: Case, person: Person) -> dict[str, Any]:
    flow, roles = versions.flow(case.flow), acting.roles_in(case, person)
    state, now = flow.state(case.state), timezone.now()
    inside = oversees(person) or bool(acting_roles(flow) & set(roles))
    due = [
        {"due": one, "then": _then(flow, one.move), **time_left(one.at, now)}
        for one in case.due.filter(done=None)
    ]
    return {
        "case": case,
        "flow": flow,
        "state": state,
        "said": state.label if inside or state.public is None else state.public,
        "inside": inside,
        "mine": [
            flow.role(role) for role in dict.fromkeys(roles) if role in acting_roles(flow) | {APPLICANT}
        ],
        "asks": _asks(case, flow, roles),
        "answers": _answers(case, flow, with_private=inside or APPLICANT in roles),
        "ways": [(way, _move_asks(case, flow, way)) for way in ways(case, person)],
        "due": due,
        "history": _history(case, flow, person, inside=inside),
        "assigned": [
            (one.person, flow.role(one.role))
            for one in case.assigned.filter(until=None).select_related("person")
        ],
        "notices": case.notices.filter(person=person)[:20],
        "picture": drawing(flow, here=case.state),
        **(_assigning(flow) if oversees(person) and not case.closed else {}),
    }


def _then(flow: Flow, move: str) -> Any:
    return next((one.label for one in flow.moves if one.id == move), "")


def _asks(case: Case, flow: Flow, roles: list[str]) -> dict[str, Any] | None:
    """The case's own form where this person may answer it."""
    if not flow.form or not acting.is_open(case, flow.form) or APPLICANT not in roles:
        return None
    form = acting.form_for(case, flow.form)
    return {"form": form, "questions": _questions(case, flow, form, _kept(case, form))}


def _questions(
    case: Case,
    flow: Flow,
    form: Form,
    answers: Mapping[str, Any],
    faults: Mapping[str, Exception] | None = None,
) -> list[Question]:
    kinds = versions.kinds_of(flow, {form.id: form, **acting.forms_for(case, flow)})
    return questions(
        form, answers, filled=form.filled(case.facts, kinds), faults=faults, parties=_parties(form)
    )


def _kept(case: Case, form: Form) -> dict[str, Any]:
    return {**case.answers.get(form.id, {}), **case.private.get(form.id, {})}


def _answers(case: Case, flow: Flow, *, with_private: bool) -> list[tuple[Form, list[Question]]]:
    """What was answered, form by form."""
    found = []
    for name, form in acting.forms_for(case, flow).items():
        if not (case.answers.get(name) or case.private.get(name)):
            continue
        asked = _questions(case, flow, form, _kept(case, form))
        shown = [one for one in asked if one.value is not None and (with_private or not one.field.private)]
        found.append((form, shown))
    return found


def _move_asks(case: Case, flow: Flow, way: Way) -> list[Question]:
    if way.form is None or way.why_not or way.others:
        return []
    filled = way.form.filled(case.facts, versions.kinds_of(flow, acting.forms_for(case, flow)))  # fmt: skip
    return questions(way.form, {**filled, **_kept(case, way.form)}, filled=filled, parties=_parties(way.form), prefix=f"{way.move.id}-{way.form.id}")  # fmt: skip


def _parties(form: Form) -> dict[str, str]:
    if not any(one.kind == "party" for one in form.fields):
        return {}
    return {
        f"organisation:{one.pk}": str(one) for one in Organisation.objects.order_by("name")[:MOST_CHOICES]
    }


def _history(case: Case, flow: Flow, person: Person, *, inside: bool) -> list[dict[str, Any]]:
    """Moves made, the latest first. An applicant reads roles, not the names of those who judge."""
    labels = {move.id: move.label for move in flow.moves}
    return [
        {
            "made": made,
            "label": labels.get(made.move, made.move),
            "after": flow.state(made.after),
            "who": str(made.by) if made.by and (inside or made.by_id in (person.pk, case.opened_by_id)) else "",
            "role": flow.role(made.role),
        }
        for made in case.history.select_related("by").order_by("-number")
    ]  # fmt: skip


def _assigning(flow: Flow) -> dict[str, Any]:
    people = Person.objects.filter(is_active=True).order_by("name", "username")[:MOST_CHOICES]
    return {"roles": [(role, flow.role(role)) for role in sorted(acting_roles(flow))], "people": people}


@require_POST
@requires("expert", *OFFICES)
def ask(request: HttpRequest, pk: str, form: str) -> HttpResponse:
    """The questions again, with what was answered so far but is not yet kept: others may be asked now."""
    case, flow, asked = _own(request, pk, form)
    return render(request, "procedure/questions.html", _tried(request, case, flow, asked))


@require_POST
@requires("expert", *OFFICES)
def answer(request: HttpRequest, pk: str, form: str) -> HttpResponse:
    """Keep the answers of the case's form."""
    case, flow, asked = _own(request, pk, form)
    tried = _tried(request, case, flow, asked)
    if tried["faults"]:
        page = _page(case, _person(request)) | {"asks": {"form": asked, "questions": tried["questions"]}}
        return render(request, "procedure/case.html", page, status=422)
    acting.answer(case, form, tried["given"], _person(request))
    messages.success(request, _("The answers are kept."))
    return redirect("procedure:case", pk)


def _own(request: HttpRequest, pk: str, form: str) -> tuple[Case, Flow, Form]:
    case = _case(request, pk)
    flow = versions.flow(case.flow)
    if form != flow.form:
        raise Http404
    asked = acting.form_for(case, form)
    if APPLICANT not in acting.roles_in(case, _person(request)):
        raise AnswerNotYours(str(asked.label))
    return case, flow, asked


def _tried(request: HttpRequest, case: Case, flow: Flow, form: Form) -> dict[str, Any]:
    given = answered(form, request.POST, request.FILES)
    answers = {**_kept(case, form), **given}
    faults = form.faults(answers, complete=False)
    return {"form": form, "case": case, "given": given, "faults": faults, "questions": _questions(case, flow, form, answers, faults)}  # fmt: skip


@require_POST
@requires("expert", *OFFICES)
def move(request: HttpRequest, pk: str, move: str) -> HttpResponse:
    """Make a move; what was seen of the case must still be so."""
    case = _case(request, pk)
    flow = versions.flow(case.flow)
    found = next((one for one in flow.moves if one.id == move), None)
    seen = request.POST.get("seen", "")
    try:
        given = (
            answered(acting.form_for(case, found.form), request.POST, request.FILES)
            if found and found.form
            else {}
        )
        acting.move(
            case, move, _person(request), reason=request.POST.get("reason", ""), answers=given,
            seen=int(seen) if seen.isdecimal() and len(seen) < 9 else None,
        )  # fmt: skip
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Done: %(move)s.") % {"move": found.label if found else move})
    return redirect("procedure:case", pk)


@require_POST
@requires("owner", "centre")
def assign(request: HttpRequest, pk: str) -> HttpResponse:
    """Give somebody a role in this case."""
    case = _case(request, pk)
    role, whom = request.POST.get("role", ""), request.POST.get("person", "")
    person = get_object_or_404(
        Person, pk=int(whom) if whom.isdecimal() and len(whom) < 10 else 0, is_active=True
    )
    if role not in acting_roles(versions.flow(case.flow)) or case.closed:
        raise Http404
    acting.assign(case, person, role, _person(request))
    messages.success(request, _("%(person)s has the role in this case.") % {"person": person})
    return redirect("procedure:case", pk)


@require_GET
@requires("expert", *OFFICES)
def file(request: HttpRequest, pk: str, digest: str) -> "HttpResponseBase":
    """A file that answers a question of this case: only to be saved, never shown as a page."""
    case, person = _case(request, pk), _person(request)
    page = _page(case, person)
    reference = f"sha256:{digest}"
    path = kept(reference)
    if path is None or not any(one.value == reference for _form, shown in page["answers"] for one in shown):
        raise Http404
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=digest[:12], content_type="application/octet-stream")  # fmt: skip
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _case(request: HttpRequest, pk: str) -> Case:
    """The case, if this person may see it; for others it is not there."""
    return get_object_or_404(visible(_person(request)), pk=pk)


def _person(request: HttpRequest) -> Person:
    return cast("Person", request.user)
