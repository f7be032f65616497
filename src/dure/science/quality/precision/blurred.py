"""Pictures that are out of focus."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.picture_measure import PictureMeasure
from dure.science.quality.subject import Floats
from dure.vocabulary import Text


@dataclass(frozen=True)
class BlurredPictures(PictureMeasure):
    """Pictures whose sharpness (variance of the Laplacian) is below `share` of the column's median; of at least `few` pictures."""

    key: ClassVar[str] = "blurred-pictures"
    characteristic: ClassVar[Characteristic] = Characteristic.PRECISION
    title: ClassVar[Text] = Text("Pictures in focus", "초점이 맞는 그림")
    how: ClassVar[Text] = Text("Share of pictures, of at most 500 looked at, that are not far less sharp than the others.", "살펴본 그림(최대 500장) 가운데 다른 그림보다 훨씬 흐리지 않은 그림의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{files} of the {looked_at} looked at in “{where}” are far less sharp than the others, first {place}.", "“{where}”에서 살펴본 {looked_at}장 가운데 {files}이 다른 그림보다 훨씬 흐립니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check focus and motion; leave these pictures out.", "초점과 흔들림을 확인하고 이 그림을 빼세요.")  # fmt: skip
    defect: ClassVar[str] = "blurred"

    share: float = 0.1
    few: int = 20

    def off(self, looks: Floats) -> NDArray[np.bool_]:
        """Pictures far less sharp than the column's median; none of a few."""
        if len(looks) < self.few:
            return np.zeros(len(looks), dtype=bool)
        sharp = looks[:, 4]
        found: NDArray[np.bool_] = sharp < self.share * np.median(sharp)
        return found
