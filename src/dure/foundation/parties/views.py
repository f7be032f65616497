"""The first set-up, and the people of the node."""

from collections.abc import Iterable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dure.foundation.ledger import Entry, verify
from dure.foundation.parties.accounts import invite, set_active, set_password, set_role
from dure.foundation.parties.acts import DONE
from dure.foundation.parties.forms import PLANT_ROLES, InviteForm, PasswordForm, SetUpForm
from dure.foundation.parties.models import Person
from dure.foundation.parties.people import check_setup_token, create_first_owner
from dure.foundation.parties.rules import RANKS
from dure.foundation.web import requires


@never_cache
@sensitive_post_parameters("password")
def set_up(request: HttpRequest) -> HttpResponse:
    """Ask for the plant and its owner; the link works once."""
    token = request.GET.get("token", "")
    check_setup_token(token)
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        owner = create_first_owner(token, language=get_language() or "", **form.cleaned_data)
        login(request, owner, backend=settings.AUTHENTICATION_BACKENDS[0])
        messages.success(request, _("The node is yours. Connect a source or upload a file to begin."))
        return redirect("inventory:data")
    return render(request, "parties/set_up.html", {"form": form})


@requires("owner")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, and a form for the next."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = invite(cast("Person", request.user), **form.cleaned_data)
        messages.success(request, _("%(person)s can sign in now.") % {"person": person})
        return redirect("parties:people")
    everybody = Person.objects.prefetch_related("held").order_by("-is_active", "name", "username")
    return render(request, "parties/people.html", {"form": form, "people": everybody, "roles": PLANT_ROLES})


@requires("owner")
@sensitive_post_parameters("password")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its role, its password, whether it is open."""
    found = get_object_or_404(Person, pk=pk)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        set_password(found, form.cleaned_data["password"], cast("Person", request.user))
        messages.success(request, _("%(person)s has a new password.") % {"person": found})
        return redirect("parties:people")
    return render(request, "parties/person.html", {"person": found, "form": form, "roles": PLANT_ROLES})


@require_POST
@requires("owner")
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a person another role."""
    found = get_object_or_404(Person, pk=pk)
    if (role := request.POST.get("role", "")) in RANKS:
        set_role(found, role, cast("Person", request.user))
        messages.success(request, _("The role of %(person)s is changed.") % {"person": found})
    return redirect("parties:people")


@require_POST
@requires("owner")
def change_access(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account, or open it again."""
    found = get_object_or_404(Person, pk=pk)
    active = request.POST.get("active") == "yes"
    set_active(found, cast("Person", request.user), active=active)
    said = _("The account of %(person)s is open.") if active else _("The account of %(person)s is closed.")
    messages.success(request, said % {"person": found})
    return redirect("parties:people")


@requires("owner")
def ledger(request: HttpRequest) -> HttpResponse:
    """What was done and by whom, newest first; on a press of the button, whether it is as it was written."""
    page = Paginator(Entry.objects.order_by("-index"), 50).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"page": page, "names": _names(page), "words": DONE}
    if request.method == "POST":
        report = verify()
        context |= {"report": report, "problem": report.broken}
    return render(request, "parties/ledger.html", context)


def _names(entries: Iterable[Entry]) -> dict[str, str]:
    """Name of each person in the entries, by the id that the ledger holds."""
    ids = {entry.who for entry in entries if entry.who.startswith("person:")}
    found = Person.objects.filter(pk__in=[one.partition(":")[2] for one in ids])
    return {f"person:{person.pk}": str(person) for person in found}
