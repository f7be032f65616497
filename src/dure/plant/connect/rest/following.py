"""What was read so far, and the rounds that go on from there: since, key, pages, nothing twice and nothing passed by."""

import json
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from dure.plant.connect import Readings, write_private
from dure.plant.connect.rest.client import Client, Page
from dure.plant.connect.rest.paths import first
from dure.plant.connect.rest.records import Reading, Shape, moment, records_of

MOST_SEEN = 200_000
Identity = tuple[str, int, str]


@dataclass
class Standing:
    """How far a source was read, as its file keeps it: newest time [ns], highest key, where a broken-off round goes on.

    `address` is the question that it belongs to: another question begins anew.
    """

    address: str = ""
    since: int = 0
    key: float = 0.0
    following: str = ""

    @classmethod
    def kept(cls, path: Path, address: str) -> "Standing":
        """What the file says, if it belongs to this question."""
        try:
            found = cls(**json.loads(path.read_text()))
            sound = (
                found.address == address
                and isinstance(found.since, int)
                and isinstance(found.key, (int, float))
            )
        except (OSError, ValueError, TypeError):
            sound = False
        return found if sound else cls(address)

    def keep(self, path: Path) -> None:
        """Write it down."""
        write_private(path, json.dumps(asdict(self)).encode())


@dataclass
class Round:
    """What one round brought: the readings that are new, how far it leads, and what was met on the way."""

    standing: Standing
    readings: list[Reading] = field(default_factory=list)
    identities: dict[Identity, None] = field(default_factory=dict)
    wait: float = 0.0
    overlapped: bool = False
    whole: bool = True
    server: str = ""
    etag: tuple[str, str] = ("", "")


class Follower:
    """Asks round after round, and knows what it has seen; a round counts only when it is accepted."""

    def __init__(self, client: Client, shape: Shape, standing: Standing) -> None:
        self.client, self.shape, self.standing = client, shape, standing
        self._etag = ("", "")
        self._seen: OrderedDict[Identity, None] = OrderedDict()

    @property
    def is_incremental(self) -> bool:
        """Whether the address says from where on it is asked."""
        return "{since}" in self.client.url or "{key}" in self.client.url

    async def round(self) -> Round:
        """Every page that there is now, at most as many as the settings allow.

        Raises
        ------
        SourceProblem
            Then nothing of the round counts, and the next one asks the same again.
        """
        done = Round(replace(self.standing), etag=self._etag)
        url = self.standing.following or self.address()
        for _ in range(self.shape.settings.pages):
            began = time.time_ns()
            page = await self.client.get(url, done.etag[1] if done.etag[0] == url else "")
            done.wait, done.server = page.wait, page.server
            if page.content is None:
                return done
            if page.etag:
                done.etag = (url, page.etag)
            following = self._take(page, url, (began + time.time_ns()) // 2, done)
            done.standing.following = "" if following == url else following
            if not done.standing.following:
                return done
            url = following
        done.whole = False
        return done

    def accept(self, done: Round) -> None:
        """A round whose readings are delivered: the next one goes on from there."""
        self.standing, self._etag = done.standing, done.etag
        self._seen |= done.identities
        while len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)

    def address(self) -> str:
        """The question, its templates filled."""
        settings, standing = self.shape.settings, self.standing
        start = moment(settings.start, self.shape.zone) or 0
        since = max(start, standing.since - round(settings.overlap * 1e9)) if standing.since else start
        filled = self.client.url.replace("{since}", quote(_written(since, settings.since), safe=""))
        return filled.replace("{key}", f"{standing.key:.0f}")

    def _take(self, page: Page, url: str, answered: int, done: Round) -> str:
        """Add a page's new readings; the next page's address, empty if it is the last."""
        records, document = records_of(page.content or b"", page.kind, self.shape, self.client.where)
        for reading in self.shape.readings(records, answered):
            if self._is_new(reading, done):
                done.readings.append(reading)
            else:
                done.overlapped = True
        if self.shape.fields["time"] and done.readings:
            newest = max(reading.time for reading in done.readings)
            # a record from the future must not hide those that come until then
            done.standing.since = max(done.standing.since, min(newest, answered))
        if path := self.shape.fields["key"]:
            done.standing.key = max([done.standing.key, *_numbers(first(record, path) for record in records)])
        return self._following(page, document, url)

    def _is_new(self, reading: Reading, done: Round) -> bool:
        if not self.shape.fields["time"]:
            return True
        identity = (reading.signal, reading.time, repr((reading.value, reading.text)))
        known = identity in self._seen or identity in done.identities
        done.identities[identity] = None
        return not known

    def _following(self, page: Page, document: Any, url: str) -> str:
        """Address of the next page: a Link header (RFC 8288), an address in the answer, or a word for the cursor."""
        if page.following:
            return self.client.onward(url, page.following)
        path = self.shape.path("following")
        word = first(document, path) if path else None
        if not isinstance(word, (str, int)) or isinstance(word, bool) or word == "":
            return ""
        if isinstance(word, str) and word.startswith(("http://", "https://", "/", "?")):
            return self.client.onward(url, word)
        parts = urlsplit(url)
        cursor = self.shape.settings.cursor
        query = [
            (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != cursor
        ]
        return urlunsplit(parts._replace(query=urlencode([*query, (cursor, str(word))])))


def _numbers(given: Any) -> list[float]:
    return [float(one) for one in given if isinstance(one, (int, float)) and not isinstance(one, bool)]


def _written(time_: int, how: str) -> str:
    """A time as `{since}` is written.

    >>> _written(1767225600_123456789, "iso"), _written(1767225600_123456789, "ms")
    ('2026-01-01T00:00:00.123456Z', '1767225600123')
    """
    if how == "iso":
        whole = datetime.fromtimestamp(time_ // 10**9, UTC).replace(microsecond=time_ % 10**9 // 1000)
        return whole.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(time_ // {"s": 10**9, "ms": 10**6, "ns": 1}[how])


def notebook(home: Path, source: str) -> Path:
    """File of a source's standing."""
    return home / "run" / f"collector-{source}.rest.json"


def question(url: str, settings: Mapping[str, Any]) -> str:
    """What a standing belongs to: the address and what is read from its answers."""
    return sha256(json.dumps([url, dict(settings)], sort_keys=True, default=str).encode()).hexdigest()[:16]


def columns(source: str, readings: Sequence[Reading]) -> Readings:
    """Readings as columns, oldest first."""
    import numpy as np

    ordered = sorted(readings, key=lambda reading: reading.time)
    names = list(dict.fromkeys(f"{source}/{reading.signal}" for reading in ordered))
    place = {name: number for number, name in enumerate(names)}
    return Readings(
        names,
        np.array([place[f"{source}/{reading.signal}"] for reading in ordered], np.int32),
        np.array([reading.time for reading in ordered], np.int64),
        np.array([reading.value for reading in ordered], np.float64),
        np.array([int(reading.quality) for reading in ordered], np.uint8),
        time.time_ns(),
        {row: reading.text for row, reading in enumerate(ordered) if reading.text is not None},
    )
