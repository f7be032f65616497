"""Which columns a model may learn from, and why the others are left out, in plain words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dure.science.learn.target import words
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_LABEL_NAMES = re.compile(
    r"anomal|change.?point|label|fault|defect|outlier|abnormal|is_?normal|이상|불량|고장|라벨", re.IGNORECASE
)
_ID_NAMES = re.compile(
    r"^(|id|idx|index|no|nr|seq|uuid|guid|serial|row|번호|순번|일련번호|unnamed.*|column_?0)$|[_ ](id|uuid|no)$",
    re.IGNORECASE,
)
_AGE_NAMES = re.compile(r"cycle|(^|_)age|hours?($|[^a-z])|사이클|회차|주기|수명|운전.?시간", re.IGNORECASE)
#: Different words in a text column beyond which it is free text.
MOST_WORDS = 60
#: Share of one class beyond which a single word of a column gives that class away.
GIVES_AWAY = 0.25
#: The same for a column that hints only; such columns that together tell so much of the class are the answer in parts.
HINTS, TOGETHER = 0.05, 0.9
_TOGETHER = Text(
    "with others like it, it tells the target: a part of the answer",
    "비슷한 열들과 함께 목표를 알려 주므로 정답의 일부입니다",
)

_BESIDE = Text(
    "it is one of a row of yes-no columns that tell the target: a part of the answer",
    "목표를 알려 주는 예/아니오 열들과 나란히 있으므로 정답의 일부입니다",
)


@dataclass(frozen=True, slots=True)
class Aside:
    """A column that is not learnt from (or one to look at), and why."""

    column: str
    key: str
    why: Text


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns learnt from, those left out, and those that deserve a look."""

    features: tuple[str, ...]
    left_out: tuple[Aside, ...]
    to_look_at: tuple[Aside, ...]


def choose(
    frame: "pl.DataFrame",
    *,
    target: str | None,
    asides: Sequence[Aside] = (),
    segments: Sequence[int] = (),
) -> Columns:
    """The columns of `frame` that a model may learn from.

    Parameters
    ----------
    frame
        The whole table.
    target
        Column to be predicted; None for a detector, where columns of labels are left out by their name.
    asides
        Columns already set aside (by the asker, as time, as group).
    segments
        Rows of each file, in order.
    """
    known = {aside.column for aside in asides} | {target}
    found = list(asides)
    for column in frame.get_columns():
        if column.name not in known:
            found.extend(_reasons(column, frame, target, segments))
    out = {aside.column for aside in found}
    features = tuple(name for name in frame.columns if name not in out and name != target)
    if target is None:
        return Columns(features, tuple(found), ())
    look, covered = _giveaways(frame.select(features), frame.get_column(target))
    if covered >= TOGETHER:
        # Parts of the answer under other names, such as a column for each kind of fault.
        parts = _with_neighbours(frame, features, [one.column for one in look])
        found += [Aside(name, "leakage", _TOGETHER if beside is None else beside) for name, beside in parts]
        gone = {name for name, _ in parts}
        features = tuple(name for name in features if name not in gone)
        look = []
    return Columns(features, tuple(found), tuple(one for one in look if one.key == "gives-away"))


def _with_neighbours(
    frame: "pl.DataFrame", features: Sequence[str], parts: Sequence[str]
) -> list[tuple[str, Text | None]]:
    """Parts of the answer, and the yes-no columns that stand in one row with them, each with its reason.

    A list of faults has rare ones too, which tell nothing by themselves and are no measurement all the same.

    >>> import polars as pl
    >>> faults = pl.DataFrame({"bar": [1.5, 2.5], "wear": [0, 1], "heat": [1, 0], "chance": [0, 0]})
    >>> [name for name, _ in _with_neighbours(faults, ["bar", "wear", "heat", "chance"], ["wear", "heat"])]
    ['wear', 'heat', 'chance']
    """
    found: dict[str, Text | None] = dict.fromkeys(parts)
    order = [name for name in frame.columns if name in features]
    flags = {
        name for name in order if set(words(frame.get_column(name).unique())) <= {"0", "1", "true", "false"}
    }
    for step in (1, -1):
        before = ""
        for name in order[::step]:
            if name in flags and name not in found and before in found and before in flags:
                found[name] = _BESIDE
            before = name
    return list(found.items())


def _reasons(
    column: "pl.Series", frame: "pl.DataFrame", target: str | None, segments: Sequence[int]
) -> Iterator[Aside]:
    """The first reason to leave `column` out, if there is one."""
    name = column.name
    if column.dtype.is_temporal():
        yield Aside(
            name, "time", Text("it tells when, and orders the rows", "시각을 나타내며 행의 순서에만 쓰입니다")
        )
    elif column.null_count() == len(column):
        yield Aside(name, "empty", Text("it holds no values", "값이 하나도 없습니다"))
    elif column.drop_nulls().n_unique() <= 1:
        yield Aside(name, "constant", Text("it never changes", "값이 변하지 않습니다"))
    elif target is None and is_label(column):
        yield Aside(
            name, "label", Text("it is a label, not a measurement", "측정값이 아니라 정답 표시입니다")
        )
    elif (_counts_rows(column, segments) and not (target is not None and _tells_age(column))) or (
        _ID_NAMES.search(name) and _mostly_distinct(column)
    ):
        yield Aside(name, "identifier", Text("it numbers the rows", "행을 구분하는 번호입니다"))
    elif not column.dtype.is_numeric() and column.n_unique() > MOST_WORDS and not _numbers_in(column):
        yield Aside(name, "free-text", Text("it holds free text", "자유 입력 글자입니다"))
    elif target is not None and copies(column, frame.get_column(target)):
        yield Aside(name, "leakage", Text("it repeats the target", "목표 열과 같은 내용입니다"))


