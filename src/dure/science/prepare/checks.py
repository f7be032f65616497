"""The laws that every step is held to, ours and another wheel's alike.

`laws()` gives them by name; each takes a step and raises `LawBroken` saying what the step did. `example` makes a
step from its form alone and `sample` a table that such a step can treat, so that a new step is checked before its
author has written a test.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.prepare.conforming import matrix
from dure.science.prepare.fitted import FittedRecipe
from dure.science.prepare.recipe import NotForAStream, Recipe
from dure.science.prepare.step import ColumnAbsent, Step, form_of
from dure.vocabulary import Permit, use_language

if TYPE_CHECKING:
    import polars as pl

_OWN = Permit.own(["sample"])
_COLUMNS = {"number": ("bar", "temperature"), "text": ("shift",), "time": ("at",), "any": ("bar",)}
# Columns of references are named as reading names them.
_COLUMNS |= {"sound": ("sound",), "image": ("image",)}

_FORMULA = "=IF([bar]>MEDIAN([bar]), ROLLMEAN([bar], 5)/LAG([temperature], 2), DIFF([bar]))"


class LawBroken(AssertionError):
    """A step does not keep the promise that every step makes."""


def sample(step: Step, rows: int = 200, seed: int = 0) -> "pl.DataFrame":
    """A table that `step` can treat: noise, a stretch that stands still, missing values, words, times."""
    import polars as pl

    chance = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "at": [datetime(2024, 3, 5, 22, 0) + timedelta(minutes=7) * row for row in range(rows)],  # noqa: DTZ001 - a plant's local time
            "bar": _signal(chance, rows),
            "temperature": _signal(chance, rows) * 100,
            "shift": chance.choice(["A", "B", "12,5", "7 bar"], rows).tolist(),
        },
        schema={"at": pl.Datetime("ns"), "bar": pl.Float64, "temperature": pl.Float64, "shift": pl.String},
    )
    others = [name for name in step.reads() if name not in frame.columns]
    frame = frame.with_columns([pl.Series(name, _signal(chance, rows), dtype=pl.Float64) for name in others])
    return frame.with_columns(_contents(step, chance, rows))


def _contents(step: Step, chance: np.random.Generator, rows: int) -> "list[pl.Series]":
    """The columns of references that a step reads, to contents on the shelf of this process; some cells are empty."""
    import polars as pl

    made: list[pl.Series] = []
    for form in form_of(step):
        if form.of in _CONTENTS:
            kinds = _CONTENTS[form.of]()
            named = getattr(step, form.name)
            for name in (named,) if isinstance(named, str) else named or ():
                cells = [
                    None if one == len(kinds) else kinds[one]
                    for one in chance.integers(0, len(kinds) + 1, rows)
                ]
                made.append(pl.Series(name, cells, dtype=pl.String))
    return made


@cache
def _sounds() -> tuple[str, ...]:
    """References to short sounds: two channels of noise and tones, silence, one of another rate, one too short."""
    from dure.science.prepare.media import own_shelf
    from dure.science.prepare.sounds import Wave, encoded

    chance, at = np.random.default_rng(0), np.arange(2048)[:, None]
    waves = [
        Wave((np.sin(at / (3 + kind)) + chance.normal(size=(2048, 2))).astype(np.float32), 8000.0)
        for kind in range(3)
    ]
    waves += [Wave(np.zeros((2048, 1), np.float32), 8000.0), Wave(chance.normal(size=(999, 1)), 11025.0)]
    waves += [Wave(np.ones((3, 1), np.float32), 8000.0)]
    shelf, contents = own_shelf(), [encoded(wave) for wave in waves]
    return tuple(shelf.put_made(content, partial(bytes, content)) for content in contents)


@cache
def _pictures() -> tuple[str, ...]:
    """References to small pictures: colour, grey, all of one grey, and a single pixel."""
    from dure.science.picture import written
    from dure.science.prepare.media import own_shelf

    chance = np.random.default_rng(0)
    made = [chance.integers(0, 256, (40, 64, 3)), np.repeat(chance.integers(0, 256, (90, 70, 1)), 3, axis=2)]
    made += [np.full((32, 32, 3), 90), np.full((1, 1, 3), 200)]
    shelf, contents = own_shelf(), [written(one.astype(np.uint8)) for one in made]
    return tuple(shelf.put_made(content, partial(bytes, content)) for content in contents)


#: What makes references to samples of each kind of content, by what a field says it is `of`.
_CONTENTS: dict[str, Callable[[], tuple[str, ...]]] = {"sound": _sounds, "image": _pictures}


def _signal(chance: np.random.Generator, rows: int) -> Any:
    values = 1_000.0 + chance.normal(size=rows).cumsum()
    values[rows // 3 : rows // 2] = 1_000.1
    values[chance.random(rows) < 0.1] = np.nan
    return values


def example(member: type[Step]) -> Step:
    """A step made from its form: sample columns where columns are wanted, defaults elsewhere."""
    settings: dict[str, Any] = {}
    for field, form in zip(dataclasses.fields(member), form_of(member), strict=True):
        if field.default is not dataclasses.MISSING:
            continue
        given = {"columns": _COLUMNS[form.of], "column": _COLUMNS[form.of][0], "numbers": (-1.0,)}
        given |= {"word": "made", "formula": _FORMULA}
        settings[form.name] = given.get(form.kind, form.choices[:1] or form.low)
    return member(**settings)


def laws() -> Mapping[str, Callable[[Step], None]]:
    """Every law, by its name."""
    return {law.__name__.strip("_").replace("_", " "): law for law in _LAWS}


def require_equal_streams(step: Step, frame: "pl.DataFrame", chunks: Sequence[int]) -> None:
    """Raise `LawBroken` unless batch, chunks of these lengths and single rows give the same bits on `frame`."""
    fitted = Recipe((step,)).fit(frame, _OWN)
    whole = fitted.transform(frame)
    for lengths in (list(chunks), [1] * len(frame)):
        _require_same(
            whole, _streamed(fitted, frame, lengths), f"streams in chunks of {lengths[:5]} differently"
        )


def require_equal_arrays(step: Step, frame: "pl.DataFrame") -> None:
    """Raise `LawBroken` unless the step's form on rows, if it has one, gives the bits of the batch on `frame`."""
    words = [
        name for name, kind in frame.schema.items() if not kind.is_numeric() and name not in step.reads()
    ]
    fitted = Recipe((step, *coded(step, frame)), tuple(words)).fit(frame, _OWN)
    rows = fitted.by_row()
    if rows is None:
        return
    wanted = matrix(fitted.transform(frame), list(fitted.origins))
    raw = frame.select(column.name for column in rows.columns)
    found = np.array([rows.push(rows.read(values)) for values in raw.iter_rows()]).reshape(len(frame), -1)
    if found.shape != wanted.shape or not _same_floats(found, wanted):
        raise LawBroken(f"{step.name()} gives other bits on arrays than on the table")


