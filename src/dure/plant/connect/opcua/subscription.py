"""A subscription at the server: made in batches, resumed after a loss, remembered across a kill of the collector."""

import json
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dure.plant.connect import SourceOdd, write_private
from dure.plant.connect.opcua.browse import node_of
from dure.plant.connect.opcua.link import Link
from dure.plant.connect.opcua.numbering import after
from dure.plant.connect.opcua.protocol import ua
from dure.plant.connect.opcua.settings import OpcUaSettings
from dure.vocabulary import Signal

# Signals subscribed in one call, by what the server calls itself: an S7-1200 takes 50 times longer above 200.
BY_MAKE = {"s7-1200": 100, "s7-1500": 500, "kepserver": 1000, "ignition": 1000, "prosys": 800}
USUAL = 500
_PLACE = struct.Struct("<IIqI")


@dataclass(slots=True)
class Subscription:
    """One subscription; client handles are the places of `names`.

    `expected` is the number due next, `complete` the server's time up to which everything it noticed has reached
    us [ns since 1970 UTC]; `gap_from` such a time of a former subscription, 0 when there is no gap to name.
    `durable` are the numbers on our disk that wait to be acknowledged, `owed` those known to be missing.
    `tries` counts resumptions after which the server never spoke; `proven` is whether it did in this run.
    """

    id: int
    names: tuple[str, ...]
    keep_alive: float
    sampling: float = 0.0
    queue: int = 0
    expected: int = 1
    complete: int = 0
    gap_from: int = 0
    cause: str = ""
    proven: bool = False
    tries: int = 0
    durable: list[int] = field(default_factory=list)
    owed: dict[int, None] = field(default_factory=dict)


async def subscribe(link: Link, signals: Sequence[Signal], notes: list[str]) -> Subscription:
    """Make a subscription for the signals.

    Raises
    ------
    SourceOdd
        If the server takes none of them.
    """
    settings = link.settings
    made = await link.session.create_subscription(_parameters(settings), lambda _: None)
    interval = made.RevisedPublishingInterval / 1000
    sub = Subscription(
        int(made.SubscriptionId),
        tuple(signal.id for signal in signals),
        keep_alive=interval * made.RevisedMaxKeepAliveCount,
    )
    await _monitor(link, sub, signals, notes)
    return sub


def _parameters(settings: OpcUaSettings) -> Any:
    parameters = ua.CreateSubscriptionParameters()
    interval = settings.publishing
    keep_alive = max(1, round(settings.keep_alive * 1000 / interval))
    parameters.RequestedPublishingInterval = interval
    parameters.RequestedMaxKeepAliveCount = keep_alive
    # the standard wants three keep-alives at least in a lifetime
    parameters.RequestedLifetimeCount = max(3 * keep_alive, round(settings.outage * 1000 / interval))
    parameters.MaxNotificationsPerPublish = 0
    parameters.PublishingEnabled = True
    return parameters


async def _monitor(link: Link, sub: Subscription, signals: Sequence[Signal], notes: list[str]) -> None:
    """Create the monitored items, so many in a call as this make of server likes."""
    namespaces = await namespaces_of(link)
    nodes: list[tuple[int, Any]] = []
    refused: list[str] = []
    for handle, signal in enumerate(signals):
        try:
            nodes.append((handle, node_of(signal.address, namespaces)))
        except (ValueError, ua.UaError):
            refused.append(signal.id)
    per_call = link.settings.items_per_call or await _batch_size(link)
    for start in range(0, len(nodes), per_call):
        part = nodes[start : start + per_call]
        for (handle, _), result in zip(part, await _create(link, sub, part), strict=True):
            if not result.StatusCode.is_good():
                refused.append(sub.names[handle])
                continue
            sub.sampling = max(sub.sampling, float(result.RevisedSamplingInterval) / 1000)
            sub.queue = min(sub.queue or 2**31, int(result.RevisedQueueSize))
    if refused:
        notes.append(f"{len(refused)} signals are not there any more: {', '.join(refused[:3])}")
    if len(refused) == len(signals):
        await link.session.delete_subscriptions([sub.id])
        raise SourceOdd(link.where, why=f"none of the {len(signals)} signals is there")


async def _create(link: Link, sub: Subscription, part: Sequence[tuple[int, Any]]) -> list[Any]:
    parameters = ua.CreateMonitoredItemsParameters()
    parameters.SubscriptionId = sub.id
    parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    parameters.ItemsToCreate = [_item(handle, node, link.settings) for handle, node in part]
    results = await link.session.create_monitored_items(parameters)
    if all(
        r.StatusCode.name in ("BadMonitoredItemFilterUnsupported", "BadFilterNotAllowed") for r in results
    ):
        for item in parameters.ItemsToCreate:
            item.RequestedParameters.Filter = None
        results = await link.session.create_monitored_items(parameters)
    return list(results)


