"""Files that people bring in: streamed to our own name, bounded, fingerprinted, profiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dure.plant.inventory.models import Upload
from dure.vocabulary import FileProblem, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person


class UploadRefused(FileProblem):
    """A file that is too large or empty."""

    key = "upload-refused"
    says = Text("{where} was not taken in: {why_en}.", "{where} 파일을 받지 않았습니다: {why_ko}.")
    remedy = Text(
        "Split it, or place it as a source of kind file://.", "나누어 올리거나 file:// 소스로 연결하세요."
    )


def store_upload(chunks: Iterable[bytes], title: str, by: Person, *, limit: int = 2 * 1024**3) -> Upload:
    """Take a file in: `chunks` of bytes (Django's `UploadedFile.chunks()`), the name it came with, who brings it."""
    raise NotImplementedError
