"""Settings of a Sparkplug source."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.broker import BrokerSettings
from dure.vocabulary import Text


@dataclass(frozen=True)
class SparkplugSettings(BrokerSettings):
    """Which edge nodes are read, and how patient the host is with them."""

    group: str = setting("+", Text("Group of the edge nodes; + is every group", "에지 노드의 그룹(+는 모든 그룹)"))  # fmt: skip
    host: str = setting("", Text("Host id; empty is dure and the source's name", "호스트 ID(비우면 dure와 원천 이름)"))  # fmt: skip
    reorder: float = setting(
        2.0,
        Text("How long to wait for a message that others overtook", "앞질린 메시지를 기다리는 시간"),
        unit="s",
        between=(0, 600),
    )
    rebirth: float = setting(
        5.0,
        Text("Least time between two requests for rebirth to one edge node", "같은 에지 노드에 재출생을 요청하는 최소 간격"),
        unit="s",
        between=(0.1, 3600),
    )  # fmt: skip
    listen: float = setting(
        5.0, Text("How long to listen when signals are looked for", "신호를 찾을 때 듣는 시간"), unit="s", between=(0.2, 600)
    )  # fmt: skip
