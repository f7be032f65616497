"""The newest pictures, sounds and waves of the signals that hold references to such, and the contents themselves."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import requires
from dure.plant.inventory.waves import Curve, curve_of
from dure.plant.transport import Content, ContentAbsent, ContentDamaged, Reference
from dure.vocabulary import DureError, home

MOST = 24
"""Pieces shown of one signal."""
HOUR = 3600 * 10**9


@dataclass(frozen=True, slots=True)
class Piece:
    """One content as the page shows it: `time` [ns since 1970 UTC], and why it cannot be shown."""

    reference: Reference
    time: int
    there: bool
    held: bool
    curve: Curve | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it is looked at."""
        return self.reference.media.startswith("image/")

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """What is said of it, but for what the page shows in its own way."""
        hidden = {"trigger", "part", "width", "height"}
        return [(name, value) for name, value in self.reference.more.items() if name not in hidden]


@require_GET
@requires("engineer")
def newest(request: HttpRequest) -> HttpResponse:
    """The newest pieces of a signal, or of a source; of all such signals the choice."""
    historian = import_string(settings.DURE_HISTORIAN)()
    context: dict[str, Any] = {"chosen": request.GET.get("signal", "")[:300], "names": [], "pieces": []}
    try:
        last = {row["signal"]: row for row in historian.last() if Reference.read(row["text"])}
        context["names"] = sorted(last)[:500]
        source = request.GET.get("source", "")[:80]
        of_it = [row for row in last.values() if not source or row["signal"].startswith(f"{source}/")]
        if not context["chosen"] and of_it:
            context["chosen"] = max(of_it, key=lambda row: row["time"])["signal"]
        if (row := last.get(context["chosen"])) is not None:
            context["pieces"] = _pieces(historian, context["chosen"], row["time"])
    except DureError as refusal:
        context["refusal"] = refusal
    return render(request, "inventory/content.html", context)


@require_GET
@requires("engineer")
def content(request: HttpRequest, sha256: str) -> HttpResponse:
    """One content, proved to be what its name says. `as` is its media type as the reference has it."""
    del request
    try:
        found = Content(home()).get(sha256)
    except (ContentAbsent, ContentDamaged) as refusal:
        return HttpResponse(str(refusal), status=404, content_type="text/plain; charset=utf-8")
    media = _media(found)
    answer = HttpResponse(found, content_type=media or "application/octet-stream")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=86400, immutable"  # the name is the content
    if not media:
        answer["Content-Disposition"] = f'attachment; filename="{sha256[:12]}"'
    return answer


@require_POST
@requires("engineer")
def hold(request: HttpRequest, sha256: str) -> HttpResponse:
    """Keep one content for good, or let it go with the others of its age."""
    store = Content(home())
    try:
        if request.POST.get("keep") == "yes":
            store.hold(sha256)
            messages.success(request, _("It is kept for good."))
        else:
            store.release(sha256)
            messages.success(request, _("It goes with the others of its age."))
    except DureError as refusal:
        messages.error(request, str(refusal))
    signal = request.POST.get("signal", "")[:300]
    return redirect(reverse("inventory:newest", query={"signal": signal}))


def _pieces(historian: Any, signal: str, last: int) -> list[Piece]:
    """The newest pieces, newest first: of the last hour before the newest, of a day, or all of a month."""
    rows: list[dict[str, Any]] = []
    for back in (HOUR, 24 * HOUR, 31 * 24 * HOUR):
        rows = historian.query([signal], last - back, last + 1).to_pylist()
        if len(rows) >= MOST:
            break
    store = Content(home())
    return [piece for row in reversed(rows[-MOST:]) if (piece := _piece(store, row)) is not None]


def _piece(store: Content, row: dict[str, Any]) -> Piece | None:
    reference = Reference.read(row["text"])
    if reference is None:
        return None
    there = store.has(reference.sha256)
    curve = None
    if there and reference.media.startswith("audio/"):
        try:
            curve = curve_of(store.get(reference.sha256))
        except DureError:
            there = False
    return Piece(reference, row["time"], there, store.is_held(reference.sha256), curve)


def _media(found: bytes) -> str:
    """Media type by the first bytes, of those that are shown; a sample's own word is foreign."""
    beginnings = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"BM": "image/bmp"}
    if found[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(found[8:12], "")
    return next((media for begin, media in beginnings.items() if found.startswith(begin)), "")