def _item(handle: int, node: Any, settings: OpcUaSettings) -> Any:
    item = ua.MonitoredItemCreateRequest()
    item.ItemToMonitor.NodeId = node
    item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
    item.MonitoringMode = ua.MonitoringMode.Reporting
    wanted = item.RequestedParameters
    wanted.ClientHandle, wanted.SamplingInterval = handle, settings.sampling
    wanted.QueueSize, wanted.DiscardOldest = settings.queue, True
    if settings.trigger == "timestamp":
        wanted.Filter = ua.DataChangeFilter(Trigger=ua.DataChangeTrigger.StatusValueTimestamp)
    return item


async def namespaces_of(link: Link) -> list[str]:
    """The server's NamespaceArray."""
    answer = await link.session.read_attributes([ua.NodeId(2255)], ua.AttributeIds.Value)
    return list(answer[0].Value.Value or []) if answer[0].Value is not None else []


async def product_of(link: Link) -> tuple[str, str]:
    """Name and version of the server's software."""
    answer = await link.session.read_attributes([ua.NodeId(2261), ua.NodeId(2264)], ua.AttributeIds.Value)
    name, version = (str(a.Value.Value or "") if a.Value is not None else "" for a in answer)
    return name, version


async def _batch_size(link: Link) -> int:
    product = (await product_of(link))[0].lower()
    by_make = next((size for make, size in BY_MAKE.items() if make in product), USUAL)
    answer = await link.session.read_attributes([ua.NodeId(11714)], ua.AttributeIds.Value)
    allowed = answer[0].Value.Value if answer[0].Value is not None else None
    return min(by_make, int(allowed)) if isinstance(allowed, int) and allowed > 0 else by_make


async def transfer(link: Link, sub: Subscription) -> list[int] | None:
    """Take a subscription over into the present session: numbers the server still holds; None if it is gone."""
    parameters = ua.TransferSubscriptionsParameters()
    parameters.SubscriptionIds, parameters.SendInitialValues = [sub.id], False
    try:
        (result,) = await link.session.transfer_subscriptions(parameters)
    except (ua.UaStatusCodeError, ValueError):
        return None
    return [int(n) for n in result.AvailableSequenceNumbers or ()] if result.StatusCode.is_good() else None


class Notebook:
    """What a collector must find again after kill -9: its subscription, and how far it was written to disk.

    The place is overwritten before each acknowledgement leaves. It is not fsynced: a killed process leaves it
    to the kernel, and after a power cut the worst is a gap named that was none.
    """

    def __init__(self, home: Path, source: str) -> None:
        self._about = home / "run" / f"collector-{source}.subscription.json"
        self._place = home / "run" / f"collector-{source}.place"
        self._file = -1

    def begin(self, sub: Subscription) -> None:
        """Note a new subscription."""
        about = {
            "id": sub.id,
            "names": sub.names,
            "keep_alive": sub.keep_alive,
            "queue": sub.queue,
            "sampling": sub.sampling,
        }
        write_private(self._about, json.dumps(about).encode())
        self.note(sub.id, 0, sub.gap_from)

    def note(self, subscription: int, durable: int, complete: int) -> None:
        """Note that everything up to notification `durable` is on disk."""
        if self._file < 0:
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._place, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        whole = _PLACE.pack(subscription, durable, complete, subscription ^ durable)
        os.pwrite(self._file, whole, 0)

    def found(self, names: Sequence[str]) -> Subscription | None:
        """The subscription of a collector that was killed, if it was for the same signals."""
        subscription, durable, complete = self._read_place()
        try:
            about = json.loads(self._about.read_text())
            if about["id"] != subscription or tuple(about["names"]) != tuple(names):
                return None
            return Subscription(
                subscription,
                tuple(names),
                float(about["keep_alive"]),
                float(about["sampling"]),
                int(about["queue"]),
                expected=after(durable) if durable else 1,
                complete=complete,
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def complete(self) -> int:
        """The time up to which the last run was complete [ns since 1970 UTC], 0 if nobody knows."""
        return self._read_place()[2]

    def end(self, complete: int = 0) -> None:
        """The subscription is no more; the time up to which it was complete stays noted."""
        self._about.unlink(missing_ok=True)
        if complete:
            self.note(0, 0, complete)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read_place(self) -> tuple[int, int, int]:
        try:
            subscription, durable, complete, check = _PLACE.unpack(self._place.read_bytes())
        except (OSError, struct.error):
            return 0, 0, 0
        return (subscription, durable, complete) if check == subscription ^ durable else (0, 0, 0)
