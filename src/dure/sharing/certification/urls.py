"""Addresses of the certificates."""

from django.urls import path

from dure.sharing.certification import views

app_name = "certification"
urlpatterns = [
    path("", views.certificates, name="certificates"),
    path("check/", views.check, name="check"),
    path("<uuid:pk>/", views.certificate, name="certificate"),
    path("<uuid:pk>/certificate.json", views.download, name="download"),
    path("<uuid:pk>/apply/", views.apply, name="apply"),
    path("<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
]
