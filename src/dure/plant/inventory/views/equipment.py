"""The equipment: as a tree with how everything does, one machine, its shell, and lineage."""

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.inventory.drawing import line_spark, picture
from dure.plant.inventory.hierarchy import ancestors, mend, move
from dure.plant.inventory.kinds import Fit, parameters_of
from dure.plant.inventory.lineage import KINDS, lineage_graph
from dure.plant.inventory.lines import read_parameters, write_parameters
from dure.plant.inventory.models import Change, Equipment, EquipmentType, Signal
from dure.plant.inventory.states import equipment_state, fits, misfits, things_to_do, tree
from dure.vocabulary import DureError, Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

HOUR = 3_600_000_000_000
POINTS = 60
FITS = {
    Fit.FINE: Text("as expected", "기대와 같음"),
    Fit.MISSING: Text("missing", "없음"),
    Fit.OPTIONAL: Text("not there, optional", "없음(선택)"),
    Fit.UNIT_UNKNOWN: Text("unit unknown", "단위 모름"),
    Fit.UNIT_DIFFERS: Text("other unit", "단위 다름"),
    Fit.OUT_OF_RANGE: Text("out of range", "범위 밖"),
}


@require_GET
@requires("engineer")
def home_page(request: HttpRequest) -> HttpResponse:
    """The tree."""
    wrong = misfits()
    context = {
        "tree": tree(home()),
        "count": Equipment.objects.count(),
        "types": EquipmentType.objects.count(),
        "misfits": wrong,
        "only": request.GET.get("wrong") == "type",
        "todo": things_to_do(),
    }
    if context["only"]:
        context["machines"] = Equipment.objects.filter(pk__in=list(wrong)).select_related("type")
    return render(request, "equipment/home.html", context)


@require_GET
@requires("engineer")
def machine(request: HttpRequest, pk: str) -> HttpResponse:
    """One machine: signals, fit, parameters, what runs on it."""
    found = get_object_or_404(Equipment.objects.select_related("type", "parent", "owner"), pk=pk)
    signals = list(Signal.objects.filter(equipment=pk))
    checked, unknown = fits(found, signals)
    context = {
        "machine": found,
        "ancestors": ancestors(found),
        "children": found.children.select_related("type"),
        "state": equipment_state(home()).get(pk),
        "rows": _rows(signals),
        "checked": [(one, FITS[one.fit]) for one in checked],
        "fits": all(one.fit in (Fit.FINE, Fit.OPTIONAL) for one in checked),
        "unknown": unknown,
        "parameters": parameters_of(found),
        "running": _running([one.pk for one in signals]),
        "plate": _plate(found),
        **_form(found),
    }
    return render(request, "equipment/machine.html", context)


@require_GET
@requires("engineer")
def machine_now(request: HttpRequest, pk: str) -> HttpResponse:
    """The part of the page with the signals, as they stand now."""
    return render(
        request, "equipment/signals.html", {"rows": _rows(list(Signal.objects.filter(equipment=pk)))}
    )


def _rows(signals: list[Signal]) -> list[dict[str, Any]]:
    """Each signal with its last value and the line of the last hour; empty where the historian does not answer."""
    names = [one.pk for one in signals][:200]
    last: dict[str, Any] = {}
    drawn: dict[str, Any] = {}
    if names:
        historian = import_string(settings.DURE_HISTORIAN)()
        now = time.time_ns()
        try:
            last = {one["signal"]: one for one in historian.last(names)}
            drawn = historian.trend(names, now - HOUR, now, POINTS)
        except DureError:
            pass  # the page stays: it says that nothing is known
    return [
        {
            "signal": one,
            "last": last.get(one.pk),
            "age": max(0.0, (time.time_ns() - last[one.pk]["time"]) / 1e9) if one.pk in last else None,
            "line": line_spark((drawn.get(one.pk) or {}).get("mean") or []),
        }
        for one in signals
    ]


