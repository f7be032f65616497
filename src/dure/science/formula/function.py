"""The promise of a function: what it takes, what it gives, its cost, and its two compilations.

A function is compiled to Polars (`expression`) and, where a live row must cost microseconds, to NumPy arrays
(`arrays`); both give the same bits. A table of functions is an immutable mapping; every call site takes one, so
that a room adds functions (PREDICT) by passing a larger table and guards get a narrower one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from dure.science.formula.kinds import Kind
from dure.science.formula.refusals import FormulaWrong
from dure.science.formula.window_length import NO_WINDOW, Window
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Value = float | str | bool | None
# The table that every example is reckoned on; its times are 0, 10, 20, 40 and 60 s after 2024-03-05 14:05.
SAMPLE: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "x": (1.0, 3.0, 2.0, None, 5.0),
        "y": (2.0, 2.0, None, 4.0, 1.0),
        "word": ("Run", "off", "run 7", None, "RUN"),
        "on": (True, False, True, None, True),
        "second": (0, 10, 20, 40, 60),
    }
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: `of` is number, text, yes-no, time, any or window; a `constant` is written out in the formula."""

    name: str
    of: str = "number"
    constant: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a function: the kinds of its arguments, those written out, and its window."""

    function: "Function"
    kinds: tuple[Kind, ...]
    constants: tuple[Value, ...] = ()
    window: Window = NO_WINDOW
    place: int = field(default=1, compare=False)
    places: tuple[int, ...] = field(default=(), compare=False)
    formula: str = field(default="", compare=False)

    def refuse(self, leaf: type[FormulaWrong], argument: int | None = None, **facts: object) -> NoReturn:
        """Raise `leaf` at the function, or at one of its arguments."""
        at = self.place if argument is None else self.places[argument]
        raise leaf(self.function.name, at=at, formula=self.formula, **facts)


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds the rows: their times, where a run begins, and how many rows a duration may hold."""

    time: str | None = None
    segments: tuple[int, ...] = ()
    most: int | None = None


Unit = Callable[[Call], Kind]
Expression = Callable[[Sequence["pl.Expr"], Call, Setting], "pl.Expr"]
Arrays = Callable[[Sequence[Floats], Call], Floats]


@dataclass(frozen=True, slots=True)
class Example:
    """A formula and what it gives on `SAMPLE`: a value a row, or one for all rows."""

    formula: str
    gives: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language.

    Attributes
    ----------
    arguments
        In order; the last `repeats` of them may come again and again.
    kind
        Kind of the result from the kinds of the arguments: type and unit rule. Refuses units that clash.
    cost
        Work a row, where an addition is 1; of a window, a doubling of it (or 16 rows, if `linear`).
    pure
        The same arguments give the same result, to the bit.
    causal
        A row's result depends on it and rows before it only.
    looks
        How many rows back a window of n rows reaches: `over` n − 1, `ago` n, `""` none; of a duration d: d, or 2 d.
    nulls
        What missing values do: `spread` (missing in any, missing out), `skipped`, or `own` as `doc` says.
    carries
        A result beyond all numbers stays so through this function, so that it need not be looked for before.
    wild
        Finite arguments may give what is no finite number.
    alone
        What the name means with a single argument: a statistic of a whole column.
    """

    name: str
    arguments: tuple[Argument, ...]
    kind: Unit
    doc: Text
    example: Example
    expression: Expression
    arrays: Arrays | None = None
    cost: float = 1.0
    repeats: int = 0
    pure: bool = True
    causal: bool = True
    looks: str = ""
    linear: bool = False
    nulls: str = "spread"
    carries: bool = False
    wild: bool = False
    alone: "Function | None" = None
    most_rows: int = 100_000

    @property
    def least(self) -> int:
        """Arguments that must be given."""
        return sum(not one.optional for one in self.arguments)

    def meant(self, given: int) -> "Function":
        """The function, or what it means when it is given a single column."""
        return self.alone if self.alone is not None and given == 1 else self

    def argument(self, place: int) -> Argument:
        """The argument at `place`, those that repeat counted on."""
        if place < len(self.arguments):
            return self.arguments[place]
        return self.arguments[
            len(self.arguments) - self.repeats + (place - len(self.arguments)) % self.repeats
        ]

    def takes(self, given: int) -> bool:
        """Whether it may be given so many arguments."""
        if given <= len(self.arguments):
            return given >= self.least
        return bool(self.repeats) and (given - len(self.arguments)) % self.repeats == 0

    @property
    def usage(self) -> str:
        """How it is written: `ROUND(value, [digits])`."""
        names = [f"[{one.name}]" if one.optional else one.name for one in self.arguments]
        return f"{self.name}({', '.join(names)}{', …' if self.repeats else ''})"

    def work(self, window: Window) -> float:
        """Work a row [additions]; a duration counts as 1,024 rows."""
        rows = window.rows or (1_024 if window.span else 1)
        return self.cost * (max(1.0, rows / 16) if self.linear else max(1, rows.bit_length()))


Table = Mapping[str, Function]


def table(functions: Sequence[Function]) -> Table:
    """An immutable table of functions by their names.

    >>> table([])
    mappingproxy({})
    """
    return MappingProxyType({one.name: one for one in sorted(functions, key=lambda one: one.name)})


def without(functions: Table, *names: str) -> Table:
    """A narrower table: all but `names`."""
    return MappingProxyType({name: one for name, one in functions.items() if name not in names})


def only_causal(functions: Table) -> Table:
    """A narrower table: what may run on a live signal; MIN and MAX keep their meaning across a row."""
    from dataclasses import replace

    return table([replace(one, alone=None) for one in functions.values() if one.causal])
