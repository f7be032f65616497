"""The node's own certificate for devices that push: made on first use, replaced by laying another in its place."""

import ipaddress
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dure.plant.connect import write_private

if TYPE_CHECKING:
    from cryptography import x509

YEARS = 10


def files(home: Path) -> tuple[Path, Path]:
    """Certificate and key (PEM)."""
    return home / "certificates" / "push.pem", home / "secret" / "push.key"


def listening_context(home: Path, host: str) -> ssl.SSLContext:
    """TLS 1.2 or later with the node's certificate, which is made for this machine's names if there is none."""
    certificate, key = files(home)
    if not (certificate.exists() and key.exists()):
        _make(certificate, key, _names(host))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def _names(host: str) -> list[str]:
    """Names and addresses under which a device may call this machine."""
    name = socket.gethostname()
    own = {"localhost", "127.0.0.1", name}
    with suppress(OSError):
        own |= {str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(name, None)}
    if host not in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        own.add(host)
    return sorted(own)


def _make(certificate: Path, key: Path, names: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dure push")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(secret, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    write_private(key, secret.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    write_private(certificate, made.public_bytes(pem))


def _name(name: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
