"""Tiny ONNX networks with the signatures of published ones, built here, whose result can be computed by hand.

All of them do the same to their input ``x`` (in the network's own range and order): each channel ``c`` becomes
``span * tanh(GAIN[c] * x / span)``. The gains differ, so a swapped colour order or axis shows.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

GAIN = np.array([0.4, 1.0, 2.0], np.float32)
Axes = Sequence[int | str]


def answer(x: NDArray[np.floating], span: float = 1.0) -> NDArray[np.floating]:
    """What the networks compute, for HxWx3."""
    return span * np.tanh(GAIN * x / span)


def save(
    path: Path,
    shape: Axes,
    *,
    name: str = "input",
    out: str = "output",
    multiple: int = 0,
    dtype: int = TensorProto.FLOAT,
    limit: int = 0,
    span: float = 1.0,
) -> Path:
    """Write a network whose input ``name`` has ``shape``; 3 stands where the colours are.

    ``multiple`` makes it fail on heights and widths that aren't multiples. ``limit`` makes it ask for more memory than
    any machine has when the picture is wider than that.
    """
    axis = len(shape) - 1 if shape[-1] == 3 else list(shape).index(3)
    first = axis != len(shape) - 1
    gain = GAIN.reshape(3, 1, 1) if first else GAIN
    kind = helper.tensor_dtype_to_np_dtype(dtype)
    constants = [
        numpy_helper.from_array((gain / span).astype(kind), "gain"),
        numpy_helper.from_array(np.array(span, kind), "span"),
    ]
    nodes = [
        helper.make_node("Mul", [name, "gain"], ["scaled"]),
        helper.make_node("Tanh", ["scaled"], ["bent"]),
        helper.make_node("Mul", ["bent", "span"], ["drawn"]),
    ]
    last = "drawn"
    if multiple:
        more, last = _needs_multiple(multiple, first, last)
        nodes += more
    if limit:
        more, made, last = _greedy(limit, len(shape) - 2 if not first else len(shape) - 1, name, last, kind)
        nodes += more
        constants += made
    nodes.append(helper.make_node("Identity", [last], [out]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, dtype, shape)],
        [helper.make_tensor_value_info(out, dtype, [f"o{i}" if i != axis else 3 for i in range(len(shape))])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def _needs_multiple(multiple: int, first: bool, last: str) -> tuple[list[onnx.NodeProto], str]:
    """SpaceToDepth there and back, which refuses other sizes, as strided networks with skips do."""
    nodes = []
    if not first:
        nodes.append(helper.make_node("Transpose", [last], ["nchw"], perm=[0, 3, 1, 2]))
        last = "nchw"
    nodes.append(helper.make_node("SpaceToDepth", [last], ["deep"], blocksize=multiple))
    nodes.append(helper.make_node("DepthToSpace", ["deep"], ["flat"], blocksize=multiple))
    last = "flat"
    if not first:
        nodes.append(helper.make_node("Transpose", [last], ["nhwc"], perm=[0, 2, 3, 1]))
        last = "nhwc"
    return nodes, last


def _greedy(
    limit: int, axis: int, name: str, last: str, kind: np.dtype
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto], str]:
    """Adds zero times the sum of a tensor of max(0, side - limit) * 2**42 elements: 2**44 bytes a pixel too many."""
    constants = [
        numpy_helper.from_array(np.array([axis], np.int64), "axis"),
        numpy_helper.from_array(np.array([limit], np.int64), "limit"),
        numpy_helper.from_array(np.array([0], np.int64), "none"),
        numpy_helper.from_array(np.array([1 << 21, 1 << 21], np.int64), "sheet"),
        numpy_helper.from_array(np.zeros(1, kind), "nought"),
    ]
    nodes = [
        helper.make_node("Shape", [name], ["shape"]),
        helper.make_node("Gather", ["shape", "axis"], ["side"]),
        helper.make_node("Sub", ["side", "limit"], ["over"]),
        helper.make_node("Max", ["over", "none"], ["count"]),
        helper.make_node("Concat", ["count", "sheet"], ["greedy"], axis=0),
        helper.make_node("Expand", ["nought", "greedy"], ["huge"]),
        helper.make_node("ReduceSum", ["huge"], ["sum"], keepdims=0),
        helper.make_node("Add", [last, "sum"], ["added"]),
    ]
    return nodes, constants, "added"
