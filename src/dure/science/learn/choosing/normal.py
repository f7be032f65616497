"""Which rows are normal, as the asker said it, and which detector learns them."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing.given import Given
from dure.science.learn.target import words
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

Flags = NDArray[np.bool_]

#: With more signals than this a distance costs too much on every row of the line: principal components watch instead.
#: Which distance, and over which window, `benchmarks/detect_frozen.py` chose.
MOST_SIGNALS = 200


def normal_rows(rows: Given) -> tuple[Flags, Text]:
    """Which rows are normal, and by what. [N].

    The first rows of each file; rows with a value; with a label at hand its quiet rows; else every row.
    """
    request = rows.request
    if request.normal_rows is not None:
        first = request.normal_rows
        mask = np.concatenate([np.arange(count) < first for count in rows.segments])
        said = Text(
            f"The first {first} rows of each file are normal.", f"각 파일의 처음 {first}행을 정상으로 봅니다."
        )
        return mask, said
    if request.normal is not None:
        name, _, value = (part.strip() for part in request.normal.partition("="))
        return _rows_with(rows.frame.get_column(name), value)
    if request.target is not None:
        label = rows.frame.get_column(request.target)
        return _rows_with(label, _quiet_word(label))
    said = Text(
        "No normal rows were named, so every row is taken as normal.",
        "정상 행을 지정하지 않아 모든 행을 정상으로 봅니다.",
    )
    return np.ones(len(rows.frame), dtype=bool), said


def _rows_with(column: "pl.Series", value: str) -> tuple[Flags, Text]:
    wanted = {value.lower(), _number_word(value)}
    mask = np.array([(word or "").lower() in wanted for word in words(column)], dtype=bool)
    name = column.name
    return mask, Text(
        f"Rows with {name} = {value} are normal.", f"{name} 값이 {value}인 행을 정상으로 봅니다."
    )


def _number_word(value: str) -> str:
    """`0.0` as the word `0`, so that it names the same rows."""
    try:
        number = float(value)
    except ValueError:
        return value.lower()
    return str(int(number)) if number.is_integer() else repr(number)


def _quiet_word(label: "pl.Series") -> str:
    """0 or false of a label, else its commonest word."""
    found = [word for word in words(label) if word is not None]
    for quiet in ("0", "false"):
        if quiet in found:
            return quiet
    return max(sorted(set(found)), key=found.count, default="")


def detector_for(signals: int) -> str:
    """Family for so many signals, by a stated rule: without labels nothing can choose between them.

    >>> detector_for(52), detector_for(500)
    ('ledoit_wolf', 'principal_components')
    """
    return "principal_components" if signals > MOST_SIGNALS else "ledoit_wolf"


def why_detector(family: str, signals: int, *, asked: bool) -> Text:
    """The rule in words."""
    if asked:
        return Text("The family was asked for.", "요청한 모델 계열입니다.")
    if family == "ledoit_wolf":
        return Text(
            f"With {signals} signals (at most {MOST_SIGNALS}) the distance from what is usual is used.",
            f"신호가 {signals}개({MOST_SIGNALS}개 이하)라서 평소 상태와의 거리를 봅니다.",
        )
    return Text(
        f"With {signals} signals (more than {MOST_SIGNALS}) distances cost too much on every row, so principal "
        "components are used.",
        f"신호가 {signals}개({MOST_SIGNALS}개 초과)라서 계산이 무거운 거리 대신 주성분을 봅니다.",
    )
