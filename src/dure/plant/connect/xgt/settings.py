"""Settings of an XGT source."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.polled import PolledSettings
from dure.vocabulary import Text


@dataclass(frozen=True)
class XgtSettings(PolledSettings):
    """How bits are written and how much is read at once (XGT FEnet user's manual §8.2)."""

    words: str = setting(
        "DCBA",
        Text("Word order of a tag that names none", "워드 순서를 적지 않은 태그의 순서"),
        choices=("ABCD", "CDAB", "BADC", "DCBA"),
    )
    bits: str = setting(
        "off",
        Text(
            "How this CPU names a bit that is written: %MX20 or %MX14 for bit 4 of word 1; off writes none",
            "비트를 쓸 때의 이름(워드 1의 비트 4를 %MX20 또는 %MX14로, off는 쓰지 않음)",
        ),
        choices=("off", "decimal", "hex"),
    )
    slot: int = setting(
        0,
        Text("Slot of the Ethernet module, as the frame tells it", "프레임에 적는 이더넷 모듈 슬롯 번호"),
        between=(0, 15),
    )
    base: int = setting(
        0,
        Text("Base of the Ethernet module, as the frame tells it", "프레임에 적는 이더넷 모듈 베이스 번호"),
        between=(0, 15),
    )
    limit: int = setting(
        1400, Text("Most bytes of one request", "요청 하나의 최대 바이트 수"), unit="By", between=(16, 1400)
    )
    hole: int = setting(
        32,
        Text("Most bytes read along between two tags", "태그 사이에 함께 읽는 최대 바이트 수"),
        unit="By",
        between=(0, 700),
    )
