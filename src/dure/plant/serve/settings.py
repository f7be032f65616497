"""What is served to whom: `home/serve/serve.toml`, a text file that a person reads.

```toml
publish = ["deploy/*", "alarms/*"]      # patterns of signals
[opcua]
port = 4841
plain = false                            # true: without encryption too, for PLCs that cannot
anonymous = false                        # true: without a user
[sparkplug]
broker = "mqtts://broker.plant:8883"
group = "plant1"
node = "dure"
user = "dure"                            # its password: dure serve password
```
"""

import tomllib
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dure.vocabulary import InputError, Text

PORTS = {"mqtt": 1883, "mqtts": 8883}


class ServingRefused(InputError):
    """A serve.toml that cannot be used."""

    key = "serving-refused"
    says = Text(
        "What is to be served in {where} cannot be used: {why}.", "{where}의 내용을 쓸 수 없습니다: {why}."
    )
    remedy = Text(
        "Correct that line; the how-to on serving has an example.",
        "그 줄을 고쳐 주세요. 제공 문서에 예가 있습니다.",
    )


@dataclass(frozen=True, slots=True)
class OpcUaFace:
    """The OPC UA server: encrypted and with a user unless the file says otherwise."""

    port: int = 4841
    host: str = "0.0.0.0"  # noqa: S104 - it is served to the plant, and only when a person asked for it
    plain: bool = False
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class SparkplugFace:
    """The edge node: its broker, and its place in the namespace."""

    broker: str
    group: str
    node: str = "dure"
    user: str = ""
    keep_alive: int = 1

    @property
    def secure(self) -> bool:
        """Whether the link is TLS."""
        return self.broker.startswith("mqtts:")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the broker."""
        parts = urlsplit(self.broker)
        return parts.hostname or "", parts.port or PORTS[parts.scheme]


@dataclass(frozen=True, slots=True)
class Serving:
    """All of it; without a face nothing is served."""

    publish: tuple[str, ...] = ("deploy/*", "alarms/*")
    opcua: OpcUaFace | None = None
    sparkplug: SparkplugFace | None = None

    def wants(self, signal: str) -> bool:
        """Whether a signal is published.

        >>> Serving().wants("deploy/3/Cell01/score"), Serving().wants("line1/Cell01/Voltage")
        (True, False)
        """
        return any(fnmatchcase(signal, pattern) for pattern in self.publish)

    @classmethod
    def read(cls, home: Path) -> "Serving":
        """What `home/serve/serve.toml` says; nothing is served without the file.

        Raises
        ------
        ServingRefused
        """
        file = home / "serve" / "serve.toml"
        try:
            written = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError) as odd:
            raise ServingRefused(file.name, why=str(odd)) from odd
        return cls.parse(written)

    @classmethod
    def parse(cls, written: str) -> "Serving":
        r"""The same from its text.

        Raises
        ------
        ServingRefused

        Examples
        --------
        >>> Serving.parse("[opcua]\nplain = true").opcua.port
        4841
        >>> Serving.parse("[opcua]\nport = 'x'")
        Traceback (most recent call last):
        dure.plant.serve.settings.ServingRefused: What is to be served in serve.toml cannot be used: opcua.port ...
        """
        try:
            given = tomllib.loads(written)
        except tomllib.TOMLDecodeError as odd:
            raise ServingRefused("serve.toml", why=str(odd)) from odd
        publish = given.pop("publish", ["deploy/*", "alarms/*"])
        if (
            not isinstance(publish, list)
            or not all(isinstance(one, str) for one in publish)
            or len(publish) > 200
        ):
            raise ServingRefused("serve.toml", why="publish is a list of patterns")
        faces = {name: _face(name, kind, given.pop(name)) for name, kind in _FACES.items() if name in given}
        if given:
            raise ServingRefused("serve.toml", why=f"“{next(iter(given))}” is not known")
        return cls(tuple(publish), **faces)


_FACES: dict[str, Any] = {"opcua": OpcUaFace, "sparkplug": SparkplugFace}


def _face(name: str, kind: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        raise ServingRefused("serve.toml", why=f"“{name}” is a table")
    types = {
        one.name: type(one.default) if isinstance(one.default, (int, bool)) else str for one in fields(kind)
    }
    for key, value in given.items():
        if key not in types:
            raise ServingRefused("serve.toml", why=f"“{name}.{key}” is not known")
        if type(value) is not types[key]:
            raise ServingRefused("serve.toml", why=f"{name}.{key} is {types[key].__name__}, not {value!r}")
    return _checked(name, kind, given)


def _checked(name: str, kind: Any, given: dict[str, Any]) -> Any:
    try:
        face = kind(**given)
    except TypeError:
        raise ServingRefused("serve.toml", why=f"{name} needs broker and group") from None
    if isinstance(face, OpcUaFace) and not 1 <= face.port <= 65_535:
        raise ServingRefused("serve.toml", why=f"opcua.port is 1 to 65535, not {face.port}")
    if isinstance(face, SparkplugFace):
        _check_sparkplug(face)
    return face


def _check_sparkplug(face: SparkplugFace) -> None:
    from dure.plant.transport import sparkplug

    parts = urlsplit(face.broker)
    if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
        raise ServingRefused(
            "serve.toml", why="sparkplug.broker is like mqtts://broker.plant:8883, without user or password"
        )
    try:
        sparkplug.check_name(face.group)
        sparkplug.check_name(face.node)
    except sparkplug.NameRefused as odd:
        raise ServingRefused("serve.toml", why=str(odd)) from odd
