"""How much a server takes in one call: what it says itself, what its make is known for, and what it refused."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dure.plant.connect.opcua.protocol import ua

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Profile:
    """Items in one call, and monitored items in one subscription, that a make of server takes without trouble."""

    call: int
    subscription: int = 10_000


# By a part of the ProductName, in lower case. An S7-1200 takes 50 times longer above 200 items, and its web page
# counts 1000 monitored items; the others are the largest calls that their manuals or defaults allow.
BY_MAKE = {
    "s7-1200": Profile(100, 1000),
    "s7-1500": Profile(100, 1000),
    "simatic": Profile(100, 1000),
    "kepserver": Profile(1000),
    "kepware": Profile(1000),
    "ignition": Profile(1000),
    "prosys": Profile(800),
    "nodeopcua": Profile(1000),
    "node-opcua": Profile(1000),
    "open62541": Profile(1000),
    "asyncio": Profile(1000),  # asyncua calls itself "FreeOpcUa Python … AsyncIO Server"
    "freeopcua": Profile(1000),
    "codesys": Profile(200, 2000),
    "b&r": Profile(200, 2000),
    "twincat": Profile(500, 5000),
}
USUAL = Profile(500)
# OperationLimits and ServerCapabilities, OPC 10000-5 §6.3.11 and §6.3.2; 0 or absent says nothing
_LIMITS = {
    "read": 11705,
    "write": 11707,
    "browse": 11710,
    "history": 12165,
    "monitor": 11714,
    "subscription": 24104,
}
_MOST = {"browse": 100, "history": 100}  # whatever the server allows: an answer stays small that way
_TOO_MUCH = (
    ua.uaerrors.BadTooManyOperations,
    ua.uaerrors.BadTooManyMonitoredItems,
    ua.uaerrors.BadEncodingLimitsExceeded,
    ua.uaerrors.BadRequestTooLarge,
    ua.uaerrors.BadResponseTooLarge,
    ua.uaerrors.BadTcpMessageTooLarge,
    ua.uaerrors.BadOutOfMemory,
)


@dataclass(slots=True)
class Limits:
    """A server's name and version, its namespaces, and the items that each kind of call may hold."""

    product: str = ""
    version: str = ""
    namespaces: list[str] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    subscription: int = USUAL.subscription

    async def each(
        self, kind: str, items: Sequence[Item], call: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]
    ) -> list[Answer]:
        """Answers to `items`, so many in a call as the server takes; a refused call is halved, and that is kept."""
        answers: list[Answer] = []
        while len(answers) < len(items):
            size = self.calls.get(kind, USUAL.call)
            part = items[len(answers) : len(answers) + size]
            try:
                given = await call(part)
            except _TOO_MUCH:
                if len(part) < 2:
                    raise
                self.calls[kind] = len(part) // 2
                continue
            if len(given) != len(part):
                raise ua.UaError(f"{len(given)} answers to {len(part)} questions")
            answers.extend(given)
        return answers


def profile_of(product: str) -> Profile:
    """Profile of a make of server.

    >>> profile_of("SIMATIC.S7-1500.OPC-UA.Application").call, profile_of("KEPServerEX").call, profile_of("?").call
    (100, 1000, 500)
    """
    name = product.lower()
    return next((profile for make, profile in BY_MAKE.items() if make in name), USUAL)


async def limits_of(session: Any, items_per_call: int = 0, items_per_subscription: int = 0) -> Limits:
    """What the server says of itself; `items_per_…` are a person's own words, 0 for none."""
    nodes = [2255, 2261, 2264, *_LIMITS.values()]

    async def read(part: Sequence[int]) -> Sequence[Any]:
        return list(await session.read_attributes([ua.NodeId(node) for node in part], ua.AttributeIds.Value))

    answers = await Limits(calls={"read": len(nodes)}).each("read", nodes, read)
    namespaces, product, version, *said = [a.Value.Value if a.Value is not None else None for a in answers]
    profile = profile_of(str(product or ""))
    calls = {}
    for kind, limit in zip(_LIMITS, said, strict=True):
        allowed = limit if isinstance(limit, int) and limit > 0 else 2**31
        calls[kind] = min(allowed, items_per_call or profile.call, _MOST.get(kind, 2**31))
    limit = said[-1] if isinstance(said[-1], int) and said[-1] > 0 else 2**31
    most = min(limit, items_per_subscription or profile.subscription)
    return Limits(str(product or ""), str(version or ""), list(namespaces or []), calls, most)
