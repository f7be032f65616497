"""Parties: who takes part. People who sign in, the organisations they act for, and the roles they hold."""

from typing import TYPE_CHECKING, Any

from dure.foundation.parties.rules import RANKS, covers

if TYPE_CHECKING:
    from dure.foundation.parties.models import Organisation, Person, Role
    from dure.foundation.parties.people import (
        FirstRunOver,
        create_first_owner,
        first_run,
        give_role,
        has_role,
        roles_of,
        setup_token,
    )

__all__ = [
    "RANKS",
    "FirstRunOver",
    "Organisation",
    "Person",
    "Role",
    "covers",
    "create_first_owner",
    "first_run",
    "give_role",
    "has_role",
    "roles_of",
    "setup_token",
]
_MODELS = {"Organisation", "Person", "Role"}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{'models' if name in _MODELS else 'people'}"), name)
