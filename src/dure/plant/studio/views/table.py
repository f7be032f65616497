"""What the page asks for: state, cells, figures; and what it has done."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.studio import finding, looking
from dure.plant.studio.background import Job
from dure.plant.studio.desk import Desk
from dure.plant.studio.folding import column_absent
from dure.plant.studio.functions import told
from dure.plant.studio.grid import Grid
from dure.plant.studio.ordering import Tell
from dure.plant.studio.refusals import ActionWrong
from dure.plant.studio.steps import step_forms
from dure.plant.studio.views.answering import answer, as_json, body_of, desk_of, person_of
from dure.vocabulary import Text

Look = Callable[[Grid, looking.View, Tell], dict[str, Any]]
Formed = Callable[[Grid, looking.View, Mapping[str, Any], Tell], dict[str, Any]]
_KEY = re.compile(r"[0-9a-f]{32}")


@require_GET
@requires("worker")
@as_json
def state(request: HttpRequest, pk: str) -> HttpResponseBase:  # noqa: ARG001 - every view is handed the request
    """Columns, actions, and what is shown."""
    return answer(desk_of(pk).state())


@require_GET
@requires("worker")
@as_json
def cells(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Cells of the rows that are shown."""
    desk = desk_of(pk)
    view, _share = desk.showing(0.0)
    first, end = _whole(request, "from", 0), _whole(request, "to", 100)
    columns = [
        name
        for one in request.GET.getlist("columns")
        for name in ([one] if one in desk.grid.columns else one.split(","))
    ]
    found = looking.cells_of(desk.grid, view, first, end, columns)
    return answer(
        {"version": desk.history.version, "fresh": desk.source.row_key, "rows_shown": view.rows, **found}
    )


def _whole(request: HttpRequest, name: str, otherwise: int) -> int:
    written = request.GET.get(name, "")
    if not written:
        return otherwise
    if not written.isdigit() or len(written) > 12:
        raise ActionWrong(name, why=Text("it must be a whole number", "정수여야 합니다"))
    return int(written)


