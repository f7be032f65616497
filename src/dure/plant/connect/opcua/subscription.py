"""Subscriptions at the server: made in batches, several in a session, taken over after a loss."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dure.plant.connect.opcua.browse import node_of
from dure.plant.connect.opcua.decode import Shapes
from dure.plant.connect.opcua.link import Link
from dure.plant.connect.opcua.profiles import Limits
from dure.plant.connect.opcua.protocol import ua
from dure.plant.connect.opcua.rates import Rate, Rates, groups, path_of
from dure.plant.connect.opcua.settings import OpcUaSettings
from dure.vocabulary import Signal

_NO_FILTER = {"BadMonitoredItemFilterUnsupported", "BadMonitoredItemFilterInvalid", "BadFilterNotAllowed", "BadDeadbandFilterInvalid"}  # fmt: skip
_SERVER, _RESEND_DATA = ua.NodeId(2253), ua.NodeId(12873)


@dataclass(slots=True)
class Subscription:
    """One subscription at the server; `handles` are the places of its signals in `Held.names`.

    `expected` is the number due next, `complete` the server's time up to which everything it noticed has reached
    us [ns since 1970 UTC]; `gap_from` such a time of a former subscription, 0 when there is no gap to name.
    `owed` are the numbers known to be missing; `written` the last number on our disk with nothing owed before it,
    and what was complete with it.
    """

    id: int
    handles: tuple[int, ...]
    keep_alive: float
    sampling: float = 0.0
    queue: int = 0
    interval: float = 0.25
    expected: int = 1
    complete: int = 0
    gap_from: int = 0
    cause: str = ""
    written: tuple[int, int] = (0, 0)
    owed: dict[int, None] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=Shapes)


@dataclass(slots=True)
class Held:
    """The subscriptions of one source; client handles are the places of `names`.

    `durable` are (subscription, number) pairs on our disk that wait to be acknowledged; `historic` the places of
    signals whose history the server keeps. `tries` counts resumptions after which the server never spoke;
    `proven` is whether it did in this run; `session` is whose they are.
    """

    names: tuple[str, ...]
    parts: dict[int, Subscription] = field(default_factory=dict)
    durable: list[tuple[int, int]] = field(default_factory=list)
    historic: frozenset[int] = frozenset()
    proven: bool = False
    tries: int = 0
    session: object = None

    @property
    def keep_alive(self) -> float:
        """Longest time between two signs of life [s]; the fastest subscription speaks for the link."""
        return min((part.keep_alive for part in self.parts.values()), default=5.0)

    @property
    def complete(self) -> int:
        """The time up to which every subscription is complete [ns since 1970 UTC]."""
        return min((part.gap_from or part.complete for part in self.parts.values()), default=0)

    def shapes_of(self, subscription: int) -> Shapes | None:
        """Message shapes of one subscription."""
        part = self.parts.get(subscription)
        return None if part is None else part.shapes

    def missing(self) -> list[int]:
        """Places of the signals that no subscription holds."""
        covered = {handle for part in self.parts.values() for handle in part.handles}
        return [place for place in range(len(self.names)) if place not in covered]


async def subscribe(
    link: Link, signals: Sequence[Signal], places: Sequence[int], notes: list[str]
) -> list[Subscription]:
    """Make subscriptions for the signals at `places`, as many as rates and the server's limits want."""
    limits, rates = await link.limits(), Rates.read(link.settings)
    nodes, refused = _nodes(signals, places, limits)
    made: list[Subscription] = []
    wanted = [signals[place] for place in places if place in nodes]
    where = [place for place in places if place in nodes]
    for rate, members in groups(wanted, rates, limits.subscription):
        handles = [where[member] for member in members]
        sub = await _create(link, rate)
        taken = await _monitor(
            link, sub, signals, {handle: nodes[handle] for handle in handles}, rates, notes
        )
        refused += [signals[handle].id for handle in handles if handle not in taken]
        sub.handles = tuple(handles)
        if taken:
            made.append(sub)
        else:
            await link.session.delete_subscriptions([sub.id])
    if refused:
        notes.append(f"{len(refused)} signals are not there any more: {', '.join(refused[:3])}")
    return made


def _nodes(
    signals: Sequence[Signal], places: Sequence[int], limits: Limits
) -> tuple[dict[int, Any], list[str]]:
    nodes: dict[int, Any] = {}
    refused: list[str] = []
    for place in places:
        try:
            nodes[place] = node_of(signals[place].address, limits.namespaces)
        except (ValueError, ua.UaError):
            refused.append(signals[place].id)
    return nodes, refused


