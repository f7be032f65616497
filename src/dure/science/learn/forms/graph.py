"""Models of a few matrix steps as ONNX graphs in double precision, written and run so that a row stands alone.

A row's result must not depend on the rows beside it: a batch and the live line give the same bits. Hence rows are
the last axis of every array, every sum runs over the first (each row is a lane of its own, added in one order),
there is no matrix product, and rows come in blocks of a multiple of 8 so that every lane takes the processor's
vector path.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.forms.graph_by_row import graph_by_row

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

OPSET, IR = 17, 8
LANES = 8
# Values held at a time: 2 MB of float64 stay near the processor.
_BLOCK = 262_144


class Graph:
    """A graph under construction; each call adds a node and gives the name of its output.

    >>> graph = Graph(columns=2)
    >>> total = graph.total(graph.columns_first())
    >>> OnnxModel(graph.finish(total)).run(np.array([[1.0, 2.0], [3.0, 4.5]])).tolist()
    [3.0, 7.5]
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._nodes: list[Any] = []
        self._constants: dict[str, NDArray[Any]] = {}

    def constant(self, name: str, values: Any, kind: type = np.float64) -> str:
        """An array that is part of the model."""
        self._constants[name] = np.asarray(values, dtype=kind)
        return name

    def add(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """A node; the name of its first output (the others end in _1, _2, …)."""
        from onnx import helper

        name = f"{operator.lower()}_{len(self._nodes)}"
        names = [name, *(f"{name}_{place}" for place in range(1, outputs))]
        self._nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return name

    def columns_first(self) -> str:
        """The rows, turned: one column a line. [F, N]."""
        return self.add("Transpose", "rows", perm=[1, 0])

    def filled(self, columns: str, values: Floats) -> str:
        """Missing values replaced by each column's `values`. [F, N]."""
        usual = self.constant("usual", values[:, None])
        return self.add("Where", self.add("IsNaN", columns), usual, columns)

    def standardised(self, columns: str, centre: Floats, scale: Floats) -> str:
        """Columns less their centre, in units of their scale. [F, N]."""
        off = self.add("Sub", columns, self.constant("centre", centre[:, None]))
        return self.add("Div", off, self.constant("scale", scale[:, None]))

    def bounded(self, columns: str, low: Floats, high: Floats) -> str:
        """Columns kept inside their bounds: a weighted sum must not run away beyond what it was learnt on. [F, N]."""
        above = self.add("Max", columns, self.constant("low", low[:, None]))
        return self.add("Min", above, self.constant("high", high[:, None]))

    def total(self, values: str) -> str:
        """Sum over the first axis."""
        return self.add("ReduceSum", values, self.constant("first", [0], np.int64), keepdims=0)

    def shaped(self, values: str, *shape: int) -> str:
        """The same values in another shape; -1 stands for the rows."""
        return self.add(
            "Reshape", values, self.constant("shape_" + "_".join(map(str, shape)), shape, np.int64)
        )

    def turned(self, columns: str, axes: Floats) -> str:
        """Columns along other axes: `rows @ axes`, a lane a row. [A, N] of [F, N] and axes [F, A]."""
        along = self.constant("axes", axes[:, :, None])
        return self.total(self.add("Mul", self.shaped(columns, axes.shape[0], 1, -1), along))

    def distances(self, columns: str, reference: Floats) -> str:
        """Squared distance of each row to each of R reference rows. [R, N]."""
        rows = self.constant("reference", reference.T[:, :, None])
        off = self.add("Sub", self.shaped(columns, reference.shape[1], 1, -1), rows)
        return self.total(self.add("Mul", off, off))

    def nearest(self, distances: str, count: int) -> tuple[str, str]:
        """The smallest `count` of the distances and their places. [k, N] each."""
        wanted = self.constant("count", [count], np.int64)
        name = self.add("TopK", distances, wanted, outputs=2, axis=0, largest=0, sorted=1)
        return name, f"{name}_1"

    def finish(self, output: str, classes: int = 0) -> bytes:
        """The model's bytes; its output is `output` of shape [N], or [N, classes]."""
        from onnx import TensorProto, checker, helper, numpy_helper

        double = TensorProto.DOUBLE
        shape: list[str | int | None] = ["N", classes] if classes else ["N"]
        self._nodes.append(helper.make_node("Identity", [output], ["result"]))
        graph = helper.make_graph(
            self._nodes,
            "dure",
            [helper.make_tensor_value_info("rows", double, ["N", self.columns])],
            [helper.make_tensor_value_info("result", double, shape)],
            [numpy_helper.from_array(values, name) for name, values in self._constants.items()],
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="dure"
        )
        checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


class OnnxModel:
    """An ONNX model of ours, opened; keeps the promise of `Served`."""

    def __init__(self, content: bytes) -> None:
        import onnxruntime
        from onnx import load_from_string, numpy_helper

        options = onnxruntime.SessionOptions()
        # One thread: the sums of a row are never split, and the line's other work is not held up.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as refused:  # its errors have no base of their own
            raise ValueError(f"onnxruntime refuses the model: {type(refused).__name__}") from refused
        graph = load_from_string(content).graph
        self._nodes, self._columns = list(graph.node), graph.input[0].type.tensor_type.shape.dim[1].dim_value
        self.constants: Mapping[str, Floats] = {
            one.name: numpy_helper.to_array(one) for one in graph.initializer
        }
        widest = max((values.size for values in self.constants.values()), default=1)
        self._block = max(LANES, _BLOCK // max(widest, 1) // LANES * LANES)

    def run(self, x: Floats) -> Floats:
        """The model's output for each row. [N] or [N, C]."""
        blocks = [self._run_block(x[at : at + self._block]) for at in range(0, len(x), self._block)]
        return np.concatenate(blocks) if blocks else self._run_block(x)

    def _run_block(self, x: Floats) -> Floats:
        spare = -len(x) % LANES or (LANES if len(x) == 0 else 0)
        padded = np.ascontiguousarray(np.concatenate([x, np.zeros((spare, x.shape[1]))]), dtype=np.float64)
        (found,) = self._session.run(["result"], {"rows": padded})
        return np.asarray(found[: len(x)], dtype=np.float64)

    def by_row(self) -> Callable[[Floats], Floats]:
        """The same for one row after the other [F]: the bits of `run`, less of its cost. [] or [C]."""
        return graph_by_row(self._nodes, self.constants) or self._session_by_row()

    def _session_by_row(self) -> Callable[[Floats], Floats]:
        lanes = np.zeros((LANES, self._columns))
        feed, session = {"rows": lanes}, self._session

        def act(x: Floats) -> Floats:
            lanes[0] = x
            return np.asarray(session.run(["result"], feed)[0][0])

        return act

    def shares(self, x: Floats) -> Floats | None:
        """ONNX itself does not say what a column adds."""
        del x
        return None


def usual_values(x: Floats) -> Floats:
    """Median of each column over the values it has; 0 where it has none. [F]."""
    there = ~np.isnan(x)
    if len(x) and there.all():
        return np.asarray(np.median(x, axis=0))
    return np.array(
        [np.median(column[seen]) if seen.any() else 0.0 for column, seen in zip(x.T, there.T, strict=True)]
    )


def scaled(x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Rows with missing values filled, standardised; and the fill, centre and scale of each column.

    A constant column has scale 1 % of its value (1 when it is 0): a change in it still counts.
    """
    usual = usual_values(x)
    whole = np.where(np.isnan(x), usual, x)
    centre = whole.mean(axis=0)
    spread = whole.std(axis=0)
    constant = spread <= 1e-9 * np.abs(centre)
    floor = np.where(centre == 0, 1.0, 0.01 * np.abs(centre))
    scale = np.where(constant, floor, spread)
    return (whole - centre) / scale, usual, centre, scale


def thinned(rows: int, most: int) -> Places | slice:
    """Which rows to keep so that at most `most` remain, evenly spread and always the same.

    >>> thinned(10, 5)
    array([0, 2, 4, 6, 9])
    """
    return slice(None) if rows <= most else np.linspace(0, rows - 1, most).astype(np.int64)
