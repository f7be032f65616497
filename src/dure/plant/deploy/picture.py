"""The picture beside an alarm: the first reason's signal around its beginning, with its usual band."""

from datetime import UTC, datetime
from time import time_ns
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from dure.foundation.web.chart import Band, Stretch, stretch
from dure.plant.deploy.board import Reason
from dure.plant.deploy.models import Alarm
from dure.vocabulary import NodeProblem

if TYPE_CHECKING:
    from dure.plant.historian import Historian

BEFORE = 600
"""How much is shown before the alarm began. [s]"""
LONGEST = 3600
"""How much is shown after it, at most. [s]"""
POINTS = 240


def around(historian: "Historian", alarm: Alarm, reason: Reason) -> str:
    """SVG of `reason`'s signal from ten minutes before the alarm to now; empty when there is nothing to draw."""
    start = alarm.began - BEFORE * 10**9
    end = min(alarm.ended or time_ns(), alarm.began + LONGEST * 10**9)
    try:
        found = historian.trend([reason.signal], start, end, POINTS).get(reason.signal)
    except NodeProblem:  # the words still stand without their picture
        return ""
    if not found or len(found["time"]) < 2:
        return ""
    shown = Stretch(
        found["time"],
        found["mean"],
        [_clock(second) for second in found["time"]],
        usual=Band(reason.low, reason.high),
        mark=alarm.began / 1e9,
    )
    return stretch(shown, title=reason.name, said=_("The flag marks where the alarm began."))


def _clock(seconds: float) -> str:
    return timezone.localtime(datetime.fromtimestamp(seconds, tz=UTC)).strftime("%H:%M:%S")
