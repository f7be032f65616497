"""Words for people, in English and Korean, beside the thing they describe.

Pages translate with Django's catalogues; what must speak without Django (an error, a finding, the label of
a step's field, a pack's signal) carries both languages as one `Text`.
"""

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_chosen: ContextVar[str | None] = ContextVar("language", default=None)


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in both languages, with `{places}` for facts.

    >>> gap = Text("{count} samples are missing.", "측정값 {count}개가 빠졌습니다.")
    >>> with use_language("ko"):
    ...     print(gap.format(count=12))
    측정값 12개가 빠졌습니다.
    """

    en: str
    ko: str

    def __str__(self) -> str:
        """The sentence in the language in force."""
        return self.ko if language() == "ko" else self.en

    def format(self, **facts: object) -> str:
        """The sentence in the language in force, its places filled with `facts`."""
        return str(self).format(**facts)


def language() -> str:
    """Language in force, `en` or `ko`: the one chosen here, else `$DURE_LANG`, else the system's."""
    named = _chosen.get() or os.environ.get("DURE_LANG") or _system_language()
    return "ko" if named.lower().startswith("ko") else "en"


def _system_language() -> str:
    return os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or "en"


@contextmanager
def use_language(name: str) -> Iterator[None]:
    """Speak `name` (`en` or `ko`) inside the `with` block."""
    token = _chosen.set(name)
    try:
        yield
    finally:
        _chosen.reset(token)
