"""How sources, buffers, clocks, gaps, disk and historian do. Pure functions of what they told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dure.plant.inventory.picking import BYTES_A_POINT
from dure.plant.inventory.sources import SourceState
from dure.vocabulary import Text

SKEW_S = 5.0
RECORDING_S = 86_400.0
"""A clock off by more than a day is a recording that is played back, not a clock."""
QUIET_S = 60.0
FULL_SHARE = 0.8
SPANS = {"1": 1, "7": 7, "30": 30}
FILLED = {
    "republish": Text("asked again (Republish)", "재전송 요청(Republish)"),
    "transfer": Text("taken over (TransferSubscriptions)", "구독 인계(TransferSubscriptions)"),
    "resend": Text("sent again (ResendData)", "다시 받음(ResendData)"),
    "history": Text("from the source's history", "소스의 이력에서 채움"),
    "rebirth": Text("by a new birth (Sparkplug)", "재출생(Sparkplug)"),
    "session": Text("by the broker's session", "브로커 세션"),
    "source": Text("from the source itself", "소스에서 직접"),
    "permanent": Text("cannot be filled", "채울 수 없음"),
    "": Text("not yet known", "아직 모름"),
}
"""How a gap was filled, in words."""
EVENTS = {
    "collecting": Text("is being read", "읽는 중"),
    "lost": Text("lost", "끊김"),
    "finished": Text("read to its end", "끝까지 읽음"),
    "stopped": Text("stopped", "멈춤"),
    "connected": Text("connected", "연결됨"),
    "resumed": Text("resumed", "이어짐"),
    "went-back": Text("its time went back", "시각이 되돌아감"),
    "clock-jumped": Text("its clock jumped", "시계가 튐"),
}
"""What happened to a connection, in words."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source in figures; ages and skew in seconds, sizes in bytes, `rate` in readings a second."""

    state: SourceState
    rate: float | None
    age: float | None
    skew: float | None
    buffer: int
    bound: int
    full: str
    behind: int
    memory: int
    dropped: int
    gaps: int
    permanent: int

    @property
    def id(self) -> str:
        """Id of the source."""
        return self.state.source.id

    @property
    def skewed(self) -> bool:
        """Whether its clock is off by more than networks explain."""
        return self.skew is not None and abs(self.skew) >= SKEW_S

    @property
    def filling(self) -> bool:
        """Whether its buffer is nearly full."""
        return bool(self.bound) and self.buffer >= FULL_SHARE * self.bound

    @property
    def tenths(self) -> int:
        """The buffer's share in tenths."""
        return min(10, round(10 * self.buffer / self.bound)) if self.bound else 0

    @property
    def quiet(self) -> bool:
        """Whether it is connected and yet says nothing."""
        return self.state.state == "collecting" and self.age is not None and self.age > QUIET_S


