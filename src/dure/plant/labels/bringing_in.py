"""What people bring: pictures and sounds to be labelled, and labels that stand elsewhere."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.db import transaction

from dure.plant.labels.marking import mark, open_set
from dure.plant.labels.models import LabelSet
from dure.plant.labels.refusals import FileNotLabels, SetWrong
from dure.plant.labels.things import things
from dure.plant.transport import Content
from dure.vocabulary import DureError, Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

MOST_FILES = 5_000
MOST_BYTES = 32 * 2**20
"""Of one picture or sound. [bytes]"""
MOST_LABELS = 50_000
MOST_TEXT = 20 * 2**20
"""Of a file of labels. [bytes]"""
MEDIA = {
    "pictures": {"image/jpeg": ".jpg", "image/png": ".png", "image/bmp": ".bmp", "image/webp": ".webp"},
    "sounds": {"audio/wav": ".wav", "audio/flac": ".flac", "audio/ogg": ".ogg"},
}
_FILE, _LABEL = ("file", "filename", "image", "sound", "item"), ("label", "kind", "class")


def media_of(found: bytes) -> str:
    """Media type by the first bytes, of those that a page shows; else "".

    >>> media_of(bytes([0x89]) + b"PNG" + bytes([13, 10, 26, 10]))
    'image/png'
    """
    if found[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(found[8:12], "")
    beginnings = {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"BM": "image/bmp",
        b"fLaC": "audio/flac",
        b"OggS": "audio/ogg",
    }
    return next((media for begin, media in beginnings.items() if found.startswith(begin)), "")


def take_files(
    files: Iterable[tuple[str, bytes]],
    name: str,
    about: str,
    kinds: Sequence[Mapping[str, Any]],
    by: "Person",
) -> LabelSet:
    """A set on pictures or sounds that are brought in: single files, or zip archives of them. They are kept for good.

    Raises
    ------
    SetWrong
        Naming the file, if one is neither; nothing is kept then.
    """
    store = Content(home())
    listed: list[dict[str, str]] = []
    seen: set[str] = set()
    for title, content in _unpacked(files):
        if len(listed) >= MOST_FILES:
            raise SetWrong(
                "files", why=Text(f"at most {MOST_FILES:,} at once", f"한 번에 {MOST_FILES:,}개까지입니다")
            )
        media = media_of(content)
        if media not in MEDIA.get(about, {}):
            raise SetWrong(
                title[-80:],
                why=Text(
                    "it is no picture or sound that is shown here",
                    "여기서 보여 줄 수 있는 그림이나 소리가 아닙니다",
                ),
            )
        kept = store.put(content, media)
        if kept.sha256 not in seen:
            seen.add(kept.sha256)
            listed.append({"key": f"sha256:{kept.sha256}", "file": title[-200:]})
    if not listed:
        raise SetWrong("files", why=Text("there is no file in it", "파일이 없습니다"))
    with transaction.atomic():
        made = open_set(name, about, kinds, {"files": len(listed), "title": listed[0]["file"]}, by)
        made.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (made.folder / "items.json").write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
    for one in seen:
        store.hold(one)
    return made


def _unpacked(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for title, content in files:
        if not content.startswith(b"PK\x03\x04"):
            yield _plain(title), content
            continue
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield from _members(archive, title)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as broken:
            raise SetWrong(
                title[-80:], why=Text("it is no sound zip archive", "zip 파일이 손상되었습니다")
            ) from broken


def _members(archive: zipfile.ZipFile, title: str) -> Iterator[tuple[str, bytes]]:
    for one in archive.infolist():
        hidden = any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(one.filename).parts)
        if one.is_dir() or hidden:
            continue
        with archive.open(one) as packed:  # what it says of its size is foreign: read so far and no further
            content = packed.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise SetWrong(
                f"{title}: {one.filename}"[-80:], why=Text("it is larger than 32 MB", "32 MB보다 큽니다")
            )
        yield _plain(one.filename), content


def _plain(title: str) -> str:
    return "".join(letter for letter in title.replace("\\", "/") if letter.isprintable()).strip("/") or "?"


def take_labels(label_set: LabelSet, content: bytes, title: str, by: "Person") -> int:
    """Labels of a csv in the person's name, all or none; how many.

    Columns: `item` (or `file`) and `label`; or `signals`, `start`, `end` and `label` for stretches, as an export has
    them. `certainty` and `note` are taken where they stand. Rows without a label are passed over.

    Raises
    ------
    FileNotLabels
    """
    rows = _rows(content, title)
    label = next((name for name in _LABEL if name in rows[0]), "")
    if not label:
        raise FileNotLabels(title, why=Text("no column is named label", "label 열이 없습니다"))
    known = _named(label_set)
    done = 0
    with transaction.atomic():
        for line, row in enumerate(rows, 2):
            if not (row.get(label) or "").strip():
                continue
            try:
                where = _item(row, known) if label_set.queues else _stretch(row)
                mark(
                    label_set,
                    by,
                    (row[label] or "").strip(),
                    sure=_sure(row),
                    note=row.get("note") or "",
                    **where,
                )
            except (DureError, ValueError) as refusal:
                raise FileNotLabels(
                    title, why=Text(f"line {line}: {refusal}", f"{line}번째 줄: {refusal}")
                ) from refusal
            done += 1
    return done


def _rows(content: bytes, title: str) -> list[dict[str, str]]:
    if len(content) > MOST_TEXT or b"\0" in content[:4096]:
        raise FileNotLabels(title, why=Text("it is no csv of at most 20 MB", "20 MB 이하의 csv가 아닙니다"))
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise FileNotLabels(
            title, why=Text("its text is neither UTF-8 nor CP949", "문자 인코딩이 UTF-8이나 CP949가 아닙니다")
        )
    try:
        rows = [
            {
                str(name or "").strip().lower(): value or ""
                for name, value in row.items()
                if isinstance(value, str | None)
            }
            for row, _ in zip(csv.DictReader(io.StringIO(text)), range(MOST_LABELS + 1), strict=False)
        ]
    except csv.Error as broken:
        raise FileNotLabels(title, why=Text(str(broken), str(broken))) from broken
    if not rows or len(rows) > MOST_LABELS:
        raise FileNotLabels(
            title,
            why=Text(
                f"it has no row, or more than {MOST_LABELS:,}", f"행이 없거나 {MOST_LABELS:,}개를 넘습니다"
            ),
        )
    return rows


def _named(label_set: LabelSet) -> dict[str, str]:
    """Items by how a list may write them: by key, by file, by the file's last name where it is the only one."""
    if not label_set.queues:
        return {}
    found = things(label_set)
    last: dict[str, list[str]] = {}
    for key, title in zip(found.keys, found.titles, strict=True):
        last.setdefault(title.rpartition("/")[2], []).append(key)
    alone = {name: keys[0] for name, keys in last.items() if len(keys) == 1}
    return alone | dict(zip(found.titles, found.keys, strict=True)) | {key: key for key in found.keys}


def _item(row: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Any]:
    written = next((row[name] for name in ("item", *_FILE) if row.get(name)), "").strip()
    return {"item": known.get(written, written)}


def _stretch(row: Mapping[str, str]) -> dict[str, Any]:
    names = [one.strip() for one in (row.get("signals") or row.get("signal") or "").split(";")]
    return {
        "signals": [one for one in names if one],
        "start": _time(row.get("start")),
        "end": _time(row.get("end")),
    }


def _time(written: str | None) -> int:
    """A time of a csv as ns: whole ns, or ISO 8601 with its zone (UTC without)."""
    from datetime import UTC, datetime

    text = (written or "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:19])
    at = datetime.fromisoformat(text)
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1e6) * 1000


def _sure(row: Mapping[str, str]) -> float:
    return float(row["certainty"]) if row.get("certainty") else 1.0
