"""Addresses of what is served."""

from django.urls import path

from dure.plant.serve import views

app_name = "serve"
urlpatterns = [
    path("", views.page, name="page"),
    path("opcua/", views.opcua, name="opcua"),
    path("sparkplug/", views.sparkplug, name="sparkplug"),
    path("users/", views.admit, name="admit"),
    path("users/remove/", views.dismiss, name="dismiss"),
]
