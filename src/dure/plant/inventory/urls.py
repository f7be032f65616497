"""Addresses of the data page."""

from django.urls import path

from dure.plant.inventory import views

app_name = "inventory"
urlpatterns = [
    path("", views.data, name="data"),
    path("sources/", views.source_list, name="sources"),
    path("sources/new/", views.add_source_page, name="add_source"),
    path("sources/<slug:name>/", views.source_page, name="source"),
    path("sources/<slug:name>/switch/", views.switch_source, name="switch_source"),
    path("sources/<slug:name>/remove/", views.drop_source, name="remove_source"),
    path("signals/", views.signals, name="signals"),
    path("signals/measure/", views.measure, name="measure"),
    path("signals/unit/", views.unit, name="unit"),
    path("signals/table/", views.export, name="export"),
    path("files/new/", views.bring_in, name="bring_in"),
    path("files/<str:pk>/", views.upload, name="upload"),
    path("files/<str:pk>/prepare/", views.prepare, name="prepare"),
    path("files/<str:pk>/import/", views.bring_into_historian, name="import"),
    path("work/<str:pk>/", views.work, name="work"),
    path("work/<str:pk>/cancel/", views.cancel, name="cancel"),
]
