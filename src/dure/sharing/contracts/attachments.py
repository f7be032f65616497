"""Files inside a PDF: put in through reportlab's own objects, and taken out of a document of ours again.

They lie uncompressed (ISO 32000-1, 7.11.4), so that whoever has only a text editor can read them too.
"""

import re
from collections.abc import Mapping
from typing import Any

MOST_BYTES, MOST_FILES = 4_000_000, 8
_FILE = re.compile(
    rb"<<[^<>]*?/Length (\d{1,8})\b[^<>]*?/Type /EmbeddedFile\b[^<>]*?>>\s*stream\r?\n", re.DOTALL
)


def put_in(canvas: Any, files: Mapping[str, tuple[str, bytes]]) -> None:
    """Add files (name → media type and bytes) to the document that `canvas` draws."""
    from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream, PDFString

    document = canvas._doc  # noqa: SLF001  reportlab has no public way to add an embedded file
    names: list[Any] = []
    for name, (media, content) in sorted(files.items()):
        entries = {"Type": PDFName("EmbeddedFile"), "Subtype": "/" + media.replace("/", "#2F")}
        stream = PDFStream(PDFDictionary(entries), content, [])
        reference = document.Reference(stream)
        embedded = PDFDictionary({"F": reference, "UF": reference})
        spec = {"Type": PDFName("Filespec"), "F": PDFString(name), "UF": PDFString(name), "EF": embedded}
        names += [PDFString(name), document.Reference(PDFDictionary(spec))]
    document.Catalog.Names = PDFDictionary({"EmbeddedFiles": PDFDictionary({"Names": PDFArray(names)})})


def taken_out(pdf: bytes) -> list[bytes]:
    """The embedded files of a document of ours, in the order of their names."""
    found: list[bytes] = []
    for place in _FILE.finditer(pdf):
        size = int(place[1])
        if size > MOST_BYTES or len(found) == MOST_FILES:
            break
        found.append(pdf[place.end() : place.end() + size])
    return found
