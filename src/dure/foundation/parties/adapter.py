"""How allauth treats our people: nobody signs up by themselves, an owner invites."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """Sign-in for people who were given an account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: accounts are given by an owner."""
        del request
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Keep the user name as it was given."""
