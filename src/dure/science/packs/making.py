"""How a feature written over signal ids becomes a step over a table's own columns, with units minded."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from dure.vocabulary import Text, UnknownUnit, same_kind, ucum

_REFERENCE = re.compile(r"\[(\w+)\]")


class Quantity(Protocol):
    """What a formula makes: its column, its names, its unit, and the formula over signal ids."""

    @property
    def id(self) -> str:
        """Name of the column."""

    @property
    def name(self) -> Text:
        """Name for people."""

    @property
    def ucum(self) -> str:
        """Unit of the column."""

    @property
    def formula(self) -> str:
        """The formula over signal ids."""


def signals_in(formula: str) -> tuple[str, ...]:
    """Ids of the signals that a formula is made of, in its order, each once.

    >>> signals_in("=[torque]*[speed]+[torque]")
    ('torque', 'speed')
    """
    return tuple(dict.fromkeys(_REFERENCE.findall(formula)))


def step_for(
    quantity: Quantity,
    here: Mapping[str, Sequence[str]],
    wanted: Mapping[str, str],
    units: Mapping[str, str],
    many: frozenset[str] = frozenset(),
) -> Mapping[str, str]:
    """The step `table.formula` that makes a quantity; empty where a signal of it is not there, or is something else.

    Parameters
    ----------
    quantity
        What is made.
    here
        Columns that hold each signal, by its id.
    wanted
        Unit (UCUM) of each signal, as the formula takes it.
    units
        Unit of a column, where it is known; an unknown one is taken for the signal's.
    many
        Signals held by several columns at once, of which two are the least.
    """
    arguments = {}
    for name in signals_in(quantity.formula):
        columns = here.get(name, ())
        if len(columns) < (2 if name in many else 1):
            return {}
        parts = [converted(column, units.get(column, ""), wanted[name]) for column in columns]
        if not all(parts):
            return {}
        arguments[name] = ",".join(parts)
    return {
        "step": "table.formula",
        "column": quantity.id,
        "formula": _REFERENCE.sub(lambda found: arguments[found[1]], quantity.formula),
        "unit": quantity.ucum,
        "title": quantity.name.en,
        "title_ko": quantity.name.ko,
    }


def converted(column: str, unit: str, wanted: str) -> str:
    """A column in brackets, converted from a known unit to the wanted one; empty for another kind of quantity.

    >>> converted("oil", "Cel", "K"), converted("oil", "bar", "K")
    ('CONVERT([oil],"Cel","K")', '')
    """
    written = f"[{column.replace(']', ']]')}]"
    try:
        known = ucum(unit) if unit else wanted
    except UnknownUnit:
        known = wanted
    if known == wanted:
        return written
    return f'CONVERT({written},"{known}","{wanted}")' if same_kind(known, wanted) else ""
