"""Addresses of the trends."""

from django.urls import path, re_path

from dure.plant.trends.views import drawing, files, notes, page

app_name = "trends"
urlpatterns = [
    path("", page.page, name="page"),
    path("signals/", page.hits, name="hits"),
    path("series/", drawing.series, name="series"),
    path("marks/", drawing.happenings, name="marks"),
    path("figures/", drawing.figures, name="figures"),
    path("frames/", drawing.frames_named, name="frames"),
    path("notes/", notes.found, name="notes"),
    path("notes/new/", notes.write, name="write"),
    path("notes/<int:pk>/edit/", notes.edit, name="edit"),
    path("notes/<int:pk>/remove/", notes.remove, name="remove"),
    path("views/new/", page.save_view, name="save_view"),
    path("views/<int:pk>/remove/", page.remove_view, name="remove_view"),
    re_path(r"^trend\.(?P<kind>xlsx|csv|parquet)$", files.at_once, name="export"),
    re_path(r"^making/trend\.(?P<kind>xlsx|csv|parquet)$", files.step_by_step, name="making"),
    path("file/<str:name>", files.fetch, name="file"),
]
