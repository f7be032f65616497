"""Defects put into sound data, to measure how much of each a measure finds: its detection power.

A `Defect` spoils a sound stretch by a stated magnitude at a random place and says where; `detected` asks the measure
that is for it whether it sees what it did not see before. `benchmarks/quality_power.py` does so on recorded data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.measure import TABLE, Measure
from dure.science.quality.subject import Floats, Subject, near_the_last
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Chance = np.random.Generator
#: The spoilt table, and the column (or `table`) that a finding must name; None where it cannot be spoilt so.
Spoilt = tuple[Subject, str] | None
_ROWS = Text("rows", "행")
_SPANS = Text("times the signal's span (1st to 99th percentile)", "배(신호의 1~99백분위 폭 대비)")
_SHARE = Text("of the rows", "(행 비율)")
_ONCE = Text("", "")


@dataclass(frozen=True)
class Defect:
    """A defect by its name, the magnitudes at which it is tried, what they count, and how it is put into a table."""

    says: Text
    magnitudes: tuple[float, ...]
    unit: Text
    spoil: Callable[[Subject, float, Chance], Spoilt]


def detected(
    measure: Measure, sound: Subject, defect: Defect, magnitude: float, chance: Chance
) -> bool | None:
    """Whether `measure` finds the defect where it was put; None if this stretch cannot have it, or has it already."""
    spoilt = defect.spoil(sound, magnitude, chance)
    if spoilt is None:
        return None
    subject, where = spoilt
    if where in _named(measure, sound):
        return None
    return where in _named(measure, subject)


def _named(measure: Measure, subject: Subject) -> set[str]:
    return {name for one in measure.measure(subject) for name in (one.where, *one.columns)}


def _put(subject: Subject, name: str, values: "pl.Series | Floats") -> Subject:
    import polars as pl

    column = values if isinstance(values, pl.Series) else pl.Series(name, values)
    return replace(subject, frame=subject.frame.with_columns(column.alias(name)))


def _with(subject: Subject, frame: "pl.DataFrame") -> Subject:
    """The subject with other rows, as one file."""
    return replace(subject, frame=frame, segments=(len(frame),), sources=subject.sources[:1])


def _signal(subject: Subject, chance: Chance, distinct: int = 30) -> str | None:
    """A signal that moves, at random."""
    fit = [
        name
        for name in subject.signals
        if name != subject.label
        and (shape := subject.shape(name)) is not None
        and shape.distinct >= distinct
        and shape.deviation > 0
    ]
    return fit[int(chance.integers(len(fit)))] if fit else None


def _smooth(subject: Subject, chance: Chance) -> str | None:
    """A signal whose rows follow each other, at random."""
    name = next(
        (
            one
            for one in (_signal(subject, chance) for _ in range(5))
            if one and near_the_last(subject.array(one), subject.starts) > 0.6
        ),
        None,
    )
    return name if subject.ordered else None


def _changed(
    signal: Callable[[Subject, Chance], str | None], change: Callable[[Floats, float, float, Chance], Floats]
) -> Callable[[Subject, float, Chance], Spoilt]:
    """Spoil one signal: `change` gets its values, the magnitude, its span, and chance."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        name = signal(subject, chance)
        shape = subject.shape(name) if name is not None else None
        if name is None or shape is None:
            return None
        values = change(subject.array(name).copy(), magnitude, shape.span, chance)
        return _put(subject, name, values), name

    return spoil


