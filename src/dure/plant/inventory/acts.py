"""What a person does to the inventory is one change: whole or not at all, in the ledger, and can be taken back."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from dure.foundation.ledger import record
from dure.plant.inventory.models import Alias, Change, Equipment, EquipmentType, Signal
from dure.vocabulary import InputError, NotPermitted, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

Row = dict[str, Any]
# The ledger names this many of the things that a change touched; the change itself holds all.
NAMED = 20


class RoleTooSmall(NotPermitted):
    """A person without the role that mending the inventory takes."""

    key = "inventory-role-missing"
    says = Text(
        "Changing {where} takes the role engineer.", "{where}을(를) 바꾸려면 엔지니어 역할이 필요합니다."
    )
    remedy = Text("Ask an engineer.", "엔지니어에게 요청하세요.")


class ChangeOvertaken(InputError):
    """A change that cannot be taken back because what it wrote has been changed since."""

    key = "change-overtaken"
    says = Text(
        "This change cannot be taken back: {where} was changed again since.",
        "이 변경은 되돌릴 수 없습니다. 그 뒤에 {where}이(가) 다시 바뀌었습니다.",
    )
    remedy = Text("Take the later change back first.", "나중 변경을 먼저 되돌리세요.")


class StillInUse(InputError):
    """Something that cannot be taken away because other records stand on it."""

    key = "inventory-in-use"
    says = Text("{where} is still in use: {by}.", "{where}은(는) 아직 사용 중입니다: {by}.")
    remedy = Text("Move or remove those first.", "그것부터 옮기거나 지우세요.")


class Keeper(Protocol):
    """Where a part of the inventory is kept, row by row, as plain JSON."""

    def read(self, key: str) -> Row | None:
        """The row of that key, or None."""

    def write(self, key: str, row: Row | None) -> None:
        """Put the row there; None takes it away."""


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of a Django model: the named fields, as JSON has them."""

    model: type[models.Model]
    fields: tuple[str, ...]

    def read(self, key: str) -> Row | None:
        """The fields of one record."""
        found = self.model._default_manager.filter(pk=key).values(*self.fields).first()  # noqa: SLF001 - its documented name
        return None if found is None else plain(found)

    def write(self, key: str, row: Row | None) -> None:
        """Make, change or take away one record."""
        if row is None:
            self._drop(key)
            return
        held = self.model._default_manager.filter(pk=key).first()  # noqa: SLF001 - its documented name
        record_ = held or self.model(pk=key)
        for name, value in row.items():
            column: Any = self.model._meta.get_field(name)  # noqa: SLF001 - its documented name
            setattr(record_, name, column.to_python(value))
        record_.save(force_insert=held is None)

    def _drop(self, key: str) -> None:
        try:
            self.model._default_manager.filter(pk=key).delete()  # noqa: SLF001 - its documented name
        except ProtectedError as refused:
            named = sorted(str(one.pk) for one in refused.protected_objects)[:5]
            raise StillInUse(key, by=", ".join(named)) from refused


class Aliases(Records):
    """Aliases of renamed tags; the description of their source follows them."""

    def write(self, key: str, row: Row | None) -> None:
        """Write one alias, and hand the source what its collector needs."""
        from dure.plant.inventory.renames import map_at_source

        held = self.read(key) or row or {}
        Records.write(self, key, row)
        map_at_source(str(held.get("source", "")))


SIGNAL_FACTS = (
    "source", "name", "address", "unit", "unit_source", "suggested_unit", "semantic_id", "equipment",
    "signal_class", "low", "high", "owner_id", "said", "confirmed_by_id", "confirmed_at", "kind",
)  # fmt: skip
# What measuring writes again whenever it likes: no later word of a person.
MEASURED = frozenset({"name", "address", "suggested_unit", "kind", "source"})
TYPE_FACTS = ("title_ko", "title_en", "parent_id", "template", "parameters", "signals")
EQUIPMENT_FACTS = (
    "title_ko", "title_en", "level", "parent_id", "type_id", "parameters", "nameplate", "source", "prefix",
    "owner_id", "confirmed",
)  # fmt: skip
KEEPERS: dict[str, Keeper] = {
    "types": Records(EquipmentType, TYPE_FACTS),
    "equipment": Records(Equipment, EQUIPMENT_FACTS),
    "signals": Records(Signal, SIGNAL_FACTS),
    "aliases": Aliases(Alias, ("old", "source", "since")),
}
"""Where each part is kept; a room above adds its own by `keep_part`."""


