"""Our ONNX graphs for one row at a time: the same arithmetic in NumPy, where a session would cost more than the row.

Only operators whose result IEEE 754 defines to the bit are read here, and sums add in the graph's order; a graph with
another operator is left to its session. The search for nearest rows is not done in full: distances by a matrix
product tell, with a bound on their rounding, which few rows can be among the nearest at all, and only those are
measured in the graph's own order (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002,
section 3.1, for the bound).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Values = dict[str, Array]
Step = Callable[[Values], None]
Function = Callable[..., Array]

_ELEMENTWISE: Mapping[str, Function] = {
    "Abs": np.abs, "Add": np.add, "Div": np.divide, "IsNaN": np.isnan, "Max": np.maximum, "Min": np.minimum, "Mul": np.multiply,
    "Identity": lambda value: value, "Neg": np.negative, "Sqrt": np.sqrt, "Sub": np.subtract, "Where": np.where, "Less": np.less, "LessOrEqual": np.less_equal,
}  # fmt: skip
_EPSILON = float(np.finfo(np.float64).eps)


class GraphByRow:
    """A graph as a list of steps on named arrays, for one row."""

    def __init__(self, constants: Mapping[str, Array], steps: Sequence[Step]) -> None:
        self._constants, self._steps = dict(constants), tuple(steps)

    def __call__(self, x: Array) -> Array:
        """The graph's output for one row [F]: [] or [C]."""
        values = dict(self._constants)
        values["rows"] = x[None]
        with np.errstate(all="ignore"):
            for step in self._steps:
                step(values)
        return np.asarray(values["result"][0])


def graph_by_row(nodes: Sequence[Any], constants: Mapping[str, Array]) -> GraphByRow | None:
    """The graph of these ONNX nodes for one row; None if it has an operator that is not read here."""
    searched = _searches(nodes, constants)
    inside = {id(node) for found in searched.values() for node in found.within}
    steps: list[Step] = []
    for node in nodes:
        if id(node) in inside:
            continue
        step = _search(searched[id(node)], constants) if id(node) in searched else _step(node, constants)
        if step is None:
            return None
        steps.append(step)
    return GraphByRow(constants, steps)


def _attributes(node: Any) -> dict[str, Any]:
    from onnx import helper

    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def _step(node: Any, constants: Mapping[str, Array]) -> Step | None:
    """One node as a step on the named arrays; None if it is not read here."""
    function = _ELEMENTWISE.get(node.op_type)
    if function is None and node.op_type in _SHAPING:
        function = _SHAPING[node.op_type](_attributes(node), list(node.input), constants)
    names = node.input[:1] if node.op_type in {"Reshape", "ReduceSum"} else node.input
    return None if function is None else _on_named(function, list(names), node.output[0])


def _transpose(given: Mapping[str, Any], names: Sequence[str], constants: Mapping[str, Array]) -> Function:
    del names, constants
    return lambda value: value.transpose(given["perm"])


def _gather(given: Mapping[str, Any], names: Sequence[str], constants: Mapping[str, Array]) -> Function:
    del names, constants
    return lambda value, places: np.take(value, places, axis=given.get("axis", 0))


def _concat(given: Mapping[str, Any], names: Sequence[str], constants: Mapping[str, Array]) -> Function:
    del names, constants
    return lambda *parts: np.concatenate(parts, axis=given["axis"])


def _reshape(
    given: Mapping[str, Any], names: Sequence[str], constants: Mapping[str, Array]
) -> Function | None:
    del given
    shape = tuple(constants[names[1]].tolist()) if names[1] in constants else (0,)
    return (lambda value: value.reshape(shape)) if 0 not in shape else None


def _sum(given: Mapping[str, Any], names: Sequence[str], constants: Mapping[str, Array]) -> Function | None:
    first = len(names) == 2 and names[1] in constants and constants[names[1]].tolist() == [0]
    return _added_in_order if first and given.get("keepdims") == 0 else None


