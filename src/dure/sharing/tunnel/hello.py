"""The one thing that a hub reads of a visitor's bytes: the server's name in the TLS ClientHello.

RFC 8446 §4.1.2 and §5.1 (the message and its records), RFC 6066 §3 (the name). The message may come in pieces and be
spread over several records. Everything is bounded, and whatever does not fit is refused at the first odd byte.
"""

import re
from dataclasses import dataclass

from dure.sharing.tunnel.refusals import HelloWrong

# Bytes of a hello with its record headers, and records over which it may be spread.
MOST_BYTES, MOST_RECORDS = 16 * 1024, 16
NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)

_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME, _HOST_NAME = 22, 1, 0, 0


def server_name(received: bytes) -> str | None:
    r"""The name that a visitor asks for, in lower case; None while more bytes are needed.

    Parameters
    ----------
    received
        All bytes that have come so far; what follows the hello is not looked at.

    Raises
    ------
    HelloWrong
        If this can no longer become a ClientHello that names a server.

    Examples
    --------
    >>> server_name(b"\x16\x03\x01") is None
    True
    >>> server_name(b"GET / HTTP/1.1")
    Traceback (most recent call last):
    dure.sharing.tunnel.refusals.HelloWrong: A visitor from outside does not speak TLS: no handshake. ...
    """
    message = _message(received)
    if message is None:
        if len(received) >= MOST_BYTES:
            raise HelloWrong("outside", fault="the hello is too long")
        return None
    return _name_in(message)


def _message(received: bytes) -> bytes | None:
    """The handshake message, put together from its records; None while it is not whole."""
    message, at = b"", 0
    for _record in range(MOST_RECORDS):
        head = received[at : at + 5]
        _require(not head or head[0] == _HANDSHAKE, "no handshake")
        _require(len(head) < 2 or head[1] == 3, "an unknown version")
        if len(head) < 5:
            return None
        length = int.from_bytes(head[3:5])
        _require(0 < length <= MOST_BYTES, "a record of an odd length")
        message += received[at + 5 : at + 5 + length]
        _require(message[:1] in (b"", bytes([_CLIENT_HELLO])), "no hello")
        if len(message) >= 4:
            whole = 4 + int.from_bytes(message[1:4])
            _require(whole <= MOST_BYTES, "the hello is too long")
            if len(message) >= whole:
                _require(len(message) == whole, "more than a hello in its record")
                return message[4:]
        at += 5 + length
        if at > len(received):
            return None
    raise HelloWrong("outside", fault="too many records")


def _name_in(hello: bytes) -> str:
    reader = _Reader(hello)
    reader.take(2 + 32)
    _require(len(reader.vector(1)) <= 32, "a session id that is too long")
    suites = reader.vector(2)
    _require(len(suites) >= 2 and len(suites) % 2 == 0, "odd cipher suites")
    _require(len(reader.vector(1)) >= 1, "no compression method")
    extensions = _Reader(reader.vector(2))
    _require(reader.at_end, "bytes behind the extensions")
    names = []
    while not extensions.at_end:
        kind, content = int.from_bytes(extensions.take(2)), extensions.vector(2)
        if kind == _SERVER_NAME:
            names.append(_host_name(content))
    _require(len(names) == 1, "it names no server" if not names else "it names two servers")
    return names[0]


def _host_name(content: bytes) -> str:
    outer = _Reader(content)
    entries = _Reader(outer.vector(2))
    _require(outer.at_end, "bytes behind the name")
    kind, written = entries.take(1)[0], entries.vector(2)
    _require(entries.at_end and kind == _HOST_NAME, "a name of another kind")
    name = written.decode("latin-1").lower()
    _require(bool(NAME.fullmatch(name)), "a name that no server has")
    return name


@dataclass(slots=True)
class _Reader:
    content: bytes
    at: int = 0

    @property
    def at_end(self) -> bool:
        return self.at == len(self.content)

    def take(self, count: int) -> bytes:
        taken = self.content[self.at : self.at + count]
        _require(len(taken) == count, "it is cut short")
        self.at += count
        return taken

    def vector(self, width: int) -> bytes:
        """Bytes behind their own length, which has `width` bytes (RFC 8446 §3.4)."""
        return self.take(int.from_bytes(self.take(width)))


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise HelloWrong("outside", fault=fault)
