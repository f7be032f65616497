"""A program one row at a time: what a live row costs is the arithmetic of one row and one step of each window."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from dure.science.formula.function import Call, Floats
from dure.science.formula.program import Instruction, Program, number_of
from dure.science.window import WindowByRow

Row = list[np.float64]
_OF = {"ROLLMEAN": "mean", "ROLLSTD": "std", "ROLLMIN": "min", "ROLLMAX": "max", "ROLLSLOPE": "slope"}


class RowByRow:
    """A checked formula on rows of numbers; remembers what its windows look back on, nothing before the first row.

    >>> from dure.science.formula import Kind, parse
    >>> form = parse("=ROLLMEAN([a], 2)+1").checked({"a": Kind("number")}).by_row(["a"])
    >>> [float(form.push(np.array([value]))) for value in (1.0, 2.0, 4.0)]
    [2.0, 2.5, 4.0]
    """

    def __init__(self, program: Program, columns: Sequence[str]) -> None:
        self._made: Row = [np.float64(np.nan)] * len(program.instructions)
        self._doing: list[tuple[int, Callable[[Floats], np.float64]]] = []
        for place in program.needed:
            one = program.instructions[place]
            if one.constant:
                self._made[place] = number_of(one.value)
            else:
                self._doing.append((place, self._form(one, list(columns))))
        self._result = program.needed[-1]

    def push(self, row: Floats) -> np.float64:
        """The result after one more row [F], NaN where missing, yes as 1."""
        with np.errstate(all="ignore"):
            for place, form in self._doing:
                self._made[place] = form(row)
        return np.float64(self._made[self._result] + 0.0)

    def _form(self, one: Instruction, columns: list[str]) -> Callable[[Floats], np.float64]:
        if one.column is not None:
            place = columns.index(one.column)
            return lambda row: row[place]
        assert one.call is not None  # noqa: S101 - neither a column nor a constant
        return (
            self._window(one.call, one.parts) if one.call.function.looks else self._plain(one.call, one.parts)
        )

    def _plain(self, call: Call, parts: Sequence[int]) -> Callable[[Floats], np.float64]:
        arrays, made = call.function.arrays, self._made
        return lambda _: arrays([made[part] for part in parts], call)  # type: ignore[misc,return-value]  # only functions with an array form come here

    def _window(self, call: Call, parts: Sequence[int]) -> Callable[[Floats], np.float64]:
        made, source = self._made, parts[0]
        of = _OF.get(call.function.name)
        if of is not None:
            lately = WindowByRow(call.window.rows, 1, (of,))
            return lambda _: lately.push(np.array([made[source]]))[0, 0]
        kept: deque[np.float64] = deque(maxlen=call.window.rows + (call.function.looks == "ago"))

        def last(_: Floats) -> np.float64:
            kept.append(made[source])
            return call.function.arrays([np.array(kept)], call)[-1]  # type: ignore[misc,no-any-return]  # the same

        return last
