"""Addresses of settlements and vouchers."""

from django.urls import path

from dure.sharing.trade import views

app_name = "trade"
urlpatterns = [
    path("", views.settlements, name="settlements"),
    path("settlements/<slug:pk>/", views.settlement, name="settlement"),
    path("settlements/<slug:pk>/dispute/", views.raise_dispute, name="dispute"),
]
