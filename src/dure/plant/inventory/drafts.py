"""A source that is being set up: what was typed, what was found, what is ticked; kept in files until it is saved.

The files lie in `home/drafts`, readable by the node alone, the password apart from the rest. Nothing that a person
typed is lost when a source refuses, and a draft that nobody saved is gone after a day.
"""

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from dure.plant.connect import Source, write_private
from dure.vocabulary import InputError, Signal, Text

LIFE = 86_400.0  # s
MOST = 200


class DraftGone(InputError):
    """A draft that was saved or has grown too old."""

    key = "draft-gone"
    says = Text("The draft “{where}” is no longer here.", "“{where}” 초안이 더 이상 없습니다.")
    remedy = Text("Begin again with: connect a source.", "데이터 소스 연결에서 다시 시작해 주세요.")


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft: `of` is the source that it changes, empty for a new one; `facts` who answered."""

    token: str
    person: int
    name: str
    url: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    buffer: float = 0.0
    when_full: str = "hold"

    @property
    def source(self) -> Source:
        """The draft as a source with all its signals."""
        return Source(self.name, self.url, self.settings, buffer=self.buffer, when_full=self.when_full)


def begin(  # noqa: PLR0913 - what a draft is made of
    home: Path,
    person: int,
    source: Source,
    *,
    of: str = "",
    facts: Mapping[str, Any] | None = None,
    password: str | None = None,
) -> Draft:
    """A new draft of `source`."""
    sweep(home)
    draft = Draft(
        secrets.token_hex(8), person, source.id, source.url, dict(source.settings), of, dict(facts or {}),
        source.buffer, source.when_full,
    )  # fmt: skip
    _keep(_file(home, draft.token, "json"), asdict(draft))
    if password is not None:
        write_private(_file(home, draft.token, "password"), password.encode())
    return draft


def find(home: Path, token: str, person: int) -> Draft:
    """The draft of that person.

    Raises
    ------
    DraftGone
    """
    try:
        draft = Draft(**json.loads(_file(home, token, "json").read_bytes()))
    except (OSError, ValueError, TypeError):
        raise DraftGone(token[:20]) from None
    if draft.person != person:
        raise DraftGone(token[:20])
    return draft


def password_of(home: Path, draft: Draft) -> str | None:
    """The password given with a draft."""
    with suppress(OSError):
        return _file(home, draft.token, "password").read_text()
    return None


def keep_signals(home: Path, draft: Draft, signals: Iterable[Signal]) -> None:
    """Keep what was found when the source was browsed."""
    rows = [[getattr(one, name) for name in Signal.__dataclass_fields__] for one in signals]
    _keep(_file(home, draft.token, "signals"), rows)


def signals_of(home: Path, draft: Draft) -> tuple[Signal, ...] | None:
    """What was found; None before the source was browsed."""
    path = _file(home, draft.token, "signals")
    try:
        return _signals(path, path.stat().st_mtime_ns)
    except OSError:
        return None


def keep_ticks(home: Path, draft: Draft, ticked: Iterable[str]) -> None:
    """Keep which signals are ticked."""
    _keep(_file(home, draft.token, "ticks"), sorted(ticked))


def ticks_of(home: Path, draft: Draft) -> set[str]:
    """Ids of the signals that are ticked."""
    with suppress(OSError, ValueError):
        return set(json.loads(_file(home, draft.token, "ticks").read_bytes()))
    return set()


def forget(home: Path, draft: Draft) -> None:
    """Remove a draft."""
    for path in (home / "drafts").glob(f"{draft.token}.*"):
        path.unlink(missing_ok=True)


def sweep(home: Path, now: float | None = None) -> None:
    """Remove drafts that are older than a day, and the oldest above `MOST`."""
    moment = time.time() if now is None else now
    heads = sorted((home / "drafts").glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for place, path in enumerate(heads):
        if place >= MOST or moment - path.stat().st_mtime > LIFE:
            for part in path.parent.glob(f"{path.stem}.*"):
                part.unlink(missing_ok=True)


@lru_cache(maxsize=4)
def _signals(path: Path, _mark: int) -> tuple[Signal, ...]:
    return tuple(Signal(*row) for row in json.loads(path.read_bytes()))


def _keep(path: Path, content: Any) -> None:
    write_private(path, json.dumps(content, ensure_ascii=False).encode())


def _file(home: Path, token: str, ending: str) -> Path:
    if not (0 < len(token) <= 32 and token.isalnum()):
        raise DraftGone(token[:20])
    return home / "drafts" / f"{token}.{ending}"
