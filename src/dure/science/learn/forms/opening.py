"""Opening an exported model for use, whatever its form."""

from collections.abc import Callable, Mapping

import numpy as np

from dure.science.learn.family import Exported, Floats, Served
from dure.science.learn.forms.blend import BlendModel
from dure.science.learn.forms.boosting import LightGbmModel
from dure.science.learn.forms.graph import OnnxModel

#: How each form is opened, and the file it lies in.
FORMS: Mapping[str, Callable[[bytes], Served]] = {
    "onnx": OnnxModel,
    "lightgbm": LightGbmModel,
    "blend": BlendModel,
}
FILES: Mapping[str, str] = {"onnx": ".onnx", "lightgbm": ".txt", "blend": ".blend"}


def opened(exported: Exported) -> Served:
    """The model, ready to run."""
    return FORMS[exported.form](exported.content)


def by_row(served: Served) -> Callable[[Floats], Floats]:
    """What `served` says of one row after the other, to the bits of its `run`: [F] → [] or [C].

    A fresh form with buffers of its own, for one thread. What knows no such form is run on a table of one row.
    """
    if isinstance(served, BlendModel):
        return _blend_by_row(served)
    own = getattr(served, "by_row", None)
    if own is None:
        return lambda x: np.asarray(served.run(x[None])[0])
    found: Callable[[Floats], Floats] = own()
    return found


def _blend_by_row(blend: BlendModel) -> Callable[[Floats], Floats]:
    parts = [(weight, by_row(part)) for _, weight, part in blend.parts]

    def act(x: Floats) -> Floats:
        weighted = [weight * part(x) for weight, part in parts]
        found = np.asarray(sum(weighted[1:], start=weighted[0]))
        return np.asarray(blend.calibration.apply(found[None])[0]) if found.ndim else found

    return act
