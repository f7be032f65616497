"""Stretches as a signal of labels, which a deployment follows like any other late label."""

import re
import time
from typing import TYPE_CHECKING

from django.db import transaction

from dure.foundation.ledger import record
from dure.plant.inventory import Signal
from dure.plant.labels.models import LabelSet
from dure.plant.labels.refusals import MarkWrong
from dure.plant.labels.weighing import segments
from dure.vocabulary import Sample, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.historian import Historian

SOURCE = "labels"
MOST_SAMPLES = 200_000
_ODD = re.compile(r"[^\w.-]+")


def signal_of(place: str, name: str) -> str:
    """The signal that holds what is said of a place.

    >>> signal_of("line1/pump", "leak or not")
    'labels/line1/pump/leak_or_not'
    """
    return f"{SOURCE}/{place}/{_ODD.sub('_', name.strip()).strip('_') or 'label'}"


def write_signal(  # noqa: PLR0913 - the parts of one writing
    label_set: LabelSet,
    by: "Person",
    historian: "Historian",
    *,
    name: str = "",
    every: int = 10**9,
    now: int | None = None,
) -> dict[str, int]:
    """Write each stretch on which people agree as a sample a tick; samples written by signal.

    Call it again after more labels: what is new is added; what was said otherwise before, or is taken back, is
    corrected in the person's name.

    Parameters
    ----------
    name
        Last part of the signals' names: that of the target which a deployment tells, so that it offers them.
    every
        Time between two ticks of the deployment. [ns]

    Raises
    ------
    MarkWrong
        If there is none, or they would be more than 200,000 samples.
    HistorianDown
    """
    wanted = _wanted(label_set, name or label_set.name, every)
    written: dict[str, int] = {}
    for signal, told in wanted.items():
        written[signal] = _brought(historian, signal, told, by, now or time.time_ns())
        place = signal.removeprefix(f"{SOURCE}/").rpartition("/")[0]
        facts = {"source": SOURCE, "name": signal.rpartition("/")[2], "equipment": place, "kind": "text"}
        Signal.objects.get_or_create(id=signal, defaults=facts | {"description": label_set.name})
    with transaction.atomic():
        record(
            f"person:{by.pk}",
            "labels.signal_written",
            f"labels:{label_set.pk}",
            {"signals": written, "every": every},
        )
    return written


def _wanted(label_set: LabelSet, name: str, every: int) -> dict[str, dict[int, str]]:
    """Kind at each tick, by signal."""
    found: dict[str, dict[int, str]] = {}
    parts = segments(label_set)
    count = sum((one.end - one.start) // every + 1 for one in parts)
    if not parts or count > MOST_SAMPLES:
        why = Text(
            f"there are no stretches, or {count:,} samples at this step are more than {MOST_SAMPLES:,}",
            f"구간이 없거나 이 간격의 샘플 {count:,}개가 한도 {MOST_SAMPLES:,}개를 넘습니다",
        )
        raise MarkWrong(label_set.name, why=why)
    for one in parts:
        ticks = found.setdefault(signal_of(one.place, name), {})
        first = -(-one.start // every) * every
        if one.verdict.kind:
            ticks.update(dict.fromkeys(range(first, one.end, every), one.verdict.kind))
    return found


def _brought(historian: "Historian", signal: str, told: dict[int, str], by: "Person", now: int) -> int:
    import pyarrow as pa

    stands = {
        row["time"]: row["text"]
        for row in historian.query([signal], 0, 2**62 - 1).select(["time", "text"]).to_pylist()
    }
    fresh = [at for at in told if at not in stands]
    if fresh:
        historian.append(SOURCE, [Sample(signal, at, text=told[at], received=now) for at in sorted(fresh)])
    other = {at: told.get(at) for at, text in stands.items() if told.get(at) != text}
    changed = {at: word for at, word in other.items() if word}
    if changed:
        columns = {"signal": [signal] * len(changed), "time": list(changed), "value": [None] * len(changed)}
        corrected = pa.table(
            {**columns, "value": pa.nulls(len(changed), pa.float64()), "text": list(changed.values())}
        )
        historian.correct(str(by), "labels changed", table=corrected)
    for at in (at for at, word in other.items() if word is None and stands[at] is not None):
        historian.correct(str(by), "label taken back", [signal], at, at + 1)
    return len(fresh) + len(other)
