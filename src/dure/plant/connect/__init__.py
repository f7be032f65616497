"""Connectors: how machines, files and servers are read, one folder a kind (a family).

A member is a folder here, or a class named by the entry point `dure.connectors` of another wheel. It keeps the
promise `Connector`, says how it stands to every rule of `RULES`, and passes `dure.plant.connect.check`.
"""

import importlib
import math
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.connect.arming import (
    ACTS,
    ArmRefused,
    WriteNotTaken,
    Written,
    arm,
    armed,
    arms,
    disarm,
    journal,
    permit,
    write,
    write_async,
)
from dure.plant.connect.descriptions import (
    Source,
    add_source,
    change_source,
    password_of,
    remove_source,
    slug,
    source,
    sources,
    write_private,
)
from dure.plant.connect.preview import MOST_PREVIEWED, Preview, Previews
from dure.plant.connect.promise import (
    DONE,
    RULES,
    Arm,
    Connector,
    Mark,
    Place,
    Readings,
    Sink,
    Standing,
    Tables,
    Tokens,
)
from dure.plant.connect.refusals import (
    AddressRefused,
    AuthorityUnknown,
    CertificateExpired,
    CertificateUnknown,
    CredentialsRefused,
    FingerprintUnknown,
    NoTables,
    NoTokens,
    OwnCertificateRefused,
    PasswordInAddress,
    PasswordInTheClear,
    SchemeUnknown,
    SecurityNotOffered,
    SourceBroken,
    SourceExists,
    SourceLost,
    SourceOdd,
    SourceSilent,
    SourceUnknown,
    SourceUnreachable,
    WriteNotArmed,
)
from dure.plant.connect.scanning import (
    DOORS,
    Door,
    Found,
    RangeRefused,
    Scan,
    addresses,
    own_network,
    scan,
)
from dure.plant.connect.settings import Setting, SettingRefused, Settings, SettingUnknown, setting
from dure.plant.connect.waveform import Form, WaveRefused, float_wav, numbers, read_header
from dure.vocabulary import ExtraAbsent, Sample

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "ACTS",
    "DONE",
    "DOORS",
    "MOST_PREVIEWED",
    "RULES",
    "AddressRefused",
    "Arm",
    "ArmRefused",
    "AuthorityUnknown",
    "CertificateExpired",
    "CertificateUnknown",
    "Connector",
    "CredentialsRefused",
    "Door",
    "FingerprintUnknown",
    "Form",
    "Found",
    "Mark",
    "NoTables",
    "NoTokens",
    "OwnCertificateRefused",
    "PasswordInAddress",
    "PasswordInTheClear",
    "Place",
    "Preview",
    "Previews",
    "RangeRefused",
    "Readings",
    "Scan",
    "SchemeUnknown",
    "SecurityNotOffered",
    "Setting",
    "SettingRefused",
    "SettingUnknown",
    "Settings",
    "Sink",
    "Source",
    "SourceBroken",
    "SourceExists",
    "SourceLost",
    "SourceOdd",
    "SourceSilent",
    "SourceUnknown",
    "SourceUnreachable",
    "Standing",
    "Tables",
    "Tokens",
    "WaveRefused",
    "WriteNotArmed",
    "WriteNotTaken",
    "Written",
    "add_source",
    "addresses",
    "arm",
    "armed",
    "arms",
    "change_source",
    "connector_for",
    "disarm",
    "float_wav",
    "journal",
    "members",
    "numbers",
    "open_source",
    "own_network",
    "password_of",
    "permit",
    "read_header",
    "remove_source",
    "rows",
    "scan",
    "schemes",
    "setting",
    "slug",
    "source",
    "sources",
    "test",
    "trust_certificate",
    "try_source",
    "write",
    "write_async",
    "write_private",
]


@cache
def members() -> tuple[type[Connector], ...]:
    """Every connector that is installed: the folders of this package, then those of other wheels."""
    folders = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)
    own = [importlib.import_module(f"{__name__}.{folder}").CONNECTOR for folder in folders]
    return (*own, *(entry.load() for entry in entry_points(group="dure.connectors")))


