"""Defects of a whole table: its text, headers, rows and files."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from dure.science.quality.injection.defect import ONCE, ROWS, Chance, Defect, Spoilt
from dure.science.quality.injection.spoiling import put, signal, with_rows
from dure.science.quality.measure import TABLE
from dure.science.quality.subject import Subject
from dure.vocabulary import Text


def _text(written: Callable[[float, float, Chance], str]) -> Callable[[Subject, float, Chance], Spoilt]:
    """Turn a signal into text, value by value."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        import polars as pl

        name = signal(subject, chance)
        if name is None:
            return None
        share = magnitude / len(subject.frame)
        words = [
            None if np.isnan(value) else written(float(value), share, chance) for value in subject.array(name)
        ]
        return put(subject, name, pl.Series(name, words, dtype=pl.String)), name

    return spoil


def _word_between(value: float, share: float, chance: Chance) -> str:
    return "ERR" if chance.random() < share else f"{value:.6g}"


def _renamed(header: Callable[[str], str]) -> Callable[[Subject, float, Chance], Spoilt]:
    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
        name = signal(subject, chance)
        if name is None:
            return None
        new = header(name.split("[")[0].split("(")[0].strip())
        return replace(subject, frame=subject.frame.rename({name: new})), new

    return spoil


def _twin(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    name = signal(subject, chance)
    return None if name is None else (put(subject, f"{name} ", subject.array(name)), f"{name} ")


def _nameless(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    names = {name: f"column_{place + 1}" for place, name in enumerate(subject.frame.columns)}
    return replace(subject, frame=subject.frame.rename(names), target=None), TABLE


def _copied_rows(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    if subject.frame.width < 3:
        return None
    rows = chance.choice(len(subject.frame), int(magnitude), replace=False)
    return with_rows(subject, pl.concat([subject.frame, subject.frame[np.sort(rows)]])), TABLE


def _copied_file(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    rows = int(magnitude)
    start = int(chance.integers(0, len(subject.frame) - rows))
    frame = pl.concat([subject.frame, subject.frame.slice(start, rows), subject.frame.slice(start, rows)])
    return replace(
        subject, frame=frame, segments=(len(subject.frame), rows, rows), sources=("a", "b", "c")
    ), TABLE


def _cut_short(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:  # noqa: ARG001 - the common shape
    return with_rows(subject, subject.frame.head(int(magnitude))), TABLE


def _serial(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
    import polars as pl

    numbers = np.arange(len(subject.frame)) * int(magnitude) + int(chance.integers(1_000))
    return put(subject, "serial", pl.Series(numbers)), "serial"


DEFECTS: Mapping[str, Defect] = {
    "cut-short": Defect(Text("all but the first rows lost", "앞의 몇 행만 남음"), (1, 10), ROWS, _cut_short),
    "comma-decimals": Defect(Text("decimal commas", "소수점 쉼표"), (1,), ONCE, _text(lambda value, _, __: f"{value:.4f}".replace(".", ","))),
    "unit-behind-number": Defect(Text("a unit behind each number", "숫자 뒤의 단위"), (1,), ONCE, _text(lambda value, _, __: f"{value:.6g} bar")),
    "words-between": Defect(Text("ERR between numbers", "숫자 사이의 ERR"), (3, 30, 300), ROWS, _text(_word_between)),
    "header-blank": Defect(Text("a blank at a header", "머리글의 공백"), (1,), ONCE, _renamed(lambda name: f"{name} ")),
    "header-twin": Defect(Text("a second header but for a blank", "공백만 다른 머리글"), (1,), ONCE, _twin),
    "header-with-unit": Defect(Text("a unit in a header", "머리글의 단위"), (1,), ONCE, _renamed(lambda name: f"{name} [kPa]")),
    "header-with-odd-unit": Defect(Text("an unknown unit in a header", "머리글의 모르는 단위"), (1,), ONCE, _renamed(lambda name: f"{name} (furlongs)")),
    "names-lost": Defect(Text("a header lost", "머리글이 없어짐"), (1,), ONCE, _nameless),
    "serial-number": Defect(Text("a running number, in steps of", "일련번호, 간격"), (1, 10), ONCE, _serial),
    "copied-rows": Defect(Text("rows copied to the end", "끝에 복사된 행"), (1, 10, 100), ROWS, _copied_rows),
    "copied-file": Defect(Text("a file given twice, of", "두 번 준 파일"), (10, 100), ROWS, _copied_file),
}  # fmt: skip
