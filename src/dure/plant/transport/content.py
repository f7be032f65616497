"""Content: pictures, sounds and waves kept by what they are, so that a sample need only name one.

A file lies at `home/content/<2 hex>/<sha256>`, written whole and on the disk before anybody may refer to it
(FIPS 180-4, SHA-256 of the bytes). `of/<source>` lists what each source brought, oldest first; `held/<sha256>` marks
what must not go.
"""

import hashlib
import json
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dure.plant.transport.errors import ContentAbsent, ContentDamaged, ContentNotWritten, ContentTooLarge
from dure.plant.transport.notes import Event
from dure.plant.transport.portable import sync_folder

MOST_BYTES = 64 * 2**20
"""Largest content [bytes]."""
MOST_AT_ONCE = 500  # deletions in one event
SHA256 = re.compile(r"[0-9a-f]{64}")
SOURCE = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
FORGOTTEN = "content-forgotten"
_CHUNK = 2**20
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of a source's content may stay: `size` [bytes] and `age` [s], 0 for no bound."""

    size: int = 0
    age: float = 0.0

    @classmethod
    def of(cls, gigabytes: float, days: float) -> "Keep":
        """The same in the units of a setting.

        >>> Keep.of(2, 30)
        Keep(size=2000000000, age=2592000)
        """
        return cls(int(gigabytes * 1e9), days * _DAY)


