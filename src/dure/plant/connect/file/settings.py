"""How files are turned into samples: settings of the connector `file`."""

from dataclasses import dataclass

from dure.plant.connect import Settings, setting
from dure.vocabulary import Text

ENCODINGS = ("auto", "utf-8", "cp949", "latin-1", "cp1252", "utf-16", "shift_jis", "gb18030")


@dataclass(frozen=True)
class FileSettings(Settings):
    """Which files are read, and what their columns mean."""

    time: str = setting(
        "", Text("Column with the time; empty is found by its type", "시각 열(비우면 형식으로 찾음)")
    )
    tag: str = setting(
        "",
        Text(
            "Column whose words tell apart machines or parts that share the other columns",
            "다른 열을 함께 쓰는 설비나 부품을 구분하는 열",
        ),
    )
    order: str = setting(
        "auto",
        Text(
            "Dates in digits begin with the day (dmy), the month (mdy) or the year (ymd)",
            "숫자로 쓴 날짜의 순서: 일(dmy), 월(mdy), 연도(ymd)가 먼저",
        ),
        choices=("auto", "dmy", "mdy", "ymd"),
    )
    zone: str = setting("UTC", Text("Time zone of times written without one", "시간대가 없는 시각의 시간대"))
    period: float = setting(
        1.0,
        Text("Period of the rows where no column holds a time", "시각 열이 없을 때 행의 간격"),
        unit="s",
        between=(1e-6, 86_400),
    )
    pattern: str = setting(
        "",
        Text(
            "Names of the files to read, like *.csv or **/*.csv; empty is every table",
            "읽을 파일 이름(예: *.csv, **/*.csv, 비우면 모든 표)",
        ),
    )
    folders: bool = setting(False, Text("Look into sub-folders too", "하위 폴더도 읽음"))
    words: str = setting(
        "",
        Text(
            "Pattern of file names whose {words} become signals, like {part}_*.csv",
            "파일 이름에서 신호로 만들 부분(예: {part}_*.csv)",
        ),
    )
    worksheet: str = setting("", Text("Sheet of workbooks that hold several", "여러 시트 중 읽을 시트"))
    encoding: str = setting(
        "auto", Text("How letters are written in texts", "텍스트의 문자 인코딩"), choices=ENCODINGS
    )
    follow: bool = setting(
        True, Text("Go on with rows and files that are added", "추가되는 행과 파일을 계속 읽음")
    )
    look: float = setting(
        2.0, Text("How often to look for more", "새 내용을 확인하는 주기"), unit="s", between=(0.05, 3600)
    )
    settle: float = setting(
        1.0,
        Text(
            "How long bytes must have stood in a file before they are read",
            "파일에 쓰인 내용을 읽기 전에 기다리는 시간",
        ),
        unit="s",
        between=(0, 3600),
    )
    whole: float = setting(
        30.0,
        Text("When a last line without an end is taken as it is", "줄바꿈 없는 마지막 줄을 그대로 읽는 시점"),
        unit="s",
        between=(0.05, 86_400),
    )
    done: float = setting(
        0.0,
        Text(
            "Move a file to done/ when it has not changed for so long; 0 is never",
            "이 시간 동안 바뀌지 않은 파일을 done/으로 옮김(0이면 옮기지 않음)",
        ),
        unit="s",
        between=(0, 31_536_000),
    )
