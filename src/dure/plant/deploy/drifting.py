"""Drift, signal by signal, in one sentence: which, since when, how much, the likely cause, and what to do.

The cause is a guess by rules that stand here, and is called one: a value that stands still or a signal that left alone
speaks for its sensor; several signals of one machine that left together, or an order that began meanwhile, for another
product; the same signal on most machines, for the season or what they share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone

from dure.science.learn import state_label
from dure.science.paper import figure
from dure.vocabulary import Text

#: Signals that leave within this time of each other left together, and so did an order that began. [ns]
TOGETHER_NS = 30 * 60 * 10**9


class Cause(StrEnum):
    """What most likely lies behind it."""

    STUCK = "stuck"
    SENSOR = "sensor"
    PRODUCT = "product"
    SEASON = "season"
    UNKNOWN = "unknown"


CAUSES = {
    Cause.STUCK: Text("the value stands still: most likely its sensor or its line", "값이 멈춰 있어 센서나 배선 문제일 가능성이 큽니다"),
    Cause.SENSOR: Text("no other signal moved with it: most likely its sensor", "함께 움직인 신호가 없어 센서 문제일 가능성이 큽니다"),
    Cause.PRODUCT: Text("{others} moved with it: most likely another product or setting", "{others}도 함께 움직여 제품이나 설정이 바뀌었을 가능성이 큽니다"),
    Cause.SEASON: Text("it moved on {machines} of {all} machines: most likely the season or a shared supply", "설비 {all}대 가운데 {machines}대에서 움직여 계절이나 공용 설비 영향일 가능성이 큽니다"),
    Cause.UNKNOWN: Text("its cause is not clear", "원인이 뚜렷하지 않습니다"),
}  # fmt: skip
ACTS = {
    Cause.STUCK: Text("Check the sensor before trusting the model.", "모델을 믿기 전에 센서를 점검하세요."),
    Cause.SENSOR: Text("Compare it with a hand measurement; replace or recalibrate the sensor.", "수기로 재서 비교하고 센서를 교체하거나 보정하세요."),
    Cause.PRODUCT: Text("If this product stays, let the model learn from it: a refit is worth proposing.", "이 제품을 계속 만든다면 모델이 배우게 하세요. 재학습을 제안할 만합니다."),
    Cause.SEASON: Text("Let late labels be followed, or accept a refit on the newer rows.", "늦은 라벨을 반영하거나 최근 데이터로 재학습하세요."),
    Cause.UNKNOWN: Text("Look at its trend together with whoever runs the machine.", "설비 담당자와 추세를 함께 확인하세요."),
}  # fmt: skip
SAYS = Text(
    "{signal} of {asset}{state} has lain at {median} since {since}, usually {usual} ({by}); {cause}. {act}",
    "{asset}의 {signal}{state} 값이 {since}부터 {median}입니다. 평소에는 {usual}입니다({by}). {cause}. {act}",
)
ORDER = Text("an order that began then ({title})", "그때 시작한 작업 지시({title})")


@dataclass(frozen=True, slots=True)
class Drifted:
    """A signal that left what was learnt, with its likely cause, in one sentence."""

    asset: str
    signal: str
    since: int
    cause: Cause
    says: Text


def told(
    moved: Sequence[Mapping[str, Any]], machines: int, orders: Mapping[str, str] | None = None
) -> list[Drifted]:
    """Every signal that moved as one sentence, the worst first.

    Parameters
    ----------
    moved
        `{asset, signal, state, median, usual, since [ns], still}` as health keeps them.
    machines
        How many machines the model watches.
    orders
        Title of the order that began at an asset when its signals moved, by asset.

    Examples
    --------
    >>> one = {"asset": "l/P1", "signal": "Temp", "state": "", "median": 90.0, "usual": 75.0, "since": 0, "still": True}
    >>> told([one], 3)[0].cause.value
    'stuck'
    """
    orders = orders or {}
    return [_one(one, moved, machines, orders.get(str(one["asset"]), "")) for one in moved]


def _one(one: Mapping[str, Any], moved: Sequence[Mapping[str, Any]], machines: int, order: str) -> Drifted:
    since = int(one.get("since") or 0)
    others = sorted(
        {
            str(other["signal"])
            for other in moved
            if other["asset"] == one["asset"]
            and other["signal"] != one["signal"]
            and abs(int(other.get("since") or 0) - since) <= TOGETHER_NS
        }
    )
    alike = len({str(other["asset"]) for other in moved if other["signal"] == one["signal"]})
    cause = _cause(one, others, alike, machines, order)
    beside = [*others, *([ORDER.format(title=order)] if order else [])]
    facts = {"others": ", ".join(beside), "machines": alike, "all": machines}
    return Drifted(str(one["asset"]), str(one["signal"]), since, cause, _sentence(one, since, cause, facts))


def _cause(one: Mapping[str, Any], others: Sequence[str], alike: int, machines: int, order: str) -> Cause:
    if one.get("still"):
        return Cause.STUCK
    if machines > 1 and 2 * alike > machines:
        return Cause.SEASON
    if others or order:
        return Cause.PRODUCT
    return Cause.SENSOR if int(one.get("watched") or 2) > 1 else Cause.UNKNOWN


def _sentence(one: Mapping[str, Any], since: int, cause: Cause, facts: Mapping[str, object]) -> Text:
    median, usual = float(one["median"]), float(one["usual"])
    by = f"{100 * (median - usual) / abs(usual):+.2g} %" if usual else f"{median - usual:+.3g}"
    state = state_label(str(one.get("state") or ""))
    words = Text(*(f" ({said})" if said else "" for said in (state.en, state.ko)))
    place = {"signal": one["signal"], "asset": str(one["asset"]).rpartition("/")[2], "by": by}
    place |= {"median": figure(median), "usual": figure(usual), "since": _clock(since)}
    return Text(
        SAYS.en.format(**place, state=words.en, cause=CAUSES[cause].en.format(**facts), act=ACTS[cause].en),
        SAYS.ko.format(**place, state=words.ko, cause=CAUSES[cause].ko.format(**facts), act=ACTS[cause].ko),
    )


def _clock(since: int) -> str:
    """A moment [ns] as the plant's clock shows it."""
    return f"{timezone.localtime(datetime.fromtimestamp(since / 1e9, UTC)):%Y-%m-%d %H:%M}"


def orders_at(moved: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Title of an order or batch that began at an asset around the time its signals moved."""
    from dure.plant.events import Frame, Kind

    found: dict[str, str] = {}
    for one in moved:
        since = int(one.get("since") or 0)
        began = Frame.objects.filter(
            kind__in=[Kind.ORDER.value, Kind.BATCH.value],
            start__gte=since - TOGETHER_NS,
            start__lte=since + TOGETHER_NS,
        )
        frame = began.filter(equipment=one["asset"]).order_by("-start").first()
        if frame is not None:
            found[str(one["asset"])] = str(frame)
    return found
