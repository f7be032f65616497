"""The link to a server: secure channel and session, opened, resumed and dropped. Here is where asyncua is met."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from asyncua.client.ua_session import UaSession
from asyncua.common.shortcuts import Shortcuts
from asyncua.crypto import security_policies
from cryptography.exceptions import InvalidSignature

from dure.plant.connect import (
    AddressRefused,
    CredentialsRefused,
    OwnCertificateRefused,
    PasswordInTheClear,
    Place,
    SourceLost,
    SourceOdd,
    SourceSilent,
    SourceUnreachable,
)
from dure.plant.connect.opcua import decode, security, wire
from dure.plant.connect.opcua.profiles import Limits, limits_of
from dure.plant.connect.opcua.protocol import Client, ua
from dure.plant.connect.opcua.settings import OpcUaSettings
from dure.vocabulary import DureError, Text

_REFUSED_USER = {"BadUserAccessDenied", "BadIdentityTokenRejected", "BadIdentityTokenInvalid"}
_REFUSED_CERTIFICATE = {
    "BadCertificateUntrusted", "BadSecurityChecksFailed", "BadCertificateInvalid", "BadCertificateUriInvalid",
    "BadCertificateHostNameInvalid", "BadCertificateUseNotAllowed", "BadCertificateChainIncomplete", "BadApplicationSignatureInvalid",
}  # fmt: skip
_MODES = {
    "none": ua.MessageSecurityMode.None_,
    "sign": ua.MessageSecurityMode.Sign,
    "encrypt": ua.MessageSecurityMode.SignAndEncrypt,
}
_UNREACHED: dict[type, Text] = {
    ConnectionRefusedError: Text("nothing listens at that port", "그 포트에서 응답하는 프로그램이 없습니다"),
    socket.gaierror: Text("the name is not known", "이름을 찾을 수 없습니다"),
}
LARGEST_MESSAGE = 64 * 2**20
LARGEST_CHUNKS = 4096


class Session(UaSession):
    """asyncua's session without its publish loop: acknowledgements leave when *we* say so."""

    def ensure_publish_loop(self) -> None:
        """Nothing: see `publishing`."""

    async def next_message(
        self,
        acknowledged: Sequence[tuple[int, int]],
        shapes_of: Callable[[int], decode.Shapes | None] = lambda _: None,
    ) -> decode.Message:
        """Ask for the next notification, acknowledging (subscription, sequence number) pairs."""
        protocol = self._client.protocol
        if not isinstance(protocol, wire.Socket):
            raise ConnectionError("closed")
        body = wire.after_header(bytes(await protocol.publish(acknowledged)))
        return decode.publish_response(body, shapes_of)

    async def message_again(self, subscription: int, number: int) -> decode.Message | None:
        """Ask for a notification once more; None if the server has it no longer."""
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = subscription
        request.Parameters.RetransmitSequenceNumber = number
        try:
            body = wire.after_header(bytes(await self._send_request(request)))
        except ua.uaerrors.BadMessageNotAvailable:
            return None
        message = decode.notification(body, subscription=subscription)
        # asyncua's server answers an empty message of number 0 where the standard wants BadMessageNotAvailable
        return message if message.sequence == number and not message.empty else None

    async def raw(self, request: Any) -> bytes:
        """The bytes of a service's answer, behind its header."""
        return wire.after_header(bytes(await self._send_request(request)))


