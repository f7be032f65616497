"""The model package: a folder of plain files, signed by a named key; nothing in it is ever executed.

`model.onnx` or `model.txt` (LightGBM's text form), one more for each further fit; `recipe.json` (the fitted recipe),
`card.json`, `metrics.json`, `report.json` (what pictures are drawn from), `fingerprint.json` (what it learnt from) and
`signature.json` (the SHA-256 of each of the others, signed).
"""

import base64
import binascii
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import dure.vocabulary as words
from dure.science.learn.keeping import bounds, signing
from dure.science.learn.refusals import (
    OutRefused,
    OutTaken,
    PackageAbsent,
    PackageDamaged,
    PackageTooLarge,
    SignerUnknown,
)

if TYPE_CHECKING:
    from dure.science.learn.model import Model

VERSION = 1
SIGNATURE = "signature.json"


def write(
    files: Mapping[str, bytes], folder: Path, home: Path | None = None, signer: str = signing.OWN
) -> None:
    """Sign `files` and put them into `folder`, which appears whole or not at all."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    facts = {"version": VERSION, "signer": signer, "files": hashes}
    signature, public = signing.signed(_canonical(facts), home or words.home(), signer)
    coded = {"key": base64.b64encode(public).decode(), "signature": base64.b64encode(signature).decode()}
    draft = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
    draft.mkdir(parents=True)
    try:
        for name, content in {**files, SIGNATURE: _json({**facts, "algorithm": "Ed25519", **coded})}.items():
            _write(draft / name, content)
        move(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def move(draft: Path, folder: Path) -> None:
    """Put a finished package in place of what lies at `folder`: nothing, an empty folder, or another package."""
    require_free(folder)
    old = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.old")
    if folder.exists():
        folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def place(made: Path, folder: Path) -> None:
    """Put a package made elsewhere at `folder`, whole or not at all; raises `OutTaken` or `OutRefused`."""
    try:
        # The last step is a rename, which needs the package on the disk of its place.
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            shutil.copytree(made, draft, dirs_exist_ok=True)
            move(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as refused:
        if words.is_full(refused):
            raise words.DiskFull(str(folder)) from refused
        raise OutRefused(str(folder), why=refused.strerror or str(refused)) from refused


def require_free(folder: Path) -> None:
    """Refuse a place where something else than a model package lies, or where no folder can be made."""
    nearest = next(parent for parent in folder.absolute().parents if parent.exists())
    if not nearest.is_dir():
        raise OutRefused(str(folder), why=words.Text(f"{nearest} is a file", f"{nearest}은(는) 파일입니다"))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutRefused(
            str(folder),
            why=words.Text(f"{nearest} is not yours to write to", f"{nearest}에 쓸 권한이 없습니다"),
        )
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / SIGNATURE).is_file()):
        return
    if folder.exists() or folder.is_symlink():
        raise OutTaken(str(folder))


def load(folder: Path, *, trust: bool = False, home: Path | None = None) -> "Model":
    """The model in a package, after its signature and its bounds were checked.

    Parameters
    ----------
    folder
        The package.
    trust
        Accept a signer whose key this home does not know; the signature must hold all the same.
    home
        Folder of the node's state; the one in force when None.

    Raises
    ------
    PackageAbsent, PackageDamaged, PackageTooLarge
        If it is none, was changed, or is out of bounds.
    SignerUnknown
        If it is signed by an unknown key and `trust` is not set.
    """
    from dure.science.learn.model import Model

    return Model.from_files(verified(Path(folder), trust=trust, home=home), str(folder))


def verified(folder: Path, *, trust: bool = False, home: Path | None = None) -> dict[str, bytes]:
    """The files of a package by name, each checked against the signature; raises as `load`."""
    where = str(folder)
    contents = _contents(folder)
    signature = _parsed(contents.pop(SIGNATURE), where)
    _require_signature(signature, where, trust=trust, home=home or words.home())
    promised = signature["files"]
    for name in sorted(promised.keys() | contents.keys()):
        if name not in contents:
            raise PackageDamaged(where, what=words.Text(f"{name} is absent", f"{name} 파일이 없음"))
        if promised.get(name) != hashlib.sha256(contents[name]).hexdigest():
            raise PackageDamaged(where, what=words.Text(f"{name} differs", f"{name} 파일이 다름"))
    for name, content in contents.items():
        if check := bounds.CHECKS.get(name.rpartition(".")[2]):
            check(content, where)
    return contents


def fingerprint(folder: Path) -> str:
    """SHA-256 over the names and bytes of a package's files: the identity of a model version."""
    return _identity(_contents(Path(folder)))


def _identity(contents: Mapping[str, bytes]) -> str:
    hashes = {
        name: hashlib.sha256(content).hexdigest() for name, content in contents.items() if name != SIGNATURE
    }
    return hashlib.sha256(_canonical(hashes)).hexdigest()


def _contents(folder: Path) -> dict[str, bytes]:
    """Bytes of every file of a package, within the bounds."""
    where = str(folder)
    if not (folder / SIGNATURE).is_file():
        raise PackageAbsent(where)
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    if len(entries) > bounds.MOST_FILES:
        raise PackageTooLarge(where, what=words.Text(f"{len(entries)} files", f"파일 {len(entries)}개"))
    for entry in entries:
        if not entry.is_file(follow_symlinks=False) or not bounds.FILE_NAMES.fullmatch(entry.name):
            raise PackageDamaged(
                where,
                what=words.Text(
                    f"{entry.name} does not belong there", f"{entry.name}은(는) 패키지의 파일이 아님"
                ),
            )
        if entry.stat(follow_symlinks=False).st_size > bounds.MOST_BYTES:
            raise PackageTooLarge(
                where, what=words.Text(f"{entry.name} is over 64 MB", f"{entry.name} 파일이 64 MB를 넘음")
            )
    return {entry.name: Path(entry.path).read_bytes() for entry in entries}


def _require_signature(signature: Mapping[str, Any], where: str, *, trust: bool, home: Path) -> None:
    try:
        facts = {name: signature[name] for name in ("version", "signer", "files")}
        public = base64.b64decode(signature["key"], validate=True)
        proof = base64.b64decode(signature["signature"], validate=True)
        files = {str(name): str(digest) for name, digest in facts["files"].items()}
    except (KeyError, AttributeError, TypeError, binascii.Error) as broken:
        raise PackageDamaged(
            where, what=words.Text("its signature cannot be read", "서명을 읽을 수 없음")
        ) from broken
    if files != facts["files"] or not signing.verifies(_canonical(facts), proof, public):
        raise PackageDamaged(where, what=words.Text("its signature does not hold", "서명이 맞지 않음"))
    if not trust and not signing.trusted(public, home):
        raise SignerUnknown(where, signer=str(facts["signer"])[:40], key_id=signing.key_id(public))


def _parsed(content: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as broken:
        raise PackageDamaged(
            where, what=words.Text("its signature cannot be read", "서명을 읽을 수 없음")
        ) from broken
    return found if isinstance(found, dict) else {}


def _canonical(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _json(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False).encode()


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
