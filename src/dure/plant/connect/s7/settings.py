"""Settings of an S7 source."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.polled import PolledSettings
from dure.vocabulary import Text

KINDS = {"pg": 1, "op": 2, "basic": 3}


@dataclass(frozen=True)
class S7Settings(PolledSettings):
    """Where the CPU sits, as what we come, and how much is read at once."""

    rack: int = setting(0, Text("Rack of the CPU", "CPU의 랙 번호"), between=(0, 7))
    slot: int = setting(
        1, Text("Slot of the CPU: 1 of S7-1200 and 1500, 2 of S7-300", "CPU의 슬롯 번호(S7-1200·1500은 1, S7-300은 2)"), between=(0, 31)
    )  # fmt: skip
    connection: str = setting(
        "pg", Text("Kind of connection that is taken", "연결 종류"), choices=tuple(KINDS)
    )
    pdu: int = setting(
        480, Text("Longest PDU asked for", "요청할 PDU 최대 길이"), unit="By", between=(112, 960)
    )
    hole: int = setting(
        16, Text("Most bytes read along between two tags", "태그 사이에 함께 읽는 최대 바이트 수"), unit="By", between=(0, 200)
    )  # fmt: skip
