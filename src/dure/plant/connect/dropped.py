"""A folder into which machines lay files: pictures, sounds, bursts; each file once, oldest first."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

MOST = 200_000
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload")
_PLACE = re.compile(r"\{(part|view|time|_)\}")


@dataclass(frozen=True, slots=True)
class Found:
    """A file: its name below the folder, when it changed [ns], its size, and what its name tells."""

    name: str
    changed: int
    size: int
    part: str
    view: str
    time: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files of a folder are taken: by their endings and a pattern of names; `zone` of times in names."""

    endings: tuple[str, ...]
    pattern: str = "*"
    zone: str = "UTC"
    deep: bool = False


def dropped(folder: Path, wanted: Wanted) -> list[Found]:
    """The files there, oldest first, at most 200,000; names that do not fit the pattern are passed over."""
    found = []
    for path, about in _files(folder, deep=wanted.deep):
        name = path.relative_to(folder).as_posix()
        told = words_in(name, wanted.pattern, wanted.endings)
        if told is not None and "\n" not in name:
            moment = moment_of(told.get("time", ""), wanted.zone) or about.st_mtime_ns
            found.append(Found(name, about.st_mtime_ns, about.st_size, told.get("part", ""), told.get("view", ""), moment))  # fmt: skip
            if len(found) >= MOST:
                break
    return sorted(found, key=lambda one: (one.time, one.name))


def words_in(name: str, pattern: str, endings: tuple[str, ...]) -> dict[str, str] | None:
    """What stands in the places of a pattern, None if the name is another; `*` is anything within a name.

    >>> words_in("A-17_top_20260102T030405.png", "{part}_{view}_{time}.png", (".png",))
    {'part': 'A-17', 'view': 'top', 'time': '20260102T030405'}
    >>> words_in("list.csv", "*", (".png",)) is None
    True
    """
    plain = name.lower()
    if not plain.endswith(endings) or plain.endswith(UNFINISHED):
        return None
    depth = pattern.count("/") + 1
    found = _compiled(pattern).fullmatch("/".join(name.split("/")[-depth:]))
    return None if found is None else found.groupdict()


def moment_of(word: str, zone: str) -> int:
    """Time [ns since 1970 UTC] that digits tell: 20260102T030405(.678), seconds or milliseconds; 0 if none.

    >>> moment_of("2026-01-02_03-04-05", "UTC") == 1_767_323_045 * 10**9
    True
    >>> moment_of("20260102030405123", "Asia/Seoul") == 1_767_290_645_123 * 10**6
    True
    >>> moment_of("1767323045", "UTC") == 1_767_323_045 * 10**9, moment_of("lot7", "UTC")
    (True, 0)
    """
    digits = re.sub(r"\D", "", word)
    try:
        if len(digits) in (10, 13):
            return int(digits) * (10**9 if len(digits) == 10 else 10**6)
        if 14 <= len(digits) <= 23:
            at = UTC if zone.upper() == "UTC" else ZoneInfo(zone)
            whole = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=at)
            return int(whole.timestamp()) * 10**9 + int((digits[14:] or "0").ljust(9, "0"))
    except (ValueError, OverflowError):
        pass
    return 0


@lru_cache(16)
def _compiled(pattern: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def written(part: str) -> str:
        place = _PLACE.fullmatch(part)
        if place is None:
            return {"*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
        word = place.group(1)
        if word == "_" or word in seen:
            return "[^/]+?"
        seen.add(word)
        return f"(?P<{word}>[^/]+?)"

    parts = re.split(r"(\{[^{}]*\}|\*|\?)", pattern)
    return re.compile("".join(written(part) for part in parts), re.IGNORECASE)


def _files(folder: Path, *, deep: bool) -> Iterator[tuple[Path, os.stat_result]]:
    """Files below a folder but hidden ones; what vanishes meanwhile is passed over, links are not followed."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(here))
        except FileNotFoundError:
            if here == folder:
                raise
            continue
        else:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                with suppress(FileNotFoundError):
                    if entry.is_dir(follow_symlinks=False):
                        if deep:
                            waiting.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        yield Path(entry.path), entry.stat()


class Notebook:
    """Which files were read: a line each, `changed size name`, appended after their samples are on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, tuple[int, int]] = {}
        with suppress(FileNotFoundError):
            for line in path.read_text("utf-8", "replace").splitlines():
                self._take(line)

    def new(self, found: list[Found]) -> list[Found]:
        """Those that are not written down as they are now."""
        return [one for one in found if self._read.get(one.name) != (one.changed, one.size)]

    def done(self, read: list[Found]) -> None:
        """Write down."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            for one in read:
                self._read[one.name] = (one.changed, one.size)
                file.write(f"{one.changed} {one.size} {one.name}\n")

    def forget(self, there: list[Found]) -> None:
        """Let go of files that are gone, once they are more than those that are there."""
        if len(self._read) <= 2 * len(there) + 1000:
            return
        names = {one.name for one in there}
        self._read = {name: about for name, about in self._read.items() if name in names}
        beside = self.path.with_suffix(".tmp")
        lines = [f"{changed} {size} {name}\n" for name, (changed, size) in self._read.items()]
        beside.write_text("".join(lines), "utf-8")
        beside.replace(self.path)

    def _take(self, line: str) -> None:
        changed, _, rest = line.partition(" ")
        size, _, name = rest.partition(" ")
        if changed.isdecimal() and size.isdecimal() and name:
            self._read[name] = (int(changed), int(size))


def stands(found: Found, settle: float) -> bool:
    """Whether a file has not changed for so long [s]."""
    return abs(time.time() - found.changed / 1e9) >= settle