def coded(step: Step, frame: "pl.DataFrame") -> tuple[Step, ...]:
    """What numbers the words that a step on words leaves as words, so that its form on arrays can be judged."""
    from dure.science.prepare.families import step_named

    words = step.worded(frame.columns)
    # the base class has no fields; the member has
    return (step_named("table.encode_category")(columns=words),) if words else ()  # type: ignore[call-arg]


def _same_floats(found: Any, wanted: Any) -> bool:
    """Whether two arrays hold the same bits, any NaN standing for a missing value."""
    bits = [np.where(np.isnan(values), np.nan, values).view(np.uint64) for values in (found, wanted)]
    return bool((bits[0] == bits[1]).all())


def _streamed(fitted: FittedRecipe, frame: "pl.DataFrame", lengths: Sequence[int]) -> "pl.DataFrame":
    import polars as pl

    live, start, parts = fitted.live(), 0, []
    for length in [*lengths, len(frame)]:
        part = frame.slice(start, length)
        if len(part):
            parts.append(live.push(part))
        start += length
    return pl.concat(parts)


def _require(kept: bool, step: Step, what: str) -> None:
    if not kept:
        raise LawBroken(f"{step.name()} {what}")


def _require_same(wanted: "pl.DataFrame", found: "pl.DataFrame", what: str) -> None:
    if wanted.schema != found.schema:
        raise LawBroken(f"{what}: {wanted.schema} against {found.schema}")
    for name in wanted.columns:
        if not _same_bits(wanted.get_column(name), found.get_column(name)):
            raise LawBroken(f"{what}: column {name}")


def _same_bits(wanted: "pl.Series", found: "pl.Series") -> bool:
    if not wanted.dtype.is_float():
        return wanted.equals(found)
    bits = [column.fill_null(float("nan")).to_numpy().view(np.uint64) for column in (wanted, found)]
    return wanted.is_null().equals(found.is_null()) and bool((bits[0] == bits[1]).all())