@dataclass(frozen=True, slots=True)
class Reference:
    """What the text of a sample says of its content; `more` holds part, trigger [ns], rate [Hz] and the like.

    >>> one = Reference("ab" * 32, "image/jpeg", 2048, {"part": "A-17", "trigger": 1_700_000_000_000_000_000})
    >>> Reference.read(one.text) == one
    True
    >>> Reference.read("21.5") is None
    True
    """

    sha256: str
    media: str
    bytes: int
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The reference as compact JSON."""
        own = {"sha256": self.sha256, "media": self.media, "bytes": self.bytes}
        return json.dumps({**own, **self.more}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, text: str | None) -> "Reference | None":
        """The reference that a sample's text is, None if it is another text: samples are foreign input."""
        if not text or not text.startswith("{") or len(text) > 20_000:
            return None
        try:
            facts = json.loads(text)
            own = facts.pop("sha256"), facts.pop("media"), facts.pop("bytes")
        except (ValueError, KeyError, RecursionError):
            return None
        typed = isinstance(own[0], str) and isinstance(own[1], str) and type(own[2]) is int
        sound = typed and SHA256.fullmatch(own[0]) and len(own[1]) <= 100 and 0 <= own[2] <= MOST_BYTES
        return cls(*own, facts) if sound else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One content that a source brought, `time` [ns since 1970 UTC] by our clock."""

    sha256: str
    bytes: int
    time: int


class Content:
    """The contents of the node or edge box at `home`; threads and processes may share the folder.

    A source has one writer at a time (its collector, or the intake of its box).
    """

    def __init__(self, home: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder, self._clock = home / "content", clock
        self._guard = threading.Lock()
        self._lists: dict[str, deque[Entry]] = {}

    def put(self, content: bytes, media: str, *, source: str = "", **more: Any) -> Reference:
        """Keep content; when this returns it is on the disk. The same content is written once.

        Raises
        ------
        ContentTooLarge, ContentNotWritten
        """
        if len(content) > MOST_BYTES:
            raise ContentTooLarge(source or "content", size=len(content), limit=MOST_BYTES)
        name = hashlib.sha256(content).hexdigest()
        try:
            with self._guard:
                entry = Entry(name, len(content), int(self._clock() * 1e9))
                if source:
                    self._enlist(source, entry)
                self._write(entry, content)
        except OSError as refused:
            reason = os.strerror(refused.errno or 5)
            raise ContentNotWritten(str(self.folder), reason=reason) from refused
        return Reference(name, media, len(content), more)

    def get(self, sha256: str) -> bytes:
        """The content of that hash, proved to be it.

        Raises
        ------
        ContentAbsent, ContentDamaged
        """
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise ContentAbsent(sha256[:12]) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ContentDamaged(sha256[:12])
        return content

    def has(self, sha256: str) -> bool:
        """Whether a file of that name is there; `verify` says whether it is what it should be."""
        return self.path(sha256).is_file()

    def verify(self, sha256: str) -> bool:
        """Whether the content is there and unchanged; read in pieces."""
        digest = hashlib.sha256()
        try:
            with self.path(sha256).open("rb") as file:
                while piece := file.read(_CHUNK):
                    digest.update(piece)
        except FileNotFoundError:
            return False
        return digest.hexdigest() == sha256

    def path(self, sha256: str) -> Path:
        """Where content of that hash lies; ContentAbsent if the word is no hash."""
        if not SHA256.fullmatch(sha256):
            raise ContentAbsent(sha256[:12])
        return self.folder / sha256[:2] / sha256

    def hold(self, sha256: str) -> None:
        """Keep this content for good: a label or a person refers to it.

        Raises
        ------
        ContentAbsent
        """
        if not self.has(sha256):
            raise ContentAbsent(sha256[:12])
        mark = self.folder / "held" / sha256
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.touch(mode=0o600)
        sync_folder(mark.parent)

    def release(self, sha256: str) -> None:
        """Let this content go with the others of its age."""
        self.path(sha256)
        (self.folder / "held" / sha256).unlink(missing_ok=True)

    def is_held(self, sha256: str) -> bool:
        """Whether `hold` was said of it."""
        return (self.folder / "held" / sha256).exists()

    def size(self, source: str) -> int:
        """Bytes of the source's listed contents."""
        with self._guard:
            return sum(entry.bytes for entry in self._list(source))

    def due(self, source: str, keep: Keep) -> list[Entry]:
        """What has to go by `keep`, oldest first, at most `MOST_AT_ONCE`; held contents stay and are passed over."""
        now = self._clock()
        with self._guard:
            entries = list(self._list(source))
        total = sum(entry.bytes for entry in entries)
        going: list[Entry] = []
        for entry in entries:
            over = keep.size and total > keep.size
            old = keep.age and now - entry.time / 1e9 > keep.age
            if not (over or old) or len(going) >= MOST_AT_ONCE:
                break
            if not self.is_held(entry.sha256):
                going.append(entry)
                total -= entry.bytes
        return going

    def forget(self, source: str, entries: Iterable[Entry]) -> list[Entry]:
        """Delete what `due` named, once `forgetting` has been recorded; what really went.

        Content that was brought again later, by whichever source, stays where it is.
        """
        going = set(entries)
        gone = [entry for entry in going if self._delete(entry)]
        with self._guard:
            left = deque(entry for entry in self._list(source) if entry not in going)
            self._lists[source] = left
            self._rewrite(source, left)
        return sorted(gone, key=lambda entry: entry.time)

    def _delete(self, entry: Entry) -> bool:
        path = self.path(entry.sha256)
        try:
            if self.is_held(entry.sha256) or path.stat().st_mtime_ns > entry.time + 1_000_000:
                return False
            path.unlink()
        except FileNotFoundError:
            return False
        return True

    def _write(self, entry: Entry, content: bytes) -> None:
        path, now = self.path(entry.sha256), entry.time
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size == len(content):
            os.utime(path, ns=(now, now))
            sync_folder(path.parent)  # its writer may have been killed between rename and fsync
            return
        beside = path.with_name(f".{os.getpid()}-{threading.get_ident()}")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.utime(beside, ns=(now, now))
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)

    def _enlist(self, source: str, entry: Entry) -> None:
        """Note what is coming before it is there: a kill in between leaves a line too many, never a file too many."""
        entries, path = self._list(source), self._path_of_list(source)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(written, _line(entry))
        finally:
            os.close(written)
        entries.append(entry)

    def _list(self, source: str) -> deque[Entry]:
        if source not in self._lists:
            self._lists[source] = deque(_entries(self._path_of_list(source)))
        return self._lists[source]

    def _rewrite(self, source: str, entries: Iterable[Entry]) -> None:
        path = self._path_of_list(source)
        if not path.exists():
            return
        beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        beside.write_bytes(b"".join(map(_line, entries)))
        beside.replace(path)

    def _path_of_list(self, source: str) -> Path:
        if not SOURCE.fullmatch(source):
            raise ContentAbsent(source[:64])
        return self.folder / "of" / source


def forgetting(source: str, entries: Iterable[Entry], now: int) -> Event:
    """The record of deletions: which, how large, how old the oldest was; `now` in ns since 1970 UTC.

    >>> forgetting("eye", [Entry("ab" * 32, 10, 0)], 86_400_000_000_000).facts["days"]
    1.0
    """
    going = list(entries)
    days = max((now - entry.time for entry in going), default=0) / 1e9 / _DAY
    facts = {
        "contents": [entry.sha256 for entry in going],
        "bytes": sum(entry.bytes for entry in going),
        "days": round(days, 3),
    }
    return Event(source, now, FORGOTTEN, facts)


def _line(entry: Entry) -> bytes:
    return f"{entry.time} {entry.bytes} {entry.sha256}\n".encode()


def _entries(path: Path) -> Iterable[Entry]:
    """The lines of a list; one that a kill cut short is passed over."""
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        words = line.split(" ")
        if len(words) == 3 and words[0].isdecimal() and words[1].isdecimal() and SHA256.fullmatch(words[2]):
            yield Entry(words[2], int(words[1]), int(words[0]))
