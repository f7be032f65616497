"""Reading other catalogues, each in its own way, with its health and its date beside it; what is gone there goes here."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin

from django.db import transaction
from django.utils import timezone

from dure.sharing.catalog.feeding import Verify, take_in
from dure.sharing.catalog.keeping import keep, take_out
from dure.sharing.catalog.models import Entry, Source
from dure.sharing.catalog.reading import of_ckan, of_dcat
from dure.sharing.catalog.refusals import HarvestFailed
from dure.vocabulary import DureError, Text

A_PAGE = 200
MOST_PAGES = 5000
MOST_BYTES = 16 * 2**20
Told = tuple[str, dict[str, Any]]


class Answered(Protocol):
    """What a server said (`dure.sharing.participants.Answer`)."""

    @property
    def status(self) -> int:
        """Its status."""

    @property
    def body(self) -> bytes:
        """Its body."""


Opener = Callable[[str], Answered]


def harvest(
    source: Source, *, opener: Opener | None = None, verify: Verify | None = None, now: datetime | None = None
) -> dict[str, int]:
    """Read a source: a feed from where we are, the others whole. What failed is written beside the source, and raised.

    Parameters
    ----------
    opener
        How an address is asked; the guarded way to foreign servers by default.
    verify
        For a feed: whether a signature over bytes is the publisher's.

    Returns
    -------
    How many entries were `changed` and how many are `gone`.

    Raises
    ------
    HarvestFailed, FeedRefused, FetchRefused
    """
    moment = now or timezone.now()
    asked = opener or _fetch
    try:
        told = (
            _changes(source, asked, verify, moment)
            if source.kind == Source.Kinds.FEED
            else _whole(source, asked, moment)
        )
    except DureError as refusal:
        _note(source, moment, refusal)
        raise
    source.tried_at, source.good_at, source.failures = moment, moment, 0
    source.trouble_en = source.trouble_ko = ""
    source.save()
    return told


def _fetch(address: str) -> Answered:
    from dure.sharing.participants import fetch

    return fetch(address, most=MOST_BYTES, timeout=30.0)


def _note(source: Source, moment: datetime, refusal: DureError) -> None:
    from dure.vocabulary import use_language

    source.tried_at, source.failures = moment, source.failures + 1
    with use_language("en"):
        source.trouble_en = refusal.message[:500]
    with use_language("ko"):
        source.trouble_ko = refusal.message[:500]
    source.save()


def _changes(source: Source, asked: Opener, verify: Verify | None, moment: datetime) -> dict[str, int]:
    if verify is None:
        raise HarvestFailed(source.key, why=Text("nobody checks its signature", "서명을 확인할 수 없습니다"))
    total = {"changed": 0, "gone": 0}
    for _ in range(MOST_PAGES):
        page = _json(source, asked, f"{source.address}?{urlencode({'cursor': source.cursor})}")
        if not isinstance(page, dict):
            raise HarvestFailed(source.key, why=_ODD)
        before = source.cursor
        told = take_in(source, page, verify, now=moment)
        total = {name: total[name] + told[name] for name in total}
        if not page.get("more") or source.cursor == before:
            break
    return total


def _whole(source: Source, asked: Opener, moment: datetime) -> dict[str, int]:
    """Every dataset of the source; those that are no longer there go, but only once the source was read to its end."""
    pages = _ckan(source, asked) if source.kind == Source.Kinds.CKAN else _dcat(source, asked)
    changed, seen = 0, set()
    for page in pages:
        with transaction.atomic():
            for origin, fields in page:
                seen.add(origin)
                changed += keep(source.key, origin, fields, now=moment)[1]
    lost = [
        one
        for one in Entry.objects.filter(source=source.key).exclude(state=Entry.States.GONE).iterator()
        if one.origin not in seen
    ]
    return {"changed": changed, "gone": take_out(lost, now=moment)}


def _ckan(source: Source, asked: Opener) -> Iterator[list[Told]]:
    start = 0
    for _ in range(MOST_PAGES):
        where = f"{source.address.rstrip('/')}/api/3/action/package_search"
        answer = _json(
            source, asked, f"{where}?{urlencode({'rows': A_PAGE, 'start': start, 'sort': 'id asc'})}"
        )
        try:
            count, page = of_ckan(answer)
        except ValueError:
            raise HarvestFailed(source.key, why=_ODD) from None
        yield page
        start += len(page)
        if not page or start >= count:
            return


def _dcat(source: Source, asked: Opener) -> Iterator[list[Told]]:
    """Each page of a DCAT catalogue; `hydra:next`, as CKAN's exporter writes it, leads to the next one of the same server."""
    address, been = source.address, set()
    for _ in range(MOST_PAGES):
        been.add(address)
        document = _json(source, asked, address)
        yield list(of_dcat(document))
        following = _next(document)
        goal = urljoin(address, following) if following else ""
        if not goal or goal in been or not _same_server(goal, source.address):
            return
        address = goal


def _next(document: Any) -> str:
    for node in document if isinstance(document, list) else document.get("@graph", [document]):
        if isinstance(node, dict):
            told = next(
                (
                    node[name]
                    for name in ("hydra:next", "http://www.w3.org/ns/hydra/core#next")
                    if name in node
                ),
                None,
            )
            first = told[0] if isinstance(told, list) and told else told
            address = first.get("@id", first.get("@value")) if isinstance(first, dict) else first
            if isinstance(address, str):
                return address
    return ""


def _same_server(one: str, other: str) -> bool:
    return one.split("/")[:3] == other.split("/")[:3]


_ODD = Text("its answer is not of that kind", "응답 형식이 맞지 않습니다")


def _json(source: Source, asked: Opener, address: str) -> Any:
    answer = asked(address)
    if answer.status != 200:
        raise HarvestFailed(
            source.key, why=Text(f"it answered {answer.status}", f"{answer.status} 상태로 응답했습니다")
        )
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise HarvestFailed(source.key, why=_ODD) from None
    if not isinstance(found, (dict, list)):
        raise HarvestFailed(source.key, why=_ODD)
    return found
