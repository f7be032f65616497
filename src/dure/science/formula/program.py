"""A checked formula as a list of instructions: one value each, made of earlier ones.

A list needs no recursion, finds equal terms (they have one place), and runs two ways: as a Polars expression, and
over NumPy arrays for a live row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.formula.function import Call, Floats, Setting, Value
from dure.science.formula.kinds import Kind

if TYPE_CHECKING:
    import polars as pl

# Polars takes time that grows with the square of an expression's depth: longer ones are reckoned in layers.
_LAYER = 120


@dataclass(frozen=True, slots=True)
class Instruction:
    """A column, a constant, or a call on earlier places.

    `scalar`: one value for all rows. `wild`: perhaps no finite number.
    """

    kind: Kind
    column: str | None = None
    value: Value = None
    call: Call | None = None
    parts: tuple[int, ...] = ()
    scalar: bool = False
    wild: bool = False

    @property
    def constant(self) -> bool:
        """Whether its value is written out."""
        return self.column is None and self.call is None


@dataclass(frozen=True, slots=True)
class Program:
    """Instructions in order; the last place is the result."""

    instructions: tuple[Instruction, ...]
    needed: tuple[int, ...]

    @classmethod
    def of(cls, instructions: Sequence[Instruction], result: int) -> "Program":
        """The instructions that `result` needs, which comes last."""
        waiting, needed = [result], set()
        while waiting:
            place = waiting.pop()
            if place not in needed:
                needed.add(place)
                waiting.extend(instructions[place].parts)
        return cls(tuple(instructions[: result + 1]), tuple(sorted(needed)))

    def expression(self, setting: Setting) -> "pl.Expr":
        """The result as one expression."""
        return self.layers(setting, len(self.needed))[-1]["formula"]

    def layers(self, setting: Setting, most: int = _LAYER) -> "list[dict[str, pl.Expr]]":
        """Columns to be made layer after layer; the last makes `formula`."""
        import polars as pl

        made: dict[int, pl.Expr] = {}
        layers: list[dict[str, pl.Expr]] = []
        since = 0
        for count, place in enumerate(self.needed):
            one = self.instructions[place]
            made[place] = _expression(one, [self._part(one, part, made) for part in one.parts], setting)
            since += 1
            if since >= most and count + 1 < len(self.needed):
                layers.append(self._cut(made, count + 1))
                since = 0
        return [*layers, {"formula": made[self.needed[-1]]}]

    def _part(self, user: Instruction, part: int, made: "dict[int, pl.Expr]") -> "pl.Expr":
        """A part, spread over all rows where its user looks from row to row."""
        import polars as pl

        if self.instructions[part].scalar and user.call and user.call.function.looks:
            return pl.when(pl.int_range(pl.len()) >= 0).then(made[part])
        return made[part]

    def _cut(self, made: "dict[int, pl.Expr]", start: int) -> "dict[str, pl.Expr]":
        """Make columns of what is still needed, and go on from those."""
        import polars as pl

        later = {part for place in self.needed[start:] for part in self.instructions[place].parts}
        layer = {}
        for place in sorted(later & set(made)):
            if self.instructions[place].call is not None:
                layer[f"\0{place}"] = made[place]
                made[place] = pl.col(f"\0{place}")
        return layer

    @property
    def has_arrays(self) -> bool:
        """Whether it runs over arrays of numbers: no text, no time, no duration, no whole column."""
        return all(self._runs(self.instructions[place]) for place in self.needed)

    def _runs(self, one: Instruction) -> bool:
        if one.call is None:
            return one.kind.type in ("number", "yes-no") or one.constant
        function = one.call.function
        if function.arrays is None or one.call.window.span or one.kind.type not in ("number", "yes-no"):
            return False
        kinds = [self.instructions[part].kind.type for part in one.parts]
        return all(
            kind in ("number", "yes-no") or function.argument(place).constant
            for place, kind in enumerate(kinds)
        )

    def arrays(self, values: Floats, columns: Sequence[str]) -> Floats:
        """The result over rows of numbers, NaN where missing."""
        made: dict[int, Any] = {}
        with np.errstate(all="ignore"):
            for place in self.needed:
                one = self.instructions[place]
                if one.column is not None:
                    made[place] = values[:, columns.index(one.column)]
                elif one.call is None:
                    made[place] = number_of(one.value)
                else:
                    made[place] = self._call(one, one.call, made, len(values))
            return np.broadcast_to(np.asarray(made[self.needed[-1]], dtype=np.float64), (len(values),)) + 0.0

    def _call(self, one: Instruction, call: Call, made: dict[int, Any], rows: int) -> Any:
        parts = [made[part] for part in one.parts]
        if call.function.looks:
            parts = [np.broadcast_to(part, (rows,)) for part in parts]
        assert call.function.arrays is not None  # noqa: S101 - has_arrays was asked
        return call.function.arrays(parts, call)


def number_of(value: Value) -> np.float64:
    """A constant as an array form reads it."""
    return np.float64(value) if isinstance(value, bool | float | int) else np.float64(np.nan)


def _expression(one: Instruction, parts: "list[pl.Expr]", setting: Setting) -> "pl.Expr":
    import polars as pl

    if one.call is not None:
        return one.call.function.expression(parts, one.call, setting)
    if one.column is None:
        return pl.lit(one.value, dtype=_dtype(one.kind))
    return pl.col(one.column).cast(pl.Float64) if one.kind.type == "number" else pl.col(one.column)


def _dtype(kind: Kind) -> "pl.DataType | None":
    import polars as pl

    kinds: dict[str, pl.DataType] = {"number": pl.Float64(), "text": pl.String(), "yes-no": pl.Boolean()}
    return kinds.get(kind.type)
