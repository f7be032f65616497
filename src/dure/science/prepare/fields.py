"""Fields of a step: what its form shows, what a recipe file may hold, and why it may not."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dure.vocabulary import RecipeProblem, Text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class FieldRefused(RecipeProblem):
    """A field of a step holds what it cannot mean."""

    key = "recipe-field"
    says = Text(
        "Field {field} of step {where} is {value}; it must be {must}.",
        "{where} 단계의 {field} 값이 {value}입니다. {must}이어야 합니다.",
    )
    remedy = Text("Correct it in the recipe.", "레시피에서 값을 고쳐 주세요.")


@dataclass(frozen=True, slots=True)
class FieldForm:
    """One field of a step as a form shows it; `kind` is `columns`, `column`, `number`, `numbers`, `count`, `choice`, `choices`, `word`, `words`, `formula` or `yes-no`."""

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


def form_of(step: "type[DataclassInstance] | DataclassInstance") -> list[FieldForm]:
    """The fields of a step, in order, as a form shows them."""
    return [
        FieldForm(
            found.name,
            default=None if found.default is dataclasses.MISSING else found.default,
            **found.metadata,
        )
        for found in dataclasses.fields(step)
    ]


def checked(step: str, form: FieldForm, value: Any) -> Any:
    """`value` as the field's kind wants it; `FieldRefused` if it cannot be."""
    if value is None and form.default is None:
        return value
    return _CHECKS[form.kind](step, form, value)


def _refuse(step: str, form: FieldForm, value: Any, must: str, must_ko: str) -> FieldRefused:
    return FieldRefused(step, field=form.name, value=repr(value), must=Text(must, must_ko))


def _words(step: str, form: FieldForm, value: Any) -> tuple[str, ...]:
    if (
        isinstance(value, str)
        or not isinstance(value, list | tuple)
        or not all(isinstance(v, str) for v in value)
    ):
        raise _refuse(step, form, value, "a list of texts", "글자 목록")
    return tuple(value)


def _numbers(step: str, form: FieldForm, value: Any) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        raise _refuse(step, form, value, "a list of numbers", "숫자 목록")
    return tuple(_number(step, form, one) for one in value)


def _word(step: str, form: FieldForm, value: Any) -> str:
    if not isinstance(value, str):
        raise _refuse(step, form, value, "a text", "글자")
    return value


def _number(step: str, form: FieldForm, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(step, form, value, "a number", "숫자")
    if not math.isfinite(value):
        raise _refuse(step, form, value, "a finite number", "유한한 숫자")
    low = -float("inf") if form.low is None else form.low
    high = float("inf") if form.high is None else form.high
    if not low <= value <= high:
        raise _refuse(step, form, value, f"from {low:g} to {high:g}", f"{low:g}에서 {high:g} 사이")
    return float(value)


def _count(step: str, form: FieldForm, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(step, form, value, "a whole number", "정수")
    return int(_number(step, form, value))


def _yes_no(step: str, form: FieldForm, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse(step, form, value, "true or false", "true 또는 false")
    return value


def _choice(step: str, form: FieldForm, value: Any) -> str:
    if value not in form.choices:
        allowed = ", ".join(form.choices)
        raise _refuse(step, form, value, f"one of {allowed}", f"{allowed} 중 하나")
    return str(value)


def _choices(step: str, form: FieldForm, value: Any) -> tuple[str, ...]:
    return tuple(_choice(step, form, one) for one in _words(step, form, value))


_CHECKS = {
    "columns": _words,
    "words": _words,
    "numbers": _numbers,
    "column": _word,
    "word": _word,
    "formula": _word,
    "number": _number,
    "count": _count,
    "yes-no": _yes_no,
    "choice": _choice,
    "choices": _choices,
}
