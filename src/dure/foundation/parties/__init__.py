"""Parties: who takes part. People who sign in, the organisations they act for, and the roles they hold."""

from typing import TYPE_CHECKING, Any

from dure.foundation.parties.rules import OFFICES, RANKS, covers

if TYPE_CHECKING:
    from dure.foundation.parties.accounts import LastOwner, invite, set_active, set_password, set_role
    from dure.foundation.parties.models import Organisation, Person, Role
    from dure.foundation.parties.people import (
        DelegationRefused,
        FirstRunOver,
        create_first_owner,
        delegate,
        first_run,
        give_role,
        has_role,
        known_as,
        roles_of,
        setup_token,
    )

__all__ = [
    "OFFICES",
    "RANKS",
    "DelegationRefused",
    "FirstRunOver",
    "LastOwner",
    "Organisation",
    "Person",
    "Role",
    "covers",
    "create_first_owner",
    "delegate",
    "first_run",
    "give_role",
    "has_role",
    "invite",
    "known_as",
    "roles_of",
    "set_active",
    "set_password",
    "set_role",
    "setup_token",
]
_WHERE = {
    **dict.fromkeys(("Organisation", "Person", "Role"), "models"),
    **dict.fromkeys(("LastOwner", "invite", "set_active", "set_password", "set_role"), "accounts"),
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE.get(name, 'people')}"), name)
