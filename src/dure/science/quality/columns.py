"""What a column is: its kind, and the unit that its header carries."""

import re
from functools import cache
from typing import TYPE_CHECKING

from dure.vocabulary import UnknownUnit, ucum

if TYPE_CHECKING:
    import polars as pl

NUMBER, TEXT, TIME, YES_NO = "number", "text", "time", "yes-no"

# `Melt temperature [C]`, `temp(℃)`, `Flow {l/min}`, and the full-width brackets of Korean and Japanese exports.
_BRACKETED = re.compile(r"[\[(（［{]\s*([^\[\](){}（）［］]{1,16})\s*[\])）］}]\s*$")
# `Usage_kWh`, `pressure_bar`: a unit after the last underscore, only these, for `flow_C` or `temp_1` mean no unit.
_SUFFIXES = {
    "kWh", "Wh", "kW", "mA", "kA", "mV", "kV", "bar", "mbar", "kPa", "MPa", "psi", "rpm", "mm", "kg", "Nm", "Hz",
    "kHz", "ms", "degC", "mAh", "Ah",
}  # fmt: skip
# Units as people write them out, by their UCUM code.
_WRITTEN_OUT = {
    "seconds": "s", "second": "s", "sec": "s", "secs": "s", "minutes": "min", "mins": "min", "hours": "h", "hour": "h",
    "m/s^2": "m/s2", "m/s²": "m/s2", "mAh/g": "mA.h/g", "Ah/g": "A.h/g", "mWh/g": "mW.h/g", "초": "s", "분": "min",
    "시간": "h",
}  # fmt: skip
# Words that stand in brackets and happen to be UCUM codes: `Load (A)` may be a phase, but `(1)` is a running number.
_NO_UNIT = re.compile(r"[\d\s.,;:%-]*[\d\s.,;:-]")
# A number as text: thousands with commas, a short unit behind it.
WRITTEN_NUMBER = r"^\s*[-+]?(\d{1,3}(,\d{3})+|\d+)?\.?\d*([eE][-+]?\d+)?\s*[^\d\s,;]{0,6}\s*$"
DECIMAL_COMMA = r"^\s*[-+]?\d+,\d+\s*$"
_THOUSANDS = r"^\s*[-+]?\d{1,3}(,\d{3})+(\.\d+)?\s*$"


def kind_of(dtype: "pl.DataType") -> str:
    """`number`, `text`, `time` or `yes-no`.

    >>> import polars as pl
    >>> kind_of(pl.Int64()), kind_of(pl.String()), kind_of(pl.Datetime())
    ('number', 'text', 'time')
    """
    import polars as pl

    if dtype.is_numeric():
        return NUMBER
    if dtype.is_temporal():
        return TIME
    return YES_NO if dtype == pl.Boolean else TEXT


@cache
def unit_in(header: str) -> str:
    """UCUM code of the unit that a header carries, empty if it carries none.

    >>> unit_in("Melt temperature [C]"), unit_in("temp(℃)"), unit_in("Usage_kWh"), unit_in("Zone (1)")
    ('Cel', 'Cel', 'kW.h', '')
    >>> unit_in("Step Time (Seconds)"), unit_in("Acceleration [m/s^2]")
    ('s', 'm/s2')
    """
    found = _BRACKETED.search(header)
    written = found.group(1).strip() if found else header.rpartition("_")[2]
    if not found and (written == header or written not in _SUFFIXES):
        return ""
    if _NO_UNIT.fullmatch(written):
        return ""
    try:
        return ucum(_WRITTEN_OUT.get(written, _WRITTEN_OUT.get(written.lower(), written)))
    except UnknownUnit:
        return ""


def unit_written(header: str) -> str:
    """What stands in brackets at the end of a header, empty if nothing does.

    >>> unit_written("CO2(tCO2)"), unit_written("pressure")
    ('tCO2', '')
    """
    found = _BRACKETED.search(header)
    return "" if found is None else found.group(1).strip()


def share_of_numbers(words: "pl.Series") -> float:
    """Share of texts that are numbers, with a unit behind them or not."""
    numeric = words.str.contains(WRITTEN_NUMBER) & words.str.contains(r"\d")
    return float(numeric.mean() or 0.0)  # type: ignore[arg-type]  # a mean of booleans is a float


def has_decimal_commas(words: "pl.Series") -> bool:
    """Whether commas in a column of text are decimal marks: some cannot part thousands."""
    comma = words.str.contains(DECIMAL_COMMA)
    return bool(comma.any()) and not bool(words.filter(comma).str.contains(_THOUSANDS).all())
