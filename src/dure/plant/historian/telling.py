"""The node's ledger, told by a command what a person had the historian do."""

from collections.abc import Mapping
from typing import Any


def tell(what: str, about: str, facts: Mapping[str, Any]) -> bool:
    """Write `historian.<what>` to the ledger; False where no node has ever run at this home.

    The words of a person (`by`, `reason`) are kept apart from the tree, so that they can be forgotten.
    """
    try:
        import django
        from django.db import DatabaseError

        django.setup()
    except ImportError:
        return False
    from dure.foundation.ledger import Entry, record

    try:
        Entry.objects.exists()
    except DatabaseError:
        return False
    personal = [name for name in ("by", "reason") if name in facts]
    record("command", f"historian.{what}", about, facts, personal=personal)
    return True
