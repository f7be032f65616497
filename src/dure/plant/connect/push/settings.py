"""How devices are listened to: settings of the connector `push`."""

from dataclasses import dataclass

from dure.plant.connect import Settings, setting
from dure.vocabulary import Text


@dataclass(frozen=True)
class PushSettings(Settings):
    """What a device may send, and how much of it."""

    tls: bool = setting(
        True, Text("Encrypt the link with the node's own certificate", "노드 인증서로 연결을 암호화")
    )
    zone: str = setting("UTC", Text("Time zone of times written without one", "시간대가 없는 시각의 시간대"))
    body: int = setting(
        4,
        Text("Largest request, unpacked", "요청 본문의 최대 크기(압축을 푼 뒤)"),
        unit="MiBy",
        between=(1, 64),
    )
    rate: float = setting(
        50.0,
        Text("Requests a second of one device", "장치 하나의 초당 요청 수"),
        unit="/s",
        between=(0.1, 10_000),
    )
    at_once: int = setting(64, Text("Requests handled at once", "동시에 처리하는 요청 수"), between=(1, 1000))
    silence: float = setting(
        0.0,
        Text(
            "Say that the source is lost when no device sends for so long; 0 is never",
            "이 시간 동안 아무 장치도 보내지 않으면 끊김으로 알림(0이면 알리지 않음)",
        ),
        unit="s",
        between=(0, 604_800),
    )
