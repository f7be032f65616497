"""Addresses of people and of the first set-up."""

from django.urls import path

from dure.foundation.parties import views

app_name = "parties"
urlpatterns = [
    path("", views.people, name="people"),
    path("<int:pk>/", views.person, name="person"),
    path("<int:pk>/role/", views.change_role, name="change_role"),
    path("<int:pk>/access/", views.change_access, name="change_access"),
    path("ledger/", views.ledger, name="ledger"),
    path("first/", views.set_up, name="set_up"),
]
