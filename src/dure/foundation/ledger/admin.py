"""The ledger on the administration pages: to be read."""

from typing import Any

from django.contrib import admin

from dure.foundation.ledger.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django takes no parameter at run time
    """Entries, newest first; nobody adds, changes or removes one here."""

    list_display = ("index", "at", "who", "what", "object")
    list_filter = ("what",)
    search_fields = ("who", "object")
    ordering = ("-index",)

    def has_add_permission(self, *_request: Any) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, *_request: Any, **_kwargs: Any) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, *_request: Any, **_kwargs: Any) -> bool:
        """Nobody."""
        return False
