"""Addresses of the alarms."""

from django.urls import path, re_path

from dure.plant.alarms.views import definitions, journal, listing, one, performance

app_name = "alarms"
urlpatterns = [
    path("", listing.page, name="list"),
    path("rows/", listing.rows, name="rows"),
    path("acknowledge/", listing.answer, name="acknowledge"),
    path("journal/", journal.page, name="journal"),
    re_path(r"^journal/alarm-journal\.(?P<kind>csv|xlsx)$", journal.table, name="table"),
    path("performance/", performance.page, name="performance"),
    path("definitions/", definitions.page, name="definitions"),
    path("definitions/new/", definitions.new, name="define"),
    path("definitions/preview/", definitions.preview, name="preview"),
    path("definitions/suggestions/", definitions.suggestions, name="suggestions"),
    path("definitions/of/<slug:pk>/", definitions.edit, name="edit"),
    path("definitions/of/<slug:pk>/switch/", definitions.turn, name="switch"),
    path("shelve/<path:pk>/", one.shelve, name="shelve"),
    path("unshelve/<path:pk>/", one.unshelve, name="unshelve"),
    path("reset/<path:pk>/", one.reset, name="reset"),
    path("take-out/<path:pk>/", one.take_out, name="take_out"),
    path("put-back/<path:pk>/", one.put_back, name="put_back"),
    path("of/<path:pk>/", one.page, name="alarm"),
]
