"""Files that answer a question of a form: kept once by their content, below the node's home."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from dure.vocabulary import InputError, Text, home

MOST_BYTES = 50 * 2**20
_REFERENCE = re.compile(r"sha256:([0-9a-f]{64})")


class AttachmentTooLarge(InputError):
    """A file larger than a case keeps."""

    key = "attachment-too-large"
    says = Text("{where} is larger than {most} MB.", "{where} 파일이 {most} MB보다 큽니다.")
    remedy = Text("Attach a smaller file, or a part of it.", "더 작은 파일이나 일부를 첨부해 주세요.")


def keep(chunks: Iterable[bytes], name: str) -> str:
    """Keep a file; its reference `sha256:<hex>`.

    Raises
    ------
    AttachmentTooLarge
        Beyond 50 MB.
    """
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    too_large = AttachmentTooLarge(name[:100], most=MOST_BYTES // 2**20)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as into:
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise too_large  # noqa: TRY301 - what was written must leave with it
                digest.update(chunk)
                into.write(chunk)
        except BaseException:
            Path(into.name).unlink()
            raise
        into.flush()
        os.fsync(into.fileno())
    Path(into.name).replace(folder / digest.hexdigest())
    return f"sha256:{digest.hexdigest()}"


def kept(reference: str) -> Path | None:
    """Where a file is kept; None if there is none of that reference."""
    found = _REFERENCE.fullmatch(reference)
    path = _folder() / found[1] if found else None
    return path if path is not None and path.is_file() else None


def _folder() -> Path:
    return home() / "procedure" / "files"
