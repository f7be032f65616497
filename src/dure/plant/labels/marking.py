"""The only ways in: open a set, label, take back, decide. Each is one entry of the ledger."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from dure.foundation.ledger import record
from dure.plant.inventory import Signal, Upload
from dure.plant.labels.models import MOST_NOTE, LabelSet, Mark
from dure.plant.labels.refusals import MarkWrong, NothingToUndo, NotYourMark, SetWrong
from dure.plant.labels.things import things
from dure.plant.transport import Content
from dure.vocabulary import DureError, Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

MOST_KINDS = 20
MOST_SIGNALS = 16
COLOURS = 6
LONGEST_NS = 400 * 86_400 * 10**9
KEYS = "123456789"
_LETTERS = re.compile(r"[a-z0-9]")
#: Keys that the pages keep for themselves: undo, skip, note, start, end.
TAKEN = frozenset("zsneq")


def open_set(
    name: str, about: str, kinds: Sequence[Mapping[str, Any]], source: Mapping[str, Any], by: "Person"
) -> LabelSet:
    """A new set of labels; recorded.

    Parameters
    ----------
    about
        `stretches`, `rows`, `pictures` or `sounds`.
    kinds
        `{"name", "words", "colour", "key"}` each; whatever is left out but the name is filled.
    source
        `{"signals": […]}`, `{"upload": id}` or `{"signal": id}`.

    Raises
    ------
    SetWrong
    """
    told = " ".join(name.split())[:200]
    if not told:
        raise SetWrong("name", why=Text("it needs a name", "이름이 있어야 합니다"))
    if about not in LabelSet.About.values:
        raise SetWrong("about", why=Text("it is none of the four", "네 가지 중 하나가 아닙니다"))
    kept, obligations = _source(about, source)
    with transaction.atomic():
        made = LabelSet.objects.create(
            name=told, about=about, kinds=kinds_of(kinds), source=kept, obligations=obligations, by=by
        )
        facts = {"name": told, "about": about, "kinds": made.kind_names, "source": kept}
        record(f"person:{by.pk}", "labels.opened", f"labels:{made.pk}", facts)
    return made


def kinds_of(kinds: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Kinds with words, colours and keys of their own.

    >>> [(one["name"], one["key"], one["colour"]) for one in kinds_of([{"name": "good"}, {"name": "crack"}])]
    [('good', '1', 1), ('crack', '2', 2)]

    Raises
    ------
    SetWrong
        If there is none, a name or key is there twice, or a key is one of the pages' own.
    """
    made: list[dict[str, Any]] = []
    free = [key for key in KEYS if key not in {str(one.get("key") or "").lower() for one in kinds}]
    for place, one in enumerate(kinds[: MOST_KINDS + 1]):
        name = " ".join(str(one.get("name") or "").split())[:60]
        key = str(one.get("key") or "").lower() or (free.pop(0) if free else "")
        if not name or name in {other["name"] for other in made}:
            raise SetWrong(
                "kinds", why=Text("each needs a name of its own", "종류마다 다른 이름이 있어야 합니다")
            )
        if key and (not _LETTERS.fullmatch(key) or key in TAKEN or key in {other["key"] for other in made}):
            raise SetWrong(
                f"“{key[:5]}”",
                why=Text(
                    "it is no free key; z, s, n, e and q are taken",
                    "쓸 수 없는 키입니다. z, s, n, e, q는 다른 기능에 씁니다",
                ),
            )
        colour = one.get("colour")
        fits = isinstance(colour, int) and 1 <= colour <= COLOURS
        words = str(one.get("words") or "")[:60]
        made.append(
            {"name": name, "words": words, "key": key, "colour": colour if fits else place % COLOURS + 1}
        )
    if not 1 <= len(made) <= MOST_KINDS:
        raise SetWrong("kinds", why=Text(f"it has 1 to {MOST_KINDS} kinds", f"종류는 1~{MOST_KINDS}개입니다"))
    return made


