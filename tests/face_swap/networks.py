"""Tiny ONNX files with the names, axes and number types of the published networks, whose answers NumPy can give too."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FLOAT, HALF, DOUBLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE
GAIN = np.array([0.2, 0.6, 1.0], np.float32)
"""What each colour is multiplied by: they differ, so that a swapped order shows."""
RNG = np.random.default_rng(3)
Arrays = dict[str, NDArray[Any]]


def save(path: Path, nodes: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any], constants: Arrays) -> Path:
    """A file whose constants stand in the order given."""
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def tensor(name: str, kind: int, *shape: int | str) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def scrfd_file(path: Path, *, shuffled: bool = False) -> Path:
    """det_10g: a dark blue-free square of a stride-8 cell is a face. See ``test_insight`` for the arithmetic.

    For each stride the picture is averaged over cells; the score is that cell's red minus blue, halved, for both anchors
    (the second one's a tenth less); boxes and points are constants times the cell's red and green.
    """
    inputs = [tensor("input.1", FLOAT, 1, 3, "?", "?")]
    nodes, outputs = [], []
    names = {8: ("448", "451", "454"), 16: ("471", "474", "477"), 32: ("494", "497", "500")}
    constants: Arrays = {
        "order": np.array([0, 2], np.int64),
        "weights": np.array([[0.5, 0.4], [-0.5, -0.4]], np.float32),
        "one": np.array([-1, 1], np.int64),
        "four": np.array([-1, 4], np.int64),
        "ten": np.array([-1, 10], np.int64),
        "rows": np.array([-1, 3], np.int64),
        "box": BOX_WEIGHTS,
        "five": FIVE_WEIGHTS,
    }
    for stride, (score, box, five) in names.items():
        at = f"_{stride}"
        nodes += [
            helper.make_node(
                "AveragePool", ["input.1"], ["mean" + at], kernel_shape=[stride, stride], strides=[stride, stride]
            ),
            helper.make_node("Transpose", ["mean" + at], ["nhwc" + at], perm=[0, 2, 3, 1]),
            helper.make_node("Reshape", ["nhwc" + at, "rows"], ["flat" + at]),
            helper.make_node("Gather", ["flat" + at, "order"], ["two" + at], axis=1),
            helper.make_node("MatMul", ["two" + at, "weights"], ["both" + at]),
            helper.make_node("Reshape", ["both" + at, "one"], [score]),
            helper.make_node("MatMul", ["flat" + at, "box"], ["boxes" + at]),
            helper.make_node("Reshape", ["boxes" + at, "four"], [box]),
            helper.make_node("MatMul", ["flat" + at, "five"], ["fives" + at]),
            helper.make_node("Reshape", ["fives" + at, "ten"], [five]),
        ]
    for column, width in enumerate((1, 4, 10)):
        outputs += [tensor(names[stride][column], FLOAT, f"n{stride}", width) for stride in names]
    if shuffled:
        outputs = outputs[::-1]
    return save(path, nodes, inputs, outputs, constants)


BOX_WEIGHTS = np.abs(RNG.normal(0, 2, (3, 8))).astype(np.float32)
FIVE_WEIGHTS = RNG.normal(0, 2, (3, 20)).astype(np.float32)
ARC_WEIGHTS = RNG.normal(0, 1, (3 * 7 * 7, 512)).astype(np.float32)


def arcface_file(path: Path, batch: int | str = "None") -> Path:
    """w600k_r50: means over 16x16 pixels, colour by colour, times ARC_WEIGHTS."""
    nodes = [
        helper.make_node("AveragePool", ["input.1"], ["mean"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "arc"], ["683"]),
    ]
    return save(
        path,
        nodes,
        [tensor("input.1", FLOAT, batch, 3, 112, 112)],
        [tensor("683", FLOAT, 1 if batch == "None" else batch, 512)],
        {"arc": ARC_WEIGHTS},
    )


def numbers_file(path: Path, side: int, count: int, scale: float) -> Path:
    """2d106det (192 pixels, 212 numbers) or genderage (96, 3): the picture's mean colour / 255 * scale times weights."""
    nodes = [
        helper.make_node("ReduceMean", ["data"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["fc1"]),
    ]
    return save(
        path,
        nodes,
        [tensor("data", FLOAT, "None", 3, side, side)],
        [tensor("fc1", FLOAT, "None", count)],
        {"weights": number_weights(count) * np.float32(scale / 255)},
    )


def number_weights(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(count).uniform(-1, 1, (3, count)).astype(np.float32)


EMAP = np.random.default_rng(8).normal(0, 0.1, (512, 512)).astype(np.float32)
MIX = np.random.default_rng(9).normal(0, 1, (512, 3)).astype(np.float32)


def swapper_file(
    path: Path,
    *,
    side: int = 128,
    batch: int | str = 1,
    sources: int | str | None = None,
    kind: int = FLOAT,
    inside: int | None = None,
    emap: str | None = "middle",
    mask: bool = False,
    names: tuple[str, str, str] = ("target", "source", "output"),
) -> Path:
    """inswapper or hyperswap: output = target * GAIN + source . MIX / 10, all in the file's own range, plus position * 0.1.

    ``kind`` is the number type of what goes in and out, ``inside`` that of the constants (and of emap) where it differs.
    ``emap`` says where buff2fs stands among the constants: "last", "middle", or nowhere (None).
    """
    inside = inside or kind
    real = helper.tensor_dtype_to_np_dtype(inside)
    target, source, output = names
    constants: Arrays = {"gain": GAIN.reshape(1, 3, 1, 1).astype(real)}
    if emap == "middle":
        constants["buff2fs"] = EMAP.astype(real)
    constants |= {
        "mix": (MIX / 10).astype(real),
        "ramp": ramp(side).astype(real)[None, None],
        "axes": np.array([2, 3], np.int64),
        "tail": np.zeros((512, 512), real),
    }
    if emap == "last":
        constants["buff2fs"] = EMAP.astype(real)
    nodes = [
        helper.make_node("Cast", [target], ["x"], to=inside),
        helper.make_node("Cast", [source], ["z"], to=inside),
        helper.make_node("Mul", ["x", "gain"], ["dimmed"]),
        helper.make_node("MatMul", ["z", "mix"], ["colour"]),
        helper.make_node("Unsqueeze", ["colour", "axes"], ["tint"]),
        helper.make_node("Add", ["dimmed", "tint"], ["tinted"]),
        helper.make_node("Add", ["tinted", "ramp"], ["placed"]),
        helper.make_node("Cast", ["placed"], [output], to=kind),
    ]
    outputs = [tensor(output, kind, batch, 3, side, side)]
    if mask:
        nodes.append(helper.make_node("ReduceMean", [output], ["mask"], axes=[1], keepdims=1))
        outputs.append(tensor("mask", kind, batch, 1, side, side))
    inputs = [
        tensor(target, kind, batch, 3, side, side),
        tensor(source, kind, batch if sources is None else sources, 512),
    ]
    return save(path, nodes, inputs, outputs, constants)


def ramp(side: int) -> NDArray[np.float32]:
    """Grows to the right and down, so that transposed or misplaced tiles show."""
    line = np.arange(side, dtype=np.float32) / side
    return (0.1 * line + 0.05 * line[:, None]).astype(np.float32)


def swapped(tile: NDArray[np.uint8], latent: NDArray[Any], way: str) -> NDArray[np.uint8]:
    """What ``swapper_file`` makes of one tile, in float64; ``way`` says which colours go in and come out: 0..1, -1..1 or imagenet."""
    x = tile.astype(np.float64) / 255
    if way == "-1..1":
        x = x * 2 - 1
    elif way == "imagenet":
        x = (x - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    y = x * GAIN + latent.astype(np.float64) @ MIX / 10 + ramp(tile.shape[0])[..., None]
    if way == "-1..1":
        y = (y + 1) / 2
    return np.rint(np.clip(y * 255, 0, 255)).astype(np.uint8)


CONVERSION = np.random.default_rng(21).normal(0, 0.05, (512, 512)).astype(np.float32)


def converter_file(path: Path) -> Path:
    """crossface: an embedding of any length times a matrix."""
    nodes = [helper.make_node("MatMul", ["input", "matrix"], ["output"])]
    return save(
        path, nodes, [tensor("input", FLOAT, 1, 512)], [tensor("output", FLOAT, 1, 512)], {"matrix": CONVERSION}
    )


def restorer_file(
    path: Path,
    *,
    side: int = 512,
    weight: str | None = None,
    weight_kind: int = DOUBLE,
    kind: int = FLOAT,
    names: tuple[str, str] = ("input", "output"),
) -> Path:
    """GFPGAN, or CodeFormer with a second input ``weight``: output = input * GAIN + weight * 0.5, from -1 to 1."""
    given, made = names
    real = helper.tensor_dtype_to_np_dtype(kind)
    inputs = [tensor(given, kind, 1, 3, side, side)]
    nodes = [helper.make_node("Mul", [given, "gain"], ["dimmed"])]
    last = "dimmed"
    if weight is not None:
        inputs.append(tensor(weight, weight_kind, 1))
        nodes += [
            helper.make_node("Cast", [weight], ["w32"], to=kind),
            helper.make_node("Mul", ["w32", "half"], ["lift"]),
            helper.make_node("Add", ["dimmed", "lift"], ["lifted"]),
        ]
        last = "lifted"
    nodes.append(helper.make_node("Identity", [last], [made]))
    constants: Arrays = {"gain": GAIN.reshape(1, 3, 1, 1).astype(real), "half": np.array([0.5], real)}
    return save(path, nodes, inputs, [tensor(made, kind, 1, 3, side, side)], constants)


def xseg_file(path: Path, *, first: bool = False) -> Path:
    """XSeg: seen where blue (of BGR from 0 to 1) is above 0.5 + 0.4 * red; NHWC, or NCHW where ``first``."""
    shape = (3, 256, 256) if first else (256, 256, 3)
    axis = 1 if first else 3
    nodes = [
        helper.make_node("Gather", ["in_face:0", "zero"], ["blue"], axis=axis),
        helper.make_node("Gather", ["in_face:0", "two"], ["red"], axis=axis),
        helper.make_node("Mul", ["red", "share"], ["part"]),
        helper.make_node("Sub", ["blue", "part"], ["rest"]),
        helper.make_node("Greater", ["rest", "limit"], ["seen"]),
        helper.make_node("Cast", ["seen"], ["out_mask:0"], to=FLOAT),
    ]
    constants: Arrays = {
        "zero": np.array([0], np.int64),
        "two": np.array([2], np.int64),
        "share": np.array(0.4, np.float32),
        "limit": np.array(0.5, np.float32),
    }
    made = (1, 256, 256) if first else (256, 256, 1)
    inputs = [tensor("in_face:0", FLOAT, "n", *shape)]
    return save(path, nodes, inputs, [tensor("out_mask:0", FLOAT, "n", *made)], constants)


PARSING = np.random.default_rng(12).normal(0, 1, (19, 3)).astype(np.float32)


def parser_file(path: Path) -> Path:
    """BiSeNet: scores of 19 classes by a 1x1 convolution; two more outputs as the published export has."""
    inputs = [tensor("input", FLOAT, 1, 3, 512, 512)]
    nodes = [helper.make_node("Conv", ["input", "weights"], ["output"], kernel_shape=[1, 1])]
    nodes += [helper.make_node("Neg", ["output"], [name]) for name in ("more", "most")]
    outputs = [tensor(name, FLOAT, 1, 19, 512, 512) for name in ("output", "more", "most")]
    return save(path, nodes, inputs, outputs, {"weights": PARSING[..., None, None]})
