"""A picture as the numbers that a trained network sees in it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from dure.science.picture import MEASURES, embedded
from dure.science.prepare.picture_step import PictureStep
from dure.science.prepare.step import Floats, field
from dure.vocabulary import Text


@dataclass(frozen=True)
class Embed(PictureStep):
    """Mean and largest value of each texture and part that EfficientNet-Lite0 knows; needs the extra `media`.

    The picture is brought to about `side` × `side` pixels in area, its shape kept: the larger, the finer the marks that
    are seen, and the longer it takes (time grows with the area).

    >>> Embed().measures()[0], len(Embed().measures())
    ('texture mean 0', 304)
    """

    label: ClassVar[Text] = Text("Picture as numbers", "그림을 수치로")
    side: int = field(
        "count",
        Text("Size it is looked at", "살펴보는 크기"),
        default=320,
        unit="{pixels}",
        low=64,
        high=1024,
    )

    def measures(self) -> tuple[str, ...]:
        """What of which depth and channel."""
        return MEASURES

    def looked_at(self, content: bytes, where: str) -> Floats:
        """The numbers of one picture. [304]."""
        return embedded(content, where, self.side)

    def _key(self) -> Hashable:
        return (self.name(), self.side)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Turns each picture in {self.column} into {len(MEASURES)} numbers that describe textures and parts.",
            f"{self.column} 그림을 질감과 모양을 나타내는 수치 {len(MEASURES)}개로 바꿉니다.",
        )
