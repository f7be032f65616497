"""Writing `home/serve/serve.toml` by command: checked before it is kept."""

import tomllib
from pathlib import Path
from typing import Any

from dure.plant.connect import write_private
from dure.plant.serve.settings import Serving


def set_face(home: Path, name: str, face: dict[str, Any] | None) -> dict[str, Any]:
    """Set or (None) take away a face; all that is served afterwards.

    Raises
    ------
    ServingRefused
        If it cannot be used; what was kept stays.
    """
    file = home / "serve" / "serve.toml"
    Serving.read(home)  # a file that cannot be read is not written over
    kept = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    kept.pop(name, None)
    if face is not None:
        kept[name] = {key: value for key, value in face.items() if value != ""}
    written = _toml(kept)
    Serving.parse(written)
    write_private(file, written.encode())
    return kept


def keep_broker_password(home: Path, password: str) -> None:
    """Keep the edge node's password at its broker."""
    write_private(home / "secret" / "serve-broker.password", password.encode())


def _toml(kept: dict[str, Any]) -> str:
    """Texts, truths, whole numbers and lists of texts, one table deep: all that serve.toml holds."""
    own = [f"{key} = {_value(value)}" for key, value in kept.items() if not isinstance(value, dict)]
    for name, table in kept.items():
        if isinstance(table, dict):
            own += [f"\n[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(own) + "\n"


def _value(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)  # a JSON text, truth, number or list of texts is TOML's too
