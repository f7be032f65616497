"""Settings of a FINS source."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.polled import PolledSettings
from dure.vocabulary import Text


@dataclass(frozen=True)
class FinsSettings(PolledSettings):
    """Which node is asked, as which node, how much at once (Omron W227 §3, W342 §5, W420 §7)."""

    words: str = setting(
        "CDAB",
        Text("Word order of a tag that names none", "워드 순서를 적지 않은 태그의 순서"),
        choices=("ABCD", "CDAB", "BADC", "DCBA"),
    )
    network: int = setting(
        0,
        Text("Network of the controller; 0 is the connected one", "PLC의 네트워크 번호(0은 접속한 네트워크)"),
        between=(0, 127),
    )
    node: int = setting(
        0,
        Text(
            "Node of the controller; 0 asks for it (TCP) or takes the address' last number (UDP)",
            "PLC의 노드 번호(0이면 TCP는 물어보고 UDP는 주소의 끝 번호)",
        ),
        between=(0, 254),
    )
    unit: int = setting(
        0, Text("Unit of the controller; 0 is the CPU", "PLC의 유닛 번호(0은 CPU)"), between=(0, 255)
    )
    own_node: int = setting(
        0,
        Text(
            "Our own node; 0 is given by the controller (TCP) or our address' last number (UDP)",
            "우리 노드 번호(0이면 TCP는 PLC가 정하고 UDP는 우리 주소의 끝 번호)",
        ),
        between=(0, 254),
    )
    retries: int = setting(
        2,
        Text("UDP: how often a silent controller is asked again", "UDP: 응답이 없을 때 다시 묻는 횟수"),
        between=(0, 10),
    )
    limit: int = setting(999, Text("Most words of one request", "요청 하나의 최대 워드 수"), between=(1, 999))
    hole: int = setting(
        16,
        Text("Most words read along between two tags", "태그 사이에 함께 읽는 최대 워드 수"),
        between=(0, 480),
    )
