"""Addresses of the sheet."""

from django.urls import path, re_path

from dure.plant.studio.views import feed, files, marks, pages, table, training

app_name = "sheet"
urlpatterns = [
    path("", pages.sheets, name="sheets"),
    path("<str:pk>/", pages.sheet, name="sheet"),
    path("<str:pk>/name", pages.rename, name="rename"),
    path("<str:pk>/state", table.state, name="state"),
    path("<str:pk>/cells", table.cells, name="cells"),
    path("<str:pk>/act", table.act, name="act"),
    path("<str:pk>/undo", table.undo, name="undo"),
    path("<str:pk>/redo", table.redo, name="redo"),
    path("<str:pk>/actions/<int:n>", table.action, name="action"),
    path("<str:pk>/check", table.check, name="check"),
    path("<str:pk>/functions", table.functions, name="functions"),
    path("<str:pk>/distinct", table.distinct, name="distinct"),
    path("<str:pk>/edge", table.edge, name="edge"),
    path("<str:pk>/find", table.find, name="find"),
    path("<str:pk>/summary", table.summary, name="summary"),
    path("<str:pk>/pivot", table.pivot, name="pivot"),
    path("<str:pk>/chart", table.chart, name="chart"),
    path("<str:pk>/columns/stop", table.stop, name="stop"),
    path("<str:pk>/marks", marks.marks, name="marks"),
    path("<str:pk>/targets", training.targets, name="targets"),
    path("<str:pk>/train", training.train, name="train"),
    path("<str:pk>/train/<str:work>", training.progress, name="progress"),
    path("<str:pk>/train/<str:work>/cancel", training.cancel, name="cancel"),
    path("<str:pk>/content/<str:digest>", files.content, name="content"),
    re_path(r"^(?P<pk>[0-9a-f]{1,32})/export\.(?P<kind>xlsx|csv|parquet)$", files.export, name="export"),
    path("<str:pk>/recipe.toml", files.recipe, name="recipe"),
    path("<str:pk>/token", feed.token, name="token"),
    path("<str:pk>/feed/", feed.document, name="feed"),
    path("<str:pk>/feed/$metadata", feed.metadata, name="feed_metadata"),
    path("<str:pk>/feed/rows", feed.rows, name="feed_rows"),
    path("<str:pk>/feed/rows/$count", feed.count, name="feed_count"),
]