_SHAPING: Mapping[str, Callable[..., Function | None]] = {
    "Concat": _concat,
    "Gather": _gather,
    "ReduceSum": _sum,
    "Reshape": _reshape,
    "Transpose": _transpose,
}


def _added_in_order(values: Array) -> Array:
    """Sum over the first axis, one after the other; a plain sum adds so where lanes lie side by side, else in pairs."""
    if values[0].size > 1 and values.flags.c_contiguous:
        return np.asarray(np.add.reduce(values, axis=0))
    return np.asarray(np.add.accumulate(values, axis=0)[-1])


def _on_named(function: Function, names: Sequence[str], out: str) -> Step:
    """A function of arrays as a step on named ones; the usual numbers of them without a list."""
    if len(names) == 1:
        (only,) = names

        def of_one(values: Values) -> None:
            values[out] = function(values[only])

        return of_one
    if len(names) == 2:
        first, second = names

        def of_two(values: Values) -> None:
            values[out] = function(values[first], values[second])

        return of_two

    def of_many(values: Values) -> None:
        values[out] = function(*[values[name] for name in names])

    return of_many


class _Searched(NamedTuple):
    """Where a row is searched among the rows of a constant: the TopK, and the Sub, Mul and ReduceSum before it."""

    within: tuple[Any, Any, Any]
    top: Any
    row: str
    reference: str


def _searches(nodes: Sequence[Any], constants: Mapping[str, Array]) -> dict[int, _Searched]:
    """The searches in a graph, by their TopK; only where nothing else uses the distances."""
    makes = {name: node for node in nodes for name in node.output}
    uses = Counter(name for node in nodes for name in set(node.input))
    found = {id(top): _searched(top, makes, constants) for top in nodes if top.op_type == "TopK"}
    return {
        place: one
        for place, one in found.items()
        if one is not None and all(uses[node.output[0]] == 1 for node in one.within)
    }


def _searched(top: Any, makes: Mapping[str, Any], constants: Mapping[str, Array]) -> _Searched | None:
    given = _attributes(top)
    if (given.get("axis"), given.get("largest"), given.get("sorted")) != (0, 0, 1):
        return None
    chain: list[Any] = [top]
    for kind in ("ReduceSum", "Mul", "Sub"):
        chain.append(makes.get(chain[-1].input[0]))
        if chain[-1] is None or chain[-1].op_type != kind:
            return None
    total, square, off = chain[1:]
    row, reference = off.input
    known = constants.get(reference)
    if square.input[0] != square.input[1] or known is None or top.input[1] not in constants:
        return None
    return _Searched((off, square, total), top, row, reference) if known.shape[2:] == (1,) else None


def _search(found: _Searched, constants: Mapping[str, Array]) -> Step:
    """The nearest rows of a reference [F, R, 1] to a row [F, 1, 1]: squared distances and places, the graph's bits."""
    top, row, reference = found.top, found.row, found.reference
    columns = np.ascontiguousarray(constants[reference][:, :, 0])
    rows, count = np.ascontiguousarray(columns.T), int(constants[top.input[1]][0])
    squares = (rows * rows).sum(axis=1)
    longest, loose = float(squares.max(initial=0.0)), 16.0 * (len(columns) + 8) * _EPSILON
    distances, places = top.output[0], top.output[1]

    def step(values: Values) -> None:
        x = values[row][:, 0, 0]
        about = squares - 2.0 * (rows @ x)
        own = float(x @ x)
        if len(about) > count:
            limit = np.partition(about, count - 1)[count - 1]
            bound = limit + loose * (longest + own)
            near = np.flatnonzero(about <= bound) if np.isfinite(bound) else np.arange(len(about))
        else:
            near = np.arange(len(about))
        off = x[:, None] - columns[:, near]
        measured = _added_in_order(off * off)
        # equals in the order of their places, as the graph has it
        first = np.argsort(measured, kind="stable")[:count]
        values[distances] = measured[first, None]
        values[places] = near[first, None]

    return step
