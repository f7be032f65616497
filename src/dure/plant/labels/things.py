"""What a set is about: the rows of a file, or the pictures and sounds of a file or a signal."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

from dure.plant.inventory import Upload
from dure.plant.labels.models import LabelSet
from dure.plant.labels.refusals import ItemsGone
from dure.plant.transport import Content, Reference
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 200_000
MOST_CONTENTS = 20_000
#: Sets whose items are kept at hand, and how long those of a signal, to which others are added. [s]
KEPT, FRESH_S = 6, 15.0
_MEDIA = {"pictures": "image/", "sounds": "audio/"}


@dataclass(frozen=True, slots=True)
class Things:
    """Items of a set in their order: their keys and titles, and for rows, or files with facts, the table itself."""

    keys: Sequence[str]
    titles: Sequence[str]
    frame: "pl.DataFrame | None" = None
    column: str = ""
    left_out: int = 0
    at: float = 0.0
    _places: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def has(self, key: str) -> bool:
        """Whether it is one of them."""
        return key in self.places

    @property
    def places(self) -> dict[str, int]:
        """Place of each key."""
        if not self._places and self.keys:
            self._places.update({key: place for place, key in enumerate(self.keys)})
        return self._places


_SHELF: "OrderedDict[tuple[str, str], Things]" = OrderedDict()
_LOCK = threading.Lock()


def things(label_set: LabelSet) -> Things:
    """The items of a set.

    Raises
    ------
    ItemsGone
        If the file is gone or holds none.
    HistorianDown
    """
    key = (label_set.pk, str(label_set.source))
    with _LOCK:
        held = _SHELF.get(key)
    live = "signal" in label_set.source
    if held is not None and not (live and time.monotonic() - held.at > FRESH_S):
        return held
    found = (
        _of_signal(label_set)
        if live
        else _of_files(label_set)
        if "files" in label_set.source
        else _of_upload(label_set)
    )
    with _LOCK:
        _SHELF[key] = found
        _SHELF.move_to_end(key)
        while len(_SHELF) > KEPT:
            _SHELF.popitem(last=False)
    return found


def forget() -> None:
    """Nothing at hand any more."""
    with _LOCK:
        _SHELF.clear()


def _of_upload(label_set: LabelSet) -> Things:
    from dure.science.prepare import is_reference, read

    upload = Upload.objects.filter(pk=label_set.source.get("upload", "")).first()
    if upload is None or not upload.path.is_file():
        raise ItemsGone(label_set.name, what=str(label_set.source.get("title") or "?"))
    frame = read([upload.path]).frame
    if label_set.about == LabelSet.About.ROWS:
        kept = frame.head(MOST_ROWS)
        keys = [f"row:{upload.fingerprint}:{place}" for place in range(kept.height)]
        titles = [f"{place + 1:,}" for place in range(kept.height)]
        return Things(keys, titles, kept, left_out=frame.height - kept.height)
    column = next(
        (name for name in frame.columns if is_reference(frame.get_column(name).drop_nulls().first())), ""
    )
    if not column:
        raise ItemsGone(label_set.name, what=upload.title)
    kept = frame.unique(column, maintain_order=True).drop_nulls(column).head(MOST_CONTENTS)
    titles = [str(one) for one in kept.get_column("file" if "file" in kept.columns else column)]
    return Things(kept.get_column(column).to_list(), titles, kept, column, frame.height - kept.height)


def _of_files(label_set: LabelSet) -> Things:
    """What was brought in for this set, as `bringing_in.take_files` noted it."""
    try:
        listed = json.loads((label_set.folder / "items.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as broken:
        raise ItemsGone(label_set.name, what=str(label_set.source.get("title") or "?")) from broken
    return Things([str(one["key"]) for one in listed], [str(one["file"]) for one in listed])


def _of_signal(label_set: LabelSet) -> Things:
    historian: Any = import_string(settings.DURE_HISTORIAN)()
    rows = historian.query([label_set.source["signal"]], 0, 2**62 - 1).select(["time", "text"]).to_pylist()
    found: dict[str, str] = {}
    for row in reversed(rows):
        told = Reference.read(row["text"])
        if told is not None and told.media.startswith(_MEDIA[label_set.about]) and len(found) < MOST_CONTENTS:
            found.setdefault(f"sha256:{told.sha256}", str(told.more.get("part") or row["time"]))
    return Things(list(found), list(found.values()), at=time.monotonic())


def bytes_of(label_set: LabelSet, key: str) -> bytes:
    """The picture or sound that an item is: from the plant's store, else from the file of the set.

    Raises
    ------
    ItemsGone, ContentAbsent
    """
    from dure.science.prepare import content_of

    store, name = Content(home()), key.removeprefix("sha256:")
    if store.has(name):
        return store.get(name)
    try:
        return content_of(key)
    except DureError:
        forget()  # another process read the file: it is read here too, which puts its parts on our shelf
        things(label_set)
        return content_of(key)
