"""Addresses of the questions."""

from django.urls import path

from dure.plant.threads.views import asking, inbox, talking

app_name = "threads"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("waiting/", inbox.waiting, name="waiting"),
    path("people/", inbox.people, name="people"),
    path("at/", asking.at, name="at"),
    path("here/", asking.here, name="here"),
    path("code/", asking.code, name="code"),
    path("code.svg", asking.code_picture, name="code_picture"),
    path("shown/<slug:sha256>/", talking.shown, name="shown"),
    path("<slug:pk>/", talking.page, name="thread"),
    path("<slug:pk>/news/", talking.news, name="news"),
    path("<slug:pk>/say/", talking.say, name="say"),
    path("<slug:pk>/hand/", talking.hand, name="hand"),
    path("<slug:pk>/close/", talking.close, name="close"),
    path("<slug:pk>/reopen/", talking.reopen, name="reopen"),
    path("<slug:pk>/best/", talking.best, name="best"),
    path("<slug:pk>/keep/", talking.keep, name="keep"),
    path("<slug:pk>/mend/", talking.mend, name="mend"),
    path("<slug:pk>/watch/", talking.watch, name="watch"),
    path("<slug:pk>/content/<slug:sha256>/", talking.content, name="content"),
]