def _somewhere(values: Floats, rows: int, chance: Chance) -> slice:
    start = int(chance.integers(len(values) // 10, max(len(values) * 9 // 10 - rows, len(values) // 10 + 1)))
    return slice(start, start + rows)


def _outlying(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    values[_somewhere(values, 5, chance)] += chance.choice([-1, 1]) * magnitude * span
    return values


def _spike(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    values[_somewhere(values, 1, chance)] += chance.choice([-1, 1]) * magnitude * span
    return values


def _clipped(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:  # noqa: ARG001 - the common shape
    upper = bool(chance.integers(2))
    limit = float(np.nanquantile(values, 1 - magnitude if upper else magnitude))
    return np.minimum(values, limit) if upper else np.maximum(values, limit)


def _stuck(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:  # noqa: ARG001 - the common shape
    here = _somewhere(values, int(magnitude), chance)
    values[here] = values[here.start]
    return values


def _sentinel(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    signs = [
        sign
        for sign in (-999.0, -9999.0, 9999.0, 65535.0)
        if not np.nanmin(values) - span < sign < np.nanmax(values) + span
    ]
    values[chance.choice(len(values), int(magnitude), replace=False)] = chance.choice(signs or [-99999.0])
    return values


def _missing(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:  # noqa: ARG001 - the common shape
    values[chance.choice(len(values), int(magnitude), replace=False)] = np.nan
    return values


def _quantised(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:  # noqa: ARG001 - the common shape
    step = np.ptp(values[np.isfinite(values)]) / 2**magnitude
    return np.round(values / step) * step


def _drifted(values: Floats, magnitude: float, span: float, chance: Chance) -> Floats:
    ramp = np.clip((np.arange(len(values)) / len(values) - 0.6) / 0.1, 0, 1)
    moved: Floats = values + chance.choice([-1, 1]) * ramp * magnitude * span
    return moved


def _emptied(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    name = _signal(subject, chance)
    return None if name is None else (_put(subject, name, np.full(len(subject.frame), np.nan)), name)


def _frozen(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    name = _signal(subject, chance)
    return None if name is None else (_put(subject, name, np.full(len(subject.frame), 7.5)), name)


def _other_unit(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    name = _smooth(subject, chance)
    if name is None or subject.frame.schema[name].is_integer():
        return None
    values = subject.array(name).copy()
    start = int(chance.integers(len(values) // 4, len(values) * 3 // 4))
    offset = {1.8: 32.0, 1.0: 273.15}.get(magnitude, 0.0)
    shape = subject.shape(name)
    if shape is None or shape.low < 0 or abs(shape.middle) * abs(magnitude - 1) + offset < 3 * shape.span:
        return None  # a signal around zero looks the same in another unit
    values[start:] = values[start:] * magnitude + offset
    return _put(subject, name, values), name


def _sign_turned(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    name = _smooth(subject, chance)
    shape = subject.shape(name) if name is not None else None
    if name is None or shape is None or shape.low <= 0 or shape.middle < 2 * shape.span:
        return None
    values = subject.array(name).copy()
    start = int(len(values) * (1 - magnitude))
    values[start:] *= -1
    return _put(subject, name, values), name


def _impossible(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    name = _signal(subject, chance)
    shape = subject.shape(name) if name is not None else None
    if name is None or shape is None or shape.low < -200:
        return None
    values = subject.array(name).copy()
    values[chance.choice(len(values), int(magnitude), replace=False)] = -300.0
    warm = f"{name} [°C]"
    return replace(subject, frame=_put(subject, name, values).frame.rename({name: warm})), warm


def _linear_copy(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    name = _signal(subject, chance)
    shape = subject.shape(name) if name is not None else None
    if name is None or shape is None:
        return None
    noise = magnitude * shape.span * chance.normal(size=len(subject.frame))
    return _put(subject, "again", 9.81 * (subject.array(name) + noise) + 3), "again"


def _text(written: Callable[[float, float, Chance], str]) -> Callable[[Subject, float, Chance], Spoilt]:
    """Turn a signal into text, value by value."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        import polars as pl

        name = _signal(subject, chance)
        if name is None:
            return None
        share = magnitude / len(subject.frame)
        words = [
            None if np.isnan(value) else written(float(value), share, chance) for value in subject.array(name)
        ]
        return _put(subject, name, pl.Series(name, words, dtype=pl.String)), name

    return spoil


def _word_between(value: float, share: float, chance: Chance) -> str:
    return "ERR" if chance.random() < share else f"{value:.6g}"


def _clocked(
    change: Callable[[Floats, float, Chance], Floats | None],
) -> Callable[[Subject, float, Chance], Spoilt]:
    """Spoil the clock: `change` gets seconds, usual steps as the magnitude's unit made, and chance; NaN drops a row."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        import polars as pl

        if (
            subject.clock is None
            or subject.clock.name not in subject.frame.columns
            or len(subject.segments) > 1
        ):
            return None
        ticks = subject.frame.get_column(subject.clock.name)
        seconds = change(subject.clock.seconds / subject.usual_step, magnitude, chance)
        if seconds is None:
            return None
        kept = pl.Series(np.isfinite(seconds))
        moved = np.nan_to_num((seconds - subject.clock.seconds / subject.usual_step) * subject.usual_step)
        shift = pl.Series((moved * 1e9).astype(np.int64)).cast(pl.Duration("ns"))
        new = (
            ticks + shift
            if ticks.dtype.is_temporal()
            else ticks + moved * float(np.median(np.diff(ticks.to_numpy())) / subject.usual_step)
        )
        return _with(subject, _put(subject, ticks.name, new).frame.filter(kept)), ticks.name

    return spoil


def _gap(ticks: Floats, magnitude: float, chance: Chance) -> Floats:
    ticks = ticks.copy()
    ticks[_somewhere(ticks, int(magnitude), chance)] = np.nan
    return ticks


def _back(ticks: Floats, magnitude: float, chance: Chance) -> Floats:
    start = int(chance.integers(len(ticks) // 4, len(ticks) * 3 // 4))
    return np.where(np.arange(len(ticks)) >= start, ticks - magnitude - 1, ticks)


def _repeated(ticks: Floats, magnitude: float, chance: Chance) -> Floats:
    rows = chance.choice(len(ticks) - 1, int(magnitude), replace=False) + 1
    ticks = ticks.copy()
    ticks[rows] = ticks[rows - 1]
    return ticks


def _uneven(ticks: Floats, magnitude: float, chance: Chance) -> Floats:
    return ticks + chance.uniform(0, magnitude, len(ticks))


def _half_a_year(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    import polars as pl

    if subject.clock is None or not isinstance(subject.frame.schema.get(subject.clock.name), pl.Datetime):
        return None
    if np.nanmax(subject.clock.seconds) - np.nanmin(subject.clock.seconds) < 330 * 86_400:
        return None
    days = subject.frame.get_column(subject.clock.name)
    return _with(subject, subject.frame.filter(days.dt.month() <= magnitude)), subject.clock.name


def _zones_mixed(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    if subject.clock is None or not isinstance(subject.frame.schema.get(subject.clock.name), pl.Datetime):
        return None
    words = subject.frame.get_column(subject.clock.name).dt.strftime("%Y-%m-%d %H:%M:%S")
    bare = pl.Series(chance.random(len(words)) < magnitude)
    mixed = (
        words.to_frame().select(pl.when(bare).then(pl.first()).otherwise(pl.first() + "+09:00")).to_series()
    )
    return _put(subject, words.name, mixed), words.name


def _renamed(header: Callable[[str], str]) -> Callable[[Subject, float, Chance], Spoilt]:
    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
        name = _signal(subject, chance)
        if name is None:
            return None
        new = header(name.split("[")[0].split("(")[0].strip())
        return replace(subject, frame=subject.frame.rename({name: new})), new

    return spoil


def _twin(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    name = _signal(subject, chance)
    return None if name is None else (_put(subject, f"{name} ", subject.array(name)), f"{name} ")


def _nameless(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    names = {name: f"column_{place + 1}" for place, name in enumerate(subject.frame.columns)}
    return replace(subject, frame=subject.frame.rename(names), target=None), TABLE


def _copied_rows(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    if subject.frame.width < 3:
        return None
    rows = chance.choice(len(subject.frame), int(magnitude), replace=False)
    return _with(subject, pl.concat([subject.frame, subject.frame[np.sort(rows)]])), TABLE


def _copied_file(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    rows = int(magnitude)
    start = int(chance.integers(0, len(subject.frame) - rows))
    frame = pl.concat([subject.frame, subject.frame.slice(start, rows), subject.frame.slice(start, rows)])
    return replace(
        subject, frame=frame, segments=(len(subject.frame), rows, rows), sources=("a", "b", "c")
    ), TABLE


def _cut_short(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    return _with(subject, subject.frame.head(int(magnitude))), TABLE


def _serial(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    numbers = np.arange(len(subject.frame)) * int(magnitude) + int(chance.integers(1_000))
    return _put(subject, "serial", pl.Series(numbers)), "serial"


def _labelled(
    change: Callable[["pl.Series", float, Chance], "pl.Series"],
) -> Callable[[Subject, float, Chance], Spoilt]:
    """Spoil the column to be learnt, one of few classes."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        if subject.label is None or subject.frame.get_column(subject.label).n_unique() > 20:
            return None
        return _put(
            subject, subject.label, change(subject.frame.get_column(subject.label), magnitude, chance)
        ), subject.label

    return spoil


def _unlabelled(label: "pl.Series", magnitude: float, chance: Chance) -> "pl.Series":
    import polars as pl

    gone = pl.Series(chance.random(len(label)) < magnitude)
    return label.to_frame().select(pl.when(~gone).then(pl.first())).to_series()


def _rare(label: "pl.Series", magnitude: float, chance: Chance) -> "pl.Series":
    import polars as pl

    return pl.Series(label.name, (chance.random(len(label)) < magnitude).astype(int))


def _sorted(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    if (
        subject.label is None
        or subject.clock is not None
        or subject.frame.get_column(subject.label).n_unique() > 20
    ):
        return None
    return _with(subject, subject.frame.sort(subject.label)), subject.label


def _beside(
    column: Callable[["pl.Series", float, Chance], "pl.Series | None"], name: str
) -> Callable[[Subject, float, Chance], Spoilt]:
    """Put a column beside the one to be learnt that tells of it."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        if subject.label is None or subject.frame.get_column(subject.label).n_unique() > 20:
            return None
        new = column(subject.frame.get_column(subject.label), magnitude, chance)
        return None if new is None else (_put(subject, name, new), name)

    return spoil


def _target_copy(label: "pl.Series", magnitude: float, chance: Chance) -> "pl.Series":
    import polars as pl

    codes = label.rank("dense").fill_null(0).to_numpy()
    wrong = chance.random(len(codes)) < magnitude
    return pl.Series(
        np.where(wrong, chance.permutation(codes), codes) * 10.0 + chance.normal(size=len(codes)) * 0.5
    )


def _verdict(label: "pl.Series", magnitude: float, chance: Chance) -> "pl.Series":
    other = label.gather(chance.permutation(len(label)))
    return label.zip_with(_mask(chance.random(len(label)) >= magnitude), other)


def _mask(rows: NDArray[np.bool_]) -> "pl.Series":
    import polars as pl

    return pl.Series(rows)


def _fault_code(label: "pl.Series", magnitude: float, chance: Chance) -> "pl.Series | None":
    import polars as pl

    rare = label.drop_nulls().value_counts(sort=True).row(-1)
    rows = np.flatnonzero((label == rare[0]).fill_null(value=False).to_numpy())
    if len(rows) < magnitude or rare[1] > 0.19 * len(label):
        return None
    code = np.zeros(len(label), int)
    code[chance.choice(rows, int(magnitude), replace=False)] = 7
    return pl.Series(code)


def _relabelled(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    if subject.label is None or subject.frame.get_column(subject.label).n_unique() > 20:
        return None
    taken = subject.frame[np.sort(chance.choice(len(subject.frame), int(magnitude), replace=False))]
    label = taken.get_column(subject.label)
    other = subject.frame.get_column(subject.label).drop_nulls().unique().to_list()
    turned = [next(one for one in other if one != value) for value in label.to_list()]
    copies = taken.with_columns(pl.Series(label.name, turned, dtype=label.dtype))
    return _with(subject, pl.concat([subject.frame, copies])), subject.label


DEFECTS: Mapping[str, Defect] = {
    "outlying-stretch": Defect(Text("five rows moved away", "다섯 행이 벗어남"), (1, 2, 4, 8), _SPANS, _changed(_signal, _outlying)),
    "spike": Defect(Text("one row moved away", "한 행이 튐"), (0.25, 0.5, 1, 2, 4), _SPANS, _changed(_smooth, _spike)),
    "clipped": Defect(Text("cut off at one end", "한쪽 끝이 잘림"), (0.01, 0.03, 0.1), _SHARE, _changed(lambda s, c: _signal(s, c, 100), _clipped)),
    "impossible": Defect(Text("−300 in a signal of °C", "℃ 신호에 −300"), (1, 10), _ROWS, _impossible),
    "missing": Defect(Text("values taken out", "값이 빠짐"), (1, 10, 100), _ROWS, _changed(_signal, _missing)),
    "emptied-column": Defect(Text("all values taken out", "모든 값이 빠짐"), (1,), _ONCE, _emptied),
    "unlabelled": Defect(Text("labels taken out", "라벨이 빠짐"), (0.01, 0.1, 0.5), _SHARE, _labelled(_unlabelled)),
    "cut-short": Defect(Text("all but the first rows lost", "앞의 몇 행만 남음"), (1, 10), _ROWS, _cut_short),
    "sentinel": Defect(Text("−999, −9999, 9999 or 65535 put in", "−999, −9999, 9999, 65535가 섞임"), (2, 10, 50), _ROWS, _changed(_signal, _sentinel)),
    "gap": Defect(Text("rows taken out of the middle", "중간 행이 빠짐"), (3, 5, 10, 100), _ROWS, _clocked(_gap)),
    "clock-back": Defect(Text("clock set back", "시계가 뒤로 감"), (1, 10, 100), Text("steps", "간격"), _clocked(_back)),
    "repeated-times": Defect(Text("rows with the time before", "앞 행과 같은 시각"), (1, 10, 100), _ROWS, _clocked(_repeated)),
    "uneven": Defect(Text("times delayed at random, up to", "시각이 무작위로 늦어짐, 최대"), (0.5, 1, 4), Text("steps", "간격"), _clocked(_uneven)),
    "comma-decimals": Defect(Text("decimal commas", "소수점 쉼표"), (1,), _ONCE, _text(lambda value, _, __: f"{value:.4f}".replace(".", ","))),
    "unit-behind-number": Defect(Text("a unit behind each number", "숫자 뒤의 단위"), (1,), _ONCE, _text(lambda value, _, __: f"{value:.6g} bar")),
    "words-between": Defect(Text("ERR between numbers", "숫자 사이의 ERR"), (3, 30, 300), _ROWS, _text(_word_between)),
    "header-blank": Defect(Text("a blank at a header", "머리글의 공백"), (1,), _ONCE, _renamed(lambda name: f"{name} ")),
    "header-twin": Defect(Text("a second header but for a blank", "공백만 다른 머리글"), (1,), _ONCE, _twin),
    "header-with-unit": Defect(Text("a unit in a header", "머리글의 단위"), (1,), _ONCE, _renamed(lambda name: f"{name} [kPa]")),
    "header-with-odd-unit": Defect(Text("an unknown unit in a header", "머리글의 모르는 단위"), (1,), _ONCE, _renamed(lambda name: f"{name} (furlongs)")),
    "names-lost": Defect(Text("a header lost", "머리글이 없어짐"), (1,), _ONCE, _nameless),
    "zones-mixed": Defect(Text("times without their offset", "시차가 빠진 시각"), (0.01, 0.5), _SHARE, _zones_mixed),
    "relabelled-copies": Defect(Text("rows copied under another label", "다른 라벨의 복사 행"), (1, 10, 50), _ROWS, _relabelled),
    "other-unit": Defect(Text("in another unit from some row on", "어느 행부터 다른 단위"), (1.8, 1.0, 1000, 0.1, 6.89476), Text("times (1.8: °C to °F; 1: °C to K)", "배(1.8은 ℃→℉, 1은 ℃→K)"), _other_unit),
    "sign-turned": Defect(Text("with the sign turned", "부호가 뒤집힘"), (0.1, 0.5), _SHARE, _sign_turned),
    "stuck": Defect(Text("one value repeated", "한 값이 되풀이"), (10, 30, 60, 120, 300), _ROWS, _changed(_signal, _stuck)),
    "frozen-column": Defect(Text("one value in all rows", "모든 행이 한 값"), (1,), _ONCE, _frozen),
    "linear-copy": Defect(Text("9.81 × a signal + 3, with noise of", "신호의 9.81배 + 3, 잡음"), (0.0, 0.001, 0.01), _SPANS, _linear_copy),
    "quantised": Defect(Text("rounded to", "반올림"), (6, 5, 4), Text("bits", "비트"), _changed(lambda s, c: _signal(s, c, 100), _quantised)),
    "rare-class": Defect(Text("one class rare, in", "한 부류가 드묾"), (0.2, 0.05, 0.01), _SHARE, _labelled(_rare)),
    "sorted": Defect(Text("rows sorted by label", "라벨순 정렬"), (1,), _ONCE, _sorted),
    "target-copy": Defect(Text("the label again, wrong in", "라벨의 사본, 틀린 비율"), (0.0, 0.01, 0.1), _SHARE, _beside(_target_copy, "told")),
    "fault-code": Defect(Text("a code beside the rarest class, in", "가장 드문 부류의 코드"), (20, 50), _ROWS, _beside(_fault_code, "code")),
    "outcome-beside": Defect(Text("an inspector's verdict, wrong in", "검사 판정, 틀린 비율"), (0.5, 1.0), _SHARE, _beside(_verdict, "verdict")),
    "serial-number": Defect(Text("a running number, in steps of", "일련번호, 간격"), (1, 10), _ONCE, _serial),
    "copied-rows": Defect(Text("rows copied to the end", "끝에 복사된 행"), (1, 10, 100), _ROWS, _copied_rows),
    "copied-file": Defect(Text("a file given twice, of", "두 번 준 파일"), (10, 100), _ROWS, _copied_file),
    "drifted": Defect(Text("moved away by", "값이 옮겨 감"), (0.25, 0.5, 1, 2), _SPANS, _changed(_signal, _drifted)),
    "half-a-year": Defect(Text("only the first months kept", "앞의 몇 달만 남음"), (2, 6, 11), Text("months", "개월"), _half_a_year),
}  # fmt: skip
