"""Settings of an SLMP source."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.polled import PolledSettings
from dure.vocabulary import Text


@dataclass(frozen=True)
class SlmpSettings(PolledSettings):
    """Which frame, which station, how much at once (SLMP reference manual SH-080956 chapters 4 and 5)."""

    words: str = setting(
        "DCBA",
        Text("Word order of a tag that names none", "워드 순서를 적지 않은 태그의 순서"),
        choices=("ABCD", "CDAB", "BADC", "DCBA"),
    )
    frame: str = setting(
        "3E", Text("Frame of the protocol, binary", "프로토콜 프레임(바이너리)"), choices=("3E", "4E")
    )
    network: int = setting(
        0, Text("Network number; 0 is the connected one", "네트워크 번호(0은 접속한 국)"), between=(0, 255)
    )
    station: int = setting(
        255,
        Text("Station (PC) number; 255 is the connected one", "국번(PC 번호, 255는 접속한 국)"),
        between=(0, 255),
    )
    module: int = setting(
        1023,
        Text("Module I/O number; 1023 (03FFh) is the CPU", "모듈 I/O 번호(1023=03FFh는 CPU)"),
        between=(0, 65_535),
    )
    multidrop: int = setting(0, Text("Multidrop station number", "멀티드롭 국번"), between=(0, 31))
    xy: str = setting(
        "hex",
        Text("How X and Y are counted: hex, octal of iQ-F (FX5)", "X·Y 번호 표기(hex, iQ-F(FX5)는 octal)"),
        choices=("hex", "octal"),
    )
    points: int = setting(
        960, Text("Most words of one request", "요청 하나의 최대 워드 수"), between=(1, 960)
    )
    hole: int = setting(
        16,
        Text("Most words read along between two tags", "태그 사이에 함께 읽는 최대 워드 수"),
        between=(0, 480),
    )
