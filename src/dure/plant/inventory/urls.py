"""Addresses of the data page."""

from django.urls import path

from dure.plant.inventory.views import files, overview, signals, sources, work

app_name = "inventory"
urlpatterns = [
    path("", overview.data, name="data"),
    path("sources/", sources.source_list, name="sources"),
    path("sources/new/", sources.add_source_page, name="add_source"),
    path("sources/<slug:name>/", sources.source_page, name="source"),
    path("sources/<slug:name>/switch/", sources.switch_source, name="switch_source"),
    path("sources/<slug:name>/remove/", sources.drop_source, name="remove_source"),
    path("signals/", signals.signals, name="signals"),
    path("signals/measure/", signals.measure, name="measure"),
    path("signals/unit/", signals.unit, name="unit"),
    path("signals/table/", signals.export, name="export"),
    path("files/new/", files.bring_in, name="bring_in"),
    path("files/<str:pk>/", files.upload, name="upload"),
    path("files/<str:pk>/prepare/", files.prepare, name="prepare"),
    path("files/<str:pk>/import/", files.bring_into_historian, name="import"),
    path("work/<str:pk>/", work.work, name="work"),
    path("work/<str:pk>/cancel/", work.cancel, name="cancel"),
]
