"""Other catalogues that are read: their health and freshness, a new one, and reading one now."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.sharing.catalog.harvesting import harvest
from dure.sharing.catalog.models import OWN, Entry, Source
from dure.sharing.catalog.signing import verifier
from dure.vocabulary import DureError


class SourceForm(ModelForm):  # type: ignore[type-arg] # Django's class takes no argument when it runs
    """A source as a person gives it."""

    class Meta:  # noqa: D106 - Django's own word
        model = Source
        fields = ("key", "title", "kind", "address", "did")

    def clean_key(self) -> str:
        """A key of its own: `own` is this plant."""
        key = str(self.cleaned_data["key"])
        if key == OWN:
            raise ValidationError(_("Choose another key."))
        return key


@requires("owner")
def sources(request: HttpRequest) -> HttpResponse:
    """The sources with their health, and a form for a new one."""
    form = SourceForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        source = form.save()
        record(
            f"person:{request.user.pk}", "catalog.source-added", f"source:{source.pk}", {"kind": source.kind}
        )
        messages.success(request, _("The source is kept. Read it now, or wait for its turn."))
        return redirect("catalog:sources")
    live = ~Q(state=Entry.States.GONE)
    counts = dict(Entry.objects.filter(live).values_list("source").annotate(count=Count("pk")))
    lines = [{"source": one, "count": counts.get(one.pk, 0)} for one in Source.objects.all()]
    wrong = request.method == "POST"
    return render(
        request, "catalog/sources.html", {"lines": lines, "form": form}, status=422 if wrong else 200
    )


@require_POST
@requires("owner")
def read(request: HttpRequest, pk: str) -> HttpResponse:
    """Read a source now."""
    source = Source.objects.filter(pk=pk).first()
    if source is None:
        raise Http404
    try:
        told = harvest(source, verify=verifier(source.did) if source.did else None)
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(changed)s entries are new or changed, %(gone)s are gone.") % told)
    return redirect("catalog:sources")
