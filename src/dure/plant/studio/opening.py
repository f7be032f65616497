"""A new sheet: from a file, a block from the clipboard, a file of the node, signals, or what a model learnt from."""

import hashlib
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from dure.foundation.ledger import record
from dure.plant.inventory import Signal, Upload, store_upload
from dure.plant.studio import live
from dure.plant.studio.contents import keep_contents, references
from dure.plant.studio.desk import journal_of
from dure.plant.studio.journal import Event
from dure.plant.studio.keeping import source_of, write_whole
from dure.plant.studio.models import Sheet
from dure.plant.studio.pasting import block, has_header
from dure.plant.studio.refusals import ActionWrong, TooLarge
from dure.plant.studio.typed import column_of
from dure.vocabulary import Action, Permit, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.foundation.parties import Person

MOST_ROWS = 20_000_000
MOST_COLUMNS = 5_000
MOST_NAME = 200
MOST_ARCHIVE = 4_000_000_000
"""Bytes of a zip archive."""


def open_upload(upload: Upload, by: "Person", name: str = "") -> Sheet:
    """A sheet on a file that the node has; its obligations travel with it.

    Raises
    ------
    FileProblem
        If it cannot be read as a table.
    ActionRefused
        If its obligations forbid to prepare it.
    """
    from dure.plant.studio.workbook import formulas_in
    from dure.science.prepare import read

    actions = frozenset(action for action in Action if f"no-{action.value}" not in upload.obligations)
    Permit((upload.dataset.id,), actions).require(Action.PREPARE)
    table = read([upload.path])
    source = {
        "kind": "upload",
        "data": [upload.dataset.id],
        "title": upload.title,
        "obligations": list(upload.obligations),
        "units": dict(table.units),
    }
    written = (
        formulas_in(upload.path, table.frame, upload.title)
        if table.layouts and table.layouts[0].format == "excel"
        else {}
    )
    keep_contents(table.frame)
    return make(table.frame, name or upload.title, by, source, written)


def open_file(chunks: Iterable[bytes], title: str, by: "Person") -> Sheet:
    """A sheet on a file that is brought in; it is kept among the node's files.

    Of a zip archive of pictures or sounds, each becomes a row; the contents are kept, the archive is not.
    """
    if title.lower().endswith(".zip"):
        return _open_archive(chunks, title, by)
    return open_upload(store_upload(chunks, title, by), by)


def _open_archive(chunks: Iterable[bytes], title: str, by: "Person") -> Sheet:
    from dure.science.prepare import read

    with tempfile.TemporaryDirectory(prefix="sheet-") as room:
        place = Path(room) / "pictures.zip"
        size = 0
        with place.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_ARCHIVE:
                    raise TooLarge(title[:80], count=f"{size:,}", most=f"{MOST_ARCHIVE:,}")
                file.write(chunk)
        table = read([place])
        if not references(table.frame):
            return open_upload(store_upload([place.read_bytes()], title, by), by)
        keep_contents(table.frame)
    source = {
        "kind": "pictures",
        "data": [],
        "title": title[:200],
        "obligations": [],
        "units": dict(table.units),
    }
    return make(table.frame, title, by, source)


def open_block(text: str, by: "Person", name: str = "") -> Sheet:
    """A sheet on a block from the clipboard.

    Raises
    ------
    ActionWrong
        If it is empty.
    """
    rows = block(text)
    if not rows:
        raise ActionWrong("paste", why=Text("nothing is in the clipboard", "붙여 넣을 내용이 없습니다"))
    return make(
        frame_of(rows), name or "Pasted", by, {"kind": "paste", "data": [], "title": name, "obligations": []}
    )


def frame_of(rows: Sequence[Sequence[str]]) -> "pl.DataFrame":
    """A table of pasted cells: the first row names the columns if it looks like it.

    >>> frame_of([["temp", "at"], ["1,200", "2024.3.5"]]).rows()
    [(1200, datetime.datetime(2024, 3, 5, 0, 0))]
    """
    import polars as pl

    headed = has_header(rows)
    names = (
        [cell.strip() for cell in rows[0]]
        if headed
        else [f"Column {at}" for at in range(1, len(rows[0]) + 1)]
    )
    body = rows[1:] if headed else rows
    return pl.DataFrame([column_of([row[at] for row in body], name) for at, name in enumerate(names)])


def open_signals(signals: Sequence[str], by: "Person", asked: Mapping[str, str]) -> Sheet:
    """A sheet on signals: `last` (8 h), `every` (1 s); `live` keeps it at the last hours.

    Raises
    ------
    ActionWrong, HistorianDown
    """
    known = dict(Signal.objects.filter(pk__in=list(signals)).values_list("pk", "unit"))
    lacking = [name for name in signals if name not in known]
    if lacking or not signals:
        raise ActionWrong(
            (lacking or ["signals"])[0][:100], why=Text("there is no such signal", "그런 신호가 없습니다")
        )
    span, every = live.seconds(asked.get("last") or "8 h"), live.seconds(asked.get("every") or "1 s")
    source = {
        "kind": "signals", "data": [f"signal:{name}" for name in signals], "title": ", ".join(signals)[:200], "obligations": [], "signals": list(signals),
        "span": span * 10**9, "every": every * 10**9, "live": asked.get("live") in ("yes", "on", "true"), "units": {name: unit for name, unit in known.items() if unit},
    }  # fmt: skip
    frame = live.stretch(live.historian(), signals, time.time_ns(), span * 10**9, every * 10**9)
    return make(frame, asked.get("name") or str(source["title"]), by, source)


def make(
    frame: "pl.DataFrame",
    name: str,
    by: "Person",
    source: Mapping[str, Any],
    formulas: Mapping[str, str] | None = None,
) -> Sheet:
    """Write the source table and the row; a column whose formula our language knows comes as its formula.

    Raises
    ------
    TooLarge, ActionWrong
    """
    if not frame.width:
        raise ActionWrong(name[:80], why=Text("it has no column", "열이 없습니다"))
    for what, count, most in (("rows", frame.height, MOST_ROWS), ("columns", frame.width, MOST_COLUMNS)):
        if count > most:
            raise TooLarge(what, count=f"{count:,}", most=f"{most:,}")
    shown = " ".join(name.split())[:MOST_NAME] or "Sheet"
    sheet = Sheet(name=shown, source=dict(source), rows=frame.height, columns=list(frame.columns), by=by)
    sheet.folder.mkdir(mode=0o700, parents=True)
    place = sheet.folder / "source.parquet"
    write_whole(frame, place, "parquet")
    sheet.fingerprint = _fingerprint(place)
    source_of(sheet.folder)
    for column, text in (formulas or {}).items():
        settings = {"column": column, "text": text, "reckoned": text}
        journal_of(sheet.folder).add(lambda _here, one=settings: _event(one, by))  # type: ignore[misc] # bound at once
    with transaction.atomic():
        sheet.save(force_insert=True)
        record(
            f"person:{by.pk}",
            "sheet.opened",
            f"sheet:{sheet.pk}",
            {"data": list(source.get("data") or ()), "fingerprint": sheet.fingerprint},
        )
    return sheet


def _event(settings: Mapping[str, Any], by: "Person") -> Event:
    return {"do": "act", "kind": "formula", "settings": dict(settings), "by": str(by), "at": time.time()}


def _fingerprint(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
