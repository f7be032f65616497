"""The measures of the journal: what rang in a period, and what stands now."""

from dure.plant.alarms.definition import Priority
from dure.plant.alarms.measures import Performance, Rung, performance
from dure.plant.alarms.models import Alarm, Entry
from dure.plant.alarms.states import OPEN, Event, State


def measured(start: int, end: int, operators: int = 1) -> Performance:
    """Measures of the journal from `start` to `end` [ns]; an alarm that was hidden when its condition began rang nobody."""
    rows = Entry.objects.filter(
        event=Event.ANNUNCIATE.value, after=State.UNACKNOWLEDGED, at__gte=start, at__lt=end
    ).values_list("alarm_id", "at", "priority")
    standing = Alarm.objects.filter(state__in=OPEN, active=True).values_list("pk", "rang")
    return performance(
        (Rung(alarm, at, Priority(priority)) for alarm, at, priority in rows.iterator(chunk_size=5_000)),
        start,
        end,
        operators=operators,
        standing=dict(standing),
    )


def waiting() -> int:
    """How many alarms wait for somebody to acknowledge them; the count in the header."""
    from dure.plant.alarms.states import UNANSWERED

    return Alarm.objects.filter(state__in=UNANSWERED).count()
