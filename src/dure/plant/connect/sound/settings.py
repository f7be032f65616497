"""Settings of a sound."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.media import MediaSettings
from dure.vocabulary import Text


@dataclass(frozen=True)
class SoundSettings(MediaSettings):
    """How a sound is cut, and in what form it comes where the source does not say."""

    length: float = setting(10.0, Text("Length of a piece", "구간 길이"), unit="s", between=(0.1, 600))
    rate: float = setting(
        16_000.0, Text("Sampling rate of a stream", "스트림의 표본화 주파수"), unit="Hz", between=(100, 1_000_000)
    )  # fmt: skip
    channels: int = setting(1, Text("Channels of a stream", "스트림의 채널 수"), between=(1, 64))
    format: str = setting(
        "s16",
        Text("Form of a stream's values, little-endian", "스트림의 값 형식(리틀 엔디언)"),
        choices=("s16", "s24", "s32", "f32"),
    )
    pattern: str = setting("*", Text("Names of the WAV files in a folder, like {part}_{time}.wav", "폴더의 WAV 이름(예: {part}_{time}.wav)"))  # fmt: skip
    zone: str = setting("UTC", Text("Time zone of times in names", "이름 속 시각의 시간대"))
    folders: bool = setting(False, Text("Look into sub-folders too", "하위 폴더도 찾기"))
    look: float = setting(
        1.0, Text("How often a file is looked at", "파일 확인 주기"), unit="s", between=(0.05, 3600)
    )
    whole: float = setting(
        5.0, Text("When a file that does not grow is whole; its last piece may be shorter", "자라지 않는 파일을 완성으로 보는 시간"), unit="s", between=(0, 3600)
    )  # fmt: skip
    timeout: float = setting(10.0, Text("Time to answer", "응답 제한 시간"), unit="s", between=(0.5, 300))
