"""Where each room's pages are."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

# Address prefix of a room's pages.
ROOMS = {
    "": "dure.foundation.web",
    "people/": "dure.foundation.parties",
    "line/": "dure.plant.deploy",
    "data/": "dure.plant.inventory",
    "models/": "dure.plant.registry",
}
urlpatterns: list[URLPattern | URLResolver] = [
    *(path(prefix, include(f"{room}.urls")) for prefix, room in ROOMS.items() if find_spec(f"{room}.urls")),
    path("account/", include("allauth.urls")),
    path("administration/", admin.site.urls),
]
handler403 = "dure.foundation.web.views.forbidden"
handler404 = "dure.foundation.web.views.not_found"
handler500 = "dure.foundation.web.views.broken"
