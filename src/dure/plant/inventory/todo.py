"""What to do next, in order: one sentence and one link each. Pure functions of how the plant does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from dure.plant.inventory.health import DiskHealth, SourceHealth
from dure.vocabulary import Text


class Urgency(IntEnum):
    """What comes first."""

    LOSING = 0
    SICK = 1
    SOON = 2
    TIDY = 3


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: what is so, and where it is mended (`view` with its arguments, `query` behind it)."""

    urgency: Urgency
    text: Text
    act: Text
    view: str
    args: tuple[Any, ...] = ()
    query: str = ""

    @property
    def icon(self) -> str:
        """Drawing beside it."""
        return {Urgency.LOSING: "bad", Urgency.SICK: "warn", Urgency.SOON: "stale"}.get(self.urgency, "info")


def in_order(things: Iterable[Todo]) -> list[Todo]:
    """The gravest first, otherwise as they were found."""
    return sorted(things, key=lambda one: one.urgency)


def of_sources(sources: Sequence[SourceHealth], now: float) -> list[Todo]:
    """What the sources need; `now` in s since 1970."""
    return [todo for one in sources for todo in (_lost(one, now), _full(one), _dropped(one), _quiet(one, now), _skewed(one), _behind(one)) if todo]  # fmt: skip


def of_disk(disk: DiskHealth) -> list[Todo]:
    """What the disk needs."""
    if disk.days is None or (disk.days > 30 and disk.free > 0.05 * disk.total):
        return []
    days = max(0, round(disk.days))
    text = Text(f"The disk is full in {days} days at the present pace.", f"지금 속도라면 {days}일 뒤 디스크가 가득 찹니다.")  # fmt: skip
    urgency = Urgency.SICK if days <= 5 else Urgency.SOON
    return [Todo(urgency, text, Text("Look at the disk", "디스크 보기"), "inventory:health", (), "#disk")]


def of_historian(health: Mapping[str, Any]) -> list[Todo]:
    """What the historian needs; an empty `health` means that it does not answer."""
    if health.get("state") == "running":
        return []
    why = str(health.get("error", ""))[:200]
    text = Text(
        f"The historian fails: {why}" if why else "The historian does not answer; sources wait on the disk.",
        f"히스토리안 오류: {why}"
        if why
        else "히스토리안이 응답하지 않습니다. 측정값은 디스크에서 기다립니다.",
    )
    return [Todo(Urgency.LOSING, text, Text("Look at its health", "상태 보기"), "inventory:health", (), "#historian")]  # fmt: skip


def of_signals(silent: int) -> list[Todo]:
    """What the signals need: `silent` of them were found and never spoke."""
    if not silent:
        return []
    text = Text(
        f"{silent} signals were found and have never spoken." if silent > 1 else "1 signal was found and has never spoken.",
        f"찾았지만 값이 온 적 없는 신호가 {silent}개 있습니다.",
    )  # fmt: skip
    return [Todo(Urgency.TIDY, text, Text("Look at them", "살펴보기"), "inventory:data", (), "?wrong=any#signals-title")]  # fmt: skip


def of_gaps(gaps: Iterable[Mapping[str, Any]], now: float) -> list[Todo]:
    """Gaps of the last day that cannot be filled."""
    fresh: dict[str, int] = {}
    for gap in gaps:
        if gap.get("filled_by") == "permanent" and gap["end"] / 1e9 > now - 86_400:
            fresh[gap["source"]] = fresh.get(gap["source"], 0) + 1
    return [
        Todo(
            Urgency.SOON,
            Text(
                f"{source} lost something for good in the last day: {count} gap{'s' * (count > 1)}.",
                f"지난 하루 동안 {source}에서 채울 수 없는 결측이 {count}건 생겼습니다.",
            ),
            Text("See what is missing", "무엇이 빠졌는지 보기"),
            "inventory:health",
            (),
            f"?source={source}&kind=permanent#gaps",
        )
        for source, count in fresh.items()
    ]


