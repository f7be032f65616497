"""A fitted recipe one row at a time on plain arrays: what the line needs, without a data frame.

Each step gives a form of its own on rows (`Step.by_row`); here they are put in line, behind readers that take each raw
value for what its column held at `fit`. The bits are those of the batch, which the laws of the steps and of the model
prove.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from dure.science.prepare.conforming import InputColumn, as_words
from dure.science.prepare.step import Floats, Learnt, NotNumbers, NotTimes, RowForm, Step, WordReader
from dure.science.prepare.word_tokens import token_of, word_of

Reader = Callable[[Any], float]
Fitted = tuple[Step, Learnt]

_NAN = float("nan")
_NUMBERS = {float, int, bool, type(None), np.float64}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks are compared with it
_MICROSECOND = timedelta(microseconds=1)


class ByRow:
    """A recipe on rows: `read` a raw row, `push` it, get the row that a model sees.

    It remembers what its steps look back on; another run needs a fresh one.
    """

    def __init__(
        self, columns: Sequence[InputColumn], readers: Sequence[Reader], forms: Sequence[RowForm]
    ) -> None:
        self.columns = tuple(columns)
        self._readers, self._forms = tuple(readers), tuple(forms)
        self._plain = all(column.kind == "number" for column in columns)

    def read(self, values: Sequence[Any] | Floats) -> Floats:
        """A raw row as numbers, NaN where missing. [F].

        Raises
        ------
        NotNumbers, NotTimes
            If a value cannot be read as what its column held.
        """
        if self._plain and (isinstance(values, np.ndarray) or set(map(type, values)) <= _NUMBERS):
            row = np.array(values, dtype=np.float64)
            finite = np.isfinite(row)
            return row if finite.all() else np.where(finite, row, np.nan)
        return np.array([read(value) for read, value in zip(self._readers, values, strict=True)])

    def push(self, row: Floats) -> Floats:
        """What the steps make of one more row. [F out]."""
        for form in self._forms:
            row = form(row)
        # the same zero as in batch
        return np.asarray(row + 0.0)


def by_row(columns: Sequence[InputColumn], steps: Sequence[Fitted]) -> ByRow | None:
    """The recipe on rows; None if a step has no such form or words would reach the model as words."""
    names = [column.name for column in columns]
    words = {column.name for column in columns if column.kind == "text"}
    coded = {name: _first_reader(name, steps) for name in words}
    tokens = {name for name in words if coded[name][1] is token_of}
    forms: list[RowForm] = []
    for place, (step, learnt) in enumerate(steps):
        done = {name for name in words - tokens if coded[name][0] == place}
        found = _forms_of(step, learnt, names, tokens, done)
        if found is None:
            return None
        forms += found
        tokens = _tokens_after(step, names, tokens)
        names = list(step.names(names))
    if tokens or any(place is None for place, _ in coded.values()):
        return None
    return ByRow(columns, [_reader(column, coded) for column in columns], forms)


def _forms_of(
    step: Step, learnt: Learnt, names: Sequence[str], tokens: set[str], done: set[str]
) -> list[RowForm] | None:
    """What a step does to a row, the words it codes looked up first; None if it has no such form."""
    if step.on_words and not set(step.words_read()) <= tokens:
        return None
    looked_up = tokens & set(step.reads()) if not step.on_words else set()
    readers = {name: step.word_reader(learnt, name) for name in looked_up}
    left = _left_to_do(step, done | looked_up)
    form = left.by_row(learnt, names) if left is not None else None
    if None in readers.values() or (left is not None and form is None):
        return None
    read = [_looking_up(names.index(name), reader) for name, reader in readers.items() if reader is not None]
    return [*read, *([form] if form is not None else [])]


def _looking_up(place: int, reader: WordReader) -> RowForm:
    """The row with the number that `reader` makes of the word at `place`."""

    def form(row: Floats) -> Floats:
        row = row.copy()
        row[place] = reader(word_of(row[place]))
        return row

    return form


def _tokens_after(step: Step, names: Sequence[str], tokens: set[str]) -> set[str]:
    """Columns that hold tokens after a step."""
    read = tokens & set(step.reads())
    made = {
        made for made, source in step.names(names).items() if source in tokens - read and made not in read
    }
    if not step.on_words:
        return made
    told = set(step.worded(names))
    return {name for name in made if name in tokens} | told


def _first_reader(column: str, steps: Sequence[Fitted]) -> tuple[int | None, WordReader | None]:
    """Which step turns the words of a column into numbers, and how; or leaves the column out."""
    names = [column]
    for place, (step, learnt) in enumerate(steps):
        reader = step.word_reader(learnt, column)
        if reader is not None:
            return place, reader
        if step.on_words and column in step.words_read():
            return place, token_of
        if column in step.reads():
            return None, None
        names = list(step.names(names))
        if column not in names:
            return -1, lambda _: _NAN
    return None, None


def _left_to_do(step: Step, done: set[str]) -> Step | None:
    """The step without the columns whose words were read at the entry; None if nothing is left."""
    if not done:
        return step
    left = tuple(name for name in step.reads() if name not in done)
    return replace(step, columns=left) if left else None  # type: ignore[call-arg] # who reads words names columns


def _reader(column: InputColumn, coded: Mapping[str, tuple[int | None, WordReader | None]]) -> Reader:
    name = column.name
    if column.kind == "text":
        read = coded[name][1]
        return lambda value: _NAN if read is None else read(_word(value))
    if column.kind == "time":
        return lambda value: _microseconds(name, value)
    if column.kind == "yes-no":
        return lambda value: _yes_no(_number(name, value))
    return lambda value: _number(name, value)


def _number(name: str, value: Any) -> float:
    if value is None:
        return _NAN
    if isinstance(value, str):
        return _number_in(name, value)
    if isinstance(value, int | float | np.number | np.bool_):
        return float(value) if math.isfinite(value) else _NAN
    raise NotNumbers(name, value=str(value)[:40])


def _number_in(name: str, word: str) -> float:
    """The number that a word is, by the rules of whole tables."""
    import polars as pl

    from dure.science.prepare.conforming import conform

    found = conform(pl.DataFrame({name: [word]}), [InputColumn(name, "number")]).item()
    return _NAN if found is None else float(found)


def _yes_no(number: float) -> float:
    return number if math.isnan(number) else float(number != 0)


def _word(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    import polars as pl

    found = as_words(pl.Series([value]))[0]
    return None if found is None else str(found)


def _microseconds(name: str, value: Any) -> float:
    """The wall clock [µs]: since 1970, or since midnight for a time of day."""
    if value is None:
        return _NAN
    if isinstance(value, str):
        value = _time_in(name, value)
    if isinstance(value, datetime):
        return float((value.replace(tzinfo=None) - _EPOCH) // _MICROSECOND)
    if isinstance(value, date):
        return float((datetime(value.year, value.month, value.day) - _EPOCH) // _MICROSECOND)  # noqa: DTZ001 - a date
    if isinstance(value, time):
        return float((datetime.combine(_EPOCH, value.replace(tzinfo=None)) - _EPOCH) // _MICROSECOND)
    raise NotTimes(name, value=str(value)[:40])


def _time_in(name: str, word: str) -> Any:
    import polars as pl

    from dure.science.quality import as_times

    times = as_times(pl.Series(name, [word]))
    if times is None:
        raise NotTimes(name, value=word[:40])
    return times[0]
