"""How a picture looks, in plain numbers."""

from dataclasses import dataclass
from typing import ClassVar

from dure.science.picture import LOOKS, looks
from dure.science.prepare.picture_step import PictureStep
from dure.science.prepare.step import Floats
from dure.vocabulary import Text


@dataclass(frozen=True)
class Statistics(PictureStep):
    """Size, brightness, contrast, sharpness, edges, entropy, saturation, and the shares of black and white.

    >>> Statistics(column="shot").measures()[2:5]
    ('brightness', 'contrast', 'sharpness')
    """

    label: ClassVar[Text] = Text("How a picture looks", "그림의 밝기·선명도")

    def measures(self) -> tuple[str, ...]:
        """The ten plain numbers."""
        return LOOKS

    def looked_at(self, content: bytes, where: str) -> Floats:
        """The numbers of one picture. [10]."""
        return looks(content, where)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Measures how bright, sharp and full of edges each picture in {self.column} is.",
            f"{self.column} 그림마다 밝기, 선명도, 윤곽의 양을 잽니다.",
        )
