"""What a database refuses, each in one sentence that names source, table and column."""

import re

from dure.plant.connect import (
    CredentialsRefused,
    PasswordInTheClear,
    SecurityNotOffered,
    SourceLost,
    SourceOdd,
    SourceSilent,
    SourceUnreachable,
)
from dure.vocabulary import InputError, SourceProblem, Text


class TableAbsent(SourceProblem):
    """A table that is not, or no longer, in the database."""

    key = "sql-table-absent"
    says = Text("{where} has no table “{table}”.", "{where}에 “{table}” 테이블이 없습니다.")
    remedy = Text(
        "Check its name and schema, and the rights of the user.",
        "이름과 스키마, 사용자 권한을 확인해 주세요.",
    )


class ColumnAbsent(SourceProblem):
    """A column that is not, or no longer, in its table."""

    key = "sql-column-absent"
    says = Text(
        "Table “{table}” of {where} has no column “{column}”.",
        "{where}의 “{table}” 테이블에 “{column}” 열이 없습니다.",
    )
    remedy = Text("Its columns are: {known}.", "있는 열: {known}.")


class ColumnChanged(SourceProblem):
    """A column whose type is another than when it was first read."""

    key = "sql-column-changed"
    says = Text(
        "Column “{column}” of “{table}” in {where} held {before} and now holds {now}.",
        "{where}의 “{table}” 테이블 “{column}” 열이 {before}에서 {now}(으)로 바뀌었습니다.",
    )
    remedy = Text(
        "Leave the column out with --values, or add the database again under another name.",
        "--values로 그 열을 빼거나, 데이터베이스를 다른 이름으로 다시 추가해 주세요.",
    )


class TimeAbsent(SourceProblem):
    """A table in which no column tells the time."""

    key = "sql-time-absent"
    says = Text(
        "No column of “{table}” in {where} holds a time.", "{where}의 “{table}” 테이블에 시각 열이 없습니다."
    )
    remedy = Text("Name it with --time; the columns are: {known}.", "--time으로 지정해 주세요. 있는 열: {known}.")  # fmt: skip


class TimeOdd(SourceProblem):
    """A time that cannot be read."""

    key = "sql-time-odd"
    says = Text(
        "“{value}” in column “{column}” of “{table}” in {where} is no time.",
        "{where}의 “{table}” 테이블 “{column}” 열의 “{value}”은(는) 시각이 아닙니다.",
    )
    remedy = Text("Name another column with --time.", "--time으로 다른 열을 지정해 주세요.")


class TimesCrowded(SourceProblem):
    """More rows of one time than are read at once."""

    key = "sql-times-crowded"
    says = Text(
        "More than {count} rows of “{table}” in {where} bear the same time.",
        "{where}의 “{table}” 테이블에서 {count}개가 넘는 행의 시각이 같습니다.",
    )
    remedy = Text("Name a column that only grows with --key.", "--key로 계속 커지는 열을 지정해 주세요.")


class QueryRefused(SourceProblem):
    """A statement that the database does not run."""

    key = "sql-query-refused"
    says = Text("{where} refused to read: {why}.", "{where}이(가) 읽기를 거절했습니다: {why}.")
    remedy = Text("Check the names, the query and the user's rights.", "이름과 쿼리, 사용자 권한을 확인해 주세요.")  # fmt: skip


class QueryUnfit(InputError):
    """A query that is more than one SELECT."""

    key = "sql-query-unfit"
    says = Text("The query of {where} cannot be used: {why}.", "{where}의 쿼리를 쓸 수 없습니다: {why}.")
    remedy = Text(
        "Give one SELECT without a semicolon; dure orders and limits its rows itself.",
        "세미콜론 없이 SELECT 하나만 적어 주세요. 정렬과 행 제한은 dure가 합니다.",
    )


class ZoneUnknown(InputError):
    """A time zone that is not in the IANA data base."""

    key = "zone-unknown"
    says = Text("{where} knows no time zone “{zone}”.", "{where}에서 “{zone}” 시간대를 알 수 없습니다.")
    remedy = Text("Write it like Asia/Seoul or UTC.", "Asia/Seoul 또는 UTC처럼 적어 주세요.")


