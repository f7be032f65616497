"""Where `signal:` names are read from: whoever holds a node's signals lends its reader to the commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dure.science.prepare.reading import SignalReader

_lent: "ContextVar[SignalReader | None]" = ContextVar("signals", default=None)


def lent() -> "SignalReader | None":
    """The reader in force; None where there is no node."""
    return _lent.get()


@contextmanager
def signals_from(reader: "SignalReader") -> Iterator[None]:
    """Read `signal:` names by `reader` inside the `with` block, where no other is given."""
    token = _lent.set(reader)
    try:
        yield
    finally:
        _lent.reset(token)
