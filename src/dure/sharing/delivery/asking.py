"""One connection to a provider, asked again and again: bounded answers, no redirects, errors in our words."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import SplitResult

from dure.sharing.delivery.opening import Opener
from dure.sharing.delivery.refusals import SourceRefuses, SourceSilent
from dure.sharing.delivery.tokens import Bearer

# What a broken connection raises; each is tried again.
BROKEN = (OSError, HTTPException)
MOST_ANSWER = 64 * 1024


@dataclass(slots=True)
class Asking:
    """Requests below one base address, over one kept connection."""

    base: SplitResult
    bearer: Bearer
    opener: Opener
    timeout: float
    _connection: HTTPConnection | None = field(default=None, init=False, repr=False)
    # An answer that ends its connection owns the socket: closing the connection does not close it.
    _answer: HTTPResponse | None = field(default=None, init=False, repr=False)

    @property
    def shown(self) -> str:
        """The other side, as a sentence names it."""
        return self.base.netloc[:200]

    def ask(
        self,
        method: str,
        path: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HTTPResponse:
        """The answer's head; its body is still to be read. The connection is opened if there is none."""
        if self._connection is None:
            self._connection = self.opener(self.base, self.timeout)
        sent = {
            "Authorization": f"Bearer {self.bearer.token}",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        try:
            self._connection.request(method, (self.base.path + path) or "/", body=body, headers=sent)
            self._answer = self._connection.getresponse()
        except ssl.SSLCertVerificationError as fault:
            self.close()
            raise SourceSilent(
                self.shown, fault=f"its certificate is not trusted ({fault.verify_message})"
            ) from fault
        except BROKEN:
            self.close()
            raise
        return self._answer

    def answer(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        most: int = MOST_ANSWER,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The whole answer, at most `most` bytes, if its status is 2xx.

        Raises
        ------
        SourceRefuses
            For 401, 403, 404: who we are is not enough.
        SourceSilent
            For any other status, and for an answer that is too long.
        """
        answer = self.ask(method, path, body, headers)
        try:
            self.judge(answer)
            content = answer.read(most + 1)
        except BaseException:
            self.close()
            raise
        if len(content) > most:
            self.close()  # what is left of the answer must not be taken for the next one
            raise SourceSilent(self.shown, fault="its answer is too long")
        return content

    def judge(self, answer: HTTPResponse) -> None:
        """Refuse what is no 2xx; 5xx and 429 are broken connections, to be tried again."""
        if 200 <= answer.status < 300:
            return
        self.close()
        if answer.status in (401, 403, 404):
            raise SourceRefuses(self.shown, status=answer.status)
        if answer.status >= 500 or answer.status == 429:
            raise ConnectionAbortedError(f"HTTP {answer.status}")
        raise SourceSilent(self.shown, fault=f"HTTP {answer.status}")

    def told(
        self, method: str, path: str, body: bytes | None = None, *, most: int = MOST_ANSWER
    ) -> dict[str, Any]:
        """The answer as a JSON object."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            found = json.loads(self.answer(method, path, body, most=most, headers=headers))
        except (ValueError, RecursionError) as fault:
            raise SourceSilent(self.shown, fault="its answer is no JSON") from fault
        if not isinstance(found, dict):
            raise SourceSilent(self.shown, fault="its answer is no JSON object")
        return found

    def rotate(self) -> None:
        """Exchange the token for the next; the old one is borne until the new one is kept."""
        try:
            self.bearer.take(self.told("POST", "/token", b""))
        except ValueError as fault:
            raise SourceSilent(self.shown, fault="its next token is none") from fault

    def close(self) -> None:
        """End the connection; the next question opens another."""
        for one in (self._answer, self._connection):
            if one is not None:
                one.close()
        self._answer = self._connection = None
