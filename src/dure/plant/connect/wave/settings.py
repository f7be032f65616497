"""Settings of a vibration source."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.media import TriggeredSettings
from dure.vocabulary import Text


@dataclass(frozen=True)
class WaveSettings(TriggeredSettings):
    """How long a burst is, when it is taken, and in what form values come where the source does not say."""

    samples: int = setting(
        16_384, Text("Values of a burst; 0 is a whole file", "묶음 하나의 표본 수(0은 파일 전체)"), between=(0, 4_000_000)
    )  # fmt: skip
    before: int = setting(
        0, Text("Of these, values before the trigger", "그중 트리거 이전의 표본 수"), between=(0, 4_000_000)
    )  # fmt: skip
    every: float = setting(
        60.0, Text("Time between bursts of a stream without a trigger", "트리거가 없을 때 묶음 간격"), unit="s", between=(0.1, 86_400)
    )  # fmt: skip
    level: float = setting(
        0.0,
        Text(
            "Trigger by the first channel: its magnitude rises above this; 0 is off",
            "첫 채널의 크기가 이 값을 넘으면 취득(0은 사용 안 함)",
        ),
        between=(0, 1e9),
    )
    rate: float = setting(
        12_000.0, Text("Sampling rate where the source tells none", "원천이 알려 주지 않을 때 표본화 주파수"), unit="Hz", between=(1, 10_000_000)
    )  # fmt: skip
    format: str = setting(
        "f32", Text("Form of a stream's values, little-endian", "스트림의 값 형식(리틀 엔디언)"), choices=("f32", "s16", "s24", "s32")
    )  # fmt: skip
    channels: str = setting("", Text("Names of the channels, divided by commas", "채널 이름(쉼표로 구분)"))
    scale: float = setting(
        1.0, Text("Value = number · scale; whole numbers are shares of full scale", "값 = 수 · 배율(정수는 최대값에 대한 비율)"), between=(-1e12, 1e12)
    )  # fmt: skip
    unit: str = setting("g", Text("Unit of the values (UCUM)", "값의 단위(UCUM)"))
    bands: str = setting(
        "0-1000, 1000-3000, 3000-6000",
        Text("Bands whose RMS is measured, in Hz", "RMS를 잴 대역(Hz)"),
    )
    speed_from: str = setting(
        "", Text("Signal of this node with the shaft's speed", "축 회전수를 담은 이 노드의 신호")
    )
    pattern: str = setting("*", Text("Names of the files in a folder, like {part}_{time}.csv", "폴더의 파일 이름(예: {part}_{time}.csv)"))  # fmt: skip
    zone: str = setting("UTC", Text("Time zone of times in names", "이름 속 시각의 시간대"))
    folders: bool = setting(False, Text("Look into sub-folders too", "하위 폴더도 찾기"))
    look: float = setting(
        1.0, Text("How often the folder is looked at", "폴더 확인 주기"), unit="s", between=(0.05, 3600)
    )
    settle: float = setting(
        0.5, Text("How long a file must have stood still before it is read", "파일을 읽기 전 변화가 없어야 하는 시간"), unit="s", between=(0, 3600)
    )  # fmt: skip
    timeout: float = setting(10.0, Text("Time to answer", "응답 제한 시간"), unit="s", between=(0.5, 300))
    largest: float = setting(
        64.0,
        Text("Largest file, unpacked", "파일의 최대 크기(압축 해제 기준)"),
        unit="MB",
        between=(0.01, 1000),
    )


def bands_of(text: str) -> list[tuple[float, float]]:
    """Bands as written, at most 32; ValueError if they are none.

    >>> bands_of("0-1000, 1000-3000")
    [(0.0, 1000.0), (1000.0, 3000.0)]
    """
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        low, _, high = part.partition("-")
        found.append((float(low), float(high)))
    if len(found) > 32 or any(not 0 <= low < high < 1e9 for low, high in found):
        raise ValueError(text)
    return found
