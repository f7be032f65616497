"""Defects of the column to be learnt, and columns that tell of it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.injection.defect import ONCE, ROWS, SHARE, Chance, Defect, Spoilt
from dure.science.quality.injection.spoiling import put, with_rows
from dure.science.quality.subject import Subject
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


def _labelled(
    change: Callable[["pl.Series", float, Chance], "pl.Series"],
) -> Callable[[Subject, float, Chance], Spoilt]:
    """Spoil the column to be learnt, one of few classes."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        if subject.label is None or subject.frame.get_column(subject.label).n_unique() > 20:
            return None
        return put(
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
    return with_rows(subject, subject.frame.sort(subject.label)), subject.label


def _beside(
    column: Callable[["pl.Series", float, Chance], "pl.Series | None"], name: str
) -> Callable[[Subject, float, Chance], Spoilt]:
    """Put a column beside the one to be learnt that tells of it."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        if subject.label is None or subject.frame.get_column(subject.label).n_unique() > 20:
            return None
        new = column(subject.frame.get_column(subject.label), magnitude, chance)
        return None if new is None else (put(subject, name, new), name)

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
    return with_rows(subject, pl.concat([subject.frame, copies])), subject.label


def _relation(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    if subject.label not in subject.signals or subject.frame.get_column(subject.label).n_unique() <= 20:
        return None
    values = subject.array(subject.label).copy()
    start = int(len(values) * chance.uniform(0.6, 0.7))
    values[start:] += chance.choice([-1, 1]) * magnitude * np.nanstd(values)
    return put(subject, subject.label, values), subject.label


DEFECTS: Mapping[str, Defect] = {
    "relation-changed": Defect(Text("the target moved away from what the signals tell, by", "신호가 말하는 값에서 목표가 옮겨 감"), (0.5, 1, 2), Text("× standard deviation", "× 표준편차"), _relation),
    "unlabelled": Defect(Text("labels taken out", "라벨이 빠짐"), (0.01, 0.1, 0.5), SHARE, _labelled(_unlabelled)),
    "relabelled-copies": Defect(Text("rows copied under another label", "다른 라벨의 복사 행"), (1, 10, 50), ROWS, _relabelled),
    "rare-class": Defect(Text("one class rare, in", "한 부류가 드묾"), (0.2, 0.05, 0.01), SHARE, _labelled(_rare)),
    "sorted": Defect(Text("rows sorted by label", "라벨순 정렬"), (1,), ONCE, _sorted),
    "target-copy": Defect(Text("the label again, wrong in", "라벨의 사본, 틀린 비율"), (0.0, 0.01, 0.1), SHARE, _beside(_target_copy, "told")),
    "fault-code": Defect(Text("a code beside the rarest class, in", "가장 드문 부류의 코드"), (20, 50), ROWS, _beside(_fault_code, "code")),
    "outcome-beside": Defect(Text("an inspector's verdict, wrong in", "검사 판정, 틀린 비율"), (0.5, 1.0), SHARE, _beside(_verdict, "verdict")),
}  # fmt: skip
