"""Equipment types: what they inherit, what they expect, which machines are of them."""

import re
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.inventory.acts import change
from dure.plant.inventory.kinds import chain, expected_signals, merged
from dure.plant.inventory.lines import read_expected, read_parameters, write_expected, write_parameters
from dure.plant.inventory.models import EquipmentType
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

NAME = re.compile(r"[\w][\w.\-]{0,79}")


@require_GET
@requires("engineer")
def type_list(request: HttpRequest) -> HttpResponse:
    """All types."""
    if name := request.GET.get("new", "").strip():
        if NAME.fullmatch(name):
            return redirect("equipment:type", name)
        messages.error(request, _("A type is named in letters, digits, - and _."))
    types = EquipmentType.objects.prefetch_related("machines")
    return render(request, "equipment/types.html", {"types": types})


@requires("engineer")
def one_type(request: HttpRequest, pk: str) -> HttpResponse:
    """One type, or a new one of that name: read, and mended as lines."""
    if not NAME.fullmatch(pk):
        raise Http404
    kind = EquipmentType.objects.filter(pk=pk).first() or EquipmentType(pk=pk)
    given = _written(kind)
    refusal = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "")[:20_000] for name in given}
        try:
            _save(kind, given, cast("Person", request.user))
        except DureError as refused:
            refusal = refused
        else:
            messages.success(request, _("%(name)s is kept.") % {"name": pk})
            return redirect("equipment:type", pk)
    return render(request, "equipment/type.html", {**_shown(kind), "given": given, "refusal": refusal})


def _written(kind: EquipmentType) -> dict[str, str]:
    return {
        "title_ko": kind.title_ko, "title_en": kind.title_en, "parent": kind.parent_id or "",
        "template": kind.template, "parameters": write_parameters(kind.parameters),
        "signals": write_expected(kind.signals),
    }  # fmt: skip


def _shown(kind: EquipmentType) -> dict[str, Any]:
    from dure.science.packs import load_template, templates

    line, new = chain(kind), not EquipmentType.objects.filter(pk=kind.pk).exists()
    return {
        "type": kind,
        "new": new,
        "chain": line[:-1],
        "parameters": merged([(one.pk, one.parameters) for one in line]),
        "expected": expected_signals(kind),
        "machines": [] if new else kind.machines.all()[:200],
        "types": EquipmentType.objects.exclude(pk=kind.pk),
        "templates": [(name, load_template(name).name) for name in templates()],
    }


def _save(kind: EquipmentType, given: dict[str, str], by: "Person") -> None:
    from dure.science.packs import load_template

    parent = EquipmentType.objects.filter(pk=given["parent"]).first()
    kind.parent = parent
    chain(kind)  # refuses a circle
    if given["template"]:
        load_template(given["template"])
    row = {
        "title_ko": given["title_ko"].strip()[:200], "title_en": given["title_en"].strip()[:200],
        "parent_id": parent.pk if parent else None, "template": given["template"],
        "parameters": read_parameters(given["parameters"]), "signals": read_expected(given["signals"]),
    }  # fmt: skip
    with change(by, "type-kept", Text(f"type {kind.pk}", f"유형 {kind.pk}")) as writing:
        writing.put("types", kind.pk, row)
