"""Values in another unit than a model learnt: what header and values tell of it.

A thermometer that was changed from °C to °F, a transmitter that now sends kPa: every value is far off, yet the whole
column would fit if it were converted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dure.science.paper import unit_name

if TYPE_CHECKING:
    import polars as pl

#: Fewer rows say too little of a column as a whole.
FEWEST = 20
#: Units that equipment really sends for the same thing (UCUM).
_KINDS: Sequence[Sequence[str]] = (
    ("Cel", "[degF]", "K"),
    ("Pa", "kPa", "MPa", "bar", "mbar", "[psi]"),
    ("um", "mm", "cm", "m", "[in_i]"),
    ("mV", "V", "kV"),
    ("mA", "A", "kA"),
    ("W", "kW", "MW"),
    ("W.h", "kW.h", "MW.h"),
    ("g", "kg", "t", "[lb_av]"),
    ("ms", "s", "min", "h"),
    ("L/min", "L/h", "m3/h"),
    ("mm/s", "m/s", "m/min"),
    ("mOhm", "Ohm", "kOhm"),
)
# Of a column without a unit: what its values may be, and how they would read then.
_WITHOUT: Mapping[str, Callable[[float], float]] = {
    "°F (learnt: °C)": lambda value: (value - 32.0) / 1.8,
    "°C (learnt: °F)": lambda value: value * 1.8 + 32.0,
    "K (learnt: °C)": lambda value: value - 273.15,
    "°C (learnt: K)": lambda value: value + 273.15,
    "× 1000": lambda value: value / 1000.0,
    "÷ 1000": lambda value: value * 1000.0,
    "× 100": lambda value: value / 100.0,
    "÷ 100": lambda value: value * 100.0,
}


def same_unit(one: str, other: str) -> bool:
    """Whether two UCUM codes are one unit.

    >>> same_unit("L/min", "l/min"), same_unit("Cel", "K")
    (True, False)
    """
    if one == other:
        return True
    from dure.vocabulary import InputError, convert

    try:
        return all(
            abs(convert(value, one, other) - value) <= 1e-9 * max(abs(value), 1.0) for value in (0.0, 100.0)
        )
    except InputError:
        return False


def looks_like(column: "pl.Series", one: Mapping[str, Any]) -> str:
    """The unit that a column seems to be in, where all of it would then be what was learnt; "" where none fits.

    Parameters
    ----------
    column
        Values that the model is to judge.
    one
        The input as the card describes it: `unit`, `low`, `high`, `usual_low`, `usual_high`.

    Examples
    --------
    >>> import polars as pl
    >>> card = {"unit": "Cel", "low": 15.0, "high": 30.0, "usual_low": 17.0, "usual_high": 28.0}
    >>> looks_like(pl.Series([68.0, 72.0, 75.0] * 10), card), looks_like(pl.Series([29.0] * 30), card)
    ('°F', '')
    """
    low, high = one.get("low"), one.get("high")
    if low is None or high is None or not low < high or not column.dtype.is_numeric() or len(column) < FEWEST:
        return ""
    spread = [column.quantile(share, "linear") for share in (0.05, 0.5, 0.95)]
    values = [float(value) for value in spread if value is not None]
    margin = 0.1 * (high - low)
    if not values or low - margin <= values[1] <= high + margin:
        return ""
    usual = one.get("usual_low"), one.get("usual_high")
    middle = (low if usual[0] is None else usual[0], high if usual[1] is None else usual[1])
    for name, read in _readings(str(one.get("unit") or "")):
        first, median, last = sorted(read(value) for value in values)
        if low - margin <= first and last <= high + margin and middle[0] <= median <= middle[1]:
            return name
    return ""


def _readings(unit: str) -> Iterator[tuple[str, Callable[[float], float]]]:
    """Units that the values may be in, and how they would read in the `unit` learnt."""
    from dure.vocabulary import convert

    kinds = [kind for kind in _KINDS if any(same_unit(unit, one) for one in kind)] if unit else []
    for other in kinds[0] if kinds else ():
        if not same_unit(unit, other):
            yield unit_name(other), lambda value, other=other: convert(value, other, unit)  # type: ignore[misc]  # mypy cannot type a default that binds the loop
    if not kinds:
        yield from _WITHOUT.items()
