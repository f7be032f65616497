"""Bring every room's Korean catalogue up to date: new texts are added without a translation, gone ones leave.

    .venv/bin/python scripts/translations.py            update src/dure/**/locale/ko/LC_MESSAGES/django.po
    .venv/bin/python scripts/translations.py --check    only say which texts have no Korean yet; exit code 1 if any

`tests/foundation/web/test_texts.py` fails on a text without Korean.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

SOURCE = Path(__file__).parents[1] / "src" / "dure"
# The same in every catalogue and at every run, so that a diff shows texts only.
HEADER = {
    "project": "dure",
    "version": "0",
    "msgid_bugs_address": "",
    "last_translator": "The dure developers",
    "language_team": "ko",
    "creation_date": datetime(2026, 1, 1, tzinfo=UTC),
    "revision_date": datetime(2026, 1, 1, tzinfo=UTC),
}
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2)}


def rooms(source: Path = SOURCE) -> list[Path]:
    """Folders of the rooms that speak by gettext."""
    return sorted(folder.parents[2] for folder in source.glob("**/locale/ko/LC_MESSAGES"))


def catalogue(room: Path) -> Catalog:
    """The texts that stand in a room's pages and code, with the file each is in."""
    found = Catalog("ko", "django", header_comment="# Korean texts of dure.", fuzzy=False, **HEADER)
    for file in sorted(room.rglob("*")):
        if file.suffix not in {".html", ".txt", ".py"} or "migrations" in file.parts:
            continue
        text = file.read_text(encoding="utf-8")
        code = templatize(text, origin=str(file)) if file.suffix != ".py" else text
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(code.encode()), keywords=KEYWORDS
        ):
            if message:
                flags = {"python-format"} if "%(" in str(message) else set()
                where = [(file.relative_to(room).as_posix(), None)]
                found.add(message, context=context, locations=where, flags=flags)
    return found


def place(room: Path) -> Path:
    """The Korean catalogue of a room."""
    return room / "locale" / "ko" / "LC_MESSAGES" / "django.po"


def update(room: Path) -> list[str]:
    """Write the room's catalogue anew, keeping what is translated; the texts that have no Korean."""
    fresh = catalogue(room)
    if place(room).exists():
        with place(room).open("rb") as file:
            known = read_po(file, locale="ko")
        for message in fresh:
            if message.id and (old := known.get(message.id)) is not None:
                message.string = old.string
    with place(room).open("wb") as file:
        write_po(
            file,
            fresh,
            width=110,
            omit_header=False,
            ignore_obsolete=True,
            include_lineno=False,
            sort_output=True,
        )
    return [str(message.id) for message in fresh if message.id and not any(message.string or ())]


def missing(room: Path) -> list[str]:
    """The room's texts that have no Korean."""
    with place(room).open("rb") as file:
        known = read_po(file, locale="ko")
    texts = (message.id for message in catalogue(room) if message.id)
    return [str(text) for text in texts if (found := known.get(text)) is None or not any(found.string or ())]


def main() -> int:
    """Update or check all rooms."""
    settings.configure()
    act = missing if "--check" in sys.argv else update
    left = {room.relative_to(SOURCE): act(room) for room in rooms()}
    for room, texts in left.items():
        for text in texts:
            print(f"{room}: {text}")
    return 1 if any(left.values()) and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
