"""What an operator may set: one row a setting, read from `DURE_*` in the environment; unknown names are refused."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dure.vocabulary import NodeProblem, Text, home

PREFIX = "DURE_"
# Read by the tests and by `make` (the first two), or by one command at the moment it is given; no settings of a node.
NO_SETTINGS = frozenset({"DURE_SHARED", "DURE_SOAK", "DURE_PASSWORD"})


class UnknownSetting(NodeProblem):
    """A `DURE_*` name in the environment that no setting has."""

    key = "node-setting-unknown"
    says = Text("There is no setting {where}.", "{where}(이)라는 설정은 없습니다.")
    remedy = Text(
        "Remove it from the environment, or use one of: {known}.",
        "환경 변수에서 지우거나 다음 중 하나를 쓰세요: {known}.",
    )


class SettingRefused(NodeProblem):
    """A setting whose value cannot be used."""

    key = "node-setting-refused"
    says = Text("{where} cannot be “{value}”.", "{where} 값으로 “{value}”을(를) 쓸 수 없습니다.")
    remedy = Text("It is {help}", "이 설정은 다음과 같습니다: {help}")


def _setting(default: Any, help: str, unit: str = "") -> Any:  # noqa: A002 - the word everyone uses
    return field(default=default, metadata={"help": help, "unit": unit})


@dataclass(frozen=True, slots=True)
class Options:
    """Every setting of a node, with its default, unit and help; the reference page is made from these rows."""

    home: Path = field(
        default_factory=home,
        metadata={"help": "the folder below which the node keeps everything.", "unit": ""},
    )
    lang: str = _setting("", "the language of commands, `en` or `ko`; empty takes the system's.")
    host: str = _setting("127.0.0.1", "the address on which pages and live values are served.")
    port: int = _setting(8000, "the port of the pages; live values take the next one.")
    edge_host: str = _setting(
        "0.0.0.0",  # noqa: S104 - nothing listens there before a box is invited
        "the address on which edge boxes are taken in, once one is invited; their port is the third.",
    )
    database_url: str = _setting(
        "", "where records are kept: `postgresql://user:password@host/name`; empty is SQLite below the home."
    )
    allowed_hosts: str = _setting(
        "localhost,127.0.0.1,[::1]", "the names under which browsers may reach the node, with commas between."
    )
    public_url: str = _setting(
        "",
        "the address under which other firms reach this node, such as `https://data.daon.example`; its DID comes from it.",
    )
    sharing_networks: str = _setting(
        "",
        "networks of your own in which other firms' nodes may be asked, as `10.8.0.0/16`, with commas between.",
    )
    sharing_plain_http: bool = _setting(
        default=False,
        help="`true` allows plain http between firms, and private addresses: for tests and within one LAN only.",
    )
    time_zone: str = _setting("Asia/Seoul", "the time zone in which pages show times; kept times are UTC.")
    https: bool = _setting(
        default=False,
        help="`true` behind a proxy that speaks TLS: cookies travel on https only and HSTS is sent.",
    )
    debug: bool = _setting(
        default=False, help="`true` shows error details to every visitor: never on a factory floor."
    )
    log_level: str = _setting(
        "info", "the least severe line that is logged: `debug`, `info`, `warning`, `error`."
    )
    log_size: int = _setting(10, "the size at which a log file is turned over; five old ones are kept.", "MB")
    tunnel_hub: str = _setting(
        "", "the hub through which visitors reach this node, as `HOST:PORT`; empty is none."
    )
    tunnel_name: str = _setting("", "the public name that the hub admitted, as in `plant1.hub.example`.")
    work_at_once: int = _setting(1, "how many trainings, preparations and imports run at the same time.")

    @property
    def live_port(self) -> int:
        """Port of the live stream."""
        return self.port + 1

    @property
    def edge_port(self) -> int:
        """Port on which edge boxes are taken in."""
        return self.port + 2

    @property
    def public_address(self) -> str:
        """Where other firms reach the node; its own port on this machine if nobody has said."""
        through_hub = f"https://{self.tunnel_name}" if self.tunnel_name else ""
        return (self.public_url or through_hub or f"http://localhost:{self.port}").rstrip("/")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The allowed host names, one by one."""
        named = [name.strip() for name in self.allowed_hosts.split(",") if name.strip()]
        public = (urlsplit(self.public_url).hostname or "", self.tunnel_name.lower())
        return tuple(dict.fromkeys([*named, *(name for name in public if name)]))


def read(environment: Mapping[str, str] | None = None) -> Options:
    """The settings as `environment` (default: the process's own) gives them.

    Raises
    ------
    UnknownSetting
        If a name starts with `DURE_` and is none of ours.
    SettingRefused
        If a value cannot be read as its setting's type.

    Examples
    --------
    >>> read({"DURE_PORT": "9100"}).live_port
    9101
    >>> read({"DURE_PROT": "9100"})
    Traceback (most recent call last):
    dure.node.options.UnknownSetting: There is no setting DURE_PROT. Remove it ...
    """
    given = os.environ if environment is None else environment
    known = {PREFIX + row.name.upper(): row for row in fields(Options)}
    for name in given:
        if name.startswith(PREFIX) and name not in known and name not in NO_SETTINGS:
            raise UnknownSetting(name, known=", ".join(known))
    chosen = {row.name: _value(name, row, given[name]) for name, row in known.items() if given.get(name)}
    return Options(**chosen)


def _value(name: str, row: Any, written: str) -> Any:
    reader = _READERS.get(row.name) or _READERS[row.type.__name__ if isinstance(row.type, type) else row.type]
    try:
        return reader(written)
    except (ValueError, KeyError) as refused:
        raise SettingRefused(name, value=written, help=row.metadata["help"]) from refused


def _port(written: str) -> int:
    number = int(written)
    if not 1 <= number < 65_535:
        raise ValueError(number)
    return number


def _time_zone(written: str) -> str:
    try:
        return ZoneInfo(written).key
    except ZoneInfoNotFoundError as unknown:
        raise ValueError(written) from unknown


def _above_zero(written: str) -> int:
    number = int(written)
    if number < 1:
        raise ValueError(number)
    return number


def _public_url(written: str) -> str:
    url = urlsplit(written)
    if url.scheme not in {"https", "http"} or not url.hostname or url.query or url.fragment or url.username:
        raise ValueError(written)
    return written


def _networks(written: str) -> str:
    for one in written.split(","):
        ip_network(one.strip())
    return written


def _database_url(written: str) -> str:
    if not written.startswith(("postgresql://", "postgres://", "sqlite:///")):
        raise ValueError(written)
    return written


_READERS: dict[str, Any] = {
    "Path": lambda written: Path(written).expanduser().absolute(),
    "str": str,
    "int": int,
    "bool": {"true": True, "1": True, "false": False, "0": False}.__getitem__,
    "port": _port,
    "time_zone": _time_zone,
    "database_url": _database_url,
    "public_url": _public_url,
    "sharing_networks": _networks,
    "log_size": _above_zero,
    "work_at_once": _above_zero,
    "log_level": {name: name for name in ("debug", "info", "warning", "error")}.__getitem__,
    "lang": {"en": "en", "ko": "ko"}.__getitem__,
}
