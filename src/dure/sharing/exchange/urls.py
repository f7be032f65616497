"""Addresses of the Dataspace Protocol; a slash at the end makes no difference, as some connectors write one."""

from django.urls import URLPattern, re_path

from dure.sharing.exchange import views
from dure.sharing.exchange.introduced import PATH
from dure.sharing.exchange.machine import MACHINES

app_name = "exchange"


def _of_processes() -> list[URLPattern]:
    found: dict[str, URLPattern] = {}
    for machine in MACHINES.values():
        of = f"{PATH}/{machine.path}"
        for step in machine.steps:
            more = {"kind": machine.kind, "message": step.message}
            if step.first:
                path = rf"^{of}/{step.first}/?$"
                found.setdefault(path, re_path(path, views.first, more))
            if step.path:
                path = rf"^{of}/(?P<pid>[^/]+)/{step.path}/?$"
                found.setdefault(path, re_path(path, views.about, more))
        path = rf"^{of}/(?P<pid>[^/]+)/?$"
        found[path] = re_path(path, views.process, {"kind": machine.kind})
    return list(found.values())


urlpatterns = [
    re_path(r"^\.well-known/dspace-version/?$", views.versions),
    re_path(rf"^{PATH}/catalog/request/?$", views.catalogue),
    re_path(rf"^{PATH}/catalog/datasets/(?P<pid>.+?)/?$", views.dataset),
    *_of_processes(),
    re_path(rf"^{PATH}/", views.nothing),
]
