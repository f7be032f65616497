"""The OPC UA server: a folder a path, a variable a signal, and the node's sign of life (OPC 10000-3, -4, -5)."""

import hashlib
import logging
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import SimpleRoleRuleset, User, UserRole
from asyncua.server.user_managers import UserManager
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from dure.plant.connect import write_private
from dure.plant.serve.freshness import Freshness, Present, Why
from dure.plant.serve.settings import OpcUaFace
from dure.plant.serve.users import known
from dure.vocabulary import Quality

logger = logging.getLogger("dure.plant.serve")
ua: Any = asyncua.ua  # its types are stricter than what it takes, and name not all that is there
Server: Any = asyncua.Server  # type: ignore[attr-defined] # it is there, and not in its __all__
_ruleset: Any = SimpleRoleRuleset
NAMESPACE = "urn:dure:serve"
_STATUS = {
    Quality.GOOD: ua.StatusCodes.Good,
    Quality.UNCERTAIN: ua.StatusCodes.UncertainLastUsableValue,
    Quality.BAD: ua.StatusCodes.Bad,
}
_SECURE = [
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
]


class _Users(UserManager):
    def __init__(self, home: Path, face: OpcUaFace) -> None:
        self._home, self._face = home, face

    def get_user(
        self, iserver: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        """A reader, or None: whoever comes may read and nobody may write."""
        del iserver, certificate
        if username is None:
            return User(role=UserRole.User) if self._face.anonymous else None
        return User(role=UserRole.User) if known(self._home, username, password or "") else None


@dataclass(slots=True)
class OpcUaServer:
    """Publishes what `fresh` holds; `start`, then `say` again and again, then `stop`."""

    home: Path
    face: OpcUaFace
    fresh: Freshness
    _server: Any = None
    _space: int = 0
    _nodes: dict[str, Any] = field(default_factory=dict)
    _folders: dict[str, Any] = field(default_factory=dict)
    _own: dict[str, Any] = field(default_factory=dict)
    _told: dict[str, tuple[int, Quality]] = field(default_factory=dict)
    _count: int = 0

    async def start(self) -> None:
        """Make certificate and address space, and listen."""
        logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
        server = Server(user_manager=_Users(self.home, self.face))
        await server.init()
        server.set_endpoint(f"opc.tcp://{self.face.host}:{self.face.port}/dure")
        server.set_server_name("dure")
        await server.set_application_uri(NAMESPACE)
        await self._secure(server)
        self._space = await server.register_namespace(NAMESPACE)
        self._folders[""] = await server.nodes.objects.add_object(self._id("dure"), "dure")
        self._server = server
        for name, value in (
            ("Heartbeat", ua.Variant(0, ua.VariantType.UInt32)),
            ("Stale", False),
            ("Reason", ""),
        ):
            self._own[name] = await self._folders[""].add_variable(self._id(f"dure/{name}"), name, value)
        await server.start()

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            await self._server.stop()

    async def say(self, now: float) -> None:
        """Write what is new, what has become stale, and the sign of life."""
        for signal, present in list(self.fresh.values.items()):
            told = (present.time, self.fresh.quality(signal, now))
            if self._told.get(signal) != told:
                await self._write(present, told[1])
                self._told[signal] = told
        why = self.fresh.why(now)
        self._count = (self._count + 1) % 2**32
        await self._put(self._own["Heartbeat"], ua.Variant(self._count, ua.VariantType.UInt32), now)
        await self._put(self._own["Stale"], ua.Variant(why is not Why.FRESH), now)
        await self._put(self._own["Reason"], ua.Variant(str(why.value)), now)

    async def _write(self, present: Present, quality: Quality) -> None:
        if present.signal not in self._nodes:
            self._nodes[present.signal] = await self._variable(present)
        value: Any = present.text if present.text is not None else present.value
        kind = ua.VariantType.String if present.text is not None else ua.VariantType.Double
        variant = ua.Variant(float("nan") if value is None else value, kind)
        when = datetime.fromtimestamp(present.time / 1e9, UTC)
        written = ua.DataValue(variant, StatusCode=ua.StatusCode(_STATUS[quality]), SourceTimestamp=when)
        await self._server.write_attribute_value(self._nodes[present.signal].nodeid, written)

    async def _put(self, node: Any, variant: Any, now: float) -> None:
        when = datetime.fromtimestamp(now, UTC)
        await self._server.write_attribute_value(node.nodeid, ua.DataValue(variant, SourceTimestamp=when))

    async def _variable(self, present: Present) -> Any:
        place, _, name = present.signal.rpartition("/")
        first: Any = present.text if present.text is not None else 0.0
        return await (await self._folder(place)).add_variable(self._id(present.signal), name, first)

    async def _folder(self, place: str) -> Any:
        if place not in self._folders:
            above, _, name = place.rpartition("/")
            self._folders[place] = await (await self._folder(above)).add_object(self._id(f"{place}/"), name)
        return self._folders[place]

    def _id(self, name: str) -> Any:
        return ua.NodeId(name, self._space)

    async def _secure(self, server: Any) -> None:
        certificate, key = await own_certificate(self.home)
        await server.load_certificate(str(certificate))
        await server.load_private_key(str(key))
        plain = [ua.SecurityPolicyType.NoSecurity] if self.face.plain else []
        server.set_security_policy([*_SECURE, *plain], permission_ruleset=_ruleset())
        if not self.face.plain:  # where anyone may come unencrypted, a certificate proves nothing more
            server.set_certificate_validator(self._trusted)

    async def _trusted(self, certificate: x509.Certificate, application: Any) -> None:
        """Refuse a client whose certificate nobody trusted; it is kept aside for a person to compare."""
        del application
        der = certificate.public_bytes(Encoding.DER)
        print_ = hashlib.sha256(der).hexdigest()
        if (self.home / "certificates" / "trusted" / f"{print_}.der").exists():
            return
        write_private(self.home / "certificates" / "rejected" / f"{print_}.der", der)
        logger.warning(
            "a client with the unknown certificate %s… was refused: dure connect trust %s",
            print_[:16],
            print_[:16],
        )
        raise ua.uaerrors.BadCertificateUntrusted


async def own_certificate(home: Path) -> tuple[Path, Path]:
    """The server's certificate and key, made at first use."""
    folder = home / "certificates"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate, key = folder / "server.der", folder / "server.pem"
    await setup_self_signed_certificate(
        key,
        certificate,
        NAMESPACE,
        socket.gethostname(),
        [ExtendedKeyUsageOID.SERVER_AUTH],
        {"commonName": "dure"},
    )
    key.chmod(0o600)
    return certificate, key
