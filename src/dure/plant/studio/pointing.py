"""A row of a sheet as something to ask about: its cells as they were."""

from collections.abc import Mapping

from django.urls import reverse

from dure.plant.studio.desk import Desk
from dure.plant.studio.looking import plain
from dure.plant.studio.models import Sheet
from dure.plant.threads import Kind, Pointer, Seen, cells
from dure.vocabulary import DureError, Text

MOST_COLUMNS = 200


def _see(pointer: Pointer) -> Seen | None:
    sheet = Sheet.objects.filter(pk=pointer.key).first()
    row, column = pointer.detail.get("row", ""), pointer.detail.get("column", "")
    if sheet is None or not (row.isdecimal() and len(row) < 16 if row else True):
        return None
    address = reverse("sheet:sheet", args=[sheet.pk])
    if not row:
        return Seen(Text(sheet.name, sheet.name), address)
    try:
        values = _cells(Desk(sheet), int(row))
    except DureError:
        return None
    if values is None:
        return None
    mark = f" · {column}" if column else ""
    title = Text(f"{sheet.name}, row {int(row) + 1}{mark}", f"{sheet.name}, {int(row) + 1}행{mark}")
    return Seen(title, f"{address}?row={row}", cells(values, column))


def _cells(desk: Desk, row: int) -> list[tuple[str, object, str]] | None:
    """Name, value and unit of the cells of the row of that id; None if it is gone."""
    grid = desk.grid
    place = int(grid.places_of([row])[0])
    if place < 0:
        return None
    names = [name for name in desk.view.columns if name in grid.columns][:MOST_COLUMNS]
    return [
        (name, plain(grid.frame.get_column(name).slice(place, 1))[0], grid.units.get(name, ""))
        for name in names
    ]


def _of_page(named: Mapping[str, str], query: Mapping[str, list[str]]) -> Pointer:
    detail = {name: query[name][0] for name in ("row", "column") if query.get(name)}
    return Pointer("row", (named.get("pk", ""),), detail)


ROW = Kind("row", Text("row of a sheet", "시트의 행"), _see, {"sheet:sheet": _of_page})
