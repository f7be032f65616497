"""The certificates of this node: their list, one of them in plain words, and checking one that came from outside."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import may, requires
from dure.science.quality import measures
from dure.sharing.certification import keeping
from dure.sharing.certification.certificate import Certificate
from dure.sharing.certification.models import Golden, Issued
from dure.sharing.certification.reporting import REPORTS, crosswalk, report
from dure.sharing.certification.telling import standing_behind, summary
from dure.sharing.certification.verifying import Verdict, verify
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50
COMMAND = "dure certify DATA -o CERT.json --keep"
MOST_BYTES = 6_000_000


@require_GET
@requires("worker")
def certificates(request: HttpRequest) -> HttpResponse:
    """All certificates, those in the register marked; and the golden sets."""
    words = request.GET.get("words", "").strip()[:200]
    only = request.GET.get("only", "")
    found = keeping.register() if only == "register" else Issued.objects.all()
    for word in words.split():
        found = found.filter(title__icontains=word)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": words,
        "only": only,
        "golden": Golden.objects.all()[:50],
        "now": timezone.now(),
        "command": COMMAND,
    }
    return render(request, "certification/certificates.html", context)


@require_GET
@requires("worker")
def certificate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One certificate: the verdict, what it says, and a scheme's view of it."""
    issued = get_object_or_404(Issued, pk=pk)
    return render(
        request, "certification/certificate.html", _shown(request, issued.certificate) | {"issued": issued}
    )


@requires("worker")
def check(request: HttpRequest) -> HttpResponse:
    """Check a certificate from a file: signature, time, rules, and what its assessor stated."""
    refusal, context = None, {}
    if request.method == "POST":
        given = request.FILES.get("file")
        try:
            text = given.read(MOST_BYTES).decode("utf-8", "replace") if given is not None else ""
            context = _shown(request, Certificate.read(text, str(given.name) if given is not None else "–"))
        except DureError as odd:
            refusal = odd
    if context:
        return render(request, "certification/certificate.html", context)
    return render(request, "certification/check.html", {"refusal": refusal})


@require_GET
@requires("worker")
def download(request: HttpRequest, pk: UUID) -> HttpResponse:  # noqa: ARG001 - the common shape
    """The certificate as the file that others verify."""
    issued = get_object_or_404(Issued, pk=pk)
    answer = HttpResponse(issued.certificate.written(), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="certificate-{issued.pk}.json"'
    return answer


@require_POST
@requires("engineer")
def apply(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open an application for certification, filled from the measurement."""
    issued = get_object_or_404(Issued, pk=pk)
    try:
        keeping.apply(issued, cast("Person", request.user))
    except DureError as odd:
        messages.error(request, str(odd))
    else:
        messages.success(request, _("The application is open; what was measured is filled in."))
    return redirect("certification:certificate", issued.pk)


@require_POST
@requires("owner")
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a certificate back, for a reason."""
    issued, reason = get_object_or_404(Issued, pk=pk), request.POST.get("reason", "").strip()
    if reason:
        keeping.withdraw(issued, reason, cast("Person", request.user))
        messages.success(request, _("The certificate is withdrawn."))
    else:
        messages.error(request, _("Say why it is withdrawn."))
    return redirect("certification:certificate", issued.pk)


def _shown(request: HttpRequest, found: Certificate) -> dict[str, Any]:
    scheme = request.GET.get("as", REPORTS[0])
    scheme = scheme if scheme in REPORTS else REPORTS[0]
    verdict = verify(found, now=timezone.now())
    return {
        "one": found,
        "said": found.says,
        "verdict": verdict,
        "headline": headline(found, verdict),
        "summary": summary(found),
        "behind": standing_behind(found),
        "held": [_named(one) for one in found.says["results"] if "met" in one],
        "report": report(found, scheme),
        "scheme": scheme,
        "schemes": [(one["id"], Text(one["en"], one["ko"])) for one in crosswalk()["reports"]],
        "titles": _titles(),
        "power": [_named(one) for one in found.says["power"]],
        "may_apply": may(request.user, "engineer"),
        "may_withdraw": may(request.user, "owner"),
    }


def headline(found: Certificate, verdict: Verdict) -> Text:
    """The verdict on a page, where no data are at hand: whether it may be believed as far as can be seen."""
    if verdict.state == "broken":
        return Text("This certificate does not hold.", "이 인증서는 유효하지 않습니다.")
    if any(one.key == "signature" and one.ok is None for one in verdict.checks):
        return Text("Nobody can tell here who signed it.", "여기서는 누가 서명했는지 확인할 수 없습니다.")
    if found.meets:
        return Text("The data meet every requirement.", "데이터가 모든 요구 조건을 채웁니다.")
    return Text("The data do not meet every requirement.", "데이터가 일부 요구 조건을 채우지 못합니다.")


def _named(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "title": _titles().get(one["measure"], one["measure"])}


def _titles() -> dict[str, Text]:
    return {member.key: member.title for member in measures()} | {
        "units-ucum": Text("Units in UCUM", "UCUM 단위"),
        "semantic-ids": Text("Columns with a semantic id", "의미 식별자가 있는 열"),
        "schema-profile": Text("Columns as the schema profile says", "스키마 프로파일과 맞는 열"),
    }
