"""Addresses of the equipment pages."""

from django.urls import path

from dure.plant.inventory.views import equipment, mending, searching, types

app_name = "equipment"
urlpatterns = [
    path("", equipment.home_page, name="home"),
    path("machine/<path:pk>/", equipment.machine, name="machine"),
    path("now/<path:pk>/", equipment.machine_now, name="machine_now"),
    path("mend/<path:pk>/", equipment.mend_machine, name="mend"),
    path("shell/<path:pk>/", equipment.shell, name="shell"),
    path("shells/", mending.shells, name="shells"),
    path("lineage/<path:key>/", equipment.lineage_page, name="lineage"),
    path("types/", types.type_list, name="types"),
    path("types/<str:pk>/", types.one_type, name="type"),
    path("sheet/", mending.sheet, name="sheet"),
    path("sheet/<slug:token>/", mending.take_sheet, name="take_sheet"),
    path("renames/", mending.renames, name="renames"),
    path("changes/", mending.changes, name="changes"),
    path("changes/<int:pk>/undo/", mending.take_back, name="undo"),
    path("search/", searching.search_page, name="search"),
]
