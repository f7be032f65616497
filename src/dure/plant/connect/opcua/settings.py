"""Settings of an OPC UA source."""

from dataclasses import dataclass

from dure.plant.connect import Settings, setting
from dure.vocabulary import Text

POLICIES = ("Aes256Sha256RsaPss", "Aes128Sha256RsaOaep", "Basic256Sha256")  # strongest first


@dataclass(frozen=True)
class OpcUaSettings(Settings):
    """How a server is reached and how it is asked to sample, queue and publish (OPC 10000-4 §5.13, §5.14)."""

    security: str = setting(
        "auto",
        Text(
            "Security of the link; auto takes the strongest offered",
            "연결 보안(auto는 서버가 주는 가장 강한 방식)",
        ),
        choices=("auto", "none", "sign", "encrypt"),
    )
    policy: str = setting("auto", Text("Security policy", "보안 정책"), choices=("auto", *POLICIES))
    user: str = setting("", Text("User; empty is anonymous", "사용자(비우면 익명)"))
    clear_password: bool = setting(
        False, Text("Let the password travel unencrypted", "암호를 암호화하지 않고 보내도록 허용")
    )
    publishing: float = setting(
        250.0, Text("Publishing interval", "발행 주기"), unit="ms", between=(10, 60_000)
    )
    sampling: float = setting(
        0.0,
        Text(
            "Sampling interval; 0 is every change the server notices",
            "샘플링 주기(0은 서버가 아는 모든 변화)",
        ),
        unit="ms",
        between=(-1, 3_600_000),
    )
    queue: int = setting(
        100,
        Text("Readings the server queues for each signal", "서버가 신호마다 쌓아 두는 측정값 수"),
        between=(10, 100_000),
    )
    trigger: str = setting(
        "timestamp",
        Text(
            "What counts as a reading: a new time stamp, or a new value only",
            "새 측정값의 기준: 새 시각 또는 새 값",
        ),
        choices=("timestamp", "value"),
    )
    keep_alive: float = setting(
        5.0,
        Text("Sign of life when nothing changes", "변화가 없을 때의 생존 신호 주기"),
        unit="s",
        between=(0.2, 600),
    )
    outage: float = setting(
        600.0,
        Text("How long the server is asked to remember us", "서버에 연결을 기억해 달라고 요청하는 시간"),
        unit="s",
        between=(10, 86_400),
    )
    timeout: float = setting(10.0, Text("Time to answer", "응답 제한 시간"), unit="s", between=(0.5, 300))
    deadband: str = setting(
        "0",
        Text("Smallest change that is sent, in the signal's unit or in % of its range", "전송할 최소 변화(신호 단위 또는 범위의 %)"),
    )  # fmt: skip
    rates: str = setting(
        "",
        Text("Rates of some signals: PATTERN sampling=… publishing=… deadband=…; …", "일부 신호의 주기: 패턴 sampling=… publishing=… deadband=…; …"),
    )  # fmt: skip
    items_per_call: int = setting(
        0, Text("Signals subscribed in one call; 0 is by the server's make", "한 번에 구독하는 신호 수(0은 서버 종류에 따름)"), between=(0, 10_000)
    )  # fmt: skip
    items_per_subscription: int = setting(
        0, Text("Signals in one subscription; 0 is by the server's make", "구독 하나에 담는 신호 수(0은 서버 종류에 따름)"), between=(0, 1_000_000)
    )  # fmt: skip
    back_fill: int = setting(
        1_000_000,
        Text("Readings fetched from the server's history for one gap at most; 0 is never", "결측 하나에 대해 서버 이력에서 가져오는 최대 측정값 수(0은 가져오지 않음)"),
        between=(0, 100_000_000),
    )  # fmt: skip