def _the_input_is_not_changed(step: Step) -> None:
    frame = sample(step)
    before = frame.clone()
    step.fit(frame).transform(frame)
    _require(frame.equals(before), step, "changes the table it is given")


def _rows_and_their_order_are_kept(step: Step) -> None:
    if not step.keeps_rows:
        return
    frame = sample(step)
    fitted = step.fit(frame)
    whole = fitted.transform(frame)
    _require(len(whole) == len(frame), step, "changes the number of rows but says it keeps them")
    if step.causal:
        first = fitted.transform(frame.head(150))
        _require_same(whole.head(150), first, f"{step.name()} lets later rows change earlier ones")


def _the_columns_are_those_it_names(step: Step) -> None:
    frame = sample(step)
    made = step.fit(frame).transform(frame).columns
    named = step.names(frame.columns)
    _require(made == list(named), step, f"makes {made} but names {list(named)}")
    _require(set(named.values()) <= set(frame.columns), step, "names origins that are no input column")


def _the_warm_up_is_enough(step: Step) -> None:
    if not (step.causal and step.keeps_rows):
        return
    frame = sample(step)
    fitted = step.fit(frame)
    last = fitted.transform(frame.tail(20 + step.warm_up)).tail(20)
    _require_same(fitted.transform(frame).tail(20), last, f"{step.name()} needs more rows than its warm-up")


def _batch_chunks_and_single_rows_agree_to_the_bit(step: Step) -> None:
    frame = sample(step)
    if step.causal and step.keeps_rows:
        require_equal_streams(step, frame, [1, 2, 50, 3, 80])
        return
    try:
        Recipe((step,)).fit(frame, _OWN).live()
    except NotForAStream:
        return
    raise LawBroken(f"{step.name()} is offered to a stream though it looks ahead or changes the rows")


def _arrays_give_the_bits_of_the_table(step: Step) -> None:
    if step.causal and step.keeps_rows:
        require_equal_arrays(step, sample(step))


def _no_row_and_no_value_are_borne(step: Step) -> None:
    import polars as pl

    frame = sample(step)
    fitted = step.fit(frame)
    made = fitted.transform(frame.clear())
    _require(len(made) == 0, step, "makes rows out of none")
    _require(made.columns == list(step.names(frame.columns)), step, "makes other columns out of no rows")
    empty = frame.with_columns(pl.lit(None).cast(dtype).alias(name) for name, dtype in frame.schema.items())
    for fit_on, treat in ((frame, empty), (empty, frame), (empty, empty), (frame.clear(), frame)):
        treated = step.fit(fit_on).transform(treat)
        _require(not step.keeps_rows or len(treated) == len(treat), step, "loses rows without values")


def _an_absent_column_is_refused_by_name(step: Step) -> None:
    frame = sample(step)
    for name in step.reads():
        for refuse in (step.fit, step.fit(frame).transform):
            try:
                refuse(frame.drop(name))
            except ColumnAbsent as refusal:
                _require(name in str(refusal), step, f"refuses without naming {name}")
            else:
                raise LawBroken(f"{step.name()} takes a table without {name}")


def _recipe_and_statistics_survive_a_file(step: Step) -> None:
    recipe, frame = Recipe((step,)), sample(step)
    _require(Recipe.from_toml(recipe.to_toml()) == recipe, step, "does not survive a TOML file")
    _require(
        Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe, step, "does not survive JSON"
    )
    fitted = recipe.fit(frame, _OWN)
    again = FittedRecipe.from_dict(json.loads(json.dumps(fitted.to_dict(), allow_nan=False)))
    _require_same(fitted.transform(frame), again.transform(frame), f"{step.name()} forgets what it learnt")


def _it_speaks_both_languages(step: Step) -> None:
    texts = [step.label, step.explain(), *(form.label for form in form_of(step))]
    for text in texts:
        _require(bool(text.en.strip() and text.ko.strip()), step, "lacks a text in one language")
        _require(any("가" <= sign <= "힣" for sign in text.ko), step, f"has no Korean for “{text.en}”")
    with use_language("ko"):
        Recipe.from_toml(Recipe((step,)).to_toml())


_LAWS = (
    _the_input_is_not_changed,
    _rows_and_their_order_are_kept,
    _the_columns_are_those_it_names,
    _the_warm_up_is_enough,
    _batch_chunks_and_single_rows_agree_to_the_bit,
    _arrays_give_the_bits_of_the_table,
    _no_row_and_no_value_are_borne,
    _an_absent_column_is_refused_by_name,
    _recipe_and_statistics_survive_a_file,
    _it_speaks_both_languages,
)
