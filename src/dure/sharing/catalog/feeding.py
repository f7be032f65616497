"""The feed of changes: what is new since a cursor, with tombstones, signed page by page; and taking such a page in.

A page is `{"publisher", "cursor", "next", "more", "entries", "signature"}`. An entry that was withdrawn is only
`{"id", "turn", "state": "gone"}`. The signature is over the page without it, as JSON with sorted keys.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from dure.sharing.catalog.facts import Column
from dure.sharing.catalog.keeping import keep, take_out
from dure.sharing.catalog.models import OWN, Entry, Source
from dure.sharing.catalog.refusals import FeedRefused
from dure.sharing.catalog.sketching import HASHES
from dure.vocabulary import Text

A_PAGE = 200
MOST_WORDS, MOST_LIST = 20_000, 1000
Sign = Callable[[bytes], str]
Verify = Callable[[bytes, str], bool]
_WORDS = (
    "kind", "title_en", "title_ko", "description_en", "description_ko", "publisher", "publisher_name", "equipment",
    "equipment_en", "equipment_ko", "fingerprint", "address", "licence",
)  # fmt: skip
_LISTS = ("keywords", "columns", "events", "quality", "offers", "sketch")


def feed(cursor: int, *, publisher: str, sign: Sign, peer: str = "", most: int = A_PAGE) -> dict[str, Any]:
    """The page of changes to this node's own entries after `cursor`, as `peer` may see it; what he may not see is gone to him."""
    own = Entry.objects.filter(source=OWN)
    changed = list(own.filter(turn__gt=cursor).order_by("turn")[: most + 1])
    shown, more = changed[:most], len(changed) > most
    last = own.aggregate(last=Max("turn"))["last"] or 0
    page: dict[str, Any] = {
        "publisher": publisher,
        "cursor": cursor,
        "next": shown[-1].turn if shown else max(cursor, 0) if cursor <= last else last,
        "more": more,
        "entries": [_told(one, peer) for one in shown],
    }
    return page | {"signature": sign(canonical(page))}


def canonical(page: Mapping[str, Any]) -> bytes:
    """What is signed.

    >>> canonical({"b": 1, "a": "가", "signature": "x"}).decode()
    '{"a":"가","b":1}'
    """
    told = {name: value for name, value in page.items() if name != "signature"}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _told(entry: Entry, peer: str) -> dict[str, Any]:
    if entry.state == Entry.States.GONE or (entry.audience and peer not in entry.audience):
        return {"id": entry.pk, "turn": entry.turn, "state": Entry.States.GONE.value}
    told = {name: getattr(entry, name) for name in (*_WORDS, *_LISTS)}
    told |= {"id": entry.pk, "turn": entry.turn, "state": str(entry.state), "rows": entry.rows}
    told |= {
        name: at.astimezone(UTC).isoformat() for name in ("start", "end") if (at := getattr(entry, name))
    }
    return {name: value for name, value in told.items() if value not in ("", [])}


def take_in(
    source: Source, page: Mapping[str, Any], verify: Verify, *, now: datetime | None = None
) -> dict[str, int]:
    """Keep what a page of another's feed says; whole or not at all. Taking the same page twice changes nothing.

    Parameters
    ----------
    verify
        Whether a signature over bytes is the publisher's (`source.did`).

    Returns
    -------
    How many entries were `changed` and how many are `gone`.

    Raises
    ------
    FeedRefused
    """
    entries = _checked(source, page, verify)
    changed = gone = 0
    with transaction.atomic():
        for told in entries:
            if told["state"] == Entry.States.GONE:
                gone += take_out(Entry.objects.filter(source=source.key, origin=told["id"]), now=now)
            else:
                changed += keep(source.key, told["id"], _fields(source, told), now=now)[1]
        source.cursor = page["next"]
        source.save(update_fields=["cursor"])
    return {"changed": changed, "gone": gone}


