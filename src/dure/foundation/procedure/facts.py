"""Formulas over single facts: guards, fills, terms of a score. The sheet's language, one row.

No function that looks elsewhere (a model, a file) is in the table: a procedure's answer depends on its facts alone.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from dure.foundation.procedure.refusals import FactAbsent, ResultWrong
from dure.foundation.procedure.written import Document, Place
from dure.science.formula import FUNCTIONS, Formula, FormulaWrong, Kind, parse

Value = float | str | bool | datetime | None
Facts = Mapping[str, Value]
Kinds = Mapping[str, Kind]


@lru_cache(1024)
def formula(text: str) -> Formula:
    """The formula, read once; raises `FormulaWrong`."""
    return parse(text, FUNCTIONS)


def check(text: str, kinds: Kinds, want: str) -> Formula:
    """The formula, its names and types checked, and that it gives what is wanted.

    Raises
    ------
    FormulaWrong
        With the position of what is wrong.

    Examples
    --------
    >>> check("=[rows]>=1000", {"rows": Kind("number")}, "yes-no").columns
    ('rows',)
    """
    found = formula(text)
    kind = found.checked(kinds).kind
    if kind.type != want and {kind.type, want} != {"number", "yes-no"}:
        raise ResultWrong(text[:60], formula=text, want=want, got=kind.type)
    return found


def reckon(text: str, facts: Facts, kinds: Kinds) -> Value:
    """What a formula gives over the facts; None where what it needs is missing.

    Parameters
    ----------
    facts
        Values by name; what is absent or None is missing.
    kinds
        Kind of each name that may occur: also of those that are missing now.

    Raises
    ------
    FormulaWrong
        If it names something that is no fact of this procedure, or types clash.

    Examples
    --------
    >>> kinds = {"rows": Kind("number"), "kind": Kind("text")}
    >>> reckon('=IF([kind]="table", [rows]/1000, 0)', {"rows": 57_631, "kind": "table"}, kinds)
    57.631
    >>> reckon("=[rows]>1000", {}, kinds) is None
    True
    """
    import polars as pl

    found = formula(text)
    frame = pl.DataFrame(
        {name: [_plain(facts.get(name), kinds.get(name))] for name in found.columns} or {"nothing": [0.0]},
        schema_overrides={name: _TYPES[kinds[name].type] for name in found.columns if name in kinds},
    )
    value = found.checked(kinds).evaluate(frame).to_list()[0]
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN is missing too


def require(document: Document, place: Place, text: str, kinds: Kinds, want: str) -> None:
    """`check`, with the line at which the formula stands; raises `ProcedureWrong`."""
    try:
        check(text, kinds, want)
    except FormulaWrong as refused:
        raise document.wrong(place, refused.message, refused.message) from refused


def holds(text: str, facts: Facts, kinds: Kinds) -> bool:
    """Whether a condition is met; raises `FactAbsent` if what it needs is not known."""
    value = reckon(text, facts, kinds)
    if value is None:
        absent = [name for name in formula(text).columns if facts.get(name) is None]
        raise FactAbsent(", ".join(absent) or text)
    return bool(value)


def _plain(value: Any, kind: Kind | None) -> Any:
    """Days are the times at which they begin: the formula language knows one kind of time."""
    if isinstance(value, str) and kind is not None and kind.type == "time":
        return datetime.fromisoformat(value).replace(tzinfo=None)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day of the calendar, of no zone
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _types() -> dict[str, Any]:
    import polars as pl

    return {"number": pl.Float64, "text": pl.String, "yes-no": pl.Boolean, "time": pl.Datetime("us")}


_TYPES = _types()
