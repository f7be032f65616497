"""Our certificate, the servers we trust, and which of a server's endpoints we take (OPC 10000-4 §6.1, §7.14)."""

import hashlib
import os
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dure.plant.connect import (
    CertificateExpired,
    CertificateUnknown,
    SecurityNotOffered,
    write_private,
)
from dure.plant.connect.opcua.settings import POLICIES, OpcUaSettings

YEARS = 10
_MODES = {1: "none", 2: "sign", 3: "encrypt"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Our own certificate and key, and the application URI that both the certificate and the session name."""

    certificate: Path
    key: Path
    uri: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as a server's trust list shows it."""
        return fingerprint(self.certificate.read_bytes())


@dataclass(frozen=True, slots=True)
class Offer:
    """One endpoint of a server: mode `none`, `sign` or `encrypt`, policy by its short name, its certificate (DER)."""

    mode: str
    policy: str
    certificate: bytes = b""

    @property
    def kept_policy(self) -> str:
        """The policy as a source's description keeps it."""
        return "auto" if self.mode == "none" else self.policy

    def __str__(self) -> str:
        """As settings name it."""
        return self.mode if self.mode == "none" else f"{self.mode} {self.policy}"


def offer(mode: int, policy_uri: str, certificate: bytes | None) -> Offer:
    """Offer of an EndpointDescription's fields."""
    return Offer(
        _MODES.get(mode, "invalid"),
        policy_uri.rpartition("#")[2].replace("_", ""),
        leading(certificate or b""),
    )


def choose(offers: Sequence[Offer], settings: OpcUaSettings, where: str) -> Offer:
    """The offer to take: of those that the settings allow, the strongest.

    Raises
    ------
    SecurityNotOffered

    Examples
    --------
    >>> offers = [Offer("none", "None"), Offer("sign", "Basic256Sha256"), Offer("encrypt", "Basic256Sha256")]
    >>> str(choose(offers, OpcUaSettings(), "line 1"))
    'encrypt Basic256Sha256'
    >>> choose(offers, OpcUaSettings(policy="Aes256Sha256RsaPss", security="encrypt"), "line 1")
    Traceback (most recent call last):
    dure.plant.connect.refusals.SecurityNotOffered: line 1 does not offer encrypt Aes256Sha256RsaPss. It offers: ...
    """
    modes = ("encrypt", "sign", "none") if settings.security == "auto" else (settings.security,)
    policies = POLICIES if settings.policy == "auto" else (settings.policy,)
    for mode in modes:
        for policy in ("None",) if mode == "none" else policies:
            for one in offers:
                if (one.mode, one.policy) == (mode, policy):
                    return one
    asked = settings.security if settings.policy == "auto" else f"{settings.security} {settings.policy}"
    raise SecurityNotOffered(where, asked=asked, offered=", ".join(sorted(map(str, set(offers)))) or "–")


def leading(chain: bytes) -> bytes:
    """First certificate of a DER chain: some servers send their issuer's behind it."""
    if len(chain) < 4 or chain[0] != 0x30 or chain[1] != 0x82:
        return chain
    return chain[: 4 + int.from_bytes(chain[2:4], "big")]


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a DER certificate in hexadecimal digits."""
    return hashlib.sha256(certificate).hexdigest()


def require_trust(home: Path, certificate: bytes, where: str, now: datetime | None = None) -> None:
    """Raise unless a person trusted this certificate and it is inside its dates; an unknown one is kept aside.

    Raises
    ------
    CertificateUnknown, CertificateExpired
    """
    print_ = fingerprint(certificate)
    if not (home / "certificates" / "trusted" / f"{print_}.der").exists():
        write_private(home / "certificates" / "rejected" / f"{print_}.der", certificate)
        raise CertificateUnknown(where, fingerprint=print_)
    from cryptography import x509

    dated, now = x509.load_der_x509_certificate(certificate), now or datetime.now(UTC)
    start, end = dated.not_valid_before_utc, dated.not_valid_after_utc
    if not start <= now <= end:
        raise CertificateExpired(where, start=f"{start:%Y-%m-%d}", end=f"{end:%Y-%m-%d}")


def own_identity(home: Path) -> Identity:
    """Our certificate and key, made at first use in `home/certificates`."""
    folder = home / "certificates"
    certificate, key = folder / "own.der", folder / "own.pem"
    if not (certificate.exists() and key.exists()):
        made_certificate, made_key = _make(f"urn:{socket.gethostname()}:dure:{uuid.uuid4()}")
        write_private(key, made_key)
        write_private(certificate, made_certificate)
    return Identity(certificate, key, _application_uri(certificate))


def _application_uri(certificate: Path) -> str:
    from cryptography import x509

    names = x509.load_der_x509_certificate(certificate.read_bytes()).extensions
    alternative = names.get_extension_for_class(x509.SubjectAlternativeName).value
    return str(alternative.get_values_for_type(x509.UniformResourceIdentifier)[0])


def _make(uri: str) -> tuple[bytes, bytes]:
    """Self-signed application certificate (DER) and key (PEM) as OPC 10000-6 §6.2.2 wants them."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "dure"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dure"),
        ]
    )
    now = datetime.now(UTC)
    usage = dict.fromkeys(("key_agreement", "crl_sign", "encipher_only", "decipher_only"), False)
    usage |= dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_cert_sign"),
        True,
    )
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    names = [x509.UniformResourceIdentifier(uri), x509.DNSName(socket.gethostname())]
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(os.urandom(16), "big") >> 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(own_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_id), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return built.public_bytes(serialization.Encoding.DER), private