def _source(about: str, source: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    if about == LabelSet.About.STRETCHES:
        return {"signals": _signals(source.get("signals") or (), SetWrong, least=0)}, []
    if upload := Upload.objects.filter(pk=str(source.get("upload") or "")).first():
        facts = {"upload": upload.pk, "fingerprint": upload.fingerprint, "title": upload.title}
        return facts, list(upload.obligations)
    if "files" in source:  # `bringing_in.take_files` has put them on the shelf
        return {"files": int(source["files"]), "title": str(source.get("title") or "")[:200]}, []
    signal = str(source.get("signal") or "")
    if about != LabelSet.About.ROWS and Signal.objects.filter(pk=signal).exists():
        return {"signal": signal, "title": signal}, []
    raise SetWrong(
        "source",
        why=Text("choose a file or a signal that the node has", "노드에 있는 파일이나 신호를 고르세요"),
    )


def _signals(given: Any, refusal: type[DureError], least: int = 1) -> list[str]:
    """Signals, or equipment, that the node knows; each once."""
    names = list(dict.fromkeys(str(one) for one in given if one))
    if not least <= len(names) <= MOST_SIGNALS:
        raise refusal(
            "signals", why=Text(f"there are 1 to {MOST_SIGNALS}", f"신호는 1~{MOST_SIGNALS}개입니다")
        )
    known = set(Signal.objects.filter(pk__in=names).values_list("pk", flat=True))
    known |= set(Signal.objects.filter(equipment__in=names).values_list("equipment", flat=True))
    if odd := next((name for name in names if name not in known), None):
        raise refusal(
            odd[:80], why=Text("there is no such signal or equipment", "그런 신호나 설비가 없습니다")
        )
    return names


def mark(  # noqa: PLR0913 - the parts of one label
    label_set: LabelSet,
    by: "Person",
    kind: str,
    *,
    item: str = "",
    signals: Sequence[str] = (),
    start: int | None = None,
    end: int | None = None,
    sure: float = 1.0,
    note: str = "",
) -> Mark:
    """Say of an item, or of a stretch of signals, what kind it is; one's own earlier word on an item gives way.

    Parameters
    ----------
    item
        `row:<fingerprint>:<number>` or `sha256:<64 hex>`, as the set has them.
    start, end
        Of a stretch. [ns since 1970 UTC]
    sure
        How certain the person is, 0 … 1.

    Raises
    ------
    MarkWrong
    """
    if kind not in label_set.kind_names:
        raise MarkWrong(kind[:60] or "?", why=Text("the set knows no such kind", "이 묶음에 없는 종류입니다"))
    if not 0.0 <= sure <= 1.0:
        raise MarkWrong("sure", why=Text("certainty lies from 0 to 1", "확신도는 0과 1 사이입니다"))
    where = _where(label_set, item, signals, start, end)
    with transaction.atomic():
        before = None
        if item:
            before = _standing(label_set, Mark.Act.MARK).filter(by=by, item=item).last()
        made = _kept(
            label_set, Mark.Act.MARK, by, before, kind=kind, sure=sure, note=note.strip()[:MOST_NOTE], **where
        )
    if item.startswith("sha256:"):
        _hold(item)
    return made


def _where(
    label_set: LabelSet, item: str, signals: Sequence[str], start: int | None, end: int | None
) -> dict[str, Any]:
    if label_set.queues:
        if not things(label_set).has(item):
            raise MarkWrong(
                item[:80] or "?", why=Text("the set does not hold it", "이 묶음에 없는 항목입니다")
            )
        return {"item": item}
    if start is None or end is None or not 0 <= start < end < 2**62 or end - start > LONGEST_NS:
        raise MarkWrong(
            "time",
            why=Text(
                "a stretch ends after it begins, within 400 days",
                "구간의 끝은 시작보다 뒤이고 400일 이내여야 합니다",
            ),
        )
    return {"signals": _signals(signals, MarkWrong), "start": start, "end": end}


def _standing(label_set: LabelSet, act: str) -> Any:
    return Mark.objects.select_for_update().filter(label_set=label_set, act=act, stands=True)


def _kept(label_set: LabelSet, act: str, by: "Person", before: Mark | None, **facts: Any) -> Mark:
    if before is not None:
        Mark.objects.filter(pk=before.pk).update(stands=False)
    made = Mark.objects.create(label_set=label_set, act=act, by=by, before=before, **facts)
    told = made.facts | ({"note": made.note} if made.note else {})
    record(
        f"person:{by.pk}",
        f"labels.{act}",
        f"label:{made.pk}",
        told | {"set": label_set.pk},
        personal=["note"] if made.note else [],
    )
    return made


def _hold(item: str) -> None:
    """A labelled content does not go with its age."""
    store, name = Content(home()), item.removeprefix("sha256:")
    if store.has(name):
        store.hold(name)


def take_back(label_set: LabelSet, by: "Person", number: int | None = None) -> Mark:
    """Take one's newest label back, or label `number`; what one had said before stands again.

    Raises
    ------
    NothingToUndo, NotYourMark
    """
    with transaction.atomic():
        standing = (
            Mark.objects.select_for_update()
            .filter(label_set=label_set, stands=True)
            .exclude(act=Mark.Act.BACK)
        )
        found = standing.filter(by=by).last() if number is None else standing.filter(pk=number).first()
        if found is None:
            raise NothingToUndo(label_set.name)
        if found.by_id != by.pk:
            raise NotYourMark(str(found.pk), by=str(found.by))
        Mark.objects.filter(pk=found.pk).update(stands=False)
        if found.before_id:
            Mark.objects.filter(pk=found.before_id).update(stands=True)
        Mark.objects.create(
            label_set=label_set, act=Mark.Act.BACK, by=by, of=found, item=found.item, stands=False
        )
        record(f"person:{by.pk}", "labels.back", f"label:{found.pk}", {"set": label_set.pk, **found.facts})
    return found


def resolve(  # noqa: PLR0913 - the parts of one decision
    label_set: LabelSet,
    by: "Person",
    kind: str,
    *,
    item: str = "",
    signals: Sequence[str] = (),
    start: int | None = None,
    end: int | None = None,
    note: str = "",
) -> Mark:
    """Decide what an item or a stretch is where people differ; a named person answers for it.

    Raises
    ------
    MarkWrong
    """
    if kind not in label_set.kind_names:
        raise MarkWrong(kind[:60] or "?", why=Text("the set knows no such kind", "이 묶음에 없는 종류입니다"))
    where = _where(label_set, item, signals, start, end)
    with transaction.atomic():
        same = {"item": item} if item else {"start": start, "end": end}
        before = _standing(label_set, Mark.Act.RESOLVE).filter(**same).last()
        return _kept(
            label_set, Mark.Act.RESOLVE, by, before, kind=kind, note=note.strip()[:MOST_NOTE], **where
        )
