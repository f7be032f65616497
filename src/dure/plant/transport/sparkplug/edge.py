"""An edge node's side: births, data and deaths in their order, with aliases and sequence numbers (3.0.0 §5, §6.4)."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from dure.plant.transport.sparkplug.datatypes import DataType
from dure.plant.transport.sparkplug.payload import Metric, Payload, decode, encode
from dure.plant.transport.sparkplug.sequence import following
from dure.plant.transport.sparkplug.topics import Topic, check_name, read_topic

REBIRTH = "Node Control/Rebirth"
BD_SEQ = "bdSeq"


class Publication(NamedTuple):
    """One message to publish."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


class EdgeNode:
    """Writes the messages of one edge node; sends nothing itself. `clock` in ns since 1970 UTC.

    The order is: `death` (the will of the CONNECT), `birth`, a `birth` for each device, then `data`.

    >>> node = EdgeNode("plant", "dure", clock=lambda: 1_700_000_000_000_000_000)
    >>> node.death().topic, node.birth([Metric("load", 0.5, DataType.DOUBLE)]).topic
    ('spBv1.0/plant/NDEATH/dure', 'spBv1.0/plant/NBIRTH/dure')
    >>> decode(node.data([Metric("load", 0.6)]).payload).metrics[0].alias
    1
    """

    def __init__(self, group: str, node: str, *, clock: Callable[[], int], bd_seq: int = 0) -> None:
        self.group, self.node = check_name(group), check_name(node)
        self.bd_seq, self._clock = bd_seq, clock
        self._seq = 255
        self._aliases: dict[tuple[str, str], int] = {}
        self._kinds: dict[tuple[str, str], int] = {}

    def connecting(self) -> Publication:
        """The will of the next CONNECT: its number goes up by one each time (tck-id-topics-nbirth-bdseq-increment)."""
        self.bd_seq = following(self.bd_seq)
        return self.death()

    def death(self) -> Publication:
        """NDEATH of this connection: will of its CONNECT, or published before DISCONNECT."""
        metric = Metric(BD_SEQ, self.bd_seq, DataType.INT64)
        return Publication(self._topic("NDEATH"), encode(Payload((metric,), self._clock())), qos=1)

    def birth(self, metrics: Sequence[Metric], device: str = "") -> Publication:
        """NBIRTH, or DBIRTH of a device: every metric that will ever come, with its type and present value."""
        time = self._clock()
        born = [self._born(metric, device, time) for metric in metrics]
        if not device:
            self._seq = 255
            born += [
                Metric(REBIRTH, False, DataType.BOOLEAN, time=time),
                Metric(BD_SEQ, self.bd_seq, DataType.INT64, time=time),
            ]
        return self._numbered("DBIRTH" if device else "NBIRTH", device, born, time)

    def data(self, metrics: Iterable[Metric], device: str = "") -> Publication:
        """NDATA or DDATA: what has changed, by alias and without its type.

        Raises
        ------
        KeyError
            If a metric was not in the birth.
        """
        time = self._clock()
        changed = [
            metric._replace(
                name="",
                alias=self._aliases[device, metric.name],
                kind=self._kinds[device, metric.name],
                time=metric.time or time,
            )
            for metric in metrics
        ]
        return self._numbered("DDATA" if device else "NDATA", device, changed, time)

    def device_death(self, device: str) -> Publication:
        """DDEATH: the device cannot be reached."""
        return self._numbered("DDEATH", device, [], self._clock())

    def asks_for_rebirth(self, topic: str, payload: bytes) -> bool:
        """Whether a message is an NCMD to us that asks for a rebirth (§5.10.4)."""
        read = read_topic(topic)
        if read != Topic(self.group, "NCMD", self.node):
            return False
        return any(
            metric.name == REBIRTH and metric.value is True for metric in decode(payload, topic).metrics
        )

    def commands(self, topic: str, payload: bytes) -> tuple[str, tuple[Metric, ...]] | None:
        """Device (empty for the node) and metrics that a NCMD or DCMD to us writes, aliases made names; None if none."""
        read = read_topic(topic)
        if (
            read is None
            or read[0] != self.group
            or read.node != self.node
            or read.kind not in ("NCMD", "DCMD")
        ):
            return None
        names = {alias: name for (device, name), alias in self._aliases.items() if device == read.device}
        metrics = decode(payload, topic).metrics
        return read.device, tuple(m._replace(name=m.name or names.get(m.alias or 0, "")) for m in metrics)

    def _born(self, metric: Metric, device: str, time: int) -> Metric:
        alias = self._aliases.setdefault((device, metric.name), len(self._aliases) + 1)
        self._kinds[device, metric.name] = metric.kind
        return metric._replace(alias=alias, time=metric.time or time)

    def _numbered(self, kind: str, device: str, metrics: Iterable[Metric], time: int) -> Publication:
        self._seq = following(self._seq)
        written = encode(Payload(tuple(metrics), time, self._seq), kinds="BIRTH" in kind)
        return Publication(self._topic(kind, device), written)

    def _topic(self, kind: str, device: str = "") -> str:
        return str(Topic(self.group, kind, self.node, check_name(device) if device else ""))


def rebirth_request(group: str, node: str, now: int) -> Publication:
    """NCMD that asks an edge node for a rebirth, `now` in ns since 1970 UTC.

    >>> rebirth_request("plant", "line1", 1_700_000_000_000_000_000).topic
    'spBv1.0/plant/NCMD/line1'
    """
    metric = Metric(REBIRTH, True, DataType.BOOLEAN, time=now)
    return Publication(str(Topic(group, "NCMD", node)), encode(Payload((metric,), now)))


def command(topic: Topic, metric: Metric, now: int) -> Publication:
    """NCMD or DCMD that writes one metric: QoS 0, not retained, without a sequence number (§6.4.27, §6.4.28)."""
    kind = "DCMD" if topic.device else "NCMD"
    return Publication(str(topic._replace(kind=kind)), encode(Payload((metric,), now)))