@require_POST
@requires("worker")
@as_json
def act(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Carry out an action; the new state."""
    desk = desk_of(pk)
    desk.act(body_of(request), str(request.user))
    return answer(desk.state())


@require_POST
@requires("worker")
@as_json
def undo(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Take the last change back."""
    desk = desk_of(pk)
    desk.undo(body_of(request), str(request.user))
    return answer(desk.state())


@require_POST
@requires("worker")
@as_json
def redo(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Do it again."""
    desk = desk_of(pk)
    desk.redo(body_of(request), str(request.user))
    return answer(desk.state())


@require_POST
@requires("worker")
@as_json
def action(request: HttpRequest, pk: str, n: int) -> HttpResponseBase:
    """Edit an action, switch it, or delete it."""
    desk, body = desk_of(pk), body_of(request)
    if not {"edit", "off", "delete"} & set(body):
        raise ActionWrong(f"{n}", why=Text("edit, off or delete", "edit, off, delete 중 하나여야 합니다"))
    desk.change(n, body, str(person_of(request)))
    return answer(desk.state())


@require_GET
@requires("worker")
@as_json
def check(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A formula while it is typed."""
    return answer(desk_of(pk).check(request.GET.get("text", "")[:10_000], request.GET.get("column", "")))


@require_GET
@requires("worker")
@as_json
def functions(request: HttpRequest, pk: str) -> HttpResponseBase:  # noqa: ARG001 - every view is handed the request
    """Functions of the language, models that it may name, and steps of preparation with their forms."""
    desk = desk_of(pk)
    from dure.plant.registry import ModelVersion

    models = [
        {"id": one.pk, "name": one.name, "task": one.task, "released": one.release is not None}
        for one in ModelVersion.objects.prefetch_related("releases").order_by("-created")[:200]
    ]
    return answer(
        {
            "version": desk.history.version,
            "functions": told(desk.functions),
            "models": models,
            "steps": step_forms(),
        }
    )


def _column(desk: Desk, request: HttpRequest) -> str:
    name = request.GET.get("column", "")
    if name not in desk.grid.columns:
        raise column_absent(name[:80])
    return name


def _looked(desk: Desk, kind: str, asked: Mapping[str, Any], work: Look) -> HttpResponseBase:
    """What was found; 202 with the share that is done while it is reckoned: the page asks again, or stops it by its key."""
    key, found = desk.look(kind, asked, work)
    if isinstance(found, Job):
        return answer({"version": desk.history.version, "look": key, "busy": found.share}, 202)
    return answer({"version": desk.history.version, **found})


@require_GET
@requires("worker")
@as_json
def distinct(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Values of a column with their counts."""
    desk = desk_of(pk)
    name, search = _column(desk, request), request.GET.get("search", "")[:200]
    return _looked(
        desk,
        "distinct",
        {"column": name, "search": search},
        lambda grid, view, tell: looking.distinct(grid, view, name, search, tell),
    )


@require_GET
@requires("worker")
@as_json
def find(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The next cell that contains a text; or how far was looked, to go on from there."""
    desk = desk_of(pk)
    view, _share = desk.showing()
    way = -1 if request.GET.get("way") == "-1" else 1
    name, columns = request.GET.get("column", ""), view.columns
    column = columns.index(name) if name in columns else -1 if way > 0 else len(columns)
    text = request.GET.get("text", "")[:200].strip()
    told = finding.find(desk.grid, view, text, _whole(request, "from", 0), column, way)
    return answer({"version": desk.history.version, "rows": view.rows, **told})


@require_GET
@requires("worker")
@as_json
def edge(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Where Ctrl and an arrow lead in a column."""
    desk = desk_of(pk)
    way = -1 if request.GET.get("way") == "-1" else 1
    view, _share = desk.showing()
    row = min(_whole(request, "from", 0), max(0, view.rows - 1))
    told = finding.edge(desk.grid, view, _column(desk, request), row, way) if view.rows else 0
    return answer({"version": desk.history.version, "row": told})


@require_GET
@requires("worker")
@as_json
def summary(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Figures of a column."""
    desk = desk_of(pk)
    name = _column(desk, request)
    return _looked(
        desk,
        "summary",
        {"column": name},
        lambda grid, view, tell: looking.summary(grid, view, name, tell=tell),
    )


@require_POST
@requires("worker")
@as_json
def pivot(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A pivot table."""
    return _formed(looking.pivot, "pivot", request, pk)


@require_POST
@requires("worker")
@as_json
def chart(request: HttpRequest, pk: str) -> HttpResponseBase:
    """What a chart draws."""
    return _formed(looking.chart, "chart", request, pk)


def _formed(look: Formed, kind: str, request: HttpRequest, pk: str) -> HttpResponseBase:
    """A look that the body of the request describes."""
    body = body_of(request)
    asked = {name: value for name, value in body.items() if name != "version"}

    def work(grid: Grid, view: looking.View, tell: Tell) -> dict[str, Any]:
        try:
            return look(grid, view, asked, tell)
        except (KeyError, TypeError, ValueError, AttributeError) as odd:
            raise ActionWrong(
                "request",
                why=Text(
                    f"it is not formed as the reference says ({type(odd).__name__})",
                    f"참고 문서의 형식과 다릅니다({type(odd).__name__})",
                ),
            ) from odd

    return _looked(desk_of(pk), kind, asked, work)


@require_POST
@requires("worker")
@as_json
def stop(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Stop a look by its key; else the columns and the order of the rows that are being reckoned."""
    desk = desk_of(pk)
    look = str(body_of(request).get("look") or "")
    if look and not _KEY.fullmatch(look):
        raise ActionWrong("look", why=Text("it is none of ours", "올바른 값이 아닙니다"))
    desk.stop(str(request.user), look)
    return answer({"version": desk.history.version, "stopped": True})
