"""Files of a message: pictures, sounds and PDF, known by what they are, kept by their hash."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.threads.refusals import QuestionWrong
from dure.plant.transport import Content
from dure.vocabulary import Text

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MOST_FILES = 4
MOST_BYTES = 8 * 2**20
"""Of one file."""
_SIGNS: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"WEBP", 8, "image/webp"),
    (b"WAVE", 8, "audio/wav"),
    (b"%PDF-", 0, "application/pdf"),
)
"""First bytes of what is taken: PNG (ISO/IEC 15948, 5.2), JPEG (ITU-T T.81, B.1.1.3), RIFF forms, PDF (ISO 32000-1, 7.5.2)."""


def media_of(content: bytes) -> str:
    """Media type by the first bytes, whatever the name says; empty if it is none that is taken.

    >>> media_of(b"%PDF-1.7"), media_of(b"<script>")
    ('application/pdf', '')
    """
    return next((media for sign, at, media in _SIGNS if content[at : at + len(sign)] == sign), "")


def keep(
    files: "Iterable[UploadedFile[bytes]]", kept: Iterable[Mapping[str, Any]], home: Path
) -> list[dict[str, Any]]:
    """Keep files for good and give their references behind those `kept` before.

    Raises
    ------
    QuestionWrong
        If one is too large, empty, or of another sort; or if they are more than `MOST_FILES`.
    """
    given = list(files)
    before = [dict(one) for one in kept]
    if len(given) + len(before) > MOST_FILES:
        raise QuestionWrong(
            "files", why=Text(f"at most {MOST_FILES} files", f"파일은 {MOST_FILES}개까지입니다")
        )
    contents = [(_name(str(one.name)), _read(one)) for one in given]
    return before + [_kept(name, content, Content(home)) for name, content in contents]


def _read(file: "UploadedFile[bytes]") -> bytes:
    name = _name(str(file.name))
    if not 0 < (file.size or 0) <= MOST_BYTES:
        most = MOST_BYTES // 2**20
        raise QuestionWrong(
            name, why=Text(f"a file has 1 byte to {most} MB", f"파일은 1바이트에서 {most} MB까지입니다")
        )
    content: bytes = file.read()
    if not media_of(content):
        raise QuestionWrong(
            name,
            why=Text(
                "only PNG, JPEG, WebP, WAV and PDF are taken", "PNG, JPEG, WebP, WAV, PDF만 붙일 수 있습니다"
            ),
        )
    return content


def _kept(name: str, content: bytes, store: Content) -> dict[str, Any]:
    media = media_of(content)
    found = store.put(content, media)
    store.hold(found.sha256)
    return {"sha256": found.sha256, "name": name, "media": media, "bytes": len(content)}


def _name(written: str) -> str:
    r"""A file's name without folders or signs that a header could stumble over.

    >>> _name("../../etc/사진 1.png"), _name("a\r\nb.png")
    ('사진 1.png', 'a b.png')
    """
    last = re.split(r"[/\\]", written)[-1]
    return " ".join(re.sub(r"[\x00-\x1f\x7f\"<>]", " ", last).split())[:80] or "file"
