"""Pictures that show next to nothing: black, white, or one grey."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.picture_measure import PictureMeasure
from dure.science.quality.subject import Floats
from dure.vocabulary import Text


@dataclass(frozen=True)
class BadlyExposed(PictureMeasure):
    """Pictures with `limit` of their pixels nearly black or nearly white where the column's usual picture has not half that."""

    key: ClassVar[str] = "badly-exposed"
    characteristic: ClassVar[Characteristic] = Characteristic.ACCURACY
    title: ClassVar[Text] = Text("Pictures exposed so that something shows", "알아볼 수 있게 노출된 그림")
    how: ClassVar[Text] = Text("Share of pictures, of at most 500 looked at, that are not nearly all black or white.", "살펴본 그림(최대 500장) 가운데 거의 전부가 검거나 희지 않은 그림의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{files} of the {looked_at} looked at in “{where}” are nearly all black or white, first {place}.", "“{where}”에서 살펴본 {looked_at}장 가운데 {files}이 거의 검거나 흽니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check light, shutter and lens; leave these pictures out.", "조명, 셔터, 렌즈를 확인하고 이 그림을 빼세요.")  # fmt: skip
    defect: ClassVar[str] = "over-exposed"

    limit: float = 0.9

    def off(self, looks: Floats) -> NDArray[np.bool_]:
        """Pictures nearly all black or white, where the usual one is not."""
        flat = np.maximum(looks[:, 8], looks[:, 9])
        usual = float(np.median(flat))
        found: NDArray[np.bool_] = (flat >= self.limit) & (usual < self.limit / 2)
        return found
