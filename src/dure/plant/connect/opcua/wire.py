"""The secure channel's hot path: chunks to messages, publish requests to chunks (OPC 10000-6 §6.7, §7.1).

asyncua opens, renews and closes the channel. Only what comes and goes with every notification is done here, with
the same checks (token, signature, channel, sequence number, size) and a tenth of the steps.
"""

# ruff: noqa: SLF001 - asyncua has no public way to its channel's numbers, tokens and limits

import struct
import time
from asyncio import Future, get_running_loop
from collections.abc import Sequence
from typing import Any

from asyncua.client.ua_client import UaClient, UASocketProtocol
from asyncua.crypto.security_policies import CryptographyNone
from cryptography.exceptions import InvalidSignature

from dure.plant.connect.opcua.decode import EPOCH
from dure.plant.connect.opcua.protocol import binary, ua

_PREFIX, _PAIR = struct.Struct("<3s1sI"), struct.Struct("<II")
_HEADER = struct.Struct("<3s1sIIIII")  # type, chunk, size, channel, token, sequence number, request id
_REQUEST = struct.Struct("<qIIiI")  # time, handle, diagnostics, audit entry (null), timeout hint
_PUBLISH = b"\x01\x00\x3a\x03"  # NodeId 826, PublishRequest_Encoding_DefaultBinary
_NO_ADDITION = b"\0\0\0"  # ExtensionObject without type and body
_RESPONSE = struct.Struct("<qIIBi")  # time, handle, result, diagnostics mask, length of the string table
_FAULT = 397  # ServiceFault_Encoding_DefaultBinary
LARGEST_CHUNK = 16 * 2**20
_WRAP, _EARLY = 2**32 - 1024, 1024  # a sequence number may begin anew there, OPC 10000-6 §6.7.2.4


