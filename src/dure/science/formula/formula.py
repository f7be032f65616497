"""A formula from text to values: `parse`, `Formula`, `Checked`, `evaluate`, `evaluate_all`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dure.science.formula import grammar
from dure.science.formula.checking import Checker
from dure.science.formula.columns import ready, schema_of
from dure.science.formula.function import Floats, Setting, Table, Value
from dure.science.formula.functions import FUNCTIONS
from dure.science.formula.functions.operators import TEXT_LIMIT
from dure.science.formula.kinds import Kind
from dure.science.formula.program import Program
from dure.science.formula.refusals import FormulaCycle, LooksAtWholeColumn, UnitNotDeclared
from dure.science.formula.survey import Survey
from dure.science.formula.tree import Call, Node, Number, walk, written
from dure.science.formula.units import alike
from dure.science.formula.window_length import Reach

if TYPE_CHECKING:
    import polars as pl

    from dure.science.formula.by_row import RowByRow
    from dure.science.formula.live import Live

_NOTHING: Mapping[str, Value] = MappingProxyType({})


def parse(text: str, functions: Table = FUNCTIONS) -> "Formula":
    """Read a formula, the `=` before it or not, and bound what it may cost.

    Parameters
    ----------
    text
        In Excel's syntax, columns in brackets.
    functions
        The functions that it may use.

    Raises
    ------
    FormulaWrong
        A leaf of it, with the position (from 1): unreadable, an unknown function, a wrong number of arguments, an
        impossible window, or longer than 8,000 characters, deeper than 64, more than 2,000 terms, dearer than
        20,000 additions a row, looking back over more than 100,000 rows.

    Examples
    --------
    >>> formula = parse('=IF(AND([temp]>80, ROLLMEAN([press], 60)>3), 1, 0)')
    >>> formula.columns, formula.functions, formula.warm_up, formula.causal
    (('temp', 'press'), ('IF', 'AND', 'ROLLMEAN'), 59, True)
    >>> parse('=ROLLAVG([temp], 5)')
    Traceback (most recent call last):
    dure.science.formula.refusals.FunctionUnknown: Unknown function “ROLLAVG” at character 2; did you mean ROLLMEAN? ...
    """
    tree = grammar.tree(text)
    survey = Survey(text, functions)
    reach = survey.reach(tree)
    names, used = tuple(survey.columns), tuple(survey.functions)
    return Formula(
        text, tree, names, used, reach, tuple(survey.whole_columns), tuple(survey.durations), functions
    )


@dataclass(frozen=True)
class Formula:
    """A formula that has been read; it knows no table yet.

    Attributes
    ----------
    columns, functions
        Names in the order they first stand in the text.
    reach
        How far back it looks, in rows and durations.
    whole_columns
        Outermost statistics of a whole column in it.
    durations
        Uses that look back over a duration, and so need times.
    """

    text: str
    tree: Node
    columns: tuple[str, ...]
    functions: tuple[str, ...]
    reach: Reach
    whole_columns: tuple[Call, ...] = ()
    durations: tuple[Call, ...] = ()
    table: Table = field(default_factory=lambda: FUNCTIONS, repr=False, compare=False)

    def __str__(self) -> str:
        """The formula as it is understood: `=[a]*(1+2)`."""
        return f"={written(self.tree)}"

    @property
    def warm_up(self) -> int:
        """Rows before a row that its result may depend on; where it looks back over durations, without these."""
        return self.reach.rows

    def warm_up_over(self, period: float) -> int:
        """Rows before a row that its result may depend on, if rows are at least `period` [s] apart."""
        return self.reach.rows + sum(int(span / 1e9 / period) + 1 for _, span in self.reach.stages if span)

    @property
    def causal(self) -> bool:
        """Whether a row's result depends on it and rows before it only."""
        return not self.whole_columns

    def checked(
        self,
        schema: Mapping[str, Kind],
        functions: Table | None = None,
        frozen: Mapping[str, Value] = _NOTHING,
    ) -> "Checked":
        """The formula over columns of these kinds, its types and units checked.

        Parameters
        ----------
        schema
            Kind of each column.
        functions
            A narrower table than that of `parse`.
        frozen
            Values in the place of statistics of a whole column, by their text, as `Checked.whole_columns` gives.

        Raises
        ------
        FormulaWrong
            A leaf of it: an unknown column, a wrong type, units that clash.

        Examples
        --------
        >>> parse("=[torque]*[speed]").checked({"torque": Kind("number", "N.m"), "speed": Kind("number", "/min")}).kind
        Kind(type='number', unit='N.m/min', bare=False)
        """
        table = self.table if functions is None else functions
        if table is not self.table:
            Survey(self.text, table).reach(self.tree)
        program, kind = Checker(self.text, schema, table, frozen).program(self.tree)
        kinds = {name: schema[name] for name in self.columns}
        return Checked(self, kind, MappingProxyType(kinds), program, not self.causal and not frozen)


