"""The plant's certificate for its public name: the operator's, or a self-signed one until there is one."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dure.sharing.tunnel.keys import write_private

_YEARS = 2


def plant_certificate(home: Path, name: str) -> tuple[Path, Path]:
    """Files of certificate and key (PEM) for `name` below `home`.

    An operator puts a certificate of a public authority at the same places; what lies there is used. Otherwise one
    is made that nobody trusts but who has been given it.
    """
    certificate = home / "certificates" / "tunnel" / f"{name}.pem"
    key = home / "secret" / "tunnel" / f"{name}.key"
    if not (certificate.exists() and key.exists()):
        made_certificate, made_key = _make(name, datetime.now(UTC))
        write_private(key, made_key)
        write_private(certificate, made_certificate)
    return certificate, key


def listening_context(home: Path, name: str) -> ssl.SSLContext:
    """TLS 1.2 and later with the plant's certificate; HTTP/1.1 is what is spoken inside."""
    certificate, key = plant_certificate(home, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key)
    return context


def _make(name: str, now: datetime) -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), written
