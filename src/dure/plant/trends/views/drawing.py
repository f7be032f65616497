"""What the page draws from: series, marks, figures. JSON, compact, bounded, unchanged parts not sent again."""

import hashlib
import json
from time import time_ns
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from dure.foundation.web import requires
from dure.plant.inventory import Signal
from dure.plant.trends.asking import Asked, moment, points_of
from dure.plant.trends.figures import Measured, difference, measured, stretches
from dure.plant.trends.marks import frames, marks, places_of
from dure.plant.trends.series import compact
from dure.plant.trends.views.asked import as_json, asked_by, historian, rates_of
from dure.vocabulary import DureError, Text

SETTLED = 60 * 10**9
"""A range that ended so long ago seldom changes: a late sample, a correction. [ns]"""
ROWS = 24
"""Rows of the table that says what the picture shows."""


@require_GET
@requires("worker")
@gzip_page
@as_json
def series(request: HttpRequest) -> HttpResponseBase:
    """Smallest, largest and mean values over at most `points` stretches."""
    asked = asked_by(request)
    points = points_of(request.GET.get("points", "600"))
    drawn = historian().trend(asked.signals, asked.start, asked.end, points) if asked.signals else {}
    told = {"from": asked.start // 10**6, "to": asked.end // 10**6, "rows": compact(drawn, asked.start)}
    body = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    answer = HttpResponse(body, content_type="application/json")
    if asked.end > time_ns() - SETTLED:
        answer["Cache-Control"] = "no-store"
        return answer
    return _unless_known(request, answer, body)


def _unless_known(request: HttpRequest, answer: HttpResponse, body: bytes) -> HttpResponseBase:
    """Of a range that is closed, nothing if the browser has it already (RFC 9110, clause 13.1.2)."""
    answer["ETag"] = etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    answer["Cache-Control"] = "private, no-cache"
    return get_conditional_response(request, etag=etag, response=answer) or answer


@require_GET
@requires("worker")
@gzip_page
@as_json
def happenings(request: HttpRequest) -> HttpResponseBase:
    """Frames, shifts, alarms, gaps, bad samples and notes of a window."""
    asked = asked_by(request)
    return JsonResponse(marks(historian(), asked, request.user, rates_of(asked.signals)))


@require_GET
@requires("worker")
@as_json
def frames_named(request: HttpRequest) -> HttpResponseBase:
    """Event frames at the equipment of the signals, to compare with: those before `to`, newest first."""
    asked = asked_by(request)
    found = frames(places_of(asked.signals), 0, 2**62, request.GET.get("words", ""), most=60)
    return JsonResponse({"frames": found})


@require_GET
@requires("worker")
def figures(request: HttpRequest) -> HttpResponse:
    """Figures of the window in words, as a part of the page; with `with` [time], beside those of a second window."""
    try:
        asked = asked_by(request)
        context = _figures(asked, request.GET.get("with", ""))
        if request.GET.get("table"):
            context["table"] = _table(asked)
    except DureError as refusal:
        return render(request, "trends/figures.html", {"refusal": refusal})
    return render(request, "trends/figures.html", context)


def _figures(asked: Asked, beside: str) -> dict[str, Any]:
    rates = rates_of(asked.signals)
    facts = {one.pk: one for one in Signal.objects.filter(id__in=asked.signals)}
    found = measured(historian(), asked.signals, asked.start, asked.end, rates)
    rows = [(facts.get(one.signal), one) for one in found]
    context: dict[str, Any] = {"rows": rows, "whole": all(one.count is not None for one in found)}
    if beside:
        start = moment(beside, time_ns())
        then = measured(historian(), asked.signals, start, start + asked.span, rates)
        context["sentences"] = [
            _sentence(now, other, facts.get(now.signal)) for now, other in zip(found, then, strict=True)
        ]
    return context


def _sentence(now: Measured, then: Measured, facts: Signal | None) -> Text:
    from dure.science.paper import unit_name

    return difference(now.signal, now, then, unit_name(facts.unit) if facts else "")


def _table(asked: Asked) -> dict[str, Any]:
    if not asked.signals:
        return {}
    start, step = stretches(asked.start, asked.end, ROWS)
    found = historian().average(asked.signals, start, asked.end, step)
    columns = [found.column(name).to_pylist() for name in asked.signals]
    times = found.column("time").cast("int64").to_pylist()
    return {
        "names": asked.signals,
        "rows": list(zip(times, zip(*columns, strict=True), strict=True)),
        "step": step / 1e9,
    }
