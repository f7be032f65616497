"""Small records that must survive a power cut: one JSON file each, replaced as a whole, readable by us alone."""

import json
import os
import secrets
from pathlib import Path
from typing import Any


def private_folder(path: Path) -> None:
    """Make a folder and those above it that are lacking, readable by us alone."""
    for folder in [one for one in (*reversed(path.parents), path) if not one.exists()]:
        folder.mkdir(mode=0o700, exist_ok=True)


def keep(path: Path, facts: dict[str, Any]) -> None:
    """Write `facts` so that after any crash either the old record or the new one is there."""
    private_folder(path.parent)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def kept(path: Path) -> dict[str, Any] | None:
    """The record, or None if there is none."""
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None
