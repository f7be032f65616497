"""Addresses of the data pages, and of the equipment pages: a place and a namespace of their own."""

from django.urls import path

from dure.plant.inventory.views import (
    arms,
    boxes,
    connecting,
    equipment,
    files,
    health,
    mending,
    overview,
    searching,
    signals,
    sources,
    types,
    work,
)

app_name = "inventory"
urlpatterns = [
    path("", overview.data, name="data"),
    path("now/", overview.now, name="overview_now"),
    path("sources/", sources.source_list, name="sources"),
    path("sources/new/", sources.add_source_page, name="add_source"),
    path("sources/scan/", connecting.begin_scan, name="scan"),
    path("sources/scan/<slug:token>/", connecting.scan_state, name="scan_state"),
    path("sources/draft/<slug:token>/", connecting.choose, name="choose"),
    path("sources/draft/<slug:token>/tree/", connecting.tree, name="tree"),
    path("sources/draft/<slug:token>/tick/", connecting.tick, name="tick"),
    path("sources/draft/<slug:token>/look/", connecting.look, name="look"),
    path("sources/draft/<slug:token>/save/", connecting.save, name="save_draft"),
    path("sources/<slug:name>/", sources.source_page, name="source"),
    path("sources/<slug:name>/settings/", sources.source_settings, name="source_settings"),
    path("sources/<slug:name>/choose/", connecting.change_signals, name="change_signals"),
    path("sources/<slug:name>/switch/", sources.switch_source, name="switch_source"),
    path("sources/<slug:name>/remove/", sources.drop_source, name="remove_source"),
    path("health/", health.health, name="health"),
    path("health/now/", health.health_now, name="health_now"),
    path("health/gaps/", health.export_gaps, name="export_gaps"),
    path("writing/", arms.arms_page, name="arms"),
    path("writing/disarm/", arms.take_back, name="disarm"),
    path("writing/write/", arms.write_value, name="write"),
    path("boxes/invite/", boxes.invite_page, name="invite"),
    path("boxes/<slug:name>/remove/", boxes.remove, name="remove_box"),
    path("signals/", signals.signals, name="signals"),
    path("signals/measure/", signals.measure, name="measure"),
    path("signals/unit/", signals.unit, name="unit"),
    path("signals/facts/", signals.facts, name="facts"),
    path("signals/many/", signals.many, name="many"),
    path("signals/table/", signals.export, name="export"),
    path("files/new/", files.bring_in, name="bring_in"),
    path("files/<str:pk>/", files.upload, name="upload"),
    path("files/<str:pk>/prepare/", files.prepare, name="prepare"),
    path("files/<str:pk>/import/", files.bring_into_historian, name="import"),
    path("work/<str:pk>/", work.work, name="work"),
    path("work/<str:pk>/cancel/", work.cancel, name="cancel"),
]

equipment_patterns = [
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
of_equipment = (equipment_patterns, "equipment")
"""What the node includes below `equipment/`."""
