"""Opening an exported model for use, whatever its form."""

from collections.abc import Callable, Mapping

from dure.science.learn.boosting import LightGbmModel
from dure.science.learn.family import Exported, Served
from dure.science.learn.graph import OnnxModel

#: How each form is opened, and the file it lies in.
FORMS: Mapping[str, Callable[[bytes], Served]] = {"onnx": OnnxModel, "lightgbm": LightGbmModel}
FILES: Mapping[str, str] = {"onnx": ".onnx", "lightgbm": ".txt"}


def opened(exported: Exported) -> Served:
    """The model, ready to run."""
    return FORMS[exported.form](exported.content)
