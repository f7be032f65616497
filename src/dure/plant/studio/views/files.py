"""Files of a sheet: what is shown, and its recipe."""

import tempfile
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.studio.contents import Kept, media_of, small
from dure.plant.studio.desk import Desk
from dure.plant.studio.folding import column_absent
from dure.plant.studio.looking import shown
from dure.plant.studio.recipes import recipe_text
from dure.plant.studio.views.answering import as_json, desk_of, today
from dure.plant.studio.writing import write
from dure.vocabulary import Action

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


@require_GET
@requires("worker")
@as_json
def export(request: HttpRequest, pk: str, kind: str) -> HttpResponseBase:
    """The rows and columns that are shown."""
    desk = desk_of(pk)
    desk.permit.require(Action.EXPORT)
    grid, view = desk.grid, desk.view
    with tempfile.NamedTemporaryFile(suffix=f".{kind}") as room:  # it is open, and goes with its last reader
        out = Path(room.name)
        write(
            shown(grid, view),
            out,
            kind,
            {name: text for name, text in grid.formulas.items() if name in view.columns},
            _about(desk, request),
            defused=request.GET.get("plain") != "1",
        )
        return FileResponse(
            out.open("rb"),
            as_attachment=True,
            filename=f"{_plain(desk.sheet.name)} {today()}.{kind}",
            content_type=MEDIA[kind],
        )


def _about(desk: Desk, request: HttpRequest) -> list[tuple[str, str]]:
    from dure.plant.studio.words import words_of

    facts = [
        (_("Sheet"), desk.sheet.name), (_("Taken out by"), str(request.user)), (_("Date"), today()), (_("Version"), str(desk.history.version)),
        (_("Source"), str(desk.sheet.source.get("title") or "")), (_("SHA-256 of the source"), desk.sheet.fingerprint),
    ]  # fmt: skip
    return [*facts, *((f"{one.n}", str(words_of(one))) for one in desk.history.actions if one.on)]


def _plain(name: str) -> str:
    return (
        "".join(sign if sign.isalnum() or sign in " .-_()" else "_" for sign in name)[:80].strip(" .")
        or "sheet"
    )


@require_GET
@requires("worker")
@as_json
def recipe(request: HttpRequest, pk: str) -> HttpResponseBase:  # noqa: ARG001 - every view is handed the request
    """The actions as a recipe that `dure prepare` runs."""
    desk = desk_of(pk)
    text = recipe_text(
        desk.history.actions, desk.source.frame, desk.sheet.name, desk.sheet.fingerprint, desk.grid.frame
    )
    found = HttpResponse(text, content_type="application/toml; charset=utf-8")
    found["Content-Disposition"] = 'attachment; filename="recipe.toml"'
    return found


@require_GET
@requires("worker")
@as_json
def content(request: HttpRequest, pk: str, digest: str) -> HttpResponseBase:
    """A picture or sound that a cell of this sheet refers to."""
    desk, reference = desk_of(pk), f"sha256:{digest}"
    refers = [name for name in desk.grid.columns if desk.grid.kind(name) in ("image", "sound")]
    if not any(bool((desk.grid.frame.get_column(name) == reference).any()) for name in refers):
        raise column_absent(reference[:80])
    found, media = small(digest) if request.GET.get("width") else _whole(digest)
    answer = HttpResponse(found, content_type=media or "application/octet-stream")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=86400, immutable"  # the name is the content
    return answer


def _whole(digest: str) -> tuple[bytes, str]:
    found = Kept().open(digest)
    return found, media_of(found)
