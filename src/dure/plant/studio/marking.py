"""Rows marked in the sheet go to a set of labels about the same file, as if they were marked in the set's own queue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from dure.plant.inventory import Upload
from dure.plant.labels import LabelSet, mark
from dure.plant.studio.refusals import ActionWrong, TooLarge
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.studio.desk import Desk

MOST = 500
"""Rows marked at once: each is a label of its own."""
MOST_SETS = 20


def sets_of(desk: "Desk") -> list[LabelSet]:
    """Sets about the rows, pictures or sounds of the file that the sheet was opened with."""
    upload = _upload_of(desk)
    if upload is None:
        return []
    found = LabelSet.objects.filter(source__upload=upload.pk).exclude(about=LabelSet.About.STRETCHES)
    return [one for one in found[:MOST_SETS] if not (one.about == LabelSet.About.ROWS and _moved(desk))]


def told(one: LabelSet) -> dict[str, Any]:
    """A set as the page has it."""
    kinds = [
        {"name": kind["name"], "words": kind.get("words") or "", "key": kind["key"]} for kind in one.kinds
    ]
    return {"id": one.pk, "name": one.name, "about": one.about, "kinds": kinds}


def mark_rows(desk: "Desk", which: str, rows: Sequence[int], kind: str, by: "Person") -> int:
    """Mark these rows (ids) in the set; how many labels that were.

    Raises
    ------
    ActionWrong, TooLarge
    MarkWrong
        Of the labels.
    """
    label_set = next((one for one in sets_of(desk) if one.pk == which), None)
    if label_set is None:
        raise ActionWrong(
            which[:40], why=Text("no such set is about this file", "이 파일의 라벨 묶음이 아닙니다")
        )
    if len(rows) > MOST:
        raise TooLarge("mark", count=f"{len(rows):,}", most=f"{MOST:,}")
    items = _items(desk, label_set, rows)
    with transaction.atomic():
        for item in items:
            mark(label_set, by, kind, item=item)
    return len(items)


def _items(desk: "Desk", label_set: LabelSet, rows: Sequence[int]) -> list[str]:
    """What the set calls these rows."""
    if label_set.about == LabelSet.About.ROWS:
        if odd := next((row for row in rows if not 0 <= row < desk.source.rows), None):
            raise ActionWrong(f"{odd}", why=Text("the row came later than the file", "파일에 없던 행입니다"))
        return [f"row:{label_set.source['fingerprint']}:{row}" for row in dict.fromkeys(rows)]
    refers = [name for name in desk.source.columns if desk.source.kind(name) in ("image", "sound")]
    places = [row for row in rows if 0 <= row < desk.source.rows]
    cells = desk.source.frame.get_column(refers[0]).gather(places).to_list() if refers else []
    return [str(one) for one in dict.fromkeys(cells) if one]


def _upload_of(desk: "Desk") -> Upload | None:
    data = [str(one) for one in desk.sheet.source.get("data") or ()]
    if desk.sheet.source.get("kind") != "upload" or len(data) != 1:
        return None
    return Upload.objects.filter(pk=data[0].removeprefix("upload:")).first()


def _moved(desk: "Desk") -> bool:
    """Whether the rows are no longer those of the file: a step or a grouping has made new ones."""
    return desk.grid.ids is None and desk.grid.row_key != desk.source.row_key