class Socket(UASocketProtocol):
    """asyncua's protocol, with chunks of messages read here."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._held = bytearray()
        self._parts: list[bytes] = []
        self._size = 0
        self._token_bytes: tuple[object, bytes] = (None, b"")

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket; whole chunks are read at once."""
        held = self._held
        held += data
        place = 0
        try:
            while len(held) - place >= _PREFIX.size:
                kind, end, size = _PREFIX.unpack_from(held, place)
                if not _PREFIX.size <= size <= LARGEST_CHUNK:
                    raise ua.UaError(f"a chunk of {size} bytes")  # noqa: TRY301 - it ends where every odd chunk ends
                if len(held) - place < size:
                    break
                chunk = bytes(held[place : place + size])
                place += size
                if kind == b"MSG":
                    self._chunk(chunk, end)
                else:
                    self._process_received_data(chunk)
        except Exception as odd:  # noqa: BLE001 - whatever it is, the channel cannot go on; who waits is told
            self._fail_all_pending(odd)
            held.clear()
            self.disconnect_socket()
            return
        del held[:place]

    def publish(self, acknowledged: Sequence[tuple[int, int]]) -> "Future[Any]":
        """Send a PublishRequest with acknowledgements (subscription, sequence number); the answer's body will come."""
        if self.transport is None:
            raise ConnectionError("Connection is not open")
        self._request_handle += 1
        self._request_id += 1
        self.revolve_security_token()
        answer: Future[Any] = get_running_loop().create_future()
        self._callbackmap[self._request_id] = answer
        self.transport.write(self._sealed(self._publish_request(acknowledged)))
        return answer

    def _publish_request(self, acknowledged: Sequence[tuple[int, int]]) -> bytes:
        if self._token_bytes[0] is not self.authentication_token:
            self._token_bytes = (
                self.authentication_token,
                binary.to_binary(ua.NodeId, self.authentication_token),
            )
        now = time.time_ns() // 100 + EPOCH
        header = _REQUEST.pack(now, self._request_handle, 0, -1, 0)
        acks = struct.pack(
            f"<i{2 * len(acknowledged)}I", len(acknowledged), *(n for pair in acknowledged for n in pair)
        )
        return b"".join((_PUBLISH, self._token_bytes[1], header, _NO_ADDITION, acks))

    def _sealed(self, body: bytes) -> bytes:
        """One or more chunks of a message."""
        connection = self._connection
        plain = unprotected(connection.security_policy.symmetric_cryptography)
        if not plain or len(body) + _HEADER.size > connection._limits.max_send_buffer:
            return bytes(connection.message_to_binary(body, request_id=self._request_id))
        connection._sequence_number = connection._sequence_number % (2**32 - 1) + 1
        token = connection.security_token
        return (
            _HEADER.pack(
                b"MSG",
                b"F",
                _HEADER.size + len(body),
                token.ChannelId,
                token.TokenId,
                connection._sequence_number,
                self._request_id,
            )
            + body
        )

    def _chunk(self, chunk: bytes, end: bytes) -> None:
        connection = self._connection
        channel, token = _PAIR.unpack_from(chunk, 8)
        if token != connection.security_token.TokenId:
            connection._check_sym_header(ua.SymmetricAlgorithmHeader(TokenId=token))
        content = self._opened(chunk)
        sequence, request = _PAIR.unpack_from(content)
        self._check(channel, sequence, len(chunk))
        if end == b"A":
            self._parts, self._size = [], 0
            self._refuse(request, content)
            return
        self._parts.append(content[8:])
        self._size += len(content)
        limits = connection._limits
        if not limits.is_msg_size_within_limit(self._size) or not limits.is_chunk_count_within_limit(
            len(self._parts)
        ):
            raise ua.uaerrors.BadResponseTooLarge
        if end == b"F":
            whole = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts, self._size = [], 0
            self._call_callback(request, ua.utils.Buffer(whole))

    def _opened(self, chunk: bytes) -> bytes:
        """What is inside: decrypted, its signature verified, the padding taken off."""
        crypto: Any = self._connection.security_policy.symmetric_cryptography
        if unprotected(crypto):
            return chunk[16:]
        try:
            crypto.use_prev_key = False
            return _unsealed(crypto, chunk)
        except InvalidSignature:  # a message under the former token's key
            crypto.use_prev_key = True
            return _unsealed(crypto, chunk)

    def _check(self, channel: int, sequence: int, size: int) -> None:
        connection = self._connection
        if channel != connection.security_token.ChannelId:
            raise ua.UaError(f"a chunk of channel {channel}")
        if size > connection._limits.max_recv_buffer:
            raise ua.uaerrors.BadResponseTooLarge
        before = connection._peer_sequence_number
        wrapped = before is not None and sequence < _EARLY and before >= _WRAP
        if before is not None and sequence != before + 1 and not wrapped:
            raise ua.UaError(f"chunk {sequence} after {before}")
        connection._peer_sequence_number = sequence

    def _refuse(self, request: int, content: bytes) -> None:
        """An aborted message: whoever waits for it is told why."""
        waiting = self._callbackmap.pop(request, None)
        code = _PAIR.unpack_from(content + bytes(8), 8)[0]
        if waiting is not None and not waiting.done():
            waiting.set_exception(ua.UaStatusCodeError(code))


class Transport(UaClient):
    """asyncua's client of a channel, over `Socket`."""

    def _make_protocol(self) -> UASocketProtocol:
        self.protocol = Socket(self._timeout, security_policy=self.security_policy)
        self.protocol.on_connection_lost = self._on_transport_lost
        self.protocol.is_session_closing = self._is_session_closing
        return self.protocol


def unprotected(crypto: object) -> bool:
    """Whether a channel is neither signed nor encrypted."""
    return type(crypto) is CryptographyNone


def _unsealed(crypto: Any, chunk: bytes) -> bytes:
    plain = crypto.decrypt(chunk[16:])
    size = crypto.vsignature_size()
    crypto.verify(chunk[:16] + plain[:-size], plain[-size:])
    return bytes(crypto.remove_padding(plain[:-size]))


def after_header(body: bytes) -> bytes:
    """Body of a response behind its ResponseHeader.

    Raises
    ------
    UaStatusCodeError
        If the service was refused.
    """
    if body[:2] != b"\x01\x00" or len(body) < 28:
        return _after_any_header(body)
    _, _, result, diagnostics, strings = _RESPONSE.unpack_from(body, 4)
    if diagnostics or strings > 0 or body[25:28] != _NO_ADDITION:
        return _after_any_header(body)
    if result >> 30 or body[2] | body[3] << 8 == _FAULT:
        raise ua.UaStatusCodeError(result)
    return body[28:]


def _after_any_header(body: bytes) -> bytes:
    data = ua.utils.Buffer(body)
    binary.nodeid_from_binary(data)
    binary.struct_from_binary(ua.ResponseHeader, data).ServiceResult.check()
    return bytes(data.read(len(data)))
