"""Arrays inside JSON: the bytes themselves, so that not a bit is lost, under a bound."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 256 * 2**20
KINDS = ("<f8", "<i8")


def packed(values: NDArray[Any]) -> dict[str, Any]:
    """An array of numbers as JSON holds it.

    >>> packed(np.array([1.5]))
    {'kind': '<f8', 'shape': [1], 'bytes': 'AAAAAAAA+D8='}
    """
    kind = "<i8" if values.dtype.kind in "iub" else "<f8"
    content = np.ascontiguousarray(values, dtype=kind).tobytes()
    return {"kind": kind, "shape": list(values.shape), "bytes": base64.b64encode(content).decode()}


def unpacked(facts: Mapping[str, Any]) -> NDArray[Any]:
    """The array that `packed` wrote.

    Raises
    ------
    ValueError
        If it is none, or larger than any state of ours.

    Examples
    --------
    >>> unpacked(packed(np.array([[0.1, -0.0]]))).tolist()
    [[0.1, -0.0]]
    """
    kind, shape = facts["kind"], tuple(int(n) for n in facts["shape"])
    if kind not in KINDS or len(facts["bytes"]) > 2 * MOST_BYTES:
        raise ValueError("not an array of a loop's state")
    content = base64.b64decode(facts["bytes"], validate=True)
    return np.frombuffer(content, dtype=kind).reshape(shape).copy()
