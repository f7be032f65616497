"""The parts of the configuration: what each file holds, how its rows are checked and kept.

The inventory brings types, equipment, signals and sources; a room above brings its own by `register_part`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from dure.plant.inventory.acts import KEEPERS, Records, Row, keep_part
from dure.vocabulary import Text

World = Mapping[str, set[str]]
"""Keys that each part will have after the import."""
Problem = tuple[str, Text]
"""The field that is wrong, and why."""


class Part(Protocol):
    """One file of the configuration."""

    @property
    def name(self) -> str:
        """Its name, which is the file's too."""

    def rows(self) -> dict[str, Row]:
        """What there is now, as the file has it: fields at their default are left out."""

    def problems(self, key: str, row: Row, world: World) -> Iterator[Problem]:
        """What is wrong with a row of a file."""

    def kept(self, key: str, row: Row) -> Row | None:
        """The row as its keeper writes it; None takes it away."""

    def gone(self, key: str) -> Row | None:
        """What is kept of a row that is no longer in the file; None takes it away."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record in a file: the attribute it is kept in, its type, its default, how it is checked.

    `refers` names the part in which its value must be a key; `written` and `read` turn a kept value into the
    file's and back.
    """

    attribute: str
    kind: tuple[type, ...] = (str,)
    default: Any = ""
    longest: int = 300
    choices: tuple[str, ...] = ()
    refers: str = ""
    check: Callable[[Any], Text | None] = lambda _value: None
    written: Callable[[Any], Any] = lambda value: value
    read: Callable[[Any], Any] = lambda value: value

    def problem(self, value: Any, world: World) -> Text | None:
        """Why a value of a file cannot be kept, or None."""
        if not isinstance(value, self.kind) or (isinstance(value, bool) and bool not in self.kind):
            names = " | ".join(
                {"str": "text", "dict": "names", "list": "list"}.get(k.__name__, k.__name__)
                for k in self.kind
            )
            return Text(f"not of the kind {names}", f"{names} 형식이 아닙니다")
        if isinstance(value, str) and len(value) > self.longest:
            return Text(f"longer than {self.longest}", f"{self.longest}자보다 깁니다")
        if self.choices and value not in self.choices:
            return Text(
                f"not one of {', '.join(self.choices)}", f"다음 중 하나가 아닙니다: {', '.join(self.choices)}"
            )
        if self.refers and value and value not in world.get(self.refers, set()):
            return Text(
                f"there is no “{value}” in {self.refers}", f"{self.refers}에 “{value}”이(가) 없습니다"
            )
        return self.check(value)


@dataclass(frozen=True, slots=True)
class RecordPart:
    """A part that is kept in records of a Django model.

    What is taken out of the file is taken away.
    """

    name: str
    records: Records
    fields: Mapping[str, Field]

    def rows(self) -> dict[str, Row]:
        """What there is now."""
        from dure.plant.inventory.acts import plain

        every = self.records.model._default_manager.values("pk", *self.records.fields)  # noqa: SLF001 - its documented name
        return {str(one.pop("pk")): self._written(one) for one in map(plain, every.order_by("pk"))}

    def _written(self, kept: Row) -> Row:
        told = {name: one.written(kept[one.attribute]) for name, one in self.fields.items()}
        return {name: value for name, value in told.items() if value != self.fields[name].default}

    def problems(self, key: str, row: Row, world: World) -> Iterator[Problem]:
        """What is wrong with a row of a file."""
        if not key or len(key) > 400:
            yield "", Text("the name is empty or too long", "이름이 비었거나 너무 깁니다")
        for name, value in row.items():
            if name not in self.fields:
                yield name, Text(f"there is no field “{name}”", f"“{name}” 항목이 없습니다")
            elif (why := self.fields[name].problem(value, world)) is not None:
                yield name, why

    def kept(self, key: str, row: Row) -> Row | None:  # noqa: ARG002 - other parts need the key
        """The row as its keeper writes it."""
        return {one.attribute: one.read(row.get(name, one.default)) for name, one in self.fields.items()}

    def gone(self, key: str) -> Row | None:  # noqa: ARG002 - other parts need the key
        """Nothing stays of it."""
        return None


_PARTS: dict[str, Part] = {}


def register_part(part: Part) -> None:
    """Add a part of another room (event definitions): it is written, compared and taken in with the rest."""
    _PARTS[part.name] = part
    if isinstance(part, RecordPart) and part.name not in KEEPERS:
        keep_part(part.name, part.records)


def parts() -> list[Part]:
    """All parts, those that others refer to first."""
    _own()
    return list(_PARTS.values())


@cache
def _own() -> None:
    from dure.plant.inventory.configuration import own

    theirs = dict(_PARTS)
    _PARTS.clear()
    for part in own.parts():
        register_part(part)
    _PARTS.update(theirs)
