"""Pictures of a camera that gives one for each question over HTTP."""

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

from dure.plant.connect import (
    AddressRefused,
    AuthorityUnknown,
    CredentialsRefused,
    PasswordInTheClear,
    Place,
    SourceOdd,
    SourceSilent,
    SourceUnreachable,
)
from dure.plant.connect.camera.digest import OnlyInTheClear, authorization
from dure.plant.connect.camera.pictures import Shot
from dure.plant.connect.camera.settings import CameraSettings
from dure.vocabulary import Text

PIECE = 64 * 1024


class Snapshot:
    """Pictures of one HTTP address. The time of a picture is the middle of its question."""

    def __init__(self, place: Place, settings: CameraSettings, url: str) -> None:
        self.place, self.settings, self.url = place, settings, url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AddressRefused(
                place.url, source=place.source, example="camera+https://10.0.0.20/snapshot.jpg"
            )
        self.where, self.secured = f"{place.source} ({parts.netloc})", parts.scheme == "https"
        self._session: Any = None

    async def open(self) -> str:
        """Make ready; in words how the camera is read."""
        import aiohttp

        from dure.plant.connect.camera.rtsp import context

        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self.settings.timeout)
            secured: Any = context(self.settings) if self.secured else True
            connector = aiohttp.TCPConnector(ssl=secured, limit=2)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=connector)
        return f"{urlsplit(self.url).netloc} by HTTP"

    async def shot(self) -> Shot:
        """One picture.

        Raises
        ------
        SourceProblem
        """
        began = time.time_ns()
        content = await self.ask("GET", self.url)
        return Shot((began + time.time_ns()) // 2, content=content)

    async def ask(
        self, method: str, url: str, body: bytes | None = None, kind: str = "", *, faults: bool = False
    ) -> bytes:
        """The body of an answer, at most `largest`; redirects are not followed: a camera has none.

        `faults` takes what SOAP answers with 400 and 500 too.

        Raises
        ------
        SourceProblem
        """
        import aiohttp

        await self.open()
        headers = {"Content-Type": kind} if kind else {}
        try:
            for turn in (1, 2):
                async with self._session.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:  # fmt: skip
                    if answer.status == 401 and turn == 1 and self.settings.user:
                        asked = answer.headers.getall("WWW-Authenticate", [])
                        headers = {**headers, "Authorization": self._credentials(asked, method, url)}
                        continue
                    return await self._body(answer, faults=faults)
            raise CredentialsRefused(self.where, user=self.settings.user or "–")
        except TimeoutError:
            raise SourceSilent(self.where, seconds=f"{self.settings.timeout:g}") from None
        except aiohttp.ClientConnectorCertificateError as unknown:
            why = getattr(unknown.certificate_error, "verify_message", unknown.certificate_error)
            raise AuthorityUnknown(self.where, why=why) from unknown
        except (aiohttp.ClientError, OSError) as refused:
            raise SourceUnreachable(self.where, why=str(refused)[:200] or type(refused).__name__) from refused

    async def close(self) -> None:
        """End the connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)

    async def _body(self, answer: Any, *, faults: bool) -> bytes:
        if answer.status in (401, 403):
            raise CredentialsRefused(self.where, user=self.settings.user or "–")
        most = int(self.settings.largest * 1e6)
        found = bytearray()
        async for piece in answer.content.iter_chunked(PIECE):
            found += piece
            if len(found) > most:
                raise SourceOdd(
                    self.where, why=Text(f"more than {most / 1e6:g} MB", f"{most / 1e6:g} MB를 넘습니다")
                )
        if answer.status != 200 and not (faults and answer.status in (400, 500)):
            raise SourceOdd(
                self.where, why=Text(f"HTTP answers {answer.status}", f"HTTP 응답 {answer.status}")
            )
        return bytes(found)

    def _credentials(self, asked: list[str], method: str, url: str) -> str:
        parts = urlsplit(url)
        uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        password = self.place.password or ""
        clear = self.secured or self.settings.clear_password
        try:
            return authorization(asked, method=method, uri=uri, user=self.settings.user, password=password, clear=clear)  # fmt: skip
        except OnlyInTheClear:
            raise PasswordInTheClear(self.where) from None
