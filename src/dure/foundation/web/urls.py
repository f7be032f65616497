"""Addresses of the look."""

from django.urls import path

from dure.foundation.web import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("choose/language/", views.choose_language, name="language"),
    path("choose/look/", views.choose_look, name="look"),
    path("live/pass/", views.live_pass, name="live_pass"),
]
