"""ONNX files for measuring routes: the published networks' signatures, and a chosen share of their arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from engines.arrays import Floats
from tests.face_swap.networks import FLOAT, Arrays, arcface_file, numbers_file, save, swapper_file, tensor

INT64 = onnx.TensorProto.INT64
LOOKED_AT = 640
SURE = 0.9
NARROW, WIDE = 16, 128
GFLOPS: Mapping[str, float] = {
    "det_10g": 10.0 * 640 / 480,
    "w600k_r50": 12.6,
    "2d106det": 0.6,
    "1k3d68": 8.0,
    "genderage": 0.05,
    "2dfan4": 20.0,
    "fairface": 7.3,
    "inswapper_128": 174.7,
}
"""What one run of each costs. By its authors: SCRFD-10G (10 at 640x480, so 13.3 at 640x640) and inswapper (174.7, the README of
insightface's inswapper-512-live). By their known backbones: w600k_r50 (IResNet-50 at 112 pixels: 6.3 billion multiplications with
their additions), fairface (ResNet-34 at 224: 3.65). By the size of their files and crops only: the rest.
"""


@dataclass(frozen=True)
class Place:
    """What the detector answers: ``box`` float32 4 and ``five`` float32 5x2, in pixels of a picture of ``width`` x ``height``."""

    box: Floats
    five: Floats
    width: int
    height: int


def files(folder: Path, place: Place, share: float) -> dict[str, Path]:
    """Every network's file by its name, each with ``share`` (0: nothing) of its arithmetic."""
    folder.mkdir(parents=True, exist_ok=True)
    path = {name: folder / f"{name}.onnx" for name in (*GFLOPS, "fan_68_5")}
    constant_detector(path["det_10g"], place)
    arcface_file(path["w600k_r50"])
    numbers_file(path["2d106det"], 192, 212, 1.0)
    numbers_file(path["1k3d68"], 192, 3309, 1.0)
    numbers_file(path["genderage"], 96, 3, 1.0)
    _fan(path["2dfan4"])
    _five_to_68(path["fan_68_5"])
    _fairface(path["fairface"])
    swapper_file(path["inswapper_128"])
    for name, gflops in GFLOPS.items():
        if share > 0:
            _burden(path[name], gflops * 1e9 * share)
    return path


def constant_detector(path: Path, place: Place) -> Path:
    """det_10g, which finds one and the same face in every picture of 640x640, and none in others.

    One anchor of stride 8, the nearest to the face's middle, is sure by 0.9. The picture is fitted into the upper left.
    """
    scale = LOOKED_AT / max(place.width, place.height)
    box, five = place.box * scale, place.five * scale
    cell = np.floor((box[:2] + box[2:]) / 16).astype(int)
    row = 2 * int(cell[1] * LOOKED_AT // 8 + cell[0])
    anchor = cell * 8.0
    edges = np.concatenate([anchor - box[:2], box[2:] - anchor]) / 8
    answers = {"box": edges, "five": ((five - anchor) / 8).reshape(10)}
    constants: Arrays = {
        "axes": np.array([2, 3], np.int64),
        "side": np.array([LOOKED_AT, LOOKED_AT], np.int64),
        "zero": np.array(0, np.int64),
        "one": np.array(1, np.int64),
        "two": np.array(2, np.int64),
        "column": np.array([1], np.int64),
        "high": np.array(SURE, np.float32),
        **{name: (values / SURE).astype(np.float32)[None] for name, values in answers.items()},
    }
    nodes = [
        helper.make_node("Shape", ["input.1"], ["shape"]),
        helper.make_node("Gather", ["shape", "axes"], ["size"], axis=0),
        helper.make_node("Equal", ["size", "side"], ["fits"]),
        helper.make_node("Cast", ["fits"], ["fit"], to=FLOAT),
        helper.make_node("ReduceProd", ["fit"], ["fitting"], keepdims=0),
        helper.make_node("Mul", ["fitting", "high"], ["now"]),
    ]
    names = {8: ("448", "451", "454"), 16: ("471", "474", "477"), 32: ("494", "497", "500")}
    for stride, outputs in names.items():
        constants[f"stride_{stride}"] = np.array([stride, stride], np.int64)
        constants[f"row_{stride}"] = np.array(row if stride == 8 else -1, np.int64)
        nodes += _level(stride, *outputs)
    widths = zip((1, 4, 10), zip(*names.values(), strict=True), strict=True)
    made = [tensor(name, FLOAT, f"n_{name}", width) for width, three in widths for name in three]
    return save(path, nodes, [tensor("input.1", FLOAT, 1, 3, "?", "?")], made, constants)


def _level(stride: int, scores: str, boxes: str, points: str) -> list[Any]:
    """One stride's outputs: as many rows as the picture has anchors, all but one of them zero."""
    at = f"_{stride}"
    return [
        helper.make_node("Div", ["size", "stride" + at], ["cells" + at]),
        helper.make_node("ReduceProd", ["cells" + at], ["grid" + at], keepdims=0),
        helper.make_node("Mul", ["grid" + at, "two"], ["rows" + at]),
        helper.make_node("Range", ["zero", "rows" + at, "one"], ["numbers" + at]),
        helper.make_node("Equal", ["numbers" + at, "row" + at], ["meant" + at]),
        helper.make_node("Cast", ["meant" + at], ["there" + at], to=FLOAT),
        helper.make_node("Mul", ["there" + at, "now"], ["sure" + at]),
        helper.make_node("Unsqueeze", ["sure" + at, "column"], [scores]),
        helper.make_node("Mul", [scores, "box"], [boxes]),
        helper.make_node("Mul", [scores, "five"], [points]),
    ]


def _fan(path: Path) -> None:
    """2dfan4: 256 pixels to 68 points of three numbers, and 68 heatmaps of 64x64."""
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["flat"]),
        helper.make_node("Reshape", ["flat", "points"], ["landmarks_xyscore"]),
        helper.make_node("Expand", ["one", "maps"], ["heatmaps"]),
    ]
    constants: Arrays = {
        "weights": np.random.default_rng(4).uniform(20, 40, (3, 204)).astype(np.float32),
        "points": np.array([1, 68, 3], np.int64),
        "maps": np.array([1, 68, 64, 64], np.int64),
        "one": np.full((1, 1, 1, 1), 0.9, np.float32),
    }
    outputs = [tensor("landmarks_xyscore", FLOAT, 1, 68, 3), tensor("heatmaps", FLOAT, 1, 68, 64, 64)]
    save(path, nodes, [tensor("input", FLOAT, 1, 3, 256, 256)], outputs, constants)


