"""Addresses of the line."""

from django.urls import path

from dure.plant.deploy import sides, views

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
    path("models/<int:pk>/challenge/", sides.challenge_place, name="challenge"),
    path("models/<int:pk>/beside/", sides.duel, name="duel"),
    path("models/<int:pk>/promote/", sides.promote_challenger, name="promote"),
    path("models/<int:pk>/rollback/", sides.roll_back, name="rollback"),
    path("models/<int:pk>/refit/", sides.ask_refit, name="refit"),
    path("models/<int:pk>/fallback/", sides.choose_fallback, name="fallback"),
    path("refits/<int:pk>/", sides.proposal, name="proposal"),
    path("refits/<int:pk>/answer/", sides.answer_proposal, name="answer_proposal"),
    path("trace/", sides.traced, name="trace"),
    path("fleets/", sides.all_fleets, name="fleets"),
    path("fleets/<int:pk>/", sides.fleet, name="fleet"),
    path("fleets/<int:pk>/move/", sides.move_fleet, name="move_fleet"),
    path("models/<int:pk>/step/", views.step, name="step"),
    path("models/<int:pk>/labels/", views.labels, name="labels"),
    path("models/<int:pk>/follow/", views.follow_late, name="follow"),
]
