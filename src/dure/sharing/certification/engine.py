"""What computed the figures: the hash of our own code that measures, and the versions of the libraries under it."""

import hashlib
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

#: Below the package: everything that a figure of a certificate goes through.
_CODE = (
    "science/quality", "science/picture", "science/formula", "vocabulary", "foundation/ledger/tree.py",
    "sharing/certification/blocks.py",
    "sharing/certification/writing.py", "sharing/certification/conforming.py", "sharing/certification/measuring.py",
    "sharing/certification/ruling.py", "sharing/certification/profiling.py",
)  # fmt: skip
_LIBRARIES = ("numpy", "polars", "scipy", "opencv-python-headless")


@cache
def engine() -> Mapping[str, Any]:
    """Code hash, versions and machine, as a certificate states them; the code is the same wherever the hash is.

    >>> sorted(engine())
    ['code', 'libraries', 'machine', 'python']
    """
    return {
        "code": f"sha256:{code_hash()}",
        "libraries": {name: found for name in _LIBRARIES if (found := _version(name))},
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def code_hash(package: Path | None = None) -> str:
    """SHA-256 over paths and contents of the code that measures, in the order of the paths."""
    package = package or Path(__file__).parents[2]
    digest = hashlib.sha256()
    for path in sorted(_files(package), key=lambda one: one.relative_to(package).as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(package).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(package: Path) -> Iterator[Path]:
    for one in _CODE:
        place = package / one
        yield from place.rglob("*.py") if place.is_dir() else [place]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
