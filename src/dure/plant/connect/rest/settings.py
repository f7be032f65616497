"""Settings of a REST source."""

from dataclasses import dataclass

from dure.plant.connect import Settings, setting
from dure.vocabulary import Text


@dataclass(frozen=True)
class RestSettings(Settings):
    """How an interface is asked, and how its answers become readings."""

    period: float = setting(10.0, Text("How often it is asked", "조회 주기"), unit="s", between=(0.1, 86_400))
    records: str = setting(
        "",
        Text(
            "Path of the records, like $.data[*]; empty finds them", "레코드 경로(예: $.data[*], 비우면 찾음)"
        ),
    )
    tags: str = setting(
        "",
        Text(
            "Tag table whose addresses are paths in a record; empty takes every value",
            "태그 표(주소는 레코드 안의 경로, 비우면 모든 값)",
        ),
        multiline=True,
    )
    names: str = setting(
        "",
        Text(
            "Path of the name in a record, where each record is of another signal",
            "레코드마다 신호가 다를 때 이름의 경로",
        ),
    )
    time: str = setting(
        "",
        Text(
            "Path of the time in a record; empty takes the time of the answer",
            "레코드 안 시각의 경로(비우면 응답 시각)",
        ),
    )
    zone: str = setting("UTC", Text("Time zone of times that name none", "시간대가 없는 시각의 시간대"))
    unit: str = setting("", Text("Path of the unit in a record", "레코드 안 단위의 경로"))
    quality: str = setting("", Text("Path of the quality in a record", "레코드 안 품질의 경로"))
    good: str = setting(
        "good, ok, true, 1, 192, valid, 정상, 양호",
        Text("What it says of a good reading", "양호한 측정값을 나타내는 말"),
    )
    key: str = setting(
        "",
        Text(
            "Path of a number that rises from record to record, for {key}",
            "{key}에 쓸, 레코드마다 커지는 번호의 경로",
        ),
    )
    since: str = setting(
        "iso",
        Text("How {since} in the address is written", "주소의 {since} 표기 방식"),
        choices=("iso", "s", "ms", "ns"),
    )
    start: str = setting("1970-01-01T00:00:00Z", Text("First value of {since}", "{since}의 첫 값"))
    overlap: float = setting(
        0.0,
        Text(
            "How far {since} goes back, for records that come late",
            "늦게 오는 레코드를 위해 {since}를 되돌리는 시간",
        ),
        unit="s",
        between=(0, 86_400),
    )
    following: str = setting(
        "$.next",
        Text(
            "Path of the next page: an address, or a word for {cursor}",
            "다음 쪽의 경로(주소 또는 {cursor}에 넣을 값)",
        ),
    )
    cursor: str = setting("cursor", Text("Query parameter of that word", "그 값을 넣을 쿼리 매개변수"))
    pages: int = setting(100, Text("Most pages of one round", "한 번에 읽는 최대 쪽수"), between=(1, 10_000))
    format: str = setting("auto", Text("Form of the answer", "응답 형식"), choices=("auto", "json", "csv"))
    token: str = setting(
        "none",
        Text("How the secret is sent", "비밀값을 보내는 방식"),
        choices=("none", "bearer", "basic", "header"),
    )
    user: str = setting("", Text("User, with token “basic”", "사용자(token이 basic일 때)"))
    header: str = setting("X-API-Key", Text("Header, with token “header”", "헤더 이름(token이 header일 때)"))
    clear_password: bool = setting(
        False, Text("Let the secret travel unencrypted", "비밀값을 암호화하지 않고 보내도록 허용")
    )
    ca: str = setting(
        "",
        Text(
            "File with the authority that signed the server's certificate", "서버 인증서를 서명한 기관의 파일"
        ),
    )
    timeout: float = setting(10.0, Text("Time to answer", "응답 제한 시간"), unit="s", between=(0.1, 300))
    redirects: int = setting(3, Text("Most redirects", "따라가는 최대 리디렉션 수"), between=(0, 10))
    largest: float = setting(
        16.0, Text("Largest answer", "응답의 최대 크기"), unit="MB", between=(0.001, 1024)
    )
