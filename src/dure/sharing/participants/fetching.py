"""The one way to ask a foreign server for anything.

A URL that another firm gave us may lead anywhere: to our own database, to a cloud's metadata, to a body without end.
So: HTTPS only; the name is resolved once, every address it has must be a public one, and the connection goes to the
address that was looked at (no second lookup that could answer otherwise); redirects are not followed; the answer is
bounded in size and the whole exchange in time.

`DURE_SHARING_NETWORKS` names networks of one's own that may be reached all the same; `DURE_SHARING_PLAIN_HTTP` is for tests
and for two firms within one LAN: it allows plain HTTP, and with it loopback and private addresses.
"""

import http.client
import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dure.sharing.participants.refusals import FetchRefused
from dure.vocabulary import Text

MOST = 1_048_576
"""Largest answer that is read, unless told otherwise. [bytes]"""

TIMEOUT = 10.0
"""Longest time from the first packet to the last byte. [s]"""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Lookup = Callable[..., Iterable[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: status, headers by lower-case name, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reach:
    """Where we may go: plain HTTP or not, and which networks beside the public ones."""

    plain: bool = False
    networks: tuple[Network, ...] = field(default=())

    @classmethod
    def of_settings(cls) -> "Reach":
        """As the node's settings have it; without a node, the public internet by HTTPS."""
        from django.conf import settings

        if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
            return cls()
        written = getattr(settings, "DURE_SHARING_NETWORKS", ())
        return cls(
            bool(getattr(settings, "DURE_SHARING_PLAIN_HTTP", False)),
            tuple(ipaddress.ip_network(one) for one in written),
        )

    def allows(self, address: Address) -> bool:
        """Whether a connection may go to `address`.

        >>> Reach().allows(ipaddress.ip_address("10.0.0.7")), Reach().allows(ipaddress.ip_address("9.9.9.9"))
        (False, True)
        >>> Reach(plain=True).allows(ipaddress.ip_address("169.254.169.254"))
        False
        """
        if (inner := _inner(address)) is not None:
            return self.allows(inner)
        if any(address.version == one.version and address in one for one in self.networks):
            return True
        if address.is_multicast or address.is_unspecified or address.is_link_local or address.is_reserved:
            return False
        return address.is_global or (self.plain and address.is_private)


def _inner(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def fetch(  # noqa: PLR0913 - the parts of one request
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    most: int = MOST,
    timeout: float = TIMEOUT,
    reach: Reach | None = None,
    lookup: Lookup = socket.getaddrinfo,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """What a foreign server answers, whatever its status.

    Parameters
    ----------
    most
        Largest body that is taken. [bytes]
    timeout
        Longest time for the whole exchange. [s]
    reach
        Where it may go; the node's settings by default.

    Raises
    ------
    FetchRefused
        If the address may not be asked, does not answer in time, redirects, or answers with too much.
    """
    goal = _parsed(url, reach := reach or Reach.of_settings())
    try:
        sock = _connected(goal, reach, lookup, timeout)
        return _asked(goal, sock, method, body, dict(headers or {}), most, timeout, context)
    except ssl.SSLError as wrong:
        raise FetchRefused(
            _shown(goal), why=Text("its certificate is not valid", "인증서가 올바르지 않습니다")
        ) from wrong
    except (OSError, http.client.HTTPException) as silent:
        raise FetchRefused(
            _shown(goal), why=Text("it does not answer properly", "정상적으로 응답하지 않습니다")
        ) from silent


def _parsed(url: str, reach: Reach) -> SplitResult:
    try:
        goal = urlsplit(url)
        port = goal.port
    except ValueError:
        raise FetchRefused(url[:80], why=Text("this is no address", "올바른 주소가 아닙니다")) from None
    if goal.scheme not in ({"https", "http"} if reach.plain else {"https"}):
        raise FetchRefused(url[:80], why=Text("only https is taken", "https 주소만 사용할 수 있습니다"))
    odd = goal.username or goal.password or port == 0 or len(url) > 2048
    if not goal.hostname or odd or any(ord(one) < 33 or ord(one) > 126 for one in url):
        raise FetchRefused(url[:80], why=Text("this is no address", "올바른 주소가 아닙니다"))
    return goal


def _shown(goal: SplitResult) -> str:
    # Without the query and the path: a URL may carry a secret.
    return f"{goal.scheme}://{goal.netloc}"


def _connected(goal: SplitResult, reach: Reach, lookup: Lookup, timeout: float) -> socket.socket:
    port = goal.port or (443 if goal.scheme == "https" else 80)
    found = list(lookup(goal.hostname, port, type=socket.SOCK_STREAM))
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses or not all(reach.allows(one) for one in addresses):
        raise FetchRefused(_shown(goal), why=Text("it is not a public address", "공개 주소가 아닙니다"))
    return socket.create_connection((str(addresses[0]), port), timeout=timeout)


def _asked(  # noqa: PLR0913, PLR0917 - the parts of one request
    goal: SplitResult,
    sock: socket.socket,
    method: str,
    body: bytes | None,
    headers: dict[str, str],
    most: int,
    timeout: float,
    context: ssl.SSLContext | None,
) -> Answer:
    # The socket's own timeout is for one read; a server that sends a byte a second is ended by the clock.
    held = [sock]
    clock = threading.Timer(timeout, _cut, [held])
    clock.daemon = True
    clock.start()
    try:
        if goal.scheme == "https":
            held[0] = _secured(sock, goal, context, held)
        with closing(http.client.HTTPConnection(goal.netloc, timeout=timeout)) as line:
            line.sock = held[0]
            path = (goal.path or "/") + (f"?{goal.query}" if goal.query else "")
            line.request(method, path, body, {"Connection": "close", "User-Agent": "dure", **headers})
            answer = _taken(goal, line.getresponse(), most)
            if len(held) > 1:  # an answer without a length ends where the clock cut it
                raise TimeoutError
            return answer
    finally:
        clock.cancel()
        held[0].close()


def _secured(
    sock: socket.socket, goal: SplitResult, context: ssl.SSLContext | None, held: list[socket.socket]
) -> ssl.SSLSocket:
    safe = context or ssl.create_default_context()
    wrapped = safe.wrap_socket(sock, server_hostname=goal.hostname, do_handshake_on_connect=False)
    held[0] = wrapped  # the clock must also end a handshake that hangs
    wrapped.do_handshake()
    return wrapped


def _cut(held: list[socket.socket]) -> None:
    held.append(held[0])
    with suppress(OSError):
        socket.socket.shutdown(held[0], socket.SHUT_RDWR)  # not TLS's own, which waits for the peer


def _taken(goal: SplitResult, answer: http.client.HTTPResponse, most: int) -> Answer:
    if 300 <= answer.status < 400:
        raise FetchRefused(_shown(goal), why=Text("it redirects elsewhere", "다른 주소로 넘깁니다"))
    body = answer.read(most + 1)
    if len(body) > most:
        raise FetchRefused(_shown(goal), why=Text("its answer is too large", "응답이 너무 큽니다"))
    if answer.length:  # the rest of a declared length never came: read(n) does not say so by itself
        raise http.client.IncompleteRead(body, answer.length)
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)