async def _create(link: Link, rate: Rate) -> Subscription:
    made = await link.session.create_subscription(_parameters(link.settings, rate), lambda _: None)
    interval = made.RevisedPublishingInterval / 1000
    return Subscription(
        int(made.SubscriptionId), (), interval * made.RevisedMaxKeepAliveCount, interval=interval
    )


def _parameters(settings: OpcUaSettings, rate: Rate) -> Any:
    parameters = ua.CreateSubscriptionParameters()
    interval = rate.publishing
    keep_alive = max(1, round(settings.keep_alive * 1000 / interval))
    parameters.RequestedPublishingInterval = interval
    parameters.RequestedMaxKeepAliveCount = keep_alive
    # the standard wants three keep-alives at least in a lifetime
    parameters.RequestedLifetimeCount = max(3 * keep_alive, round(settings.outage * 1000 / interval))
    parameters.MaxNotificationsPerPublish = 0
    parameters.PublishingEnabled = True
    return parameters


async def _monitor(  # noqa: PLR0913, PLR0917 - what an item needs
    link: Link,
    sub: Subscription,
    signals: Sequence[Signal],
    nodes: dict[int, Any],
    rates: Rates,
    notes: list[str],
) -> set[int]:
    """Create the monitored items, so many in a call as this server likes; the places it took."""
    limits, settings = await link.limits(), link.settings
    left, taken = list(nodes), set[int]()
    for attempt in ("as wanted", "without deadband", "without filter"):
        refused: list[int] = []

        async def create(handles: Sequence[int], attempt: str = attempt) -> list[Any]:
            parameters = ua.CreateMonitoredItemsParameters()
            parameters.SubscriptionId = sub.id
            parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            parameters.ItemsToCreate = [
                _item(handle, nodes[handle], rates.of(path_of(signals[handle])), settings, attempt)
                for handle in handles
            ]
            return list(await link.session.create_monitored_items(parameters))

        for handle, result in zip(left, await limits.each("monitor", left, create), strict=True):
            if result.StatusCode.is_good():
                taken.add(handle)
                sub.sampling = max(sub.sampling, float(result.RevisedSamplingInterval) / 1000)
                sub.queue = min(sub.queue or 2**31, int(result.RevisedQueueSize))
            elif result.StatusCode.name in _NO_FILTER:
                refused.append(handle)
        if not refused:
            break
        _note_filter(attempt, [signals[handle].id for handle in refused], rates, signals, refused, notes)
        left = refused
    return taken


def _note_filter(  # noqa: PLR0913, PLR0917 - the words of one note
    attempt: str,
    ids: list[str],
    rates: Rates,
    signals: Sequence[Signal],
    refused: list[int],
    notes: list[str],
) -> None:
    banded = any(rates.of(path_of(signals[handle])).deadband for handle in refused)
    if attempt == "as wanted" and banded:
        notes.append(f"{len(ids)} signals take no deadband and send every change: {', '.join(ids[:3])}")


def _item(handle: int, node: Any, rate: Rate, settings: OpcUaSettings, attempt: str) -> Any:
    item = ua.MonitoredItemCreateRequest()
    item.ItemToMonitor.NodeId = node
    item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
    item.MonitoringMode = ua.MonitoringMode.Reporting
    wanted = item.RequestedParameters
    wanted.ClientHandle, wanted.SamplingInterval = handle, rate.sampling
    wanted.QueueSize, wanted.DiscardOldest = settings.queue, True
    if attempt != "without filter":
        wanted.Filter = rate.filter(settings.trigger, deadband=attempt == "as wanted")
    return item


async def transfer(link: Link, ids: Sequence[int]) -> dict[int, list[int]]:
    """Take subscriptions over into the present session: those that came, with the numbers the server still holds."""
    parameters = ua.TransferSubscriptionsParameters()
    parameters.SubscriptionIds, parameters.SendInitialValues = list(ids), False
    try:
        results = await link.session.transfer_subscriptions(parameters)
    except (ua.UaStatusCodeError, ValueError):
        return {}
    return {
        subscription: [int(n) for n in result.AvailableSequenceNumbers or ()]
        for subscription, result in zip(ids, results, strict=False)
        if result.StatusCode.is_good()
    }


async def resend_data(link: Link, subscription: int) -> bool:
    """Ask for the present value of every signal again (OPC 10000-5 §9.2); False if the server cannot."""
    request = ua.CallMethodRequest()
    request.ObjectId, request.MethodId = _SERVER, _RESEND_DATA
    request.InputArguments = [ua.Variant(subscription, ua.VariantType.UInt32)]
    try:
        (result,) = await link.session.call([request])
    except ua.UaStatusCodeError:
        return False
    return bool(result.StatusCode.is_good())
