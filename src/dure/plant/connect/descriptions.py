"""Sources of this node: one description a source in `home/sources`, its password apart in `home/secret`."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import get_ident
from typing import Any
from urllib.parse import urlsplit

from dure.plant.connect.refusals import PasswordInAddress, SourceBroken, SourceExists, SourceUnknown
from dure.plant.connect.settings import SettingRefused
from dure.plant.transport import FULL
from dure.vocabulary import Signal

MOST_BUFFER = 10_000.0  # GB
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Source:
    """A source as described: `signals` empty means all that it has; `settings` those unlike their default.

    `box` names the edge box that collects it; empty is this node itself. `buffer` is how much of it may wait on
    the disk [GB], 0 for half of what is free; `when_full` what gives way then: `hold` (nothing is acknowledged,
    the source keeps), `oldest` or `newest` (for sources that cannot keep). `renamed` maps what the source now
    calls a tag to the id under which the tag is kept.
    """

    id: str
    url: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    signals: tuple[Signal, ...] = ()
    enabled: bool = True
    box: str = ""
    buffer: float = 0.0
    when_full: str = "hold"
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.id):
            raise SettingRefused("name", value=self.id, allowed="a-z 0-9 -")
        if "@" in urlsplit(self.url).netloc:
            raise PasswordInAddress(self.id)
        if not 0 <= self.buffer <= MOST_BUFFER:
            raise SettingRefused("buffer", value=self.buffer, allowed=f"0 – {MOST_BUFFER:g} GB")
        if self.when_full not in FULL:
            raise SettingRefused("when_full", value=self.when_full, allowed=" | ".join(FULL))


def slug(words: str) -> str:
    """A source id made of other words.

    >>> slug("opc.tcp://Line-1.plant:4840/formation")
    'line-1-plant-4840-formation'
    """
    cut = re.sub(r"[^a-z0-9]+", "-", words.lower().split("://")[-1]).strip("-")
    return cut[:64].strip("-") or "source"


def sources(home: Path) -> list[Source]:
    """The sources of the node at `home`, by id; a description that cannot be read raises `SourceBroken`."""
    return [source(home, path.stem) for path in sorted((home / "sources").glob("*.json"))]


def source(home: Path, id: str) -> Source:  # noqa: A002 - the word of the contract
    """The source of that id.

    Raises
    ------
    SourceUnknown, SourceBroken
    """
    try:
        written = json.loads(_description(home, id).read_text())
        signals = tuple(Signal(**signal) for signal in written.pop("signals", ()))
        return Source(**{**written, "id": id}, signals=signals)
    except FileNotFoundError:
        raise SourceUnknown(id) from None
    except (ValueError, TypeError, AttributeError) as broken:
        raise SourceBroken(id, why=broken) from broken


def add_source(home: Path, new: Source, *, password: str | None = None, again: bool = False) -> Source:
    """Keep a source; `again` puts it in the place of one with the same id.

    Raises
    ------
    SourceExists
    """
    description = _description(home, new.id)
    if description.exists() and not again:
        raise SourceExists(new.id)
    if password is not None:
        write_private(_password(home, new.id), password.encode())
    written = {**asdict(new), "signals": [_short(signal) for signal in new.signals]}
    write_private(description, json.dumps(written, ensure_ascii=False, indent=1).encode())
    return new


def change_source(home: Path, id: str, **changes: Any) -> Source:  # noqa: A002 - the word of the contract
    """Keep a source with some of its fields changed (`enabled`, `settings`, `signals`)."""
    return add_source(home, replace(source(home, id), **changes), again=True)


def remove_source(home: Path, id: str) -> None:  # noqa: A002 - the word of the contract
    """Forget a source and its password; what it has delivered stays."""
    description = _description(home, id)
    if not description.exists():
        raise SourceUnknown(id)
    description.unlink()
    with suppress(FileNotFoundError):
        _password(home, id).unlink()


def password_of(home: Path, id: str) -> str | None:  # noqa: A002 - the word of the contract
    """The password kept for a source, if there is one."""
    try:
        return _password(home, id).read_text()
    except FileNotFoundError:
        return None


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    for folder in reversed([path.parent, *_missing(path.parent)]):
        folder.mkdir(mode=0o700, exist_ok=True)
    beside = path.with_name(
        f".{path.name}.{os.getpid()}.{get_ident()}"
    )  # threads may write the same file at once
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _missing(folder: Path) -> Iterator[Path]:
    for parent in folder.parents:
        if parent.exists():
            return
        yield parent


def _description(home: Path, id: str) -> Path:  # noqa: A002 - the word of the contract
    return home / "sources" / f"{_safe(id)}.json"


def _password(home: Path, id: str) -> Path:  # noqa: A002 - the word of the contract
    return home / "secret" / "sources" / f"{_safe(id)}.password"


def _safe(id: str) -> str:  # noqa: A002 - the word of the contract
    if not NAME.fullmatch(id):
        raise SourceUnknown(id)
    return id


def _short(signal: Signal) -> dict[str, str]:
    return {name: value for name, value in asdict(signal).items() if value or name in ("id", "source")}