def lasting(seconds: float) -> Text:
    """A length of time in one unit.

    >>> lasting(3 * 3600).en, lasting(3 * 3600).ko
    ('3 h', '3시간')
    """
    if seconds < 120:
        return Text(f"{seconds:.0f} s", f"{seconds:.0f}초")
    if seconds < 7200:
        return Text(f"{seconds / 60:.0f} min", f"{seconds / 60:.0f}분")
    if seconds < 172_800:
        return Text(f"{seconds / 3600:.0f} h", f"{seconds / 3600:.0f}시간")
    return Text(f"{seconds / 86_400:.0f} days", f"{seconds / 86_400:.0f}일")


def _lost(one: SourceHealth, now: float) -> Todo | None:
    if one.state.state not in {"lost", "silent"}:
        return None
    error = one.state.told.get("error") or {}
    if error.get("key") == "certificate-unknown":
        text = Text(f"{one.id} shows a certificate that nobody has trusted yet.", f"{one.id}의 인증서를 아직 아무도 신뢰하지 않았습니다.")  # fmt: skip
        return Todo(Urgency.LOSING, text, Text("Compare and trust it", "비교하고 신뢰하기"), "inventory:source_settings", (one.id,))  # fmt: skip
    long = lasting(max(0.0, now - one.state.since)) if one.state.since else Text("some time", "한동안")
    text = Text(
        f"{one.id} has not been read for {long.en}.", f"{one.id}을(를) {long.ko} 동안 읽지 못했습니다."
    )
    return Todo(Urgency.LOSING, text, Text("See why", "이유 보기"), "inventory:source", (one.id,))


def _full(one: SourceHealth) -> Todo | None:
    if not one.filling:
        return None
    text = Text(f"The buffer of {one.id} is {100 * one.buffer / one.bound:.0f} % full.", f"{one.id}의 버퍼가 {100 * one.buffer / one.bound:.0f}% 찼습니다.")  # fmt: skip
    return Todo(Urgency.LOSING, text, Text("Look at the buffers", "버퍼 보기"), "inventory:health")


def _dropped(one: SourceHealth) -> Todo | None:
    if not one.dropped:
        return None
    text = Text(f"A full buffer cost {one.dropped} readings of {one.id}.", f"버퍼가 가득 차 {one.id}의 측정값 {one.dropped}개를 버렸습니다.")  # fmt: skip
    return Todo(Urgency.SICK, text, Text("See the gaps", "결측 보기"), "inventory:health", (), f"?source={one.id}#gaps")  # fmt: skip


def _quiet(one: SourceHealth, _now: float) -> Todo | None:
    if not one.quiet or one.age is None:
        return None
    long = lasting(one.age)
    text = Text(f"{one.id} is connected but has said nothing for {long.en}.", f"{one.id}은(는) 연결되어 있지만 {long.ko} 동안 값이 없습니다.")  # fmt: skip
    return Todo(Urgency.SICK, text, Text("Look at its signals", "신호 보기"), "inventory:data", (), f"?words={one.id}#signals-title")  # fmt: skip


def _skewed(one: SourceHealth) -> Todo | None:
    if not one.skewed or one.skew is None:
        return None
    long, ahead = lasting(abs(one.skew)), one.skew < 0
    text = Text(
        f"The clock of {one.id} is {long.en} {'ahead' if ahead else 'behind'}.",
        f"{one.id}의 시계가 {long.ko} {'빠릅니다' if ahead else '늦습니다'}.",
    )
    return Todo(Urgency.SOON, text, Text("What to do", "해결 방법"), "inventory:health", (), "#clocks")


def _behind(one: SourceHealth) -> Todo | None:
    if one.behind < 50_000_000:
        return None
    text = Text(f"{one.behind / 1e6:.0f} MB of {one.id} wait for the historian.", f"{one.id}의 {one.behind / 1e6:.0f} MB가 히스토리안을 기다립니다.")  # fmt: skip
    return Todo(
        Urgency.SOON, text, Text("Look at its health", "상태 보기"), "inventory:health", (), "#historian"
    )
