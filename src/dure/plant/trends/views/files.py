"""Files of what is seen: made at once, or step by step with the share that is done, and fetched once ready."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.inventory import Signal
from dure.plant.trends.asking import TrendRefused
from dure.plant.trends.exporting import check, make_file
from dure.plant.trends.figures import USUAL_RATE
from dure.plant.trends.views.asked import as_json, asked_by, historian, rates_of
from dure.plant.trends.writing import Request
from dure.science.paper import unit_name
from dure.vocabulary import DureError, Text, home

KEPT = 3600.0
"""How long a file waits to be fetched. [s]"""
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
_NAME = re.compile(r"[A-Za-z0-9_-]{20,60}\.(xlsx|csv|parquet)")


@require_GET
@requires("worker")
@as_json
def at_once(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The file itself."""
    asked, rate = _request(request, kind)
    out = _place(request, kind)
    for _share in make_file(historian(), asked, out, rate):
        pass
    return _sent(out, kind, remove=True)


@require_GET
@requires("worker")
@as_json
def step_by_step(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Lines of JSON while it is made: `{"done": 0.4}`, then `{"file": address}` or `{"error": …}`."""
    asked, rate = _request(request, kind)
    check(asked, rate)
    answer = StreamingHttpResponse(_told(request, asked, rate), content_type="application/x-ndjson")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


def _told(request: HttpRequest, asked: Request, rate: float) -> Iterator[bytes]:
    out = _place(request, asked.kind)
    ready = False
    try:
        for share in make_file(historian(), asked, out, rate):
            yield json.dumps({"done": round(share, 3)}).encode() + b"\n"
        ready = True
        address = reverse("trends:file", args=[out.name.partition("-")[2]])
        yield json.dumps({"file": address, "bytes": out.stat().st_size}).encode() + b"\n"
    except DureError as refusal:
        yield json.dumps({"error": refusal.report()}, ensure_ascii=False).encode() + b"\n"
    finally:
        if not ready:  # refused, or the person has gone away
            out.unlink(missing_ok=True)


@require_GET
@requires("worker")
def fetch(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file that was made for this person."""
    out = _folder() / f"{request.user.pk}-{name}"
    if not _NAME.fullmatch(name) or not out.is_file():
        raise Http404
    return _sent(out, out.suffix[1:])


def _request(request: HttpRequest, kind: str) -> tuple[Request, float]:
    asked = asked_by(request)
    units = dict(Signal.objects.filter(id__in=asked.signals).values_list("id", "unit"))
    rates = rates_of(asked.signals)
    made = Request(
        kind,
        asked.signals,
        asked.start,
        asked.end,
        _step(request.GET.get("step", "")),
        timezone.get_current_timezone(),
        {name: unit_name(unit) for name, unit in units.items() if unit},
        _words(),
    )
    return made, sum(rates.get(one, USUAL_RATE) for one in asked.signals)


def _step(written: str) -> int:
    """Seconds of an address as ns; 0 for every sample.

    Raises
    ------
    TrendRefused
    """
    if written in ("", "0"):
        return 0
    try:
        step = round(float(written) * 1e9)
    except (ValueError, OverflowError):
        step = -1
    if not 10**6 <= step <= 10**9 * 86_400 * 366:
        raise TrendRefused(
            "step", why=Text("a step has 0.001 s to a year", "간격은 0.001초에서 1년 사이입니다")
        )
    return step


def _words() -> dict[str, str]:
    return {
        "values": _("values"), "chart": _("chart"), "about": _("about this file"), "time": _("time"), "text": _("text"),
        "quality": _("quality (0 good, 1 uncertain, 2 bad)"), "from": _("from"), "to": _("until"),
        "time zone": _("time zone"), "rows": _("rows"), "kind": _("kind"), "step": _("step"), "signal": _("signal"),
        "mean of each step, weighted by time": _("mean of each step, weighted by time"), "every sample": _("every sample"),
    }  # fmt: skip


def _folder() -> Path:
    folder = home() / "run" / "trends"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _place(request: HttpRequest, kind: str) -> Path:
    """A new file's place; those that nobody fetched are taken away."""
    for old in _folder().iterdir():
        if old.stat().st_mtime < time.time() - KEPT:
            old.unlink(missing_ok=True)
    return _folder() / f"{request.user.pk}-{secrets.token_urlsafe(18)}.{kind}"


def _sent(out: Path, kind: str, *, remove: bool = False) -> HttpResponseBase:
    answer = FileResponse(
        out.open("rb"), as_attachment=True, filename=f"trend.{kind}", content_type=KINDS[kind]
    )
    if remove:  # it is open, and goes with its last reader
        out.unlink(missing_ok=True)
    return answer
