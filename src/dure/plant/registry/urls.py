"""Addresses of the models."""

from django.urls import path

from dure.plant.registry import views

app_name = "registry"
urlpatterns = [
    path("", views.models, name="models"),
    path("train/", views.train, name="train"),
    path("work/<str:pk>/", views.work, name="work"),
    path("work/<str:pk>/cancel/", views.cancel, name="cancel"),
    path("<str:pk>/", views.report, name="report"),
    path("<str:pk>/versions/", views.lineage, name="versions"),
    path("<str:pk>/compare/", views.compare, name="compare"),
    path("<str:pk>/release/", views.release_model, name="release"),
    path("<str:pk>/withdraw/", views.withdraw_model, name="withdraw"),
    path("<str:pk>/report/", views.paper, name="paper"),
    path("<str:pk>/package/", views.package, name="package"),
]
