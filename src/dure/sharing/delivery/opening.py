"""Opening a connection to an address that somebody else named: TLS, and never into the own network by accident."""

import ipaddress
import socket
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from dure.sharing.delivery.refusals import SourceSilent

Opener = Callable[[SplitResult, float], HTTPConnection]
LONGEST_URL = 2_048


def opened(url: SplitResult, timeout: float) -> HTTPConnection:
    """A connection over https to a public address; `timeout` [s] holds for each step.

    Raises
    ------
    SourceSilent
        If the address is not https, does not resolve, or leads into a private network.
    """
    if url.scheme != "https":
        raise SourceSilent(_shown(url), fault="only https:// is opened")
    made = HTTPSConnection(
        url.hostname or "", url.port or 443, timeout=timeout, context=ssl.create_default_context()
    )
    # http.client asks this attribute for its socket: it gets one to the address that was looked at, not to a later answer.
    made._create_connection = lambda _where, *_more: _socket(url, timeout)  # type: ignore[attr-defined] # noqa: SLF001
    return made


def opened_near(url: SplitResult, timeout: float) -> HTTPConnection:
    """A connection to any address, plain or TLS: for a network that is one's own, and for tests."""
    if url.scheme == "https":
        return HTTPSConnection(url.hostname or "", url.port or 443, timeout=timeout)
    if url.scheme == "http":
        return HTTPConnection(url.hostname or "", url.port or 80, timeout=timeout)
    raise SourceSilent(_shown(url), fault="only http:// and https:// are opened")


def parsed(url: str) -> SplitResult:
    """A base address without user, query and fragment.

    >>> parsed("https://plant.example/data/1/").path
    '/data/1'

    Raises
    ------
    SourceSilent
        If it is none.
    """
    try:
        split = urlsplit(url)
        port_holds = split.port != 0
    except ValueError as fault:
        raise SourceSilent(url[:100], fault="it is no address") from fault
    odd = any(not "!" <= sign <= "~" for sign in url) or len(url) > LONGEST_URL
    if odd or not port_holds or not split.hostname or split.username or split.query or split.fragment:
        raise SourceSilent(url[:100], fault="it is no plain address")
    return split._replace(path=split.path.rstrip("/"))


def _socket(url: SplitResult, timeout: float) -> socket.socket:
    for family, kind, _proto, _name, where in _found(url):
        address = ipaddress.ip_address(str(where[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not mapped.is_global or mapped.is_multicast:
            raise SourceSilent(_shown(url), fault="it leads into a private network")
        made = socket.socket(family, kind)
        made.settimeout(timeout)
        try:
            made.connect(where)
        except OSError:
            made.close()
            raise
        return made
    raise SourceSilent(_shown(url), fault="its name has no address")


def _found(url: SplitResult) -> list[tuple[int, int, int, str, tuple[str | int, ...]]]:
    try:
        return list(socket.getaddrinfo(url.hostname, url.port or 443, type=socket.SOCK_STREAM))  # type: ignore[arg-type] # its stubs are wider than what it gives
    except OSError as fault:
        raise SourceSilent(_shown(url), fault="its name has no address") from fault


def _shown(url: SplitResult) -> str:
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"[:200]
