"""Addresses of events and lots."""

from django.urls import path

from dure.plant.events import views

app_name = "events"
urlpatterns = [
    path("", views.frames, name="frames"),
    path("table/", views.export, name="export"),
    path("<int:pk>/", views.frame, name="frame"),
    path("<int:pk>/samples/", views.samples, name="samples"),
    path("lots/", views.lots, name="lots"),
    path("lot/<path:pk>/", views.lot, name="lot"),
    path("definitions/new/", views.definition, name="new_definition"),
    path("definitions/<slug:name>/", views.definition, name="definition"),
    path("definitions/<slug:name>/read/", views.read, name="read"),
    path("definitions/<slug:name>/remove/", views.remove, name="remove"),
]
