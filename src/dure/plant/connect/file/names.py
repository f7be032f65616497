"""Names of files: which are read, and which of their words are readings themselves (a part, a channel)."""

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ENDINGS = (
    ".csv", ".txt", ".dat", ".tsv", ".parquet", ".pq", ".xlsx", ".xlsm", ".xls", ".json", ".jsonl", ".ndjson",
    ".lvm", ".log", ".gz", ".bz2", ".xz", ".zip",
)  # fmt: skip
# Names under which programs write what they rename when it is whole.
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
DONE = "done"
MOST = 200_000  # files looked at
_WORD = re.compile(r"\{([A-Za-z가-힣][\w가-힣-]{0,39})\}")


def scan(folder: Path, pattern: str, *, deep: bool) -> Iterator[tuple[Path, os.stat_result]]:
    """Files below a folder that may be tables, in no order; at most `MOST`."""
    wanted = pattern or "*"
    count = 0
    for path, about in _walk(folder, deep=deep or "/" in wanted):
        name = path.relative_to(folder).as_posix()
        if _is_wanted(name, wanted, named=bool(pattern)):
            count += 1
            if count > MOST:
                return
            yield path, about


def words_in(name: str, pattern: str) -> dict[str, str]:
    """What stands in the places of a pattern; empty where the name is another. `*` is anything.

    >>> words_in("2026/Form-CH01_short.csv", "{batch}-{channel}_*.csv")
    {'batch': 'Form', 'channel': 'CH01'}
    >>> words_in("notes.txt", "{batch}-{channel}_*.csv")
    {}
    """
    if not pattern:
        return {}
    depth = pattern.count("/") + 1
    found = _compiled(pattern).fullmatch("/".join(name.split("/")[-depth:]))
    labels = _WORD.findall(pattern)
    return dict(zip(labels, found.groups(), strict=True)) if found else {}


def labels_of(pattern: str) -> list[str]:
    """Names of the places in a pattern, each once."""
    return list(dict.fromkeys(_WORD.findall(pattern)))


@lru_cache(64)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^{}]*\}|\*+|\?)", pattern)
    written = {"?": "[^/]"}
    return re.compile(
        "".join(
            "([^/]+?)"
            if _WORD.fullmatch(part)
            else "[^/]*"
            if part.startswith("*")
            else written.get(part, re.escape(part))
            for part in parts
        )
    )


def _walk(folder: Path, *, deep: bool) -> Iterator[tuple[Path, os.stat_result]]:
    """Files below a folder, without hidden ones and `done/`; what vanishes meanwhile is passed over."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(here))
        except FileNotFoundError:
            if here == folder:
                raise
            continue
        for entry in entries:
            if entry.name.startswith((".", "~$")):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if deep and not (here == folder and entry.name == DONE):
                        waiting.append(Path(entry.path))
                elif entry.is_file():
                    yield Path(entry.path), entry.stat()
            except FileNotFoundError:
                continue


def _is_wanted(name: str, pattern: str, *, named: bool) -> bool:
    plain = name.rpartition("/")[2].lower()
    if plain.endswith(UNFINISHED):
        return False
    if named:
        return _glob(pattern).fullmatch(name) is not None or (
            "/" not in pattern and _glob(pattern).fullmatch(name.rpartition("/")[2]) is not None
        )
    # a logger's rotated file: line.csv.1, line.log.2026-01-01
    return any(f"{ending}." in plain or plain.endswith(ending) for ending in ENDINGS)


@lru_cache(64)
def _glob(pattern: str) -> re.Pattern[str]:
    """A pattern in which `**/` is any folders, `*` and `?` stay within one name."""
    written = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(written.get(part, re.escape(part)) for part in parts), re.IGNORECASE)