def schemes() -> dict[str, type[Connector]]:
    """Connector of every kind of address.

    >>> {"file", "opc.tcp"} <= schemes().keys()
    True
    """
    return {scheme: member for member in reversed(members()) for scheme in member.schemes}


def connector_for(url: str) -> type[Connector]:
    """Connector class that reads addresses like `url`.

    Raises
    ------
    SchemeUnknown
        If none does.
    ExtraAbsent
        If the library it needs is not installed.
    """
    known = schemes()
    member = known.get(url.partition("://")[0].lower())
    if member is None:
        raise SchemeUnknown(url, known=", ".join(f"{scheme}://" for scheme in sorted(known)))
    if member.requires and find_spec(member.requires) is None:
        raise ExtraAbsent(str(member.title), library=member.requires, extra=getattr(member, "extra", "node"))
    return member


def open_source(home: Path, described: Source, *, password: str | None = None) -> Connector:
    """Connector of a described source; its password is the one given, else the one kept in `home/secret`."""
    member = connector_for(described.url)
    secret = password if password is not None else password_of(home, described.id)
    settings = member.settings_type.read(described.settings, scheme=member.schemes[0])
    return member(Place(described.id, described.url, home, secret), settings)


def test(
    url: str,
    settings: Mapping[str, Any] | None = None,  # noqa: PT028 - the word of the command, not a test
    *,
    home: Path,
    password: str | None = None,  # noqa: PT028 - the same
) -> dict[str, Any]:
    """Try an address without keeping it: who answers, how many signals, a few present values.

    Raises
    ------
    SourceProblem, InputError
        One sentence that says why it does not work.
    """
    return try_source(home, Source(slug(url), url, settings or {}), password=password)


def try_source(home: Path, described: Source, *, password: str | None = None) -> dict[str, Any]:
    """Try a described source; see `test`."""
    import asyncio

    return asyncio.run(_try(home, described, password))


def rows(
    home: Path, source_id: str, table: str, *, after: int | None = None, limit: int = 1_000_000
) -> "pa.Table":
    """A table of a database source as it is, all columns, oldest row first, at most `limit` rows.

    Read through the source's own connection: its user, TLS, time limit and read-only transaction. `after` [ns
    since 1970 UTC] leaves out rows whose time is earlier, and needs a time column. Numbers come as int64 or
    float64, truths as bool, times as timestamp in ns UTC (without a zone of their own: in the source's `zone`),
    all else as text.

    Raises
    ------
    SourceUnknown, SourceBroken
    NoTables
        If the source is no database.
    SourceProblem
        One sentence that says why the table cannot be read.
    """
    import asyncio

    return asyncio.run(_rows(home, source(home, source_id), table, after, limit))


def trust_certificate(home: Path, fingerprint: str) -> str:
    """Trust the refused certificate whose fingerprint begins so; its whole fingerprint.

    Raises
    ------
    FingerprintUnknown
    """
    plain = fingerprint.replace(":", "").strip().lower()
    waiting = home / "certificates" / "rejected"
    found = [path for path in waiting.glob("*.der") if len(plain) >= 8 and path.stem.startswith(plain)]
    if len(found) != 1:
        raise FingerprintUnknown(fingerprint)
    write_private(home / "certificates" / "trusted" / found[0].name, found[0].read_bytes())
    found[0].unlink()
    return found[0].stem


async def _rows(home: Path, described: Source, table: str, after: int | None, limit: int) -> "pa.Table":
    connector = open_source(home, described)
    try:
        if not isinstance(connector, Tables):
            raise NoTables(described.id)
        return await connector.rows(table, after, limit)
    finally:
        await connector.close()


async def _try(home: Path, described: Source, password: str | None) -> dict[str, Any]:
    connector = open_source(home, described, password=password)
    try:
        facts = await connector.identify()
        signals = await connector.browse(1000)
        present = await connector.read(signals[:5])
    finally:
        await connector.close()
    shown = [{"signal": s.signal, "value": _value(s), "quality": s.quality.name.lower()} for s in present]
    return {"url": described.url, **facts, "signals": len(signals), "read": shown, "notes": connector.notes}


def _value(sample: Sample) -> float | str | None:
    if sample.text is not None:
        return sample.text
    return sample.value if math.isfinite(sample.value) else None
