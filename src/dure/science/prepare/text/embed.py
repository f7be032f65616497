"""Meanings of words as numbers."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.prepare.embedding_words import WIDTH, vector_of, vectors_of
from dure.science.prepare.on_words import Spreader, Spreading
from dure.science.prepare.step import Floats, Learnt, field, listed
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# Different texts that the directions are learnt from, evenly taken.
_LEARNT_FROM = 2_000


@dataclass(frozen=True)
class Embed(Spreading):
    """Put numbers that stand for its meaning in a text's place, in Korean, English, Japanese and 13 languages more.

    The encoder gives 512 numbers; `numbers` of them are kept: the directions in which the texts seen at `fit` differ
    most (principal components, frozen). Missing and blank stay missing. Needs `dure[media]`.
    """

    label: ClassVar[Text] = Text("Meaning as numbers", "뜻을 숫자로")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")
    numbers: int = field(
        "count", Text("Numbers a text", "글 하나의 숫자 개수"), default=32, low=1, high=WIDTH
    )

    def made_of(self, column: str) -> tuple[str, ...]:
        """`memo.meaning_1` …."""
        return tuple(f"{column}.meaning_{at}" for at in range(1, self.numbers + 1))

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """The mean meaning and the directions of each column, as base64 of little-endian float32."""
        return {name: _directions(frame.get_column(name), self.numbers) for name in self.columns}

    def spreader(self, learnt: Learnt, column: str) -> Spreader:
        """How far a text lies from the mean in each direction."""
        told = learnt[column]
        mean = _floats(told["mean"], (WIDTH,))
        directions = _floats(told["directions"], (WIDTH, self.numbers))

        def of(text: str) -> Floats:
            # a plain sum in one order: a matrix product may sum in another order on another machine
            found: Floats = ((vector_of(text) - mean)[:, None] * directions).sum(axis=0)
            return found

        return of

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Turns the meaning of {names} into {self.numbers} numbers, near for texts that mean the same.",
            f"{names}의 뜻을 숫자 {self.numbers}개로 바꾸며, 뜻이 같으면 숫자도 가깝습니다.",
        )


def _directions(column: "pl.Series", numbers: int) -> dict[str, str]:
    from dure.science.prepare.conforming import as_words

    texts = [
        word for word in as_words(column).drop_nulls().unique(maintain_order=True).to_list() if word.strip()
    ]
    vectors = vectors_of(texts[:: max(1, -(-len(texts) // _LEARNT_FROM))]).astype(np.float64)
    mean = vectors.mean(axis=0) if len(vectors) else np.zeros(WIDTH)
    found = np.zeros((WIDTH, numbers))
    if len(vectors) > 1:
        from scipy.linalg import eigh

        apart = vectors - mean
        # of 512 directions the last few: those in which the texts differ most
        _, columns = eigh(apart.T @ apart, subset_by_index=(WIDTH - numbers, WIDTH - 1))
        columns = columns[:, ::-1][:, : len(vectors) - 1]
        # of the two signs of a direction, that whose largest entry is positive
        signs = np.sign(columns[np.abs(columns).argmax(axis=0), np.arange(columns.shape[1])])
        found[:, : columns.shape[1]] = columns * signs
    return {"mean": _base64(mean), "directions": _base64(found)}


def _base64(values: NDArray[np.float64]) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode()


def _floats(written: str, shape: tuple[int, ...]) -> Floats:
    return (
        np.frombuffer(base64.b64decode(written, validate=True), dtype="<f4").astype(np.float64).reshape(shape)
    )
