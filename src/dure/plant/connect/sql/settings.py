"""How a database is read: settings of the connector `sql`."""

from dataclasses import dataclass

from dure.plant.connect import Settings, setting
from dure.vocabulary import Text

TLS = ("prefer", "require", "verify", "off")


@dataclass(frozen=True)
class SqlSettings(Settings):
    """Which rows are read, what their columns mean, and how gently the server is asked."""

    user: str = setting("", Text("User; the password is kept apart", "사용자(암호는 따로 보관)"))
    tls: str = setting(
        "prefer",
        Text(
            "Encryption: if offered, required, required with a known certificate, or none",
            "암호화: 가능하면, 반드시, 인증서 확인까지, 사용 안 함",
        ),
        choices=TLS,
    )
    ca: str = setting("", Text("File with the certificate authority (PEM)", "인증 기관 인증서 파일(PEM)"))
    table: str = setting(
        "",
        Text(
            "Tables to read, divided by commas; empty is every one with a time",
            "읽을 테이블(쉼표로 구분, 비우면 시각이 있는 모든 테이블)",
        ),
    )
    query: str = setting("", Text("A SELECT to read instead of a table", "테이블 대신 읽을 SELECT 문"))
    time: str = setting("", Text("Column with the time; empty is guessed", "시각 열(비우면 추정)"))
    key: str = setting(
        "",
        Text(
            "Column with a number that only grows; empty is the primary key if it is such",
            "계속 커지는 번호 열(비우면 그런 기본 키)",
        ),
    )
    values: str = setting(
        "",
        Text(
            "Columns to read, divided by commas; empty is all numbers and words",
            "읽을 열(쉼표로 구분, 비우면 모든 숫자와 문자)",
        ),
    )
    tag: str = setting(
        "",
        Text(
            "Column that names the signal, for tables of tag, time and value",
            "신호 이름 열(태그·시각·값 형식의 테이블)",
        ),
    )
    unit: str = setting("", Text("Column that holds the unit", "단위 열"))
    zone: str = setting("UTC", Text("Time zone of times written without one", "시간대가 없는 시각의 시간대"))
    period: float = setting(
        5.0, Text("How often to ask for new rows", "새 행을 확인하는 주기"), unit="s", between=(0.2, 86_400)
    )
    lag: float = setting(
        30.0,
        Text(
            "How late a row may appear; such rows are read again", "행이 늦게 나타날 수 있는 시간(다시 읽음)"
        ),
        unit="s",
        between=(0, 604_800),
    )
    batch: int = setting(5000, Text("Rows asked for at once", "한 번에 읽는 행 수"), between=(1, 100_000))
    timeout: float = setting(30.0, Text("Time to answer", "응답 대기 시간"), unit="s", between=(1, 600))
