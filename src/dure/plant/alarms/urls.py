"""Addresses of the alarms."""

from django.urls import path

app_name = "alarms"
urlpatterns: list = []
