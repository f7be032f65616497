"""Settings of an MQTT source."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.broker import BrokerSettings
from dure.vocabulary import Text


@dataclass(frozen=True)
class MqttSettings(BrokerSettings):
    """What is read of a broker, and how."""

    topics: str = setting(
        "#",
        Text(
            "Topics, one a line or after ;, each with the paths of its readings if they are not found by themselves",
            "토픽(줄바꿈이나 ;로 구분, 값을 자동으로 찾지 못할 때 경로 지정)",
        ),
    )
    qos: str = setting("1", Text("Highest quality of service asked for", "요청할 최고 QoS"), choices=("0", "1", "2"))  # fmt: skip
    client_id: str = setting(
        "", Text("Client id; empty is one of our own that is kept", "클라이언트 ID(비우면 자동 생성 후 유지)")
    )
    session: float = setting(
        604_800.0,
        Text("How long the broker is asked to remember us", "브로커에 세션을 기억해 달라고 요청하는 시간"),
        unit="s",
        between=(0, 4_294_967_295),
    )
    queue: float = setting(
        1000.0,
        Text(
            "Messages the broker queues for us while we are away, by its own configuration; 0 is all",
            "연결이 끊긴 동안 브로커가 쌓아 두는 메시지 수(브로커 설정값, 0은 전부)",
        ),
        between=(0, 1_000_000_000),
    )
    listen: float = setting(
        3.0, Text("How long to listen when signals are looked for", "신호를 찾을 때 듣는 시간"), unit="s", between=(0.2, 600)
    )  # fmt: skip
    zone: str = setting("UTC", Text("Time zone of times that name none", "시간대가 없는 시각의 시간대"))
    write_topic: str = setting(
        "{topic}/set", Text("Topic to which a value is written", "값을 쓸 때 보내는 토픽")
    )
