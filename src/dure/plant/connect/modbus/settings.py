"""Settings of a Modbus source."""

from dataclasses import dataclass

from dure.plant.connect import Settings, setting
from dure.vocabulary import Text


@dataclass(frozen=True)
class ModbusSettings(Settings):
    """What is read, how often, and what the device bears (Modbus application protocol 1.1b3 §6)."""

    tags: str = setting(
        "",
        Text(
            "Tag table: a .csv or .toml file, or the table itself; empty scans the device",
            "태그 표(.csv·.toml 파일 또는 표 내용, 비우면 기기를 탐색)",
        ),
        multiline=True,
    )
    unit: int = setting(
        1, Text("Unit of an address that names none", "유닛을 적지 않은 주소의 유닛 번호"), between=(0, 255)
    )
    period: float = setting(
        1.0, Text("How often tags are read", "읽는 주기"), unit="s", between=(0.01, 86_400)
    )
    changes: bool = setting(False, Text("Keep only readings that changed", "바뀐 값만 보관"))
    restate: float = setting(
        60.0,
        Text(
            "With that, how often an unchanged one is kept all the same",
            "그때 바뀌지 않은 값도 다시 남기는 주기",
        ),
        unit="s",
        between=(1, 86_400),
    )
    words: str = setting(
        "ABCD",
        Text("Word order of a tag that names none", "워드 순서를 적지 않은 태그의 순서"),
        choices=("ABCD", "CDAB", "BADC", "DCBA"),
    )
    timeout: float = setting(3.0, Text("Time to answer", "응답 제한 시간"), unit="s", between=(0.05, 60))
    retries: int = setting(
        1, Text("How often a silent device is asked again", "응답이 없을 때 다시 묻는 횟수"), between=(0, 10)
    )
    delay: float = setting(
        0.0, Text("Pause between two requests", "요청 사이의 쉬는 시간"), unit="ms", between=(0, 10_000)
    )
    registers: int = setting(
        125, Text("Most registers of one request", "요청 하나의 최대 레지스터 수"), between=(1, 125)
    )
    bits: int = setting(2000, Text("Most bits of one request", "요청 하나의 최대 비트 수"), between=(1, 2000))
    hole: int = setting(
        16,
        Text("Most registers read along between two tags", "태그 사이에 함께 읽는 최대 레지스터 수"),
        between=(0, 124),
    )
    scan: str = setting(
        "holding:0-99, input:0-99, coil:0-99, discrete:0-99",
        Text("What is probed where there is no tag table", "태그 표가 없을 때 탐색할 범위"),
    )
    write_many: bool = setting(
        False, Text("Write with function codes 15 and 16 only", "쓰기에 기능 코드 15와 16만 사용")
    )
    baud: int = setting(
        9600, Text("Serial line: bits a second", "직렬 통신 속도"), unit="Bd", between=(300, 4_000_000)
    )
    parity: str = setting("N", Text("Serial line: parity", "직렬 통신 패리티"), choices=("N", "E", "O"))
    stop: int = setting(1, Text("Serial line: stop bits", "직렬 통신 정지 비트"), between=(1, 2))
    ca: str = setting(
        "",
        Text("TLS: file with the authority that signed the device", "TLS: 기기 인증서를 서명한 기관의 파일"),
    )
    certificate: str = setting(
        "", Text("TLS: file with our certificate and its key", "TLS: 우리 인증서와 개인 키 파일")
    )