@dataclass(slots=True)
class Link:
    """One client of one server; `offer` is the security in force."""

    place: Place
    settings: OpcUaSettings
    client: Any = None
    offer: security.Offer | None = None
    _renewing: asyncio.Task[None] | None = None
    _limits: Limits | None = None

    async def limits(self) -> Limits:
        """What the server takes in a call; asked once a session."""
        if self._limits is None:
            settings = self.settings
            self._limits = await limits_of(
                self.session, settings.items_per_call, settings.items_per_subscription
            )
        return self._limits

    @property
    def session(self) -> Session:
        """Session in force.

        Raises
        ------
        SourceLost
            If there is none.
        """
        if self.client is None or not isinstance(self.client.uaclient.session, Session):
            raise SourceLost(self.where, why="closed")
        return self.client.uaclient.session

    @property
    def alive(self) -> bool:
        """Whether the socket is open, as far as we know."""
        protocol = None if self.client is None else self.client.uaclient.protocol
        return protocol is not None and protocol.transport is not None and not protocol.is_closed

    @property
    def where(self) -> str:
        """The equipment as refusals name it."""
        return f"{self.place.source} ({self.place.url})"

    async def open(self) -> None:
        """Open channel and session anew."""
        _quiet()
        self.drop()
        self.client = self._make_client()
        try:
            with self.refusals():
                await self._secure(self.client)
                await self._open_channel(self.client)
                await self.client.create_session()
                self._guard_password(self.client)
                await self._activate(self.client)
        except BaseException:
            self.drop()
            await asyncio.sleep(0)  # the transport closes in the next turn of the loop
            raise
        self._renewing = asyncio.create_task(_renew(self.client), name="renew channel")

    async def resume(self) -> bool:
        """Open a new channel for the session there was; False if the server no longer knows the session."""
        if self.client is None or not self.client.uaclient.has_session:
            return False
        self.drop()
        with self.refusals():
            await self._open_channel(self.client)
            self.session.rebind_authentication_token()
            try:
                await self._activate(self.client)
            except (ua.UaStatusCodeError, InvalidSignature):
                return False
        self._renewing = asyncio.create_task(_renew(self.client), name="renew channel")
        return True

    def drop(self) -> None:
        """Let go of the socket at once, as a half-open one never answers; the server keeps the session."""
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None
        if self.client is None or self.client.uaclient.protocol is None:
            return
        if (transport := self.client.uaclient.protocol.transport) is not None:
            transport.abort()
        self.client.uaclient.disconnect_socket()

    async def close(self) -> None:
        """Close session and channel in good order; the server forgets us."""
        client, self.client = self.client, None
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None
        if client is None:
            return
        with contextlib.suppress(Exception):  # the other side may be gone: we leave all the same
            async with asyncio.timeout(min(3.0, self.settings.timeout)):
                await client.uaclient.close_session(True)
                await client.close_secure_channel()
        client.disconnect_socket()
        await asyncio.sleep(0)  # the transport closes in the next turn of the loop

    def refusals(self) -> "Refusals":
        """Turn what goes wrong inside a `with` block into our errors."""
        return Refusals(self)

    def _make_client(self) -> Any:
        client = Client(self.place.url, timeout=self.settings.timeout)
        client.uaclient = wire.Transport(self.settings.timeout)
        session = Session(client.uaclient)
        client.uaclient.session = session
        client.nodes = Shortcuts(session)
        client.name, client.description = "dure", f"dure {self.place.source}"
        client.product_uri = "urn:dure"
        client.session_timeout = int(self.settings.outage * 1000)
        client.application_uri = security.own_identity(self.place.home).uri
        client.set_user(self.settings.user)
        client.set_password(self.place.password or "")
        return client

    async def _secure(self, client: Any) -> None:
        """Choose the endpoint, insist on a trusted certificate, and prepare the channel."""
        if self.settings.security == "none":
            self.offer = security.Offer("none", "None")
            return
        endpoints = await client.connect_and_get_server_endpoints()
        offers = [
            security.offer(int(e.SecurityMode), e.SecurityPolicyUri or "", e.ServerCertificate)
            for e in endpoints
            if (e.EndpointUrl or "").startswith("opc.tcp")
        ]
        self.offer = security.choose(offers, self.settings, self.where)
        if self.offer.mode == "none":
            return
        security.require_trust(self.place.home, self.offer.certificate, self.where)
        own = security.own_identity(self.place.home)
        policy = getattr(security_policies, f"SecurityPolicy{self.offer.policy}")
        mode = _MODES[self.offer.mode]
        await client.set_security(policy, own.certificate, own.key, None, self.offer.certificate, mode)

    async def _open_channel(self, client: Any) -> None:
        await client.connect_socket()
        limits = client.uaclient.protocol._connection._limits  # noqa: SLF001 - asyncua has no other way to bound what a server may send
        limits.max_message_size, limits.max_chunk_count = LARGEST_MESSAGE, LARGEST_CHUNKS
        await client.send_hello()
        try:
            await client.open_secure_channel()
        except AssertionError as refused:  # how asyncua shows a ServiceFault in the place of the answer
            raise ua.uaerrors.BadSecurityChecksFailed from refused

    def _guard_password(self, client: Any) -> None:
        """Refuse to send a password that others could read."""
        if not self.settings.user or self.settings.clear_password:
            return
        if self.offer is not None and self.offer.mode == "encrypt":
            return
        token = client.server_policy(ua.UserTokenType.UserName).SecurityPolicyUri or ""
        signed = self.offer is not None and self.offer.mode == "sign"
        if not signed or token.rpartition("#")[2] in ("", "None"):
            raise PasswordInTheClear(self.where)

    async def _activate(self, client: Any) -> None:
        await client.activate_session(username=self.settings.user or None, password=self.place.password)


