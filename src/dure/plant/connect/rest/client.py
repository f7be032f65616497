"""One answer over HTTP: bounded in time, size and redirects; the secret goes to the host it was given for, and encrypted."""

import asyncio
import contextlib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from dure.plant.connect import (
    AddressRefused,
    AuthorityUnknown,
    CredentialsRefused,
    PasswordInTheClear,
    Place,
    SourceLost,
    SourceOdd,
    SourceSilent,
    SourceUnreachable,
)
from dure.plant.connect.rest.settings import RestSettings
from dure.vocabulary import Text

EXAMPLE = "rest+https://mes.plant.example/api/readings?since={since}"
LONGEST_WAIT = 3600.0  # s a server may ask for by Retry-After
SHORTEST_WAIT = 1.0  # s


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: `content` None where nothing changed (304); `wait` [s] where the server asked for patience."""

    content: bytes | None
    kind: str = ""
    etag: str = ""
    following: str = ""
    server: str = ""
    wait: float = 0.0


class Client:
    """Asks one server; made before the first question, closed after the last."""

    def __init__(self, place: Place, settings: RestSettings) -> None:
        self.settings, self._secret = settings, place.password
        self.url = place.url.partition("+")[2]
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AddressRefused(place.url, source=place.source, example=EXAMPLE)
        self.where = f"{place.source} ({parts.netloc})"
        self.secured = parts.scheme == "https"
        self._origin = (parts.scheme, parts.netloc)
        self._session: Any = None

    async def get(self, url: str, etag: str = "") -> Page:
        """The answer at `url`, redirects followed.

        Raises
        ------
        SourceProblem
            Which says why there is none.
        """
        for _ in range(self.settings.redirects + 1):
            async with self._asked(url, etag) as answer:
                target = answer.headers.get("Location", "")
                if answer.status not in (301, 302, 303, 307, 308) or not target:
                    return await self._page(answer)
                url = self.onward(url, target)
        raise SourceOdd(self.where, why=Text(f"more than {self.settings.redirects} redirects", f"리디렉션이 {self.settings.redirects}번을 넘습니다"))  # fmt: skip

    def onward(self, url: str, target: str) -> str:
        """Where a redirect or a next page leads.

        Raises
        ------
        SourceOdd
            If it leaves an encrypted link for a plain one, or HTTP altogether.
        """
        whole = urljoin(url, target)
        parts = urlsplit(whole)
        if parts.scheme != "https" and (self.secured or parts.scheme != "http"):
            raise SourceOdd(self.where, why=Text("it leads on to an address without encryption", "암호화되지 않은 주소로 이어집니다"))  # fmt: skip
        return whole

    async def close(self) -> None:
        """End the connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)

    @contextlib.asynccontextmanager
    async def _asked(self, url: str, etag: str) -> AsyncIterator[Any]:
        import aiohttp

        headers = {**self._secret_headers(url), **({"If-None-Match": etag} if etag else {})}
        try:
            session = self._opened()
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                yield answer
        except TimeoutError:
            raise SourceSilent(self.where, seconds=f"{self.settings.timeout:g}") from None
        except aiohttp.ClientConnectorCertificateError as unknown:
            why = getattr(unknown.certificate_error, "verify_message", unknown.certificate_error)
            raise AuthorityUnknown(self.where, why=why) from unknown
        except aiohttp.ClientConnectorError as refused:
            raise SourceUnreachable(self.where, why=refused.os_error.strerror or refused.os_error) from refused  # fmt: skip
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError, aiohttp.InvalidURL) as odd:
            raise SourceOdd(self.where, why=type(odd).__name__) from odd
        except (aiohttp.ClientError, ConnectionError) as lost:
            raise SourceLost(self.where, why=str(lost).partition("\n")[0] or type(lost).__name__) from lost

    def _opened(self) -> Any:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._context(), limit=2),
                timeout=aiohttp.ClientTimeout(total=self.settings.timeout),
                headers={"User-Agent": "dure", "Accept": "application/json, text/csv;q=0.9, */*;q=0.1"},
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.settings.ca or None)
        except (OSError, ssl.SSLError) as refused:
            raise AddressRefused(self.settings.ca, example="/etc/dure/plant-ca.pem") from refused

    def _secret_headers(self, url: str) -> dict[str, str]:
        """The header with the secret, for the address's own origin and no other."""
        settings, parts = self.settings, urlsplit(url)
        if settings.token == "none" or (parts.scheme, parts.netloc) != self._origin:  # noqa: S105 - a way, no secret
            return {}
        if self._secret is None:
            raise CredentialsRefused(self.where, user=settings.user or settings.token)
        if parts.scheme != "https" and not settings.clear_password:
            raise PasswordInTheClear(self.where)
        if settings.token == "header":  # noqa: S105 - the same
            return {settings.header: self._secret}
        if settings.token == "basic":  # noqa: S105 - the same
            plain = f"{settings.user}:{self._secret}".encode()
            return {"Authorization": f"Basic {b64encode(plain).decode()}"}
        return {"Authorization": f"Bearer {self._secret}"}

    async def _page(self, answer: Any) -> Page:
        status = answer.status
        if status == 304:
            return Page(None)
        if status in (401, 403):
            raise CredentialsRefused(self.where, user=self.settings.user or self.settings.token)
        if status in (429, 503) and (wait := _patience(answer.headers.get("Retry-After", ""), status)):
            return Page(None, wait=wait)
        if status != 200:
            raise SourceOdd(self.where, why=f"HTTP {status}")
        following = answer.links.get("next", {}).get("url")
        return Page(
            await self._body(answer),
            answer.content_type,
            answer.headers.get("ETag", "")[:1000],
            str(following or ""),
            answer.headers.get("Server", "")[:80],
        )

    async def _body(self, answer: Any) -> bytes:
        """The body, unpacked, up to the bound."""
        bound, parts, size = self.settings.largest * 1e6, [], 0
        async for part in answer.content.iter_chunked(65_536):
            size += len(part)
            if size > bound:
                raise SourceOdd(self.where, why=Text(f"the answer is larger than {self.settings.largest:g} MB", f"응답이 {self.settings.largest:g} MB를 넘습니다"))  # fmt: skip
            parts.append(part)
        return b"".join(parts)


def _patience(said: str, status: int) -> float:
    """Seconds that Retry-After asks for (RFC 9110 §10.2.3), bounded; a 429 without it asks for some all the same."""
    if said.strip().isdecimal():
        return min(max(float(said), SHORTEST_WAIT), LONGEST_WAIT)
    try:
        left = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return 60.0 if status == 429 else 0.0
    return min(max(left, SHORTEST_WAIT), LONGEST_WAIT)
