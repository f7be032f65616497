"""Bounds of a model package: what a file may weigh and hold, checked before anything in it is run.

A package may come from another firm. A signature says who made it, not that it is harmless: so sizes are bounded,
an ONNX graph may use only the plain operators that our graphs are made of, and trees are counted.
"""

import re
from typing import Any

from dure.science.learn.forms.sound_trees import fault_in
from dure.science.learn.refusals import PackageDamaged, PackageTooLarge
from dure.vocabulary import Text

MOST_BYTES = 64 * 1024 * 1024
MOST_FILES = 600
MOST_NODES = 500
MOST_TREES = 20_000
MOST_LEAVES = 4_000_000
MOST_PLACES = 10_000_000
FILE_NAMES = re.compile(
    r"model(-\d{3,4})?\.(onnx|txt|blend)|(recipe|card|metrics|fingerprint|report|signature|judged|adaptation|similar)\.json|"
    r"(judged|adaptation|similar)\.npz"
)
#: Operators without side effects, loops or files.
OPERATORS = frozenset(
    [
        "Abs",
        "Add",
        "ArgMax",
        "Cast",
        "Clip",
        "Concat",
        "Constant",
        "Div",
        "Exp",
        "Expand",
        "Gather",
        "Gemm",
        "Identity",
        "IsNaN",
        "Less",
        "LessOrEqual",
        "Log",
        "MatMul",
        "Max",
        "Min",
        "Mul",
        "Neg",
        "Pow",
        "ReduceMax",
        "ReduceMean",
        "ReduceMin",
        "ReduceSum",
        "Relu",
        "Reshape",
        "Sigmoid",
        "Slice",
        "Softmax",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Tanh",
        "TopK",
        "Transpose",
        "Unsqueeze",
        "Where",
    ]
)


def require_plain_onnx(content: bytes, where: str) -> None:
    """Refuse an ONNX model that is no flat graph of plain operators, or that refers to files outside of itself."""
    from google.protobuf.message import DecodeError
    from onnx import TensorProto, load_from_string

    try:
        model = load_from_string(content)
    except DecodeError as broken:
        raise PackageDamaged(where, what=Text("its model cannot be read", "모델을 읽을 수 없음")) from broken
    graph = model.graph
    odd = sorted({node.op_type for node in graph.node if node.domain or node.op_type not in OPERATORS})
    if odd or len(model.functions) or len(graph.sparse_initializer):
        what = ", ".join(odd) or "functions"
        raise PackageTooLarge(where, what=Text(f"its model uses {what}", f"모델이 {what}을(를) 사용함"))
    if len(graph.node) > MOST_NODES:
        raise PackageTooLarge(where, what=Text(f"{len(graph.node)} operators", f"연산 {len(graph.node)}개"))
    tensors = [*graph.initializer, *(given.t for node in graph.node for given in node.attribute)]
    if any(one.data_location == TensorProto.EXTERNAL or one.external_data for one in tensors):
        raise PackageTooLarge(
            where, what=Text("its model refers to other files", "모델이 외부 파일을 참조함")
        )
    if any(_largest(one) > MOST_PLACES for one in tensors if one.data_type == TensorProto.INT64):
        raise PackageTooLarge(
            where, what=Text("its model asks for a huge array", "모델이 지나치게 큰 배열을 만듦")
        )


def _largest(tensor: Any) -> int:
    """Largest of the whole numbers in a tensor: a shape, a count or a place; ends that mean "to the end" aside."""
    from onnx import numpy_helper

    found = numpy_helper.to_array(tensor)
    return int(found[(found != 2**63 - 1) & (found != 2**31 - 1)].max(initial=0))


def require_bounded_trees(content: bytes, where: str) -> None:
    """Refuse a LightGBM text with too many trees or leaves, or that is none."""
    if not content.startswith(b"tree\n"):
        raise PackageDamaged(where, what=Text("its trees cannot be read", "트리를 읽을 수 없음"))
    trees = content.count(b"\nTree=")
    leaves = sum(int(found) for found in re.findall(rb"\nnum_leaves=(\d{1,9})\n", content))
    if trees > MOST_TREES or leaves > MOST_LEAVES:
        raise PackageTooLarge(
            where, what=Text(f"{trees} trees with {leaves} leaves", f"트리 {trees}개, 잎 {leaves}개")
        )
    if fault := fault_in(content):
        raise PackageDamaged(where, what=Text(f"its trees: {fault}", f"트리: {fault}"))


def require_bounded_blend(content: bytes, where: str) -> None:
    """Refuse a blend that cannot be read, or a part of which is out of its own bounds."""
    from dure.science.learn.forms.blend import parts_in

    try:
        parts, _ = parts_in(content)
    except ValueError as broken:
        raise PackageDamaged(where, what=Text(f"its blend: {broken}", f"결합 모델: {broken}")) from broken
    for part in parts:
        check = require_bounded_trees if part.exported.form == "lightgbm" else require_plain_onnx
        check(part.exported.content, where)


CHECKS = {"onnx": require_plain_onnx, "txt": require_bounded_trees, "blend": require_bounded_blend}
