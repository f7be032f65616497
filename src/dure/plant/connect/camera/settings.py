"""Settings of a camera."""

from dataclasses import dataclass

from dure.plant.connect import setting
from dure.plant.connect.media import TriggeredSettings
from dure.vocabulary import Text


@dataclass(frozen=True)
class CameraSettings(TriggeredSettings):
    """When pictures are taken, how they are written, and how the camera is asked."""

    period: float = setting(
        1.0, Text("Time between pictures without a trigger", "트리거가 없을 때 촬영 간격"), unit="s", between=(0.02, 86_400)
    )  # fmt: skip
    change: float = setting(
        0.0,
        Text(
            "Least mean change of grey (0–255) for a picture to be kept; 0 keeps each",
            "사진을 남길 최소 평균 밝기 변화(0–255), 0은 모두",
        ),
        between=(0, 255),
    )
    format: str = setting(
        "as is",
        Text("How pictures are written; a stream's are JPEG then", "사진 저장 형식(스트림은 JPEG)"),
        choices=("as is", "jpeg", "png"),
    )
    quality: int = setting(90, Text("Quality of JPEG", "JPEG 품질"), between=(1, 100))
    width: int = setting(
        0, Text("Largest width; wider ones are made smaller, 0 is as is", "최대 너비(0은 그대로)"), unit="px", between=(0, 16_384)
    )  # fmt: skip
    pattern: str = setting(
        "*",
        Text(
            "Names of the pictures in a folder, like {part}_{view}_{time}.png",
            "폴더의 사진 이름(예: {part}_{view}_{time}.png)",
        ),
    )
    zone: str = setting("UTC", Text("Time zone of times in names", "이름 속 시각의 시간대"))
    folders: bool = setting(False, Text("Look into sub-folders too", "하위 폴더도 찾기"))
    settle: float = setting(
        0.5, Text("How long a file must have stood still before it is read", "파일을 읽기 전 변화가 없어야 하는 시간"), unit="s", between=(0, 3600)
    )  # fmt: skip
    profile: str = setting(
        "", Text("ONVIF profile by its token; empty is the first", "ONVIF 프로파일 토큰(비우면 첫 번째)")
    )
    user: str = setting("", Text("User; the password is kept apart", "사용자(암호는 따로 보관)"))
    clear_password: bool = setting(
        False, Text("Let the password travel unencrypted", "암호를 암호화하지 않고 보내도록 허용")
    )
    ca: str = setting(
        "",
        Text(
            "File with the authority that signed the camera's certificate",
            "카메라 인증서를 서명한 기관의 파일",
        ),
    )
    timeout: float = setting(10.0, Text("Time to answer", "응답 제한 시간"), unit="s", between=(0.5, 300))
    largest: float = setting(32.0, Text("Largest picture", "사진의 최대 크기"), unit="MB", between=(0.01, 64))
