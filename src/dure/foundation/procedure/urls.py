"""Addresses of procedures and their cases."""

from django.urls import path, re_path

from dure.foundation.procedure.views import case, cases, reading, writing

app_name = "procedure"
KIND = r"^(?P<kind>form|flow|score)/"
NAME = r"(?P<name>[a-z][a-z0-9_]{0,59})/"
urlpatterns = [
    path("", reading.procedures, name="procedures"),
    path("tasks/", cases.tasks, name="tasks"),
    path("tasks/waiting/", cases.waiting, name="waiting"),
    path("tasks/<int:pk>/read/", cases.have_read, name="read"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<slug:pk>/", case.one, name="case"),
    path("cases/<slug:pk>/ask/<slug:form>/", case.ask, name="ask"),
    path("cases/<slug:pk>/answer/<slug:form>/", case.answer, name="answer"),
    path("cases/<slug:pk>/move/<slug:move>/", case.move, name="move"),
    path("cases/<slug:pk>/assign/", case.assign, name="assign"),
    path("cases/<slug:pk>/file/<slug:digest>/", case.file, name="file"),
    re_path(KIND + r"new-text/$", writing.edit, name="new"),
    re_path(KIND + r"check-text/$", writing.check, name="check"),
    re_path(KIND + NAME + "$", reading.procedure, name="procedure"),
    re_path(KIND + NAME + r"edit/$", writing.edit, name="edit"),
    re_path(KIND + NAME + r"start/$", cases.begin, name="start"),
    re_path(KIND + NAME + r"(?P<number>\d{1,6})/in-force/$", writing.put_in_force, name="in_force"),
]
