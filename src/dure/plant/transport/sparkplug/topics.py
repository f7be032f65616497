"""Topics of Sparkplug (3.0.0 §4.1): spBv1.0/group/TYPE/edge node[/device], and spBv1.0/STATE/host."""

from typing import NamedTuple

from dure.plant.transport.sparkplug.errors import NameRefused

NAMESPACE = "spBv1.0"
OF_NODE = frozenset({"NBIRTH", "NDEATH", "NDATA", "NCMD"})
OF_DEVICE = frozenset({"DBIRTH", "DDEATH", "DDATA", "DCMD"})


class Topic(NamedTuple):
    """What a topic says; `device` is empty for an edge node's own messages, `group` for STATE."""

    group: str
    kind: str
    node: str
    device: str = ""

    def __str__(self) -> str:
        """As it is published."""
        if self.kind == "STATE":
            return f"{NAMESPACE}/STATE/{self.node}"
        return "/".join(filter(None, (NAMESPACE, self.group, self.kind, self.node, self.device)))


def read_topic(topic: str) -> Topic | None:
    """The parts of a topic; None if it is no topic of Sparkplug B 3.0.

    >>> read_topic("spBv1.0/plant/DDATA/line1/press")
    Topic(group='plant', kind='DDATA', node='line1', device='press')
    >>> read_topic("spBv1.0/STATE/dure"), read_topic("spBv1.0/plant/DDATA/line1")
    (Topic(group='', kind='STATE', node='dure', device=''), None)
    """
    parts = topic.split("/")
    if parts[0] != NAMESPACE or not all(parts):
        return None
    if len(parts) == 3 and parts[1] == "STATE":
        return Topic("", "STATE", parts[2])
    if (len(parts) == 4 and parts[2] in OF_NODE) or (len(parts) == 5 and parts[2] in OF_DEVICE):
        return Topic(*parts[1:])
    return None


def check_name(name: str) -> str:
    """The id of a group, an edge node, a device or a host, if a topic can hold it (§4.1.2 to §4.1.5).

    Raises
    ------
    NameRefused
    """
    if not name or set(name) & set("+/#\0"):
        raise NameRefused(name)
    return name
