"""Addresses of the labels."""

from django.urls import path, re_path

from dure.plant.labels.views import leaving, queue, sets, trend

app_name = "labels"
urlpatterns = [
    path("", sets.sets, name="sets"),
    path("new/", sets.new, name="new"),
    path("stretch/", trend.choose, name="choose"),
    path("alarm/", trend.alarm, name="alarm"),
    path("<slug:pk>/", sets.one_set, name="set"),
    path("<slug:pk>/queue/", queue.queue, name="queue"),
    path("<slug:pk>/items/", queue.items, name="items"),
    path("<slug:pk>/mark/", queue.give, name="mark"),
    path("<slug:pk>/undo/", queue.undo, name="undo"),
    path("<slug:pk>/decide/", queue.decide, name="decide"),
    path("<slug:pk>/content/<slug:digest>/", queue.content, name="content"),
    path("<slug:pk>/trend/", trend.trend, name="trend"),
    path("<slug:pk>/lines/", trend.lines, name="lines"),
    path("<slug:pk>/help/", sets.ask_help, name="help"),
    path("<slug:pk>/bring/", sets.bring, name="bring"),
    path("<slug:pk>/train/", leaving.train, name="train"),
    path("<slug:pk>/signal/", leaving.signal, name="signal"),
    re_path(r"^(?P<pk>[-\w]+)/labels\.(?P<kind>csv|parquet)$", leaving.export, name="export"),
]
