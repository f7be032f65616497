"""The node's certificate for boxes: self-signed, and known to each box by its fingerprint from the invitation."""

import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dure.plant.connect import write_private

_YEARS = 20


def node_certificate(home: Path) -> tuple[Path, Path]:
    """Files of the certificate and its key (PEM), made at first use; boxes know it by its fingerprint."""
    certificate, key = home / "certificates" / "edge.pem", home / "secret" / "edge.key"
    if not (certificate.exists() and key.exists()):
        made_certificate, made_key = _make(datetime.now(UTC))
        write_private(key, made_key)
        write_private(certificate, made_certificate)
    return certificate, key


def fingerprint_of(certificate: Path) -> str:
    """SHA-256 of a PEM certificate, in hexadecimal digits."""
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    return hashlib.sha256(der).hexdigest()


def listening_context(home: Path) -> ssl.SSLContext:
    """TLS 1.2 and later with the node's certificate."""
    certificate, key = node_certificate(home)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def _make(now: datetime) -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dure node")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .sign(key, hashes.SHA256())
    )
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), written
