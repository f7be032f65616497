"""What every connector promises, and what it is given: a place, a sink, and an arm where it may write."""

from asyncio import Future
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from dure.plant.connect.settings import Settings
from dure.vocabulary import Sample, Signal, Text

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from dure.plant.transport import Event, Gap

# The quality scale. Each member says of every rule: done, todo, or exempt and why.
RULES: Mapping[str, Text] = {
    "browse-bounded": Text("browsing stops at a limit", "탐색은 정해진 수에서 멈춥니다"),
    "source-time": Text("the source's own time is kept", "원천의 시각을 그대로 보존합니다"),
    "quality": Text("the source's quality is kept, bad readings too", "불량 측정값까지 품질과 함께 보존합니다"),
    "units": Text("units are read where the source knows them", "원천이 아는 단위를 읽어 옵니다"),
    "text-values": Text("words are kept as text", "문자값을 문자 그대로 보존합니다"),
    "test-before-save": Text("a source is tried before it is saved", "저장하기 전에 연결을 시험합니다"),
    "reconnects": Text(
        "a lost source is found again; one log line down, one up",
        "끊긴 원천을 다시 찾으며 끊김과 복구를 한 줄씩 기록합니다",
    ),
    "ack-after-disk": Text("nothing is acknowledged before it is on disk", "디스크에 쓰기 전에는 수신을 확인해 주지 않습니다"),
    "gaps-named": Text("every loss is named in the gap ledger", "모든 유실을 결측 원장에 적습니다"),
    "back-fill": Text("what was missed is fetched from the source's history", "놓친 값을 원천의 이력에서 채웁니다"),
    "encrypted": Text("the link is encrypted where the protocol can", "프로토콜이 허용하면 암호화합니다"),
    "peer-trusted": Text("an unknown peer is refused until a person trusts it", "모르는 상대는 사람이 신뢰할 때까지 거절합니다"),
    "secret-kept": Text("a password is never shown, logged or sent in the clear", "암호를 보이거나 기록하거나 평문으로 보내지 않습니다"),
    "write-armed": Text("nothing is written unless a person armed it", "사람이 허용하지 않으면 아무것도 쓰지 않습니다"),
    "closes": Text("closing leaves nothing behind at the source", "닫으면 원천에 아무것도 남기지 않습니다"),
    "own-errors": Text("every refusal is one sentence naming the equipment", "모든 거절은 설비 이름을 밝힌 한 문장입니다"),
    "real-peer": Text("tested against a real peer of another maker", "다른 제작사의 실제 상대와 시험했습니다"),
}  # fmt: skip


class Mark(StrEnum):
    """How a member stands to a rule."""

    DONE = "done"
    TODO = "todo"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's standing to one rule, with the reason where it is not done."""

    mark: Mark
    why: str = ""


DONE = Standing(Mark.DONE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connector stands: the source's id and address, the node's home, and the secret it may use."""

    source: str
    url: str
    home: Path
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Arm:
    """A person's leave to write one signal: between `low` and `high`, until `until` [ns since 1970, UTC].

    `rate` is the largest step from the present reading, and there is at most one write a second; `since` is when
    the leave was given [ns since 1970 UTC].
    """

    signal: str
    low: float
    high: float
    by: str
    until: int
    rate: float = float("inf")
    reason: str = ""
    since: int = 0


@dataclass(frozen=True, slots=True)
class Readings:
    """Many readings as columns of N rows, in the order in which the source gave them.

    `index` points into `names` (signal ids); `time` and `received` are ns since 1970 UTC, `value` NaN where
    there is none, `quality` 0 good, 1 uncertain, 2 bad; `text` holds the words of the rows that have words.
    """

    names: Sequence[str]
    index: "NDArray[np.int32]"
    time: "NDArray[np.int64]"
    value: "NDArray[np.float64]"
    quality: "NDArray[np.uint8]"
    received: int
    text: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.index)


class Sink(Protocol):
    """Where a connector puts what it read. A future that is done means: it is on the disk.

    `latest` is the newest source time that earlier runs of the collector stored [ns since 1970 UTC], 0 if none.
    """

    latest: int

    def put(self, readings: Readings) -> "Future[None]":
        """Take readings; the future is done when they are on the disk."""

    def gap(self, gap: "Gap") -> "Future[None]":
        """Take a named gap."""

    def event(self, event: "Event") -> "Future[None]":
        """Take something that happened, such as content deleted."""

    def hurry(self) -> None:
        """Write now: the connector waits for it."""

    async def room(self) -> None:
        """Wait until there is room for more; a full disk is felt here."""

    def up(self, how: str) -> None:
        """The source is being read; `how` in words, for the one log line."""


class Connector(Protocol):
    """Reads, and where armed writes, one kind of equipment.

    Made with a `Place` and its settings; makes no connection before the first call. `subscribe` runs until
    the source is exhausted (it returns) or lost (it raises `SourceProblem`); called again on the same object
    it goes on where it stood, or names the gap. `settings` may be narrowed by `identify` to what was found
    (which security the server has), so that it is this that is kept; `notes` says what was left out.
    """

    schemes: ClassVar[tuple[str, ...]]
    title: ClassVar[Text]
    requires: ClassVar[str]
    standard: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    rules: ClassVar[Mapping[str, Standing]]
    # A member may also say `live = False`: it holds what was written before, so its newest time is not its clock.
    place: Place
    settings: Any
    notes: list[str]

    def __init__(self, place: Place, settings: Any) -> None: ...

    async def identify(self) -> dict[str, str]:
        """Who answers there: product, version, how the link is secured."""

    async def browse(self, limit: int) -> list[Signal]:
        """The signals there are, at most `limit`; what was left out is said in `notes`."""

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The present reading of each signal, in their order."""

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Put every reading of the signals into the sink."""

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Write one value under an arm that covers it."""

    async def close(self) -> None:
        """Leave the source as it was found."""


@runtime_checkable
class Tables(Protocol):
    """What a connector offers besides, whose source holds tables that are worth reading as they are."""

    async def rows(self, table: str, after: int | None, limit: int) -> "pa.Table":
        """All columns of at most `limit` rows; see `dure.plant.connect.rows`."""


@runtime_checkable
class Tokens(Protocol):
    """What a connector offers besides, whose devices call by themselves and are known by tokens."""

    @staticmethod
    def make_token(home: Path, source_id: str, device: str) -> str:
        """A new token of a device, shown once."""

    @staticmethod
    def revoke_token(home: Path, source_id: str, device: str) -> None:
        """End a device's token."""