def plain(row: Mapping[str, Any]) -> Row:
    """The row as it comes back out of JSON."""
    read: Row = json.loads(json.dumps(dict(row), cls=DjangoJSONEncoder))
    return read


@dataclass(slots=True)
class Writing:
    """A change being made: every row goes through `put`, which keeps what stood there before."""

    rows: list[Row] = field(default_factory=list)
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    def put(self, part: str, key: str, row: Mapping[str, Any] | None) -> bool:
        """Write one row (None: take it away); whether that changed anything."""
        keeper = KEEPERS[part]
        before = keeper.read(key)
        after = None if row is None else plain({**(before or {}), **row})
        if before == after:
            return False
        keeper.write(key, after)
        self.rows.append({"part": part, "key": key, "before": before, "after": keeper.read(key)})
        return True


@contextmanager
def change(by: "Person", what: str, says: Text) -> Iterator[Writing]:
    """One change in a person's name: all rows or none, a `Change` to take back, and a ledger entry.

    Raises
    ------
    RoleTooSmall
        If `by` is neither engineer nor owner.
    """
    if not by.has_role("engineer"):
        raise RoleTooSmall(str(says))
    writing = Writing()
    with transaction.atomic():
        yield writing
        if writing.rows:
            made = Change.objects.create(
                by=by, what=what, says_en=says.en[:300], says_ko=says.ko[:300], rows=writing.rows
            )
            record(f"person:{by.pk}", f"inventory.{what}", f"change:{made.pk}", _told(writing.rows))
    for act in writing.afterwards:
        act()


def undo(made: Change, by: "Person") -> Change:
    """Take a change back, in a person's name.

    Raises
    ------
    RoleTooSmall
    ChangeOvertaken
        If a row it wrote was changed since, or it was taken back already.
    StillInUse
        If something it made is used by now.
    """
    if not by.has_role("engineer"):
        raise RoleTooSmall(str(made))
    with transaction.atomic():
        held = Change.objects.select_for_update().get(pk=made.pk)
        if held.undone_at is not None:
            raise ChangeOvertaken(str(held))
        for row in reversed(held.rows):
            _take_back(KEEPERS[row["part"]], **row)
        held.undone_by, held.undone_at = by, timezone.now()
        held.save()
        record(f"person:{by.pk}", "inventory.taken-back", f"change:{held.pk}", _told(held.rows))
    return held


def _take_back(keeper: Keeper, part: str, key: str, before: Row | None, after: Row | None) -> None:
    """Put one row back as it was, if what the change wrote still stands there."""
    now = keeper.read(key)
    if (now is None) != (after is None):
        raise ChangeOvertaken(key)
    wrote = {name for name in after or {} if (before or {}).get(name, _NOTHING) != (after or {})[name]}
    if any((now or {}).get(name) != (after or {})[name] for name in wrote - MEASURED):
        raise ChangeOvertaken(key)
    if before is None or after is None:
        keeper.write(key, before)
    else:
        keeper.write(
            key,
            {name: value for name, value in before.items() if name in wrote} if part != "sources" else before,
        )


_NOTHING = object()


def _told(rows: list[Row]) -> Row:
    return {"rows": len(rows), "of": [f"{row['part']}:{row['key']}" for row in rows[:NAMED]]}


def keep_part(name: str, keeper: Keeper) -> None:
    """Let changes write a part of another room (event definitions); called when that room is loaded."""
    KEEPERS[name] = keeper
