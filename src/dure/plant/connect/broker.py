"""What the connectors of brokers share: address, settings, trust and sign-in of one MQTT client."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dure.plant.connect.promise import Place
from dure.plant.connect.refusals import (
    AddressRefused,
    CertificateExpired,
    CertificateUnknown,
    CredentialsRefused,
)
from dure.plant.connect.settings import SettingRefused, Settings, setting
from dure.plant.transport.mqtt import Client, MqttRefused, MqttUnreachable, Options, Will
from dure.vocabulary import SourceProblem, Text

LEVELS = {"auto": (5, 4), "5.0": (5,), "3.1.1": (4,)}
UNKNOWN_VERSION, BAD_USER, NOT_ALLOWED = 0x84, 0x86, 0x87


class PasswordNeedsTls(SourceProblem):
    """A password that would travel to a broker unencrypted."""

    key = "password-needs-tls"
    says = Text("The link to {where} is not encrypted, so the password is not sent.", "{where} 연결이 암호화되지 않아 암호를 보내지 않았습니다.")  # fmt: skip
    remedy = Text(
        "Write the address with {secure}://; if the broker cannot, allow it with --clear-password true.",
        "주소를 {secure}://로 적거나, 브로커가 지원하지 않으면 --clear-password true로 허용하세요.",
    )


@dataclass(frozen=True)
class BrokerSettings(Settings):
    """How a broker is reached (MQTT 5.0 §3.1)."""

    version: str = setting("auto", Text("Version of MQTT; auto tries 5.0 first", "MQTT 버전(auto는 5.0부터 시도)"), choices=tuple(LEVELS))  # fmt: skip
    user: str = setting("", Text("User; empty is anonymous", "사용자(비우면 익명)"))
    clear_password: bool = setting(
        False, Text("Let the password travel unencrypted", "암호를 암호화하지 않고 보내도록 허용")
    )
    ca: str = setting(
        "",
        Text(
            "File with the certificate authority that signed the broker's certificate",
            "브로커 인증서를 서명한 인증기관 파일",
        ),
    )
    keep_alive: float = setting(
        15.0,
        Text("Sign of life when nothing changes", "변화가 없을 때의 생존 신호 주기"),
        unit="s",
        between=(1, 3600),
    )
    timeout: float = setting(10.0, Text("Time to answer", "응답 제한 시간"), unit="s", between=(0.5, 300))
    largest: float = setting(
        16_384.0,
        Text(
            "Largest packet that is taken; a larger one ends the connection",
            "받아들일 가장 큰 패킷(더 크면 연결을 끊음)",
        ),
        unit="KiB",
        between=(1, 262_144),
    )


def where(place: Place) -> str:
    """How refusals name the broker."""
    return f"{place.source} ({place.url})"


def address(place: Place) -> SplitResult:
    """The parts of the address.

    Raises
    ------
    AddressRefused
    """
    parts = urlsplit(place.url)
    try:
        whole = parts.hostname and (parts.port is None or 0 < parts.port < 65_536)
    except ValueError:
        whole = False
    if not whole or parts.query or parts.fragment:
        raise AddressRefused(where(place), example=f"{parts.scheme}://192.168.0.10:1883")
    return parts


async def sign_in(  # noqa: PLR0913 - what differs between the callers
    place: Place,
    settings: BrokerSettings,
    *,
    client_id: str,
    clean: bool = True,
    expiry: int = 0,
    will: Will | None = None,
    gather: float = 0.005,
) -> Client:
    """A client that is connected, by the newest version of MQTT that both speak.

    Raises
    ------
    SourceProblem, AddressRefused
    """
    options = _options(place, settings)
    options = replace(options, client_id=client_id, clean=clean, expiry=expiry, will=will, gather=gather)
    levels = LEVELS[settings.version]
    for level in levels:
        try:
            return await _connected(place, settings, replace(options, version=level))
        except MqttRefused as refused:
            if refused.code != UNKNOWN_VERSION or level == levels[-1]:
                raise
    raise AssertionError(levels)


@contextmanager
def refusals(place: Place, settings: BrokerSettings) -> Iterator[None]:
    """Say a broker's refusal of the user as every connector says it."""
    try:
        yield
    except MqttRefused as refused:
        if refused.code in (BAD_USER, NOT_ALLOWED) and refused.facts.get("what") == CONNECTION:
            raise CredentialsRefused(where(place), user=settings.user or "anonymous") from refused
        raise


CONNECTION = Text("the connection", "연결")


def _options(place: Place, settings: BrokerSettings) -> Options:
    parts = address(place)
    secure = parts.scheme.endswith("s")
    if place.password is not None and not secure and not settings.clear_password:
        raise PasswordNeedsTls(where(place), secure=f"{parts.scheme}s")
    return Options(
        parts.hostname or "",
        parts.port or (8883 if secure else 1883),
        keep_alive=int(settings.keep_alive),
        timeout=settings.timeout,
        largest=int(settings.largest * 1024),
        user=settings.user,
        password=place.password,
        tls=_verifying(settings) if secure else None,
    )


async def _connected(place: Place, settings: BrokerSettings, options: Options) -> Client:
    """Connect; a certificate that no known authority signed must be one that a person trusted."""
    client = Client(options, where=where(place))
    with refusals(place, settings):
        try:
            await client.connect()
        except MqttUnreachable as refused:
            if not isinstance(refused.__cause__, ssl.SSLCertVerificationError) or settings.ca:
                raise
            client = Client(replace(options, tls=_pinning()), where=where(place), trusts=_trust(place))
            await client.connect()
    return client


def _verifying(settings: BrokerSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca or None)
    except (OSError, ssl.SSLError) as refused:
        raise SettingRefused("ca", value=settings.ca, allowed=f"PEM ({refused})") from refused
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _pinning() -> ssl.SSLContext:
    """TLS that takes any certificate: `trusts` compares it with those that a person trusted, before we sign in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _trust(place: Place) -> Any:
    return lambda certificate: require_trust(place.home, certificate, where(place))


def require_trust(home: Path, certificate: bytes, whose: str, now: datetime | None = None) -> None:
    """Raise unless a person trusted this certificate (DER) and it is inside its dates; else it is kept aside.

    Raises
    ------
    CertificateUnknown, CertificateExpired
    """
    from cryptography import x509

    from dure.plant.connect import write_private

    fingerprint = sha256(certificate).hexdigest()
    if not (home / "certificates" / "trusted" / f"{fingerprint}.der").exists():
        write_private(home / "certificates" / "rejected" / f"{fingerprint}.der", certificate)
        raise CertificateUnknown(whose, fingerprint=fingerprint)
    dated, now = x509.load_der_x509_certificate(certificate), now or datetime.now(UTC)
    start, end = dated.not_valid_before_utc, dated.not_valid_after_utc
    if not start <= now <= end:
        raise CertificateExpired(whose, start=f"{start:%Y-%m-%d}", end=f"{end:%Y-%m-%d}")
