"""Faces in pictures, masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.masking_faces import HOW, MASKED_FROM, masked_references
from dure.science.prepare.on_words import Rewriter, Rewriting
from dure.science.prepare.step import Learnt, field, listed
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class MaskFaces(Rewriting):
    """Put a picture with its faces masked in the place of each picture; needs the extra `media`.

    The detector (MTCNN) finds faces from 16 pixels on that look at the camera or half away; a profile under a helmet
    is often missed. A picture without a face stays itself. `dure prepare` writes the masked pictures beside OUT.

    >>> MaskFaces(columns=("image",)).how
    'fill'
    """

    label: ClassVar[Text] = Text("Mask faces", "얼굴 가리기")
    columns: tuple[str, ...] = field("columns", Text("Pictures", "그림"), of="image")
    how: str = field("choice", Text("How", "방법"), default=HOW[0], choices=HOW)
    sure: float = field(
        "number", Text("Least sureness", "최소 확신도"), default=MASKED_FROM, low=0.1, high=0.999
    )

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """References to the masked pictures, in the places of the pictures."""
        import polars as pl

        from dure.science.prepare.conforming import as_words

        del learnt
        cells = {name: as_words(frame.get_column(name)).to_list() for name in self.columns}
        return frame.with_columns(
            [pl.Series(name, self._of(words), dtype=pl.String) for name, words in cells.items()]
        )

    def rewriter(self, learnt: Learnt, column: str) -> Rewriter:
        """The reference to the masked picture of one cell."""
        del learnt, column
        return lambda word: self._of([word])[0]

    def _of(self, cells: Sequence[str | None]) -> list[str | None]:
        return masked_references(cells, self.how, self.sure)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(f"Masks the faces found in {names}.", f"{names} 그림에서 찾은 얼굴을 가립니다.")