def _checked(source: Source, page: Mapping[str, Any], verify: Verify) -> list[dict[str, Any]]:
    signature = page.get("signature")
    if not isinstance(signature, str) or not verify(canonical(page), signature):
        raise FeedRefused(source.key, why=Text("its signature does not hold", "서명이 맞지 않습니다"))
    if source.did and page.get("publisher") != source.did:
        raise FeedRefused(source.key, why=Text("it is of another publisher", "게시자가 다릅니다"))
    if page.get("cursor") != source.cursor:
        raise FeedRefused(source.key, why=Text("it does not begin where we are", "이어지는 위치가 아닙니다"))
    entries, last = page.get("entries"), page.get("next")
    if not isinstance(entries, list) or len(entries) > MOST_LIST or not isinstance(last, int):
        raise FeedRefused(source.key, why=Text("it is no page of a feed", "변경 피드 형식이 아닙니다"))
    before = source.cursor
    for one in entries:
        if not _sound(one) or not before < one["turn"] <= last:
            raise FeedRefused(
                source.key, why=Text("an entry of it is not whole", "온전하지 않은 항목이 있습니다")
            )
        before = one["turn"]
    return entries


def _sound(one: Any) -> bool:
    """Whether an entry has the shape that it must have, and bounded parts."""
    if not isinstance(one, dict) or not isinstance(one.get("turn"), int) or isinstance(one.get("turn"), bool):
        return False
    if (
        not isinstance(one.get("id"), str)
        or not 0 < len(one["id"]) <= 64
        or one.get("state") not in Entry.States.values
    ):
        return False
    words = all(
        isinstance(one.get(name, ""), str) and len(one.get(name, "")) <= MOST_WORDS for name in _WORDS
    )
    lists = all(
        isinstance(one.get(name, []), list) and len(one.get(name, [])) <= MOST_LIST for name in _LISTS
    )
    rows = one.get("rows", 0)
    if not (words and lists and isinstance(rows, int) and not isinstance(rows, bool) and 0 <= rows < 2**62):
        return False
    return _parts(one) and _moments(one)


def _parts(one: Mapping[str, Any]) -> bool:
    columns = all(
        isinstance(c, dict) and isinstance(c.get("name"), str) and _numbers(c) for c in one.get("columns", [])
    )
    events = all(isinstance(e, dict) and _all_words(e, "kind", "en", "ko") for e in one.get("events", []))
    quality = all(
        isinstance(q, dict) and _all_words(q, "key", "en", "ko") and isinstance(q.get("value"), (int, float))
        for q in one.get("quality", [])
    )
    sketch = one.get("sketch", [])
    right = not sketch or (
        len(sketch) == HASHES and all(isinstance(n, int) and 0 <= n < 2**32 for n in sketch)
    )
    plain = all(isinstance(word, str) and len(word) <= 200 for word in one.get("keywords", []))
    return (
        columns
        and events
        and quality
        and right
        and plain
        and all(isinstance(o, dict) for o in one.get("offers", []))
    )


def _numbers(column: Mapping[str, Any]) -> bool:
    numbers = all(
        isinstance(column.get(name, 0), (int, float)) for name in ("rate", "low", "high", "missing")
    )
    words = all(isinstance(column.get(name, ""), str) for name in ("type", "quantity", "unit", "semantic_id"))
    shape = column.get("shape", [])
    return (
        numbers
        and words
        and isinstance(shape, list)
        and len(shape) <= 64
        and all(isinstance(n, int) for n in shape)
    )


def _all_words(told: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(told.get(name), str) and len(told[name]) <= 400 for name in names)


def _moments(one: Mapping[str, Any]) -> bool:
    try:
        return all(
            datetime.fromisoformat(one[name]).tzinfo is not None for name in ("start", "end") if name in one
        )
    except (TypeError, ValueError):
        return False


_LENGTHS = {
    field.name: field.max_length
    for field in Entry._meta.concrete_fields  # noqa: SLF001 - Django's documented API
    if field.name in _WORDS and field.max_length
}


def _fields(source: Source, told: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: told.get(name, "")[: _LENGTHS.get(name, MOST_WORDS)] for name in _WORDS}
    fields["kind"] = "service" if told.get("kind") == "service" else "dataset"
    fields |= {name: told.get(name, []) for name in _LISTS}
    fields["columns"] = [Column.of(one).report() for one in fields["columns"]]
    fields |= {
        name: datetime.fromisoformat(told[name]) if name in told else None for name in ("start", "end")
    }
    fields |= {"rows": told.get("rows", 0), "state": told["state"]}
    fields["publisher"] = source.did or fields["publisher"]
    fields["fingerprint"] = fields["fingerprint"] if len(fields["fingerprint"]) == 64 else ""
    return fields