CLEAR = "the server wants the password in the clear"
_LOGIN = re.compile(
    r"authentication failed|no password supplied|Access denied for user|Login failed|ORA-01017|role \S+ does not exist",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"no such table: (\S+)|relation \"([^\"]+)\" does not exist|Table '([^']+)' doesn't exist|"
    r"ORA-00942[^\"]*\"?([^\"\n]*)|Invalid object name '([^']+)'",
)
_SLOW = re.compile(
    r"statement timeout|max_statement_time|interrupted|timed out|DPY-4024|ORA-01013", re.IGNORECASE
)
_ABSENT = re.compile(
    r"connection refused|Can't connect|could not translate host|Name or service not known|No route|"
    r"unable to open database file|DPY-6005|timeout expired|failed to resolve|No such file",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"server closed|Lost connection|gone away|terminating connection|connection (?:was |is )?(?:lost|closed)|"
    r"the database system is|broken pipe|reset by peer|shutting down|consuming input failed|Server shutdown",
    re.IGNORECASE,
)  # fmt: skip
_TLS = re.compile(
    r"does not support SSL|SSL is required|SSL connection|certificate|SSL is not enabled", re.IGNORECASE
)
_ODD = re.compile(r"file is not a database|malformed")
_MYSQL = {
    1044: "denied", 1045: "login", 1698: "login", 1146: "table", 1969: "slow", 3024: "slow", 2003: "absent",
    1042: "absent", 2006: "lost", 2013: "lost", 1053: "lost", 1927: "lost", 2055: "lost",
}  # fmt: skip
_POSTGRES = {
    "28P01": "login", "28000": "login", "42P01": "table", "57014": "slow", "57P01": "lost", "57P02": "lost",
    "57P03": "lost", "08006": "lost", "08003": "lost",
}  # fmt: skip


def refusal(error: Exception, where: str, *, user: str, seconds: float) -> SourceProblem:
    """The sentence for what a driver raised; `user` and `seconds` (time to answer) are facts of it.

    >>> str(refusal(OSError("Connection refused"), "mes", user="op", seconds=30))[:38]
    'mes cannot be reached: Connection refu'
    """
    from sqlalchemy.exc import DBAPIError

    inner: BaseException = (error.orig if isinstance(error, DBAPIError) else None) or error
    words, kind = first_line(inner), _kind(inner)
    if not kind and isinstance(error, DBAPIError) and error.connection_invalidated:
        kind = "lost"
    if kind == "table":
        found = _TABLE.search(str(inner))
        return TableAbsent(where, table=next(filter(None, found.groups()), "?") if found else "?")
    told: dict[str, tuple[type[SourceProblem], dict[str, object]]] = {
        "clear": (PasswordInTheClear, {}),
        "login": (CredentialsRefused, {"user": user or "-"}),
        "slow": (SourceSilent, {"seconds": f"{seconds:g}"}),
        "tls": (SecurityNotOffered, {"asked": "tls", "offered": words}),
        "absent": (SourceUnreachable, {"why": words}),
        "lost": (SourceLost, {"why": words}),
        "odd": (SourceOdd, {"why": words}),
    }
    sentence, facts = told.get(kind, (QueryRefused, {"why": words}))
    return sentence(where, **facts)


def _kind(inner: BaseException) -> str:
    """What happened, by the driver's number where it gives one, else by its words."""
    number = next(iter(inner.args), None)
    state = getattr(inner, "sqlstate", None)
    if isinstance(number, int) and number in _MYSQL:
        return _MYSQL[number]
    if state in _POSTGRES:
        return _POSTGRES[state]
    words = str(inner)
    if CLEAR in words or "require_auth" in words:
        return "clear"
    for kind, pattern in (("login", _LOGIN), ("lost", _LOST), ("absent", _ABSENT), ("table", _TABLE), ("slow", _SLOW), ("tls", _TLS), ("odd", _ODD)):  # fmt: skip
        if pattern.search(words):
            return kind
    if isinstance(inner, TimeoutError):
        return "slow"
    return "absent" if isinstance(inner, OSError) else ""


def first_line(error: BaseException) -> str:
    """A driver's words, the first line of them, bounded; what follows its number where it gives one."""
    said = str(error.args[-1] if len(error.args) > 1 and isinstance(error.args[0], int) else error)
    said = said.rpartition("FATAL: ")[2]  # what stands before it is psycopg's, and says the address again
    line = next((part.strip() for part in said.splitlines() if part.strip()), type(error).__name__)
    return line[:200].rstrip(".")
