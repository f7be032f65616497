"""Tokens of programs that read from the historian over HTTP: made here, shown once, kept as SHA-256.

A token has 256 bits from the system's generator, so that its plain hash cannot be turned back. It reads only, the
signals that fit its patterns, until its end.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from dure.vocabulary import InputError, NotPermitted, Text

PREFIX = "dure_read_"  # by which a scanner of leaked secrets knows one
MOST = 1000
LONGEST = 200  # characters of a token that is looked at at all
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_DAY = 86_400.0  # s


class ProgramRefused(InputError):
    """A name of a program that cannot have, or does not have, a token."""

    key = "historian-program"
    says = Text(
        "The program “{where}” is refused: {why}.", "프로그램 “{where}”을(를) 처리할 수 없습니다: {why}."
    )
    remedy = Text(
        "Names are a-z, 0-9 and hyphens; those with a token: dure historian tokens",
        "이름은 a-z, 0-9, 하이픈으로 씁니다. 토큰이 있는 이름: dure historian tokens",
    )


class TokenRefused(NotPermitted):
    """A request without a token that is good now."""

    key = "historian-token"
    says = Text(
        "{where} takes a bearer token that is good now.", "{where}에는 지금 유효한 베어러 토큰이 필요합니다."
    )
    remedy = Text("Make one: dure historian token NAME", "토큰을 만드세요: dure historian token 이름")


class ScopeRefused(NotPermitted):
    """A signal that a token does not cover."""

    key = "historian-scope"
    says = Text(
        "The token of {program} does not cover {where}.",
        "{program}의 토큰으로는 {where}을(를) 읽을 수 없습니다.",
    )
    remedy = Text(
        "Make one that does: dure historian token {program} --signals PATTERN",
        "읽을 수 있는 토큰을 만드세요: dure historian token {program} --signals 패턴",
    )


@dataclass(frozen=True, slots=True)
class Program:
    """A program with a token: the patterns of signals that it reads, and its end [s since 1970]."""

    name: str
    hashed: str
    signals: tuple[str, ...]
    until: float

    def covers(self, signal: str) -> bool:
        """Whether it may read a signal.

        >>> Program("mes", "", ("line1/*",), 0.0).covers("line2/x")
        False
        """
        return any(fnmatchcase(signal, pattern) for pattern in self.signals)


def make_token(home: Path, name: str, signals: Sequence[str], now: float, days: int) -> tuple[str, Program]:
    """A new token of a program, in place of its former one; it is not kept and cannot be shown again.

    Raises
    ------
    ProgramRefused
    """
    if not _NAME.fullmatch(name):
        raise ProgramRefused(name, why=Text("of its signs", "쓸 수 없는 문자가 있습니다"))
    known = {one.name: one for one in programs(home)}
    if len(known) >= MOST and name not in known:
        raise ProgramRefused(name, why=Text(f"there are {MOST} programs", f"프로그램이 이미 {MOST}개입니다"))
    token = PREFIX + secrets.token_urlsafe(32)
    known[name] = Program(name, hash_of(token), tuple(signals), now + days * _DAY)
    _write(home, known.values())
    return token, known[name]


def revoke_token(home: Path, name: str) -> None:
    """End a program's token; its next request is refused.

    Raises
    ------
    ProgramRefused
    """
    known = {one.name: one for one in programs(home)}
    if name not in known:
        raise ProgramRefused(name, why=Text("it has no token", "토큰이 없습니다"))
    del known[name]
    _write(home, known.values())


def programs(home: Path) -> list[Program]:
    """Programs that have a token, by name; a file that is no such list holds none."""
    try:
        rows = json.loads(_file(home).read_bytes())
        made = [
            Program(str(r["name"]), str(r["hashed"]), tuple(map(str, r["signals"])), float(r["until"]))
            for r in rows
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return sorted(made, key=lambda one: one.name)


def program_of(home: Path, header: str, now: float, where: str) -> Program:
    """The program whose token stands in an Authorization header (RFC 6750 clause 2.1).

    Raises
    ------
    TokenRefused
        If there is none, or it is unknown, or its time is over.
    """
    scheme, _, token = header.strip().partition(" ")
    found = None
    if scheme.lower() == "bearer" and 0 < len(token) <= LONGEST:
        given = hash_of(token.strip())
        for one in programs(home):  # all of them, so that the time tells nothing
            if hmac.compare_digest(given, one.hashed):
                found = one
    if found is None or now >= found.until:
        raise TokenRefused(where)
    return found


def hash_of(token: str) -> str:
    """SHA-256 of a token, in hexadecimal.

    >>> hash_of("dure_read_example")[:16]
    'e47e61ebfa4f2c10'
    """
    return hashlib.sha256(token.encode()).hexdigest()


def _write(home: Path, known: Iterable[Program]) -> None:
    file = _file(home)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    made = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(made, "w", encoding="utf-8") as sink:
        json.dump([asdict(one) for one in known], sink)
        sink.flush()
        os.fsync(sink.fileno())
    unfinished.rename(file)


def _file(home: Path) -> Path:
    return home / "secret" / "historian-programs.json"
