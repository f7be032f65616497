"""Definitions changed by a person: written to their file, told to the ledger (IEC 62682, management of change)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from dure.foundation.ledger import record
from dure.plant.alarms.definition import Definition
from dure.plant.alarms.files import folder, read_definitions, save, written
from dure.plant.alarms.refusals import AlarmUnknown, DefinitionTaken, RoleTooNarrow
from dure.vocabulary import Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person


def define(definition: Definition, by: "Person", *, new: bool) -> None:
    """Write a definition in a person's name.

    Raises
    ------
    RoleTooNarrow, DefinitionWrong
    DefinitionTaken
        If it is new and its id is not.
    """
    if not by.has_role("engineer"):
        raise RoleTooNarrow(str(Text("Defining an alarm", "알람 정의")), role="engineer")
    known = read_definitions(folder(home()))
    if new and any(one.id == definition.id for one in known):
        raise DefinitionTaken(definition.id)
    save(home(), definition, known)
    record(f"person:{by.pk}", "alarm.defined", f"alarm:{definition.id}", {"definition": written(definition)})


def switch(id: str, by: "Person", *, on: bool) -> Definition:  # noqa: A002 - the word everyone uses
    """Switch a definition on or off. Raises `AlarmUnknown`, `RoleTooNarrow`."""
    one = next((one for one in read_definitions(folder(home())) if one.id == id), None)
    if one is None:
        raise AlarmUnknown(id)
    made = replace(one, enabled=on)
    define(made, by, new=False)
    return made
