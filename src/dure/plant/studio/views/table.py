"""What the page asks for: state, cells, figures; and what it has done."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.studio import finding, looking
from dure.plant.studio.background import BACKGROUND
from dure.plant.studio.desk import Desk
from dure.plant.studio.folding import column_absent
from dure.plant.studio.functions import told
from dure.plant.studio.refusals import ActionWrong
from dure.plant.studio.steps import step_forms
from dure.plant.studio.views.answering import answer, as_json, body_of, desk_of, person_of
from dure.vocabulary import Text


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
    first, end = _whole(request, "from", 0), _whole(request, "to", 100)
    columns = [
        name
        for one in request.GET.getlist("columns")
        for name in ([one] if one in desk.grid.columns else one.split(","))
    ]
    found = looking.cells_of(desk.grid, desk.view, first, end, columns)
    return answer(
        {"version": desk.history.version, "fresh": desk.source.row_key, "rows_shown": desk.view.rows, **found}
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


@require_GET
@requires("worker")
@as_json
def distinct(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Values of a column with their counts."""
    desk = desk_of(pk)
    found = looking.distinct(desk.grid, desk.view, _column(desk, request), request.GET.get("search", ""))
    return answer({"version": desk.history.version, **found})


@require_GET
@requires("worker")
@as_json
def find(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The next cell that contains a text; or how far was looked, to go on from there."""
    desk = desk_of(pk)
    way = -1 if request.GET.get("way") == "-1" else 1
    name, columns = request.GET.get("column", ""), desk.view.columns
    column = columns.index(name) if name in columns else -1 if way > 0 else len(columns)
    text = request.GET.get("text", "")[:200].strip()
    told = finding.find(desk.grid, desk.view, text, _whole(request, "from", 0), column, way)
    return answer({"version": desk.history.version, "rows": desk.view.rows, **told})


@require_GET
@requires("worker")
@as_json
def edge(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Where Ctrl and an arrow lead in a column."""
    desk = desk_of(pk)
    way = -1 if request.GET.get("way") == "-1" else 1
    row = min(_whole(request, "from", 0), max(0, desk.view.rows - 1))
    told = finding.edge(desk.grid, desk.view, _column(desk, request), row, way) if desk.view.rows else 0
    return answer({"version": desk.history.version, "row": told})


@require_GET
@requires("worker")
@as_json
def summary(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Figures of a column."""
    desk = desk_of(pk)
    return answer(
        {"version": desk.history.version, **looking.summary(desk.grid, desk.view, _column(desk, request))}
    )


@require_POST
@requires("worker")
@as_json
def pivot(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A pivot table."""
    desk = desk_of(pk)
    return answer(
        {
            "version": desk.history.version,
            **_formed(lambda body: looking.pivot(desk.grid, desk.view, body), request),
        }
    )


@require_POST
@requires("worker")
@as_json
def chart(request: HttpRequest, pk: str) -> HttpResponseBase:
    """What a chart draws."""
    desk = desk_of(pk)
    return answer(
        {
            "version": desk.history.version,
            **_formed(lambda body: looking.chart(desk.grid, desk.view, body), request),
        }
    )


def _formed(look, request: HttpRequest):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - a function of a body
    try:
        return look(body_of(request))
    except (KeyError, TypeError, ValueError, AttributeError) as odd:
        raise ActionWrong(
            "request",
            why=Text(
                f"it is not formed as the reference says ({type(odd).__name__})",
                f"참고 문서의 형식과 다릅니다({type(odd).__name__})",
            ),
        ) from odd


@require_POST
@requires("worker")
@as_json
def stop(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Stop columns that are being reckoned."""
    desk = desk_of(pk)
    for key in BACKGROUND.under_way():
        if key.startswith(str(desk.cache.folder)):
            BACKGROUND.stop(key, str(request.user))
    return answer({"version": desk.history.version, "stopped": True})
