"""Addresses of the catalogue."""

from django.urls import path

from dure.sharing.catalog.views import entries, feeding, needs, searching, sources

app_name = "catalog"
urlpatterns = [
    path("", searching.search_page, name="search"),
    path("offer/", entries.offer, name="offer"),
    path("needs/", needs.needs, name="needs"),
    path("needs/new/", needs.new, name="need_new"),
    path("needs/<slug:pk>/", needs.need, name="need"),
    path("needs/<slug:pk>/close/", needs.close, name="need_close"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<slug:pk>/read/", sources.read, name="source_read"),
    path("feed/", feeding.changes, name="feed"),
    path("<slug:pk>/", entries.entry, name="entry"),
    path("<slug:pk>/withdraw/", entries.take_out, name="withdraw"),
    path("<slug:pk>/dcat.jsonld", entries.dcat, name="dcat"),
    path("<slug:pk>/croissant.json", entries.croissant, name="croissant"),
]
