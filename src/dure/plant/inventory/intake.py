"""Files that people bring in: streamed under a name of ours, bounded, fingerprinted, profiled."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from dure.foundation.ledger import record
from dure.plant.inventory.looking import look
from dure.plant.inventory.models import Upload
from dure.vocabulary import FileProblem, Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

LIMIT = 1024**3
# A larger file is profiled by the worker, not while somebody waits for a page.
AT_ONCE = 32 * 1024**2
TITLE_LENGTH = 200


class UploadTooLarge(FileProblem):
    """A file above the limit."""

    key = "upload-too-large"
    says = Text("{where} is larger than {limit_mb} MB.", "{where} 파일이 {limit_mb}MB보다 큽니다.")
    remedy = Text(
        "Split it, or connect the folder it lies in as a source (file://).",
        "파일을 나누거나, 파일이 있는 폴더를 소스(file://)로 연결하세요.",
    )


class UploadEmpty(FileProblem):
    """A file without a byte."""

    key = "upload-empty"
    says = Text("{where} is empty.", "{where} 파일이 비어 있습니다.")
    remedy = Text("Export it again.", "다시 내보내 주세요.")


def store_upload(
    chunks: Iterable[bytes], title: str, by: "Person", *, obligations: Iterable[str] = (), limit: int = LIMIT
) -> Upload:
    """Take a file in, whole or not at all.

    Parameters
    ----------
    chunks
        Its bytes, as Django's `UploadedFile.chunks()` gives them.
    title
        The name it came with: shown, never used as a path.
    obligations
        Labels that travel with it.
    limit
        Largest size taken. [bytes]

    Raises
    ------
    UploadTooLarge, UploadEmpty, UploadUnreadable, UploadBreaks
        Nothing is kept then. A file above 32 MB is kept unread; `profile_upload` reads it.
    """
    shown = _shown(title)
    folder = home() / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The readers decide by content; a name of our own keeps foreign words out of every path.
    place = folder / f"{secrets.token_hex(16)}.table"
    try:
        size, print_ = _stream(chunks, place, shown, limit)
        facts = look(place, shown) if size <= AT_ONCE else {}
        with transaction.atomic():
            upload = Upload.objects.create(
                id=place.stem,
                file=place.name,
                title=shown,
                by=by,
                size=size,
                fingerprint=print_,
                obligations=sorted(obligations),
                **facts,
            )
            entry = {"fingerprint": print_, "size": size, "obligations": upload.obligations}
            record(f"person:{by.pk}", "file.brought-in", f"upload:{upload.pk}", entry)
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return upload


def profile_upload(upload: Upload) -> Upload:
    """Read the file, count it and write its profile down; for files too large to do so as they come in.

    Raises
    ------
    UploadUnreadable, UploadBreaks
        If it cannot be read as a table.
    """
    facts = look(upload.path, upload.title)
    Upload.objects.filter(pk=upload.pk).update(**facts)
    upload.refresh_from_db()
    return upload


def _shown(title: str) -> str:
    name = "".join(letter for letter in title.replace("\\", "/").rpartition("/")[2] if letter.isprintable())
    return name[-TITLE_LENGTH:] or "?"


def _stream(chunks: Iterable[bytes], place: Path, title: str, limit: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    place.touch(mode=0o600, exist_ok=False)
    with place.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise UploadTooLarge(title, limit_mb=limit // 1024**2)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        raise UploadEmpty(title)
    return size, digest.hexdigest()