@dataclass(frozen=True)
class Checked:
    """A formula over columns of known kinds: the kind of its result, and ways to reckon it."""

    formula: Formula
    kind: Kind
    schema: Mapping[str, Kind]
    program: Program = field(repr=False)
    looks_ahead: bool = False

    def expression(
        self, *, time: str | None = None, segments: Sequence[int] = (), most: int | None = None
    ) -> "pl.Expr":
        """The result as a Polars expression over columns as files give them (Date and Time columns apart).

        Parameters
        ----------
        time
            Column of times, for windows over durations.
        segments
            Rows of each file or run, in order; no window reaches from one into the next.
        most
            Rows that a duration may hold at most.
        """
        return self._shown(self.program.expression(Setting(time, tuple(segments), most)))

    def _shown(self, found: "pl.Expr") -> "pl.Expr":
        import polars as pl

        if self.kind.type == "text":
            return pl.when(found.str.len_chars() <= TEXT_LIMIT).then(found)
        if self.kind.type != "number":
            return found
        # one zero, not two: Polars adds 0 to one row truly (-0.0 becomes 0.0), but passes many rows on as they are
        return pl.when(found == 0.0).then(0.0).otherwise(found)

    def evaluate(
        self,
        frame: "pl.DataFrame",
        *,
        time: str | None = None,
        segments: Sequence[int] = (),
        most: int | None = None,
    ) -> "pl.Series":
        """The result at each row, null where missing, named `formula`; arguments as of `expression`.

        Raises
        ------
        ColumnUnknown, ArgumentWrong
            If a column is not there or of another type than was checked.
        TimeNotNamed, TimesGoBack
            If a duration is looked back over, and no times are named or they are out of order.

        Examples
        --------
        >>> import polars as pl
        >>> parse("=[a]/2").checked({"a": Kind("number")}).evaluate(pl.DataFrame({"a": [3, None]})).to_list()
        [1.5, None]
        """
        import polars as pl

        rows = ready(frame, self.formula, self.schema, time, segments)
        layers = self.program.layers(Setting(time, tuple(segments), most))
        for layer in layers[:-1]:
            rows = rows.with_columns(**layer)
        found = self._shown(layers[-1]["formula"])
        if not rows.width:
            return (
                pl.select(found.repeat_by(frame.height).explode().alias("formula"))
                .to_series()
                .head(frame.height)
            )
        return rows.with_columns(found.alias("\0formula")).get_column("\0formula").rename("formula")

    @property
    def has_arrays(self) -> bool:
        """Whether `arrays` works: numbers, yes and no, and windows over rows only."""
        return self.program.has_arrays

    def arrays(self, values: Floats, columns: Sequence[str]) -> Floats | None:
        """The result over rows of numbers, the same bits as `evaluate` gives; for a live row.

        Parameters
        ----------
        values
            Rows by columns, NaN where missing, yes as 1 and no as 0. [N, F]
        columns
            Their names.

        Returns
        -------
        NaN where missing, [N]; None where `has_arrays` is false.

        Examples
        --------
        >>> import numpy as np
        >>> parse("=DIFF([a])").checked({"a": Kind("number")}).arrays(np.array([[1.0], [4.0]]), ["a"])
        array([nan,  3.])
        """
        return self.program.arrays(values, columns) if self.has_arrays else None

    def by_row(self, columns: Sequence[str]) -> "RowByRow | None":
        """The result one row at a time, the same bits; a fresh one for each run; None where `has_arrays` is false."""
        from dure.science.formula.by_row import RowByRow

        return RowByRow(self.program, columns) if self.has_arrays else None

    def whole_columns(self, frame: "pl.DataFrame") -> dict[str, Value]:
        """Each statistic of a whole column by its text, reckoned on `frame`, for `Formula.checked(frozen=…)`."""
        found: dict[str, Value] = {}
        for call in self.formula.whole_columns:
            one = parse(written(call), self.formula.table).checked(self.schema)
            values = one.evaluate(frame)
            found[written(call)] = values[0] if len(values) else None
        return found

    def live(self, *, time: str | None = None, most: int | None = None) -> "Live":
        """The formula as a stream: push rows, get as many results.

        Raises
        ------
        LooksAtWholeColumn
            If it looks at a whole column, and that is not frozen.
        """
        from dure.science.formula.live import Live

        if self.looks_ahead:
            call = self.formula.whole_columns[0]
            raise LooksAtWholeColumn(call.name, at=call.at, formula=self.formula.text)
        return Live(self, time, most)


