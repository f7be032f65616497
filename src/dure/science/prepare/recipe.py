"""Recipe: an ordered list of steps; fitted, it treats a table, a chunk and a single row alike, to the bit.

Equality holds because a row's result depends on that row and at most `warm_up` rows before it, and because the
same functions see the same contiguous windows whether the rows come at once or one by one. The stream keeps
those few raw rows and nothing else.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dure.science.prepare.families import step_named
from dure.science.prepare.step import Fitted, NotNumbers, NotTimes, Step, require_columns
from dure.vocabulary import Action, Permit, RecipeProblem, Text

if TYPE_CHECKING:
    import polars as pl

VERSION = 1
_WIDTH = 110


class RecipeUnreadable(RecipeProblem):
    """A recipe file is not one of ours."""

    key = "recipe-unreadable"
    says = Text("The recipe cannot be read: {where}.", "레시피를 읽을 수 없습니다: {where}.")
    remedy = Text(
        "See the steps reference, or let `dure prepare` propose one.",
        "단계 설명서를 보거나 `dure prepare`가 제안하는 레시피를 쓰세요.",
    )


class NotForAStream(RecipeProblem):
    """A recipe has a step that cannot treat rows as they come."""

    key = "recipe-not-for-a-stream"
    says = Text(
        "Step {where} changes the number of rows or looks ahead, so it cannot run on a live signal or in a model.",
        "{where} 단계는 행 수를 바꾸거나 이후 행을 보므로 실시간 신호나 모델에 쓸 수 없습니다.",
    )
    remedy = Text(
        "Run it once with `dure prepare` and train on what comes out.",
        "`dure prepare`로 먼저 처리한 뒤 그 결과로 학습하세요.",
    )


@dataclass(frozen=True, slots=True)
class InputColumn:
    """A column that a fitted recipe expects: its name, kind (`number`, `text`, `time`, `yes-no`) and unit [UCUM]."""

    name: str
    kind: str
    unit: str = ""


@dataclass(frozen=True)
class Recipe:
    r"""An ordered list of steps; the columns `aside` (time, target, labels) are carried along untouched.

    >>> recipe = Recipe.from_toml('version = 1\n[[steps]]\nstep = "table.drop_columns"\ncolumns = ["id"]\n')
    >>> recipe.steps
    (DropColumns(columns=('id',)),)
    >>> Recipe.from_toml(recipe.to_toml()) == recipe
    True
    """

    steps: tuple[Step, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def warm_up(self) -> int:
        """Rows before a row that its result may depend on."""
        return sum(step.warm_up for step in self.steps)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the recipe does; comments and layout do not count."""
        written = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()

    def require_stream(self) -> None:
        """Raise `NotForAStream` unless every step is causal and keeps the rows."""
        for step in self.steps:
            if not (step.causal and step.keeps_rows):
                raise NotForAStream(step.name())

    def fit(self, frame: "pl.DataFrame", permit: Permit, segments: Sequence[int] = ()) -> "FittedRecipe":
        """Freeze every step's statistics on `frame`.

        Parameters
        ----------
        frame
            The table to learn from.
        permit
            Must allow `prepare`.
        segments
            Rows of each file or run, in order; no window reaches from one into the next.

        Raises
        ------
        ActionRefused
            If `permit` does not allow it.
        ColumnAbsent
            If a step's column is not in the table.
        """
        permit.require(Action.PREPARE)
        columns = _inputs(frame, self.aside)
        treated = _conform(frame, columns)
        fitted: list[Fitted] = []
        for step in self.steps:
            fitted.append(step.fit(treated))
            treated = _by_segment(fitted[-1], treated, segments)
            segments = segments if step.keeps_rows else ()
        return FittedRecipe(self, columns, tuple(fitted))

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON holds it."""
        steps = [{"step": step.name(), **step.settings()} for step in self.steps]
        return {"version": VERSION, "aside": list(self.aside), "steps": steps}

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> "Recipe":
        """The recipe that `to_dict` wrote.

        Raises
        ------
        RecipeUnreadable
            If it is not one, or of a newer version.
        StepUnknown, FieldRefused
            If a step or a field is wrong.
        """
        if written.get("version") != VERSION:
            raise RecipeUnreadable(
                f"version is {written.get('version')!r}, this dure reads version {VERSION}"
            )
        unknown = set(written) - {"version", "aside", "steps"}
        if unknown:
            raise RecipeUnreadable(f"unknown entry {min(unknown)!r}")
        aside, steps = written.get("aside", []), written.get("steps", [])
        if not _is_list_of(aside, str) or not _is_list_of(steps, dict):
            raise RecipeUnreadable("aside must be a list of texts and steps a list of tables")
        return cls(tuple(_step(one) for one in steps), tuple(aside))

    def to_toml(self) -> str:
        """The recipe as a file for people: a comment says in one sentence what each step does."""
        parts = [f"version = {VERSION}\n"]
        if self.aside:
            parts.append(
                f"# carried along untouched: times, the column to be learnt, labels\n{_entry('aside', list(self.aside))}"
            )
        for step in self.steps:
            fields = {"step": step.name(), **step.settings()}
            written = "".join(_entry(name, value) for name, value in fields.items())
            parts.append(f"\n# {_one_line(str(step.explain()))}\n[[steps]]\n{written}")
        return "".join(parts)

    @classmethod
    def from_toml(cls, written: str) -> "Recipe":
        """The recipe in a TOML file; raises as `from_dict`."""
        import tomllib

        try:
            parsed = tomllib.loads(written)
        except tomllib.TOMLDecodeError as wrong:
            raise RecipeUnreadable(str(wrong)) from wrong
        return cls.from_dict(parsed)


@dataclass(frozen=True)
class FittedRecipe:
    """A recipe with every statistic frozen, and the columns that it expects."""

    recipe: Recipe
    columns: tuple[InputColumn, ...]
    steps: tuple[Fitted, ...] = field(repr=False)

    @property
    def warm_up(self) -> int:
        """Rows of history that a row needs for its final result."""
        return self.recipe.warm_up

    @property
    def origins(self) -> dict[str, str]:
        """Columns that come out, in order, each with the input column that it was made from."""
        origin = {column.name: column.name for column in self.columns}
        for step in self.recipe.steps:
            origin = {made: origin[source] for made, source in step.names(list(origin)).items()}
        return origin

    def transform(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> "pl.DataFrame":
        """Rows ready for a model: the same number and order; numbers are float64, null where missing.

        Parameters
        ----------
        frame
            Has at least the `columns`; others are passed over.
        segments
            Rows of each file or run, in order; no window reaches from one into the next.

        Raises
        ------
        ColumnAbsent, NotNumbers
            If a column is not there or cannot be read as what it was at `fit`.
        """
        treated = _conform(frame, self.columns)
        for fitted in self.steps:
            treated = _by_segment(fitted, treated, segments)
            segments = segments if fitted.step.keeps_rows else ()
        return _floats(treated)

    def live(self) -> "Live":
        """The recipe as a stream: push rows, get as many treated rows.

        Raises
        ------
        NotForAStream
            If a step looks ahead or changes the number of rows.
        """
        self.recipe.require_stream()
        return Live(self)

    def to_dict(self) -> dict[str, Any]:
        """Recipe, columns and frozen statistics, as JSON holds them."""
        return {
            "recipe": self.recipe.to_dict(),
            "columns": [{"name": c.name, "kind": c.kind, "unit": c.unit} for c in self.columns],
            "learnt": [dict(fitted.learnt) for fitted in self.steps],
        }

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> "FittedRecipe":
        """The fitted recipe that `to_dict` wrote; raises `RecipeUnreadable` if it is not one."""
        try:
            recipe = Recipe.from_dict(written["recipe"])
            columns = tuple(InputColumn(**column) for column in written["columns"])
            learnt = list(written["learnt"])
            steps = tuple(Fitted(step, dict(facts)) for step, facts in zip(recipe.steps, learnt, strict=True))
        except (KeyError, TypeError, ValueError) as wrong:
            raise RecipeUnreadable(f"a fitted recipe lacks or misnames {wrong}") from wrong
        return cls(recipe, columns, steps)


class Live:
    """A fitted recipe on a stream; keeps the last `warm_up` raw rows and nothing else."""

    def __init__(self, fitted: FittedRecipe) -> None:
        self._fitted = fitted
        self._before: pl.DataFrame | None = None

    def push(self, rows: "pl.DataFrame") -> "pl.DataFrame":
        """The treated form of `rows`, as many and in the same order; raises as `FittedRecipe.transform`."""
        new = _conform(rows, self._fitted.columns)
        known = new if self._before is None else self._before.vstack(new).rechunk()
        treated = known
        for step in self._fitted.steps:
            treated = step.transform(treated)
        self._before = known.tail(self._fitted.warm_up)
        return _floats(treated.tail(len(new)))


def _is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in value)


def _one_line(sentence: str) -> str:
    line = " ".join(sentence.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _entry(name: str, value: Any) -> str:
    """One line of TOML, or a list filled to the width of a page; JSON's scalars are TOML's."""
    if not isinstance(value, list):
        return f"{name} = {_scalar(value)}\n"
    line = f"{name} = [{', '.join(map(_scalar, value))}]\n"
    if len(line) <= _WIDTH:
        return line
    rows = [""]
    for word in map(_scalar, value):
        if len(rows[-1]) + len(word) > _WIDTH:
            rows.append("")
        rows[-1] += f" {word}," if rows[-1] else f"  {word},"
    return f"{name} = [\n" + "\n".join(rows) + "\n]\n"


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _step(written: Mapping[str, Any]) -> Step:
    fields = dict(written)
    member = step_named(str(fields.pop("step", "")))
    known = {one.name for one in _fields(member)}
    for name in fields:
        if name not in known:
            raise RecipeUnreadable(
                f"step {member.name()} has no field {name!r}; it has {', '.join(sorted(known))}"
            )
    try:
        return member(**fields)
    except TypeError as lacking:
        raise RecipeUnreadable(f"step {member.name()}: {lacking}") from lacking


def _fields(member: type[Step]) -> Iterable[Any]:
    import dataclasses

    return dataclasses.fields(member)


def _by_segment(fitted: Fitted, frame: "pl.DataFrame", segments: Sequence[int]) -> "pl.DataFrame":
    import polars as pl

    if len(segments) < 2 or not (fitted.step.warm_up or not fitted.step.keeps_rows):
        return fitted.transform(frame)
    return pl.concat([fitted.transform(part) for part in _parts(frame, segments)], how="vertical")


def _parts(frame: "pl.DataFrame", segments: Sequence[int]) -> Iterator["pl.DataFrame"]:
    start = 0
    for rows in segments:
        yield frame.slice(start, rows)
        start += rows


def _inputs(frame: "pl.DataFrame", aside: Sequence[str]) -> tuple[InputColumn, ...]:
    from dure.science.quality import kind_of, unit_in

    return tuple(
        InputColumn(name, kind_of(dtype), unit_in(name))
        for name, dtype in frame.schema.items()
        if name not in aside
    )


def _conform(frame: "pl.DataFrame", columns: Sequence[InputColumn]) -> "pl.DataFrame":
    """The expected columns in the expected order; numbers as float64 with null for NaN and infinity."""
    import polars as pl

    require_columns([column.name for column in columns], frame.columns)
    return pl.DataFrame([_as_kind(frame.get_column(column.name), column.kind) for column in columns])


def _as_kind(found: "pl.Series", kind: str) -> "pl.Series":
    import polars as pl

    if kind == "number":
        return _as_numbers(found)
    if kind == "text" and found.dtype != pl.String:
        return as_words(found)
    if kind == "time":
        return _as_instants(found)
    return found.cast(pl.Boolean) if kind == "yes-no" else found


def _as_instants(found: "pl.Series") -> "pl.Series":
    """Times in nanoseconds, whichever resolution a file gave them; a time of day stays one."""
    import polars as pl

    from dure.science.quality import as_times

    if found.dtype == pl.String and not found.is_null().all():
        times = as_times(found)
        if times is None:
            raise NotTimes(found.name, value=str(found.drop_nulls()[0])[:40])
        found = times
    if found.dtype.is_numeric():
        raise NotTimes(found.name, value=str(found.drop_nulls().head(1).to_list()))
    if found.dtype in (pl.Time, pl.Duration):
        return found
    return found.dt.cast_time_unit("ns") if found.dtype == pl.Datetime else found.cast(pl.Datetime("ns"))


def _as_numbers(found: "pl.Series") -> "pl.Series":
    import polars as pl

    if found.dtype == pl.String:
        read = found.str.strip_chars().cast(pl.Float64, strict=False)
        lost = found.filter(found.is_not_null() & read.is_null() & (found.str.strip_chars() != ""))
        if len(lost):
            raise NotNumbers(found.name, value=str(lost[0])[:40])
        found = read
    numbers = found.cast(pl.Float64)
    if numbers.is_finite().all():
        return numbers
    return numbers.to_frame().select(pl.when(pl.first().is_finite()).then(pl.first())).to_series()


def as_words(found: "pl.Series") -> "pl.Series":
    """Values as text, whole numbers without a decimal point: the same word whichever type a file gave it.

    >>> import polars as pl
    >>> as_words(pl.Series("mould", [8412.0, None])).to_list()
    ['8412', None]
    """
    import polars as pl

    if not found.dtype.is_float():
        return found.cast(pl.String)
    # value by value, so that a row alone and the same row in a table become the same word
    whole = pl.first().is_finite() & (pl.first() % 1 == 0) & (pl.first().abs() < 2**63)
    words = (
        pl.when(whole)
        .then(pl.first().cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(pl.first().cast(pl.String))
    )
    return found.to_frame().select(words).to_series()


def _floats(frame: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl
    import polars.selectors as cs

    # -0.0 becomes plain 0.0: which of the two a difference gives depends on Polars' path for one row
    number = (cs.numeric() | cs.boolean()).cast(pl.Float64)
    return frame.with_columns(pl.when(number != 0).then(number).when(number == 0).then(0.0).name.keep())
