"""The faces of this node towards SCADA and PLCs, switched and set; every change is an entry of the ledger."""

import time
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.ledger import record
from dure.foundation.web import requires
from dure.plant.serve.forms import OpcUaForm, SparkplugForm, UserForm
from dure.plant.serve.pulse import last_beat
from dure.plant.serve.settings import Serving
from dure.plant.serve.told import told
from dure.plant.serve.users import add_user, remove_user, users
from dure.plant.serve.writing import keep_broker_password, set_face
from dure.vocabulary import DureError, home

HEARTBEAT = "nsu=urn:dure:serve;s=dure/Heartbeat"
"""Node that counts up while dure lives, as clients write it."""
LIVES = 2.0
"""Age of a pulse from which scoring counts as stopped [s]."""


@require_GET
@requires("engineer")
def page(request: HttpRequest) -> HttpResponse:
    """What is served, to whom, and whether dure lives."""
    return _page(request)


@require_POST
@requires("engineer")
def opcua(request: HttpRequest) -> HttpResponse:
    """Set the OPC UA server, or switch it off."""
    form = OpcUaForm(request.POST)
    return _set(request, "opcua", form, ("port", "plain", "anonymous"))


@require_POST
@requires("engineer")
def sparkplug(request: HttpRequest) -> HttpResponse:
    """Set the Sparkplug edge node, or switch it off."""
    form = SparkplugForm(request.POST)
    if "off" not in request.POST and form.is_valid() and form.cleaned_data["password"]:
        keep_broker_password(home(), form.cleaned_data["password"])
    return _set(request, "sparkplug", form, ("broker", "group", "node", "user"))


@require_POST
@never_cache
@requires("engineer")
def admit(request: HttpRequest) -> HttpResponse:
    """Let a client read; its password is on this answer and nowhere else."""
    form = UserForm(request.POST)
    if not form.is_valid():
        return _page(request, user_form=form)
    name = form.cleaned_data["name"]
    if name in users(home()):
        form.add_error("name", _("There is such a user already. Remove it first to give it a new password."))
        return _page(request, user_form=form)
    password = add_user(home(), name)
    record(f"person:{request.user.pk}", "serve.user-added", f"reader:{name}", {})
    return _page(request, made={"name": name, "password": password})


@require_POST
@requires("engineer")
def dismiss(request: HttpRequest) -> HttpResponse:
    """Take a client's leave away."""
    name = request.POST.get("name", "")[:80]
    if remove_user(home(), name):
        record(f"person:{request.user.pk}", "serve.user-removed", f"reader:{name}", {})
        messages.success(request, _("%(name)s may read no more.") % {"name": name})
    return redirect("serve:page")


def _set(request: HttpRequest, face: str, form: forms.Form, names: tuple[str, ...]) -> HttpResponse:
    """Keep a face as written or (`off`) take it away; what cannot be used is said beside what was typed."""
    off = "off" in request.POST
    if not off and not form.is_valid():
        return _page(request, **{f"{face}_form": form})
    given = None if off else {name: form.cleaned_data[name] for name in names}
    try:
        set_face(home(), face, given)
    except DureError as refusal:
        return _page(request, **{f"{face}_form": form, f"{face}_refusal": refusal})
    record(f"person:{request.user.pk}", "serve.changed", f"face:{face}", given or {"off": True})
    messages.success(
        request, _("It is served no more.") if off else _("The node takes it up within seconds.")
    )
    return redirect("serve:page")


def _page(request: HttpRequest, **context: Any) -> HttpResponse:
    shown: dict[str, Any] = {"users": users(home()), "user_form": UserForm()}
    try:
        serving = Serving.read(home())
    except DureError as refusal:  # a file that a person broke: said, and not written over
        serving, shown["refusal"] = Serving(), refusal
    faces = {"opcua": (serving.opcua, OpcUaForm), "sparkplug": (serving.sparkplug, SparkplugForm)}
    for name, (face, kind) in faces.items():
        shown[name] = face
        shown[f"{name}_form"] = kind(initial=asdict(face) if face is not None else None)
    age = time.time() - last_beat(home()).told
    running = told(home(), time.time())
    shown |= {
        "publish": serving.publish,
        "age": age,
        "lives": age < LIVES,
        "running": running,
        "heartbeat": HEARTBEAT,
    }
    if serving.opcua is not None:
        shown["endpoint"] = f"opc.tcp://{_host(request)}:{serving.opcua.port}/dure"
    return render(request, "serve/page.html", shown | context)


def _host(request: HttpRequest) -> str:
    """The name under which this browser reached the node, without its port."""
    host = request.get_host()
    return host[: host.rindex("]") + 1] if host.startswith("[") else host.partition(":")[0]
