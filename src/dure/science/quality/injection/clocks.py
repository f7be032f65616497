"""Defects of a table's clock."""

from collections.abc import Callable, Mapping

import numpy as np

from dure.science.quality.injection.defect import ROWS, SHARE, Chance, Defect, Spoilt
from dure.science.quality.injection.spoiling import put, somewhere, with_rows
from dure.science.quality.subject import Floats, Subject
from dure.vocabulary import Text


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
        return with_rows(subject, put(subject, ticks.name, new).frame.filter(kept)), ticks.name

    return spoil


def _gap(ticks: Floats, magnitude: float, chance: Chance) -> Floats:
    ticks = ticks.copy()
    ticks[somewhere(ticks, int(magnitude), chance)] = np.nan
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
    return with_rows(subject, subject.frame.filter(days.dt.month() <= magnitude)), subject.clock.name


def _zones_mixed(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    if subject.clock is None or not isinstance(subject.frame.schema.get(subject.clock.name), pl.Datetime):
        return None
    words = subject.frame.get_column(subject.clock.name).dt.strftime("%Y-%m-%d %H:%M:%S")
    bare = pl.Series(chance.random(len(words)) < magnitude)
    mixed = (
        words.to_frame().select(pl.when(bare).then(pl.first()).otherwise(pl.first() + "+09:00")).to_series()
    )
    return put(subject, words.name, mixed), words.name


DEFECTS: Mapping[str, Defect] = {
    "gap": Defect(Text("rows taken out of the middle", "중간 행이 빠짐"), (3, 5, 10, 100), ROWS, _clocked(_gap)),
    "clock-back": Defect(Text("clock set back", "시계가 뒤로 감"), (1, 10, 100), Text("steps", "간격"), _clocked(_back)),
    "repeated-times": Defect(Text("rows with the time before", "앞 행과 같은 시각"), (1, 10, 100), ROWS, _clocked(_repeated)),
    "uneven": Defect(Text("times delayed at random, up to", "시각이 무작위로 늦어짐, 최대"), (0.5, 1, 4), Text("steps", "간격"), _clocked(_uneven)),
    "zones-mixed": Defect(Text("times without their offset", "시차가 빠진 시각"), (0.01, 0.5), SHARE, _zones_mixed),
    "half-a-year": Defect(Text("only the first months kept", "앞의 몇 달만 남음"), (2, 6, 11), Text("months", "개월"), _half_a_year),
}  # fmt: skip
