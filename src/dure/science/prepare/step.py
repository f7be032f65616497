"""The promise every preparation step keeps, and the fields its form is made of.

A step is a frozen dataclass; `fit` looks at a table and freezes what it learnt as a `Fitted`, whose
`transform` then treats rows alike for ever. Its fields carry label, unit and range, so that the form, the
recipe file and the checks come from one place.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dure.vocabulary import RecipeProblem, TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

Learnt = Mapping[str, Any]


class FieldRefused(RecipeProblem):
    """A field of a step holds what it cannot mean."""

    key = "recipe-field"
    says = Text(
        "Field {field} of step {where} is {value}; it must be {must}.",
        "{where} 단계의 {field} 값이 {value}입니다. {must_ko}이어야 합니다.",
    )
    remedy = Text("Correct it in the recipe.", "레시피에서 값을 고쳐 주세요.")


class ColumnAbsent(TableProblem):
    """A table lacks a column that is needed."""

    key = "column-absent"
    says = Text("The table has no column “{where}”{near}.", "표에 “{where}” 열이 없습니다{near_ko}.")
    remedy = Text(
        "Give a table with the same columns, or correct the recipe.",
        "같은 열을 가진 표를 쓰거나 레시피를 고쳐 주세요.",
    )


class NotNumbers(TableProblem):
    """A column that must hold numbers holds text."""

    key = "column-not-numbers"
    says = Text(
        "Column “{where}” should hold numbers but holds “{value}”.",
        "“{where}” 열에는 숫자가 있어야 하는데 “{value}”이(가) 들어 있습니다.",
    )
    remedy = Text(
        "Turn it into numbers first (step table.numbers_from_text), or correct the value.",
        "먼저 숫자로 바꾸거나(table.numbers_from_text 단계) 값을 고쳐 주세요.",
    )


class NotTimes(TableProblem):
    """A column that must hold times holds something else."""

    key = "column-not-times"
    says = Text(
        "Column “{where}” should hold times but holds “{value}”.",
        "“{where}” 열에는 시각이 있어야 하는데 “{value}”이(가) 들어 있습니다.",
    )
    remedy = Text("Write times as 2024-03-05 14:05:00.", "시각을 2024-03-05 14:05:00처럼 적어 주세요.")


@dataclass(frozen=True, slots=True)
class FieldForm:
    """One field of a step as a form shows it; `kind` is `columns`, `column`, `number`, `numbers`, `count`, `choice`, `choices`, `word`, `words` or `yes-no`."""

    name: str
    kind: str
    label: Text
    default: Any
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    of: str = "number"


_REQUIRED = object()


def field(  # noqa: PLR0913 - one argument for each thing a form shows, all named
    kind: str,
    label: Text,
    *,
    default: Any = _REQUIRED,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[str] = (),
    of: str = "number",
) -> Any:
    """A dataclass field with label, unit [UCUM] and range, from which form, recipe and checks are made.

    Of a field that names columns, `of` says which may be chosen: `number`, `text`, `time` or `any`.
    """
    metadata = {
        "kind": kind,
        "label": label,
        "unit": unit,
        "low": low,
        "high": high,
        "choices": tuple(choices),
        "of": of,
    }
    if default is _REQUIRED:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def form_of(step: "type[Step] | Step") -> list[FieldForm]:
    """The fields of a step, in order, as a form shows them."""
    return [
        FieldForm(
            found.name,
            default=None if found.default is dataclasses.MISSING else found.default,
            **found.metadata,
        )
        for found in dataclasses.fields(step)
    ]


@dataclass(frozen=True)
class Step:
    """What a preparation step promises; members give `learn`, `apply` and `explain`.

    `causal`: a row's result never depends on later rows (others are refused on a stream).
    `keeps_rows`: as many rows come out as go in, in the same order (others are no part of a model).
    """

    causal: ClassVar[bool] = True
    keeps_rows: ClassVar[bool] = True
    label: ClassVar[Text] = Text("Step", "단계")

    def __post_init__(self) -> None:
        """Take lists from a recipe file as tuples, and refuse what a field cannot mean."""
        for found in form_of(self):
            object.__setattr__(self, found.name, _checked(type(self), found, getattr(self, found.name)))

    @classmethod
    def name(cls) -> str:
        """Name in a recipe: data type and file, `table.drop_columns`; a wheel's own name for an outsider."""
        parts = cls.__module__.split(".")
        return ".".join(parts[-2:])

    @property
    def warm_up(self) -> int:
        """Rows before a row that its result may depend on."""
        return 0

    def reads(self) -> tuple[str, ...]:
        """Columns that must be there."""
        return tuple(getattr(self, "columns", ()))

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """Columns that come out of `columns`, in order, each with the one it was made from."""
        return {name: name for name in columns}

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """What is frozen at `fit`, able to be written as JSON."""
        del frame
        return {}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The rows after this step; `frame` is never changed."""
        raise NotImplementedError

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        raise NotImplementedError

    def fit(self, frame: "pl.DataFrame") -> "Fitted":
        """Look at `frame`, refuse it if a column is absent, and freeze what was learnt."""
        require_columns(self.reads(), frame.columns)
        return Fitted(self, self.learn(frame))

    def settings(self) -> dict[str, Any]:
        """The fields as a recipe file holds them."""
        return {
            one.name: _plain(getattr(self, one.name))
            for one in dataclasses.fields(self)
            if getattr(self, one.name) is not None
        }


@dataclass(frozen=True, slots=True)
class Fitted:
    """A step with what it learnt frozen."""

    step: Step
    learnt: Learnt

    def transform(self, frame: "pl.DataFrame") -> "pl.DataFrame":
        """The rows after this step.

        Raises
        ------
        ColumnAbsent
            If a column that the step reads is not there.
        """
        require_columns(self.step.reads(), frame.columns)
        return self.step.apply(frame, self.learnt)

    def to_dict(self) -> dict[str, Any]:
        """Name, settings and what was learnt, as JSON holds them."""
        return {"step": self.step.name(), **self.step.settings(), "learnt": dict(self.learnt)}


def require_columns(wanted: Sequence[str], there: Sequence[str]) -> None:
    """Raise `ColumnAbsent` for the first wanted column that is not there, with the nearest name there is.

    >>> require_columns(["AFDP"], ["AT", "AFDP "])
    Traceback (most recent call last):
    dure.science.prepare.step.ColumnAbsent: The table has no column “AFDP”; the nearest is “AFDP ”. Give ...
    """
    have = set(there)
    for name in wanted:
        if name not in have:
            near = _nearest(name, there)
            raise ColumnAbsent(
                name,
                near=f"; the nearest is “{near}”" if near else "",
                near_ko=f"(가장 비슷한 열: “{near}”)" if near else "",
            )


def listed(columns: Sequence[str], most: int = 6) -> str:
    """Column names for a sentence: all of a few, the first of many and how many there are.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d"], most=3)
    ('a, b', 'a, b … (4)')
    """
    if len(columns) <= most:
        return ", ".join(columns)
    return f"{', '.join(columns[: most - 1])} … ({len(columns)})"


def _nearest(name: str, there: Sequence[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, there, n=1)), "")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _checked(step: type[Step], form: FieldForm, value: Any) -> Any:
    """`value` as the field's kind wants it; `FieldRefused` if it cannot be."""
    if value is None and form.default is None:
        return value
    return _CHECKS[form.kind](step, form, value)


