"""Addresses of the line."""

from django.urls import path

from dure.plant.deploy import views

app_name = "deploy"
urlpatterns = [
    path("", views.line, name="line"),
    path("alarms/", views.alarms, name="alarms"),
    path("alarms/past/", views.past_alarms, name="past_alarms"),
    path("alarms/<int:pk>/acknowledge/", views.answer, name="acknowledge"),
    path("equipment/", views.equipment, name="equipment"),
    path("history/", views.history, name="history"),
    path("running/", views.running, name="running"),
    path("models/new/<str:model_id>/", views.new, name="new"),
    path("models/<int:pk>/", views.deployment, name="deployment"),
    path("models/<int:pk>/step/", views.step, name="step"),
    path("models/<int:pk>/labels/", views.labels, name="labels"),
    path("models/<int:pk>/follow/", views.follow_late, name="follow"),
]