@dataclass(frozen=True, slots=True)
class DiskHealth:
    """The disk of the node; `days` until it is full at the present pace [bytes, days], None if nothing comes."""

    total: int
    free: int
    days: float | None

    @property
    def lasts(self) -> float | None:
        """How long until it is full [s]."""
        return None if self.days is None else self.days * 86_400

    @property
    def ages(self) -> bool:
        """Whether it lasts for more than ten years."""
        return self.days is not None and self.days > 3650

    @property
    def tenths(self) -> int:
        """The share in use, in tenths."""
        return round(10 * (1 - self.free / self.total)) if self.total else 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A gap on the strip: `x` and `width` in thousandths of the span."""

    x: float
    width: float
    kind: str
    gap: Mapping[str, Any]


def source_health(
    states: Iterable[SourceState],
    gaps: Sequence[Mapping[str, Any]],
    historian: Mapping[str, Any],
    now: float,
) -> list[SourceHealth]:
    """Each source in figures at `now` [s since 1970]; `historian` is what its health says."""
    behind = historian.get("sources") or {}
    return [
        _one(state, gaps, int((behind.get(state.source.id) or {}).get("behind", 0)), now) for state in states
    ]


def disk_health(total: int, free: int, rates: Iterable[float | None]) -> DiskHealth:
    """How long the disk lasts.

    >>> disk_health(10**12, 43_200_000_000, [1000.0]).days
    100.0
    """
    pace = sum(rate or 0.0 for rate in rates) * BYTES_A_POINT * 86_400
    return DiskHealth(total, free, free / pace if pace else None)


def kind_of(gap: Mapping[str, Any]) -> str:
    """`permanent`, `open` (not yet known) or `filled`.

    >>> [kind_of({"filled_by": by}) for by in ("permanent", "", "republish")]
    ['permanent', 'open', 'filled']
    """
    by = gap.get("filled_by", "")
    return "permanent" if by == "permanent" else "filled" if by else "open"


def told_events(events: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Events as people read them, each with `what` and `said` in words.

    >>> told_events([{"source": "s", "time": 1, "what": "clock-jumped", "facts": {"before_s": 0.1, "after_s": 3600.1}}], "en")
    [{'source': 's', 'time': 1, 'what': Text(en='its clock jumped', ko='시계가 튐'), 'said': '+0.1 s → +3600.1 s'}]
    """
    return [
        {
            "source": one.get("source", ""),
            "time": one.get("time", 0),
            "what": EVENTS.get(one.get("what", ""), one.get("what", "")),
            "said": _said(one.get("facts") or {}, language),
        }
        for one in events
    ]


def _said(facts: Mapping[str, Any], language: str) -> str:
    if "before_s" in facts:
        return f"{facts['before_s']:+.1f} s → {facts['after_s']:+.1f} s"
    return str(facts.get(f"message_{language}") or facts.get("message") or facts.get("how") or "")[:300]


def narrowed(
    gaps: Iterable[Mapping[str, Any]], *, source: str = "", kind: str = "", since: int = 0
) -> list[Mapping[str, Any]]:
    """The gaps of a source and a kind that end after `since` [ns]."""
    return [
        gap
        for gap in gaps
        if (not source or gap["source"] == source)
        and (not kind or kind_of(gap) == kind)
        and gap["end"] >= since
    ]


def strip(gaps: Iterable[Mapping[str, Any]], start: int, end: int) -> list[Stretch]:
    """The gaps between two times [ns] as stretches of a strip, never thinner than can be seen.

    >>> strip([{"start": 50, "end": 60, "filled_by": ""}], 0, 100)[0].x
    500.0
    """
    span = max(1, end - start)
    found = []
    for gap in gaps:
        left, right = max(start, gap["start"]), min(end, max(gap["end"], gap["start"]))
        if right >= start and left <= end:
            x = 1000 * (left - start) / span
            width = max(3.0, 1000 * (right - left) / span)
            found.append(Stretch(round(min(x, 997.0), 1), round(width, 1), kind_of(gap), gap))
    return found


def _one(state: SourceState, gaps: Sequence[Mapping[str, Any]], behind: int, now: float) -> SourceHealth:
    told, own = state.told, [gap for gap in gaps if gap["source"] == state.source.id]
    buffer = told.get("buffer") or {}
    received, skew = int(told.get("received") or 0), float(told.get("skew") or 0.0)
    live = state.state == "collecting"
    off = abs(skew) > RECORDING_S or not told.get("samples") or told.get("skew") is None
    return SourceHealth(
        state,
        float(told["rate"]) if live and "rate" in told else None,
        max(0.0, now - received / 1e9) if received else None,
        None if off else skew,
        int(buffer.get("bytes") or 0),
        int(buffer.get("bound") or 0),
        str(buffer.get("full") or state.source.when_full),
        behind,
        int(told.get("memory") or 0),
        int(told.get("dropped") or 0),
        len(own),
        sum(kind_of(gap) == "permanent" for gap in own),
    )
