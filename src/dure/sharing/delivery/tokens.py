"""Tokens of a transfer: rotated by whoever bears one, retired only on proof that the next has arrived.

Token n of a transfer is HMAC-SHA-256 of a secret over the transfer's id and n. The provider keeps two numbers, never a
token: which generation is *proven* (its bearer has shown it) and when the newest was given out. Asking for the next
token twice gives the same one, so an answer lost on its way (a proxy's 504, a crash) costs nothing: the asker still
holds the old one, asks again, and only the first use of the new one retires the old.
"""

import hmac
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from dure.sharing.delivery.keeping import keep, kept

LIFE, GRACE = 600.0, 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a transfer's tokens stand: `proven` has been used; `given` is `proven` or one more; times in s since 1970."""

    proven: int
    given: int
    at: float
    ended: bool = False


class Standings(Protocol):
    """Where standings are kept, durably: rows of a database, or files (`StandingFiles`)."""

    def read(self, transfer: str) -> Standing | None:
        """Where it stands; None when never begun."""
        ...

    def write(self, transfer: str, standing: Standing) -> None:
        """Keep it before anything else happens."""
        ...

    def alone(self, transfer: str) -> AbstractContextManager[Any]:
        """While this holds, nobody else changes this transfer."""
        ...


@dataclass(slots=True)
class Tokens:
    """The provider's tokens.

    Parameters
    ----------
    secret
        At least 32 bytes that never leave the node.
    standings
        Where the two numbers of each transfer are kept.
    clock
        Now, in seconds since 1970.
    life, grace
        How long a token opens data [s], and how much longer it may still be exchanged for the next [s].
    """

    secret: bytes = field(repr=False)
    standings: Standings
    clock: Callable[[], float]
    life: float = LIFE
    grace: float = GRACE

    def first(self, transfer: str) -> dict[str, Any]:
        """The token to begin with; again the same when a start message is repeated, a new one after an end."""
        with self.standings.alone(transfer):
            standing = self.standings.read(transfer)
            if standing is None or standing.ended:
                number = standing.given + 1 if standing else 0  # what was retired stays retired
                standing = Standing(number, number, self.clock())
                self.standings.write(transfer, standing)
        return self._told(transfer, standing)

    def opens(self, transfer: str, token: str) -> bool:
        """Whether the token opens the data now; the first use of a new one retires the old."""
        number = self._number(transfer, token)
        if number is None:
            return False
        standing = self.standings.read(transfer)
        if standing is not None and not standing.ended and number == standing.given != standing.proven:
            standing = self._prove(transfer, number)
        return (
            standing is not None
            and not standing.ended
            and number in (standing.proven, standing.given)
            and self.clock() - standing.at < self.life
        )

    def next(self, transfer: str, token: str) -> dict[str, Any] | None:
        """The token after `token`, or None if that is none of the transfer's or too old."""
        number = self._number(transfer, token)
        with self.standings.alone(transfer):
            standing = self.standings.read(transfer)
            if standing is None or standing.ended or number not in (standing.proven, standing.given):
                return None
            now = self.clock()
            if now - standing.at > self.life + self.grace:
                return None
            if number == standing.given:  # the bearer shows the newest: it has arrived, and one more is given
                standing = Standing(number, number + 1, now)
            else:  # the newest has not arrived: the same once more
                standing = Standing(standing.proven, standing.given, now)
            self.standings.write(transfer, standing)
        return self._told(transfer, standing)

    def end(self, transfer: str) -> None:
        """Retire all: the agreement ended, or the receipt of the whole is there."""
        with self.standings.alone(transfer):
            standing = self.standings.read(transfer) or Standing(0, 0, self.clock())
            self.standings.write(transfer, Standing(standing.proven, standing.given, standing.at, ended=True))

    def _prove(self, transfer: str, number: int) -> Standing | None:
        with self.standings.alone(transfer):
            standing = self.standings.read(transfer)
            if standing is not None and not standing.ended and number == standing.given:
                standing = Standing(number, number, standing.at)
                self.standings.write(transfer, standing)
        return standing

    def _told(self, transfer: str, standing: Standing) -> dict[str, Any]:
        return {"token": self._token(transfer, standing.given), "until": standing.at + self.life}

    def _token(self, transfer: str, number: int) -> str:
        said = f"dure transfer token 1\x00{transfer}\x00{number}".encode()
        return f"{number}.{urlsafe_b64encode(hmac.digest(self.secret, said, sha256)).decode().rstrip('=')}"

    def _number(self, transfer: str, token: str) -> int | None:
        written, _, _mark = token.partition(".")
        if len(token) > 80 or not token.isascii() or not written.isdigit() or len(written) > 12:
            return None
        holds = hmac.compare_digest(self._token(transfer, int(written)), token)
        return int(written) if holds else None


@dataclass(slots=True)
class StandingFiles:
    """Standings as files below `at`, for one process; several need a database."""

    at: Path
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def read(self, transfer: str) -> Standing | None:
        """Where it stands."""
        found = kept(self._file(transfer))
        return Standing(**found) if found else None

    def write(self, transfer: str, standing: Standing) -> None:
        """Keep it, fsynced."""
        keep(self._file(transfer), asdict(standing))

    def alone(self, transfer: str) -> AbstractContextManager[Any]:
        """One lock for all: changes are rare and short."""
        del transfer
        return self._lock

    def _file(self, transfer: str) -> Path:
        return self.at / f"{sha256(transfer.encode()).hexdigest()[:40]}.json"


@dataclass(slots=True)
class Bearer:
    """The consumer's token of one transfer: kept on disk before it is first used, if `at` is given."""

    token: str
    until: float | None = None
    at: Path | None = None

    @classmethod
    def kept_at(cls, at: Path, first: str, until: float | None = None) -> "Bearer":
        """The newest token that an earlier run kept at `at`, else the first one."""
        found = kept(at)
        return cls(found["token"], found.get("until"), at) if found else cls(first, until, at)

    def take(self, told: dict[str, Any]) -> None:
        """Keep the next token, and bear it from now on."""
        token, until = told.get("token"), told.get("until")
        if (
            not isinstance(token, str)
            or not 0 < len(token) <= 4_096
            or not token.isascii()
            or not token.isprintable()
        ):
            raise ValueError("no token")
        self.until = float(until) if isinstance(until, int | float) else None
        if self.at is not None:
            keep(self.at, {"token": token, "until": self.until})
        self.token = token