def _refuse(step: type[Step], form: FieldForm, value: Any, must: str, must_ko: str) -> FieldRefused:
    return FieldRefused(step.name(), field=form.name, value=repr(value), must=must, must_ko=must_ko)


def _words(step: type[Step], form: FieldForm, value: Any) -> tuple[str, ...]:
    if (
        isinstance(value, str)
        or not isinstance(value, list | tuple)
        or not all(isinstance(v, str) for v in value)
    ):
        raise _refuse(step, form, value, "a list of texts", "글자 목록")
    return tuple(value)


def _numbers(step: type[Step], form: FieldForm, value: Any) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        raise _refuse(step, form, value, "a list of numbers", "숫자 목록")
    return tuple(_number(step, form, one) for one in value)


def _word(step: type[Step], form: FieldForm, value: Any) -> str:
    if not isinstance(value, str):
        raise _refuse(step, form, value, "a text", "글자")
    return value


def _number(step: type[Step], form: FieldForm, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(step, form, value, "a number", "숫자")
    if not math.isfinite(value):
        raise _refuse(step, form, value, "a finite number", "유한한 숫자")
    low = -float("inf") if form.low is None else form.low
    high = float("inf") if form.high is None else form.high
    if not low <= value <= high:
        raise _refuse(step, form, value, f"from {low:g} to {high:g}", f"{low:g}에서 {high:g} 사이")
    return float(value)


def _count(step: type[Step], form: FieldForm, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(step, form, value, "a whole number", "정수")
    return int(_number(step, form, value))


def _yes_no(step: type[Step], form: FieldForm, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse(step, form, value, "true or false", "true 또는 false")
    return value


def _choice(step: type[Step], form: FieldForm, value: Any) -> str:
    if value not in form.choices:
        allowed = ", ".join(form.choices)
        raise _refuse(step, form, value, f"one of {allowed}", f"{allowed} 중 하나")
    return str(value)


def _choices(step: type[Step], form: FieldForm, value: Any) -> tuple[str, ...]:
    return tuple(_choice(step, form, one) for one in _words(step, form, value))


_CHECKS = {
    "columns": _words,
    "words": _words,
    "numbers": _numbers,
    "column": _word,
    "word": _word,
    "number": _number,
    "count": _count,
    "yes-no": _yes_no,
    "choice": _choice,
    "choices": _choices,
}