def require_unit(checked: Checked, unit: str | None) -> None:
    """Refuse a result that cannot be in `unit` [UCUM].

    A result of the same kind passes where the formula holds a number that may bring it to the unit (÷ 60).

    Raises
    ------
    UnitNotDeclared
        With what the formula gives.
    """
    if not unit or not checked.kind.known:
        return
    how = alike(str(checked.kind.unit), unit)
    scaled = any(isinstance(node, Number) for node, _ in walk(checked.formula.tree))
    if how == "different" or (how == "kind" and not scaled):
        raise UnitNotDeclared(unit, found=checked.kind.unit, formula=checked.formula.text)


def evaluate(  # noqa: PLR0913 - what surrounds the rows, all named
    formula: str | Formula, frame: "pl.DataFrame", *, units: Mapping[str, str] | None = None, functions: Table = FUNCTIONS,
    time: str | None = None, segments: Sequence[int] = (), most: int | None = None,
) -> "pl.Series":  # fmt: skip
    """A formula's result at each row of `frame`; `units` are those of its columns, where known [UCUM].

    >>> import polars as pl
    >>> evaluate("=IFERROR(10/[a], -1)", pl.DataFrame({"a": [4, 0]})).to_list()
    [2.5, -1.0]
    """
    read = parse(formula, functions) if isinstance(formula, str) else formula
    return read.checked(schema_of(frame, units)).evaluate(frame, time=time, segments=segments, most=most)


def evaluate_all(  # noqa: PLR0913 - what surrounds the rows, all named
    formulas: Mapping[str, str | Formula], frame: "pl.DataFrame", *, units: Mapping[str, str] | None = None,
    functions: Table = FUNCTIONS, time: str | None = None, segments: Sequence[int] = (), most: int | None = None,
) -> "pl.DataFrame":  # fmt: skip
    """The table with a column for each formula, which may use those of the others, in any order.

    Raises
    ------
    FormulaCycle
        If formulas wait for each other: “a → b → a”.
    FormulaWrong
        As `parse` and `Formula.checked`, named for its column.

    Examples
    --------
    >>> import polars as pl
    >>> evaluate_all({"b": "=[c]*2", "c": "=[a]+1"}, pl.DataFrame({"a": [1, 2]})).rows()
    [(1, 4.0, 2.0), (2, 6.0, 3.0)]
    """
    read = {name: parse(one, functions) if isinstance(one, str) else one for name, one in formulas.items()}
    schema = dict(schema_of(frame, units))
    made = frame
    for level in in_order(read):
        found = {name: read[name].checked(schema) for name in level}
        made = _together(found, made, time, segments, most)
        schema |= {name: one.kind for name, one in found.items()}
    return made.select([*frame.columns, *(name for name in formulas if name not in frame.columns)])


def _together(
    found: Mapping[str, Checked],
    frame: "pl.DataFrame",
    time: str | None,
    segments: Sequence[int],
    most: int | None,
) -> "pl.DataFrame":
    """All formulas of a level at once, so that they share the processors; those that need layers one by one."""
    rows = frame
    short: dict[str, Any] = {}
    for name, one in found.items():
        same = ready(frame, one.formula, one.schema, time, segments) is frame
        if same and frame.width and len(one.program.needed) < 100:
            short[name] = one.expression(time=time, segments=segments, most=most)
        else:
            rows = rows.with_columns(one.evaluate(frame, time=time, segments=segments, most=most).alias(name))
    made = frame.with_columns(**short) if short else frame
    return made.with_columns(rows.select([name for name in found if name not in short]))


def in_order(formulas: Mapping[str, Formula]) -> list[list[str]]:
    """Names level by level, each after all that it uses; raises `FormulaCycle`.

    >>> in_order({"b": parse("=[c]"), "c": parse("=[a]"), "d": parse("=1")})
    [['c', 'd'], ['b']]
    """
    waits = {name: [one for one in formula.columns if one in formulas] for name, formula in formulas.items()}
    done: dict[str, None] = {}
    levels: list[list[str]] = []
    while len(done) < len(formulas):
        level = [
            name for name, needs in waits.items() if name not in done and all(one in done for one in needs)
        ]
        if not level:
            raise _cycle(formulas, {name: needs for name, needs in waits.items() if name not in done})
        levels.append(level)
        done |= dict.fromkeys(level)
    return levels


def _cycle(formulas: Mapping[str, Formula], waits: Mapping[str, Sequence[str]]) -> FormulaCycle:
    path = [min(waits)]
    while path[-1] not in path[:-1]:
        path.append(next(one for one in waits[path[-1]] if one in waits))
    circle = path[path.index(path[-1]) :]
    shown = circle if len(circle) <= 12 else [*circle[:6], "…", *circle[-5:]]
    return FormulaCycle(" → ".join(shown), formula=formulas[circle[0]].text)
