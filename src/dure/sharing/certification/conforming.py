"""Conformity to standards of data, by the same machinery as quality: a share of what is as it should be, and what is not.

Units are UCUM codes; semantic ids have the shape of an ECLASS or IEC CDD IRDI (ISO/IEC 11179-6, ISO 29002-5) or are an address; a
schema profile says of each column its kind, unit, range and allowed values; a law is a formula whose result must stay near zero.
Whether an id is really in the dictionary is not verified: the dictionaries are not here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dure.science.formula import FUNCTIONS, FormulaWrong, Kind, parse
from dure.science.quality import kind_of
from dure.vocabulary import UnknownUnit, convert, ucum

if TYPE_CHECKING:
    import polars as pl

_ECLASS = re.compile(r"0173(?:-1|/1///|-1---[A-Z_]+)?[-#/A-Z0-9_]*#\d{2}-[A-Z]{3}\d{3}#\d{3}")
_IEC_CDD = re.compile(r"0112/2///\d{3,6}(?:_\d+)?#[A-Z]{3}\d{3}#\d{3}")
_ADDRESS = re.compile(r"(?:https?://[^\s<>\"]+|urn:[a-z0-9][a-z0-9-]{1,31}:[^\s]+)")
CELLS = 40
Result = dict[str, Any]


def is_semantic_id(word: str) -> bool:
    """Whether a word has the shape of a semantic id.

    >>> is_semantic_id("0173-1#02-AAO677#002"), is_semantic_id("0112/2///61360_4#AAE685#001"), is_semantic_id("temperature")
    (True, True, False)
    """
    return bool(_ECLASS.fullmatch(word) or _IEC_CDD.fullmatch(word) or _ADDRESS.fullmatch(word))


def units_ucum(frame: "pl.DataFrame", units: Mapping[str, str]) -> Result | None:
    """Share of columns of numbers that have a unit which UCUM knows."""
    names = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    if not names:
        return None
    lacking = [name for name in names if not _is_unit(units.get(name, ""))]
    return _share("units-ucum", "UCUM 2.1", len(names), lacking)


def semantic_ids(frame: "pl.DataFrame", ids: Mapping[str, str]) -> Result | None:
    """Share of columns that bear a semantic id of the right shape."""
    if not frame.width:
        return None
    lacking = [name for name in frame.columns if not is_semantic_id(ids.get(name, ""))]
    return _share("semantic-ids", "IEC 63278 · ISO 29002-5 · ECLASS", frame.width, lacking)


def schema_profile(
    frame: "pl.DataFrame", columns: Sequence[Mapping[str, Any]], units: Mapping[str, str]
) -> Result:
    """Share of the profile's columns that are there as it says."""
    lacking = [one["column"] for one in columns if not _as_said(frame, one, units)]
    return _share("schema-profile", "schema", len(columns), lacking)


def laws(frame: "pl.DataFrame", asked: Sequence[Mapping[str, Any]]) -> Iterator[Result]:
    """For each law the share of rows, of those that have what it needs, whose formula stays within its bound of zero."""
    import polars as pl

    kinds = {name: Kind(_KINDS[kind_of(dtype)]) for name, dtype in frame.schema.items()}
    for one in asked:
        value, lacking = 0.0, [one["formula"]]
        try:
            formula = parse(one["formula"], FUNCTIONS)
            off = formula.checked(kinds).evaluate(frame).cast(pl.Float64, strict=False).abs()
            there = off.filter(off.is_not_null() & off.is_not_nan())
            if len(there):
                value, lacking = float((there <= one["within"]).mean() or 0.0), []
        except FormulaWrong:  # a column that is not there, or of another kind: no row keeps the law
            pass
        yield {"measure": f"law:{one['id']}", "standard": "law", "value": value, "lacking": lacking}


def _as_said(frame: "pl.DataFrame", said: Mapping[str, Any], units: Mapping[str, str]) -> bool:
    name = said["column"]
    if name not in frame.columns:
        return not said.get("required", True)
    column = frame.get_column(name)
    if "kind" in said and kind_of(column.dtype) != said["kind"]:
        return False
    if "unit" in said and not _same_unit(units.get(name, ""), said["unit"]):
        return False
    if "one_of" in said and not column.drop_nulls().cast(str).is_in(said["one_of"]).all():
        return False
    return _within(column, said)


def _within(column: "pl.Series", said: Mapping[str, Any]) -> bool:
    if not column.dtype.is_numeric() or ("low" not in said and "high" not in said):
        return "low" not in said and "high" not in said
    there = column.drop_nulls()
    low, high = said.get("low", float("-inf")), said.get("high", float("inf"))
    return bool(((there >= low) & (there <= high)).all())


def _is_unit(code: str) -> bool:
    try:
        return bool(code) and bool(ucum(code))
    except UnknownUnit:
        return False


def _same_unit(one: str, other: str) -> bool:
    try:
        return (
            bool(one)
            and abs(convert(1.0, one, other) - 1.0) < 1e-12
            and abs(convert(0.0, one, other)) < 1e-12
        )
    except Exception:  # noqa: BLE001 - UnknownUnit or UnitsDiffer: not the same
        return False


def _share(key: str, standard: str, whole: int, lacking: Sequence[str]) -> Result:
    value = 1 - len(lacking) / whole if whole else 1.0
    return {"measure": key, "standard": standard, "value": value, "lacking": list(lacking)[:CELLS]}


_KINDS = {"number": "number", "text": "text", "time": "time", "yes-no": "yes-no"}