class Refusals:
    """Context in which errors of asyncua and of the network become ours."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Translate the error, if there is one."""
        if not isinstance(error, Exception) or isinstance(error, DureError | AttributeError | NameError):
            return  # the last two are mistakes of our own and must be seen as such
        self.link.drop()
        raise refusal(error, self.link) from error


def refusal(error: Exception, link: Link) -> DureError:
    """Our error for one of asyncua's or the network's."""
    where = link.where
    if isinstance(error, ua.UaStatusCodeError):
        return _status_refusal(type(error).__name__, link)
    if isinstance(error, TimeoutError):
        return SourceSilent(where, seconds=f"{link.settings.timeout:g}")
    if isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError):
        return SourceLost(where, why=str(error) or type(error).__name__)
    if isinstance(error, OSError):
        return SourceUnreachable(where, why=_UNREACHED.get(type(error)) or error.strerror or str(error))
    return SourceOdd(where, why=(str(error) or type(error).__name__).split("\n")[0][:200])


def _status_refusal(name: str, link: Link) -> DureError:
    if name in _REFUSED_USER:
        return CredentialsRefused(link.where, user=link.settings.user or "anonymous")
    if name in _REFUSED_CERTIFICATE:
        own = security.own_identity(link.place.home)
        return OwnCertificateRefused(link.where, fingerprint=own.fingerprint, file=own.certificate)
    if name in ("BadTimeout", "BadRequestTimeout"):
        return SourceSilent(link.where, seconds=f"{link.settings.timeout:g}")
    if name in (
        "BadConnectionClosed",
        "BadSecureChannelClosed",
        "BadSessionClosed",
        "BadSessionIdInvalid",
        "BadShutdown",
    ):
        return SourceLost(link.where, why=name)
    return SourceOdd(link.where, why=name)


def check_address(url: str, source: str) -> None:
    """Raise `AddressRefused` unless `url` has a host and a port."""
    try:
        parts = urlsplit(url)
        complete = bool(parts.hostname and parts.port)
    except ValueError:
        complete = False
    if not complete:
        raise AddressRefused(url, source=source, example="opc.tcp://192.168.0.10:4840")


async def _renew(client: Any) -> None:
    """Renew the channel's keys after three quarters of their life (OPC 10000-4 §5.6.2)."""
    while True:
        await asyncio.sleep(client.secure_channel_timeout * 0.75 / 1000)
        with contextlib.suppress(
            ConnectionError, TimeoutError, ua.UaError
        ):  # a dead link is found by `publishing`
            await client.open_secure_channel(renew=True)
            client.uaclient.revolve_security_token()


def _quiet() -> None:
    """Quiet asyncua, which logs what we tell better; its words are shown with DURE's log level DEBUG only."""
    if not logging.getLogger("dure.plant.connect").isEnabledFor(logging.DEBUG):
        logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
