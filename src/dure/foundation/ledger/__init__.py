"""Ledger: an append-only Merkle log of what was done, by whom, to what (RFC 9162), with signed checkpoints."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dure.foundation.ledger.tree import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    proves_consistency,
    proves_inclusion,
    root,
)

if TYPE_CHECKING:
    from dure.foundation.ledger.book import checkpoint, forget, record
    from dure.foundation.ledger.models import Entry
    from dure.foundation.ledger.verification import LedgerBroken, Report, verify

__all__ = [
    "Entry",
    "Frontier",
    "LedgerBroken",
    "Report",
    "checkpoint",
    "consistency_proof",
    "forget",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "proves_consistency",
    "proves_inclusion",
    "record",
    "root",
    "verify",
]
_WHERE = {
    "Entry": "models",
    "LedgerBroken": "verification",
    "Report": "verification",
    "checkpoint": "book",
    "forget": "book",
    "record": "book",
    "verify": "verification",
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found
    return found