def _five_to_68(path: Path) -> None:
    nodes = [
        helper.make_node("Flatten", ["input"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["more"]),
        helper.make_node("Reshape", ["more", "points"], ["output"]),
    ]
    constants: Arrays = {
        "weights": np.random.default_rng(5).uniform(0, 0.2, (10, 136)).astype(np.float32),
        "points": np.array([1, 68, 2], np.int64),
    }
    save(path, nodes, [tensor("input", FLOAT, 1, 5, 2)], [tensor("output", FLOAT, 1, 68, 2)], constants)


def _fairface(path: Path) -> None:
    """224 pixels to the numbers of race, gender and age."""
    nodes = [helper.make_node("ReduceMean", ["input"], ["mean"], axes=[2, 3], keepdims=0)]
    constants: Arrays = {}
    for name, count in (("race_id", 7), ("gender_id", 2), ("age_id", 9)):
        constants[f"w_{name}"] = np.random.default_rng(count).normal(0, 1, (3, count)).astype(np.float32)
        nodes += [
            helper.make_node("MatMul", ["mean", f"w_{name}"], [f"s_{name}"]),
            helper.make_node("ArgMax", [f"s_{name}"], [name], axis=1, keepdims=0),
        ]
    outputs = [tensor(name, INT64, 1) for name in ("race_id", "gender_id", "age_id")]
    save(path, nodes, [tensor("input", FLOAT, 1, 3, 224, 224)], outputs, constants)


def _burden(path: Path, flops: float) -> None:
    """Let a network's input go through 3x3 convolutions of ``flops`` in all before, whose outcome adds next to nothing to it.

    They work on means of 8x8 pixels.
    """
    model = onnx.load(path)
    graph = model.graph
    given = next(one for one in graph.input if len(one.type.tensor_type.shape.dim) == 4).name
    for node in graph.node:
        node.input[:] = ["burdened" if name == given else name for name in node.input]
    sides = [axis.dim_value or LOOKED_AT for axis in _sides(graph, given)]
    cells = (sides[0] // 8) * (sides[1] // 8)
    channels = int(np.clip(np.sqrt(flops / (2 * 18 * cells)), NARROW, WIDE)) // 8 * 8
    count = max(round(flops / (18 * cells * channels**2)), 1)
    nodes = [helper.make_node("AveragePool", [given], ["pooled"], kernel_shape=[8, 8], strides=[8, 8])]
    last, random = "pooled", np.random.default_rng(1)
    for number in range(count + 1):
        size = (channels, channels, 3, 3) if number else (channels, 3, 1, 1)
        weights = random.normal(0, np.sqrt(2 / np.prod(size[1:])), size).astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(weights, f"burden_w{number}"))
        nodes += [
            helper.make_node("Conv", [last, f"burden_w{number}"], [f"burden_c{number}"], pads=[size[2] // 2] * 4),
            helper.make_node("Relu", [f"burden_c{number}"], [f"burden_{number}"]),
        ]
        last = f"burden_{number}"
    graph.initializer.append(numpy_helper.from_array(np.array(1e-30, np.float32), "hardly"))
    nodes += [
        helper.make_node("ReduceMean", [last], ["burden_mean"], keepdims=0),
        helper.make_node("Mul", ["burden_mean", "hardly"], ["burden"]),
        helper.make_node("Add", [given, "burden"], ["burdened"]),
    ]
    for node in reversed(nodes):
        graph.node.insert(0, node)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _sides(graph: Any, name: str) -> Any:
    return next(one for one in graph.input if one.name == name).type.tensor_type.shape.dim[2:]