def _running(signals: list[str]) -> list[Any]:
    """Models and deployments that these signals lead to, as the other rooms tell it."""
    graph = lineage_graph()
    keys = {f"signal:{name}" for name in signals}
    reached = {
        edge.end for edge in graph.edges if edge.begin in keys and not edge.end.startswith("equipment:")
    }
    nodes = [graph.nodes[key] for key in sorted(reached) if key in graph.nodes]
    return [(KINDS.get(node.kind, node.kind), node) for node in nodes]


def _plate(found: Equipment) -> list[tuple[str, str]]:
    """The nameplate as lines."""
    lines = []
    for name, value in found.nameplate.items():
        told = value.get("ko") or next(iter(value.values()), "") if isinstance(value, dict) else value
        flat = ", ".join(map(str, value.values())) if name == "contact" else str(told)
        lines.append((name.replace("_", " "), flat[:300]))
    return lines


def _form(found: Equipment) -> dict[str, Any]:
    return {
        "levels": Equipment.Level.choices,
        "types": EquipmentType.objects.all(),
        "written": write_parameters(found.parameters),
        "changes": Change.objects.filter(rows__icontains=json.dumps(found.pk))[:5],
    }


@require_POST
@requires("engineer")
def mend_machine(request: HttpRequest, pk: str) -> HttpResponse:
    """Write down what a person says of a machine, and where it stands."""
    found, by, given = get_object_or_404(Equipment, pk=pk), cast("Person", request.user), request.POST
    try:
        parent = get_object_or_404(Equipment, pk=given["parent"]) if given.get("parent") else None
        level = given.get("level", found.level)
        if level not in Equipment.Level.values:
            level = found.level
        kind = EquipmentType.objects.filter(pk=given.get("type", "")).first()
        if (parent.pk if parent else None) != found.parent_id:
            move(found, parent, by)
        mend(
            found, by, title_ko=given.get("title_ko", "").strip()[:200],
            title_en=given.get("title_en", "").strip()[:200], level=level, type_id=kind.pk if kind else None,
            parameters=read_parameters(given.get("parameters", "")[:20_000]),
            source=given.get("source", "").strip()[:80], prefix=given.get("prefix", "").strip()[:300],
        )  # fmt: skip
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s is kept.") % {"name": found.title})
    return redirect("equipment:machine", pk)


@require_GET
@requires("engineer")
def shell(request: HttpRequest, pk: str) -> HttpResponse | FileResponse:
    """The machine as an Asset Administration Shell."""
    from dure.plant.inventory.aas import shell_of, write_shell
    from dure.plant.inventory.aas.writing import ENDINGS, id_short, recent

    found = get_object_or_404(Equipment, pk=pk)
    ending = f".{request.GET.get('form', 'aasx')}"
    if ending not in ENDINGS:
        ending = ".aasx"
    signals = list(Signal.objects.filter(equipment=pk).values_list("pk", flat=True)[:500])
    try:
        series = recent(import_string(settings.DURE_HISTORIAN)(), signals) if signals else None
    except DureError:
        series = None  # the shell is worth having without its newest values
    made = shell_of(found, series)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"shell{ending}"
        write_shell(made, place)
        answer = HttpResponse(place.read_bytes(), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{id_short(pk)}{ending}"'
    return answer


@require_GET
@requires("engineer")
def lineage_page(request: HttpRequest, key: str) -> HttpResponse:
    """What something came from and what came from it, as a picture, as lists, as PROV-JSON."""
    graph = lineage_graph(key)
    if request.GET.get("as") == "json":
        answer = JsonResponse(graph.to_prov(), json_dumps_params={"ensure_ascii": False, "indent": 1})
        answer["Content-Disposition"] = 'attachment; filename="lineage.json"'
        return answer
    node = graph.nodes[key]
    told = [(graph.nodes[edge.begin], edge.how, graph.nodes[edge.end]) for edge in graph.edges]
    edges = sorted(told, key=lambda one: (one[0].key, one[2].key))
    context = {
        "node": node, "kind": KINDS.get(node.kind, node.kind), "graph": graph, "picture": picture(graph, key),
        "edges": edges, "kinds": KINDS,
    }  # fmt: skip
    return render(request, "equipment/lineage.html", context)