def is_label(column: "pl.Series") -> bool:
    """Whether a column looks like a 0/1 label by its name and values."""
    if not _LABEL_NAMES.search(column.name):
        return False
    return set(words(column.unique())) <= {"0", "1", "true", "false", None}


def _mostly_distinct(column: "pl.Series") -> bool:
    return column.n_unique() > 0.5 * len(column)


def _numbers_in(column: "pl.Series") -> bool:
    import polars as pl

    if column.dtype != pl.String:
        return False
    return bool(column.str.strip_chars().cast(pl.Float64, strict=False).is_not_null().mean() or 0.0)


def _counts_rows(column: "pl.Series", segments: Sequence[int]) -> bool:
    """Whether whole numbers rise by one from row to row, within each file, and start again at most there."""
    if not column.dtype.is_numeric() or column.null_count() or len(column) < 20:
        return False
    values = column.cast(float).to_numpy()
    if not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    if segments:
        steps = np.delete(steps, np.cumsum(segments)[:-1] - 1)
    return bool(len(steps) and (steps == 1).mean() > 0.99)


def _tells_age(column: "pl.Series") -> bool:
    """Whether a counter tells how old a thing is, by its name, and starts again with the next thing.

    A single run says nothing of that: there the counter is the order of the rows.
    """
    return bool(_AGE_NAMES.search(column.name)) and bool((column.cast(float).diff() < 0).any())


def copies(column: "pl.Series", target: "pl.Series") -> bool:
    """Whether a column says the same as the target, in other numbers or words.

    >>> import polars as pl
    >>> copies(pl.Series([10.0, 20.0, 30.0] * 9), pl.Series([1.0, 2.0, 3.0] * 9))
    True
    """
    import polars as pl

    both = pl.DataFrame({"a": column, "b": target}).drop_nulls()
    if len(both) < 0.5 * len(target.drop_nulls()) or len(both) < 3:
        return False
    pairs, left, right = both.n_unique(), both["a"].n_unique(), both["b"].n_unique()
    if pairs == left == right and right <= max(MOST_WORDS, 0.2 * len(both)):
        return True
    if not (column.dtype.is_numeric() and target.dtype.is_numeric()) or right <= 2:
        return False
    a, b = (both[name].cast(float).to_numpy() for name in ("a", "b"))
    if not (np.isfinite(a).all() and np.isfinite(b).all()) or a.std() == 0 or b.std() == 0:
        return False
    return bool(abs(np.corrcoef(a, b)[0, 1]) > 1 - 1e-9)


def _giveaways(features: "pl.DataFrame", target: "pl.Series") -> tuple[list[Aside], float]:
    """Columns one value of which always comes with the same, rarer, outcome; and the share of it that they tell.

    A column that tells much of it has the key `gives-away` (it may be known only afterwards), one that tells
    little `hints`.
    """
    import numpy as np
    import polars as pl

    totals = dict(target.drop_nulls().value_counts().iter_rows())
    if not 2 <= len(totals) <= MOST_WORDS:
        return [], 0.0
    most = max(totals.values())
    rarer = np.array([value is not None and totals[value] < most for value in target.to_list()])
    told = np.zeros(len(target), dtype=bool)
    found = []
    for column in features.get_columns():
        if column.n_unique() > MOST_WORDS:
            continue
        both = pl.DataFrame({"value": column, "outcome": target}).drop_nulls()
        counted = both.group_by("value").agg(
            pl.len(), pl.col("outcome").n_unique().alias("outcomes"), pl.col("outcome").first()
        )
        pure = [
            (value, rows, outcome)
            for value, rows, outcomes, outcome in counted.sort("value").iter_rows()
            if outcomes == 1 and rows >= 20 and totals[outcome] < most and rows > HINTS * totals[outcome]
        ]
        if pure:
            value, rows, outcome = max(pure, key=lambda one: one[1])
            key = "gives-away" if rows > GIVES_AWAY * totals[outcome] else "hints"
            found.append(Aside(column.name, key, _always(value, target.name, outcome, rows)))
            told |= column.is_in([one[0] for one in pure]).fill_null(value=False).to_numpy()
    return found, float(told[rarer].mean()) if rarer.any() else 0.0


def _always(value: object, target: str, outcome: object, rows: int) -> Text:
    return Text(
        f"“{value}” always comes with {target} = {outcome} ({rows} rows); if it is known only afterwards, leave it "
        "out with --ignore",
        f"값이 “{value}”이면 {target}이(가) 항상 {outcome}입니다({rows}행). 결과가 나온 뒤에야 알 수 있는 값이면 "
        "--ignore로 빼 주세요",
    )
