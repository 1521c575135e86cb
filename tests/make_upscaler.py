"""Teaches the small network behind the built-in upscaler, and writes assets/upscale/edge.onnx.

Run as ``nice -n 15 python -m tests.make_upscaler``: about ten minutes on one core. Everything that it learns from is made or
shipped by this project: drawings by ``tests/upscale/art.py``, two of the sample pictures (public domain), and what the
Cartoonize styles make of them. The third sample is left out, so that it can be measured with.
"""

import io
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import nn
from torch.nn import functional

from engines.media.picture import read_picture
from engines.style.drawing import draw_one
from engines.style.photo import shown, still
from engines.style.scene import Hand, Scene
from engines.style.style import Style
from studio.paths import ASSETS
from studio.presets import presets
from studio.tasks import unflatten
from studio.tasks.cartoon import CartoonRequest
from tests.upscale.art import cel_art, line_art

log = logging.getLogger(__name__)

TARGET = ASSETS / "upscale" / "edge.onnx"
LEARNT = ("astronaut.jpg", "girl_with_a_pearl_earring.jpg")
SEED = 7
WIDTH, HIDDEN = 32, 5
SLOPE, SMALL, MIDDLE = 0.1, 1e-3, 0.5
STEPS, BATCH, PATCH = 3500, 16, 32
RATE_INNER, RATE, WARM = 2e-2, 2e-3, 100
KEEP = 0.999
DRAWINGS = 32
MIX = {"line": 0.25, "cel": 0.25, "cartoon": 0.2, "photo": 0.3}
RESAMPLING = {
    "area": Image.Resampling.BOX,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "hamming": Image.Resampling.HAMMING,
}
CUBIC = (-0.0234375, 0.2265625, 0.8671875, -0.0703125)
"""Keys' cubic (a = -1/2) a quarter of a pixel beside the centre."""


class Network(nn.Module):
    """Twice the size: what is to be added to a cubic enlargement. Bx3xHxW, colours 0..1 -> Bx3x2Hx2W.

    Weights lie as matrices, one row for each output, as Muon wants them.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = [3, *[WIDTH] * (HIDDEN + 1), 12]
        self.weights = nn.ParameterList(torch.empty(b, a * 9) for a, b in pairwise(widths))
        self.biases = nn.ParameterList(torch.zeros(b) for b in widths[1:])
        for weight in self.weights[:-1]:
            nn.init.kaiming_normal_(weight, SLOPE)
        nn.init.normal_(self.weights[-1], std=SMALL)
        self.register_buffer("cubic", torch.from_numpy(cubic_kernel()))

    def kernels(self) -> list[torch.Tensor]:
        """The weights as outputs x inputs x 3 x 3."""
        return [weight.view(weight.shape[0], -1, 3, 3) for weight in self.weights]

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        found = picture - MIDDLE
        for index, kernel in enumerate(self.kernels()):
            found = functional.leaky_relu(found, SLOPE) if index else found
            found = functional.conv2d(functional.pad(found, (1, 1, 1, 1), mode="replicate"), kernel, self.biases[index])
        wide = functional.pad(picture, (2, 2, 2, 2), mode="replicate")
        return functional.pixel_shuffle(found + functional.conv2d(wide, self.cubic), 2)


def cubic_kernel() -> np.ndarray:
    """The cubic enlargement as a convolution, float32 12x3x5x5: four places in each of three colours."""
    before = np.array([*CUBIC, 0.0])
    phases = (before, before[::-1])
    kernel = np.zeros((12, 3, 5, 5), np.float32)
    for colour in range(3):
        for y in range(2):
            for x in range(2):
                kernel[colour * 4 + y * 2 + x, colour] = np.outer(phases[y], phases[x])
    return kernel


@dataclass(frozen=True)
class Pair:
    """A picture, uint8 HxWx3, and it at half its size, made in several ways."""

    large: np.ndarray
    small: tuple[np.ndarray, ...]


def halved(picture: np.ndarray, how: str) -> np.ndarray:
    """uint8 HxWx3 at half its (even) size."""
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width // 2, height // 2), RESAMPLING[how]))


def compressed(picture: np.ndarray, quality: int, chroma: int = 2) -> np.ndarray:
    """uint8 HxWx3 as it comes back from a JPEG."""
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "JPEG", quality=quality, subsampling=chroma)
    return np.asarray(Image.open(data).convert("RGB"))


def pair(picture: np.ndarray, rng: np.random.Generator) -> Pair:
    picture = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
    small = [halved(picture, how) for how in RESAMPLING]
    small.append(compressed(halved(picture, "bicubic"), int(rng.integers(85, 98)), int(rng.integers(3))))
    return Pair(picture, tuple(small))


def sources(rng: np.random.Generator) -> dict[str, list[Pair]]:
    """Everything that is learnt from, by kind."""
    photos, cartoons = [], []
    for name in LEARNT:
        picture = Image.fromarray(read_picture(ASSETS / "samples" / name)[..., :3])
        for part in (0.85, 0.6):
            size = [round(side * part) for side in picture.size]
            photos.append(np.asarray(picture.resize(size, Image.Resampling.LANCZOS)))
        big = picture.resize([1024 * side // min(picture.size) for side in picture.size], Image.Resampling.LANCZOS)
        cartoons += [drawn(np.asarray(big), preset.values) for preset in presets("cartoon").values()]
    kinds = {
        "line": [line_art(seed) for seed in range(DRAWINGS)],
        "cel": [cel_art(seed) for seed in range(DRAWINGS)],
        "cartoon": cartoons,
        "photo": photos,
    }
    return {kind: [pair(picture, rng) for picture in pictures] for kind, pictures in kinds.items()}


def drawn(picture: np.ndarray, values: dict) -> np.ndarray:
    """What a look of Cartoonize makes of uint8 HxWx3."""
    request = CartoonRequest.model_validate({"source": "", **unflatten(CartoonRequest, values)})
    hand = Hand(Style(request.style, getattr(request, request.style)))
    return shown(draw_one(still(picture), Scene(hand)))[..., :3]


def batches(found: dict[str, list[Pair]], rng: np.random.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless batches: Bx3xPxP and Bx3x2Px2P, colours 0..1; places where something is to be seen, turned and recoloured."""
    kinds, shares = list(MIX), list(MIX.values())
    small = np.empty((BATCH, PATCH, PATCH, 3), np.float32)
    large = np.empty((BATCH, 2 * PATCH, 2 * PATCH, 3), np.float32)
    while True:
        for index, kind in enumerate(rng.choice(kinds, BATCH, p=shares)):
            some = found[kind][rng.integers(len(found[kind]))]
            picture = some.small[rng.integers(len(some.small))]
            y, x = busy_place(picture, rng)
            turn, order = int(rng.integers(4)), rng.permutation(3)
            mirrored, grey = rng.random() < 0.5, rng.random() < 0.15
            small[index] = turned(picture[y : y + PATCH, x : x + PATCH], turn, mirrored, order, grey)
            there = some.large[2 * y : 2 * (y + PATCH), 2 * x : 2 * (x + PATCH)]
            large[index] = turned(there, turn, mirrored, order, grey)
        yield tuple(torch.from_numpy(part / 255).permute(0, 3, 1, 2) for part in (small, large))


def busy_place(picture: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
    """The most varied of three places, or any: row and column of a patch."""
    height, width = picture.shape[:2]
    tries = 1 if rng.random() < 0.2 else 3
    places = [(int(rng.integers(height - PATCH)), int(rng.integers(width - PATCH))) for _ in range(tries)]
    return max(places, key=lambda at: float(picture[at[0] : at[0] + PATCH : 2, at[1] : at[1] + PATCH : 2, 1].std()))


def turned(patch: np.ndarray, turn: int, mirrored: bool, order: np.ndarray, grey: bool) -> np.ndarray:
    patch = np.rot90(patch, turn)[..., order]
    patch = patch[:, ::-1] if mirrored else patch
    return np.broadcast_to(patch.mean(2, keepdims=True), patch.shape) if grey else patch


def taught(found: dict[str, list[Pair]], rng: np.random.Generator) -> Network:
    """The network after all steps: the running mean of its weights. Inner weights by Muon (Jordan 2024), the rest by Adam."""
    network = Network()
    mean = {name: value.clone() for name, value in network.state_dict().items()}
    optimisers = [
        torch.optim.Muon(list(network.weights[:-1]), lr=RATE_INNER, weight_decay=0.0, adjust_lr_fn="original"),
        torch.optim.Adam([*network.biases, network.weights[-1]], lr=RATE, betas=(0.9, 0.99)),
    ]
    schedules = [torch.optim.lr_scheduler.LambdaLR(optimiser, pace) for optimiser in optimisers]
    loss_mean, started = 0.0, time.process_time()
    for step, (small, large) in zip(range(STEPS), batches(found, rng), strict=False):
        loss = (network(small) - large).abs().mean()
        network.zero_grad()
        loss.backward()
        for part in (*optimisers, *schedules):
            part.step()
        keep = min(KEEP, step / (step + 10))
        for name, value in network.state_dict().items():
            mean[name].lerp_(value, 1 - keep)
        loss_mean += (float(loss.detach()) - loss_mean) * 0.01
        if step % 250 == 0:
            log.info("step %d, loss %.5f, %.0f s", step, loss_mean, time.process_time() - started)
    network.load_state_dict(mean)
    return network


def pace(step: int) -> float:
    """What part of the full rate a step takes: a short rise, then half a cosine down."""
    return min(1.0, (step + 1) / WARM) * (0.005 + 0.995 * (1 + float(np.cos(np.pi * step / STEPS))) / 2)


def write(network: Network, target: Path) -> None:
    """As ONNX, float32, without any padding: 1x3xHxW -> 1x3x2(H-2R)x2(W-2R), R the number of layers."""
    kernels, biases = network.kernels(), list(network.biases)
    radius = len(kernels)
    biases[0] = biases[0] - (kernels[0] * MIDDLE).sum((1, 2, 3))
    weights, nodes, last = [], [], "picture"
    for index, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        names = [f"weight{index}", f"bias{index}"]
        weights += [
            numpy_helper.from_array(value.detach().numpy(), name)
            for name, value in zip(names, (kernel, bias), strict=True)
        ]
        nodes.append(helper.make_node("Conv", [last, *names], [f"conv{index}"], kernel_shape=[3, 3]))
        last = f"conv{index}"
        if index < radius - 1:
            nodes.append(helper.make_node("LeakyRelu", [last], [f"act{index}"], alpha=SLOPE))
            last = f"act{index}"
    cut = radius - 2
    weights += [
        numpy_helper.from_array(network.cubic.numpy(), "cubic"),
        numpy_helper.from_array(np.array([cut, cut], np.int64), "first"),
        numpy_helper.from_array(np.array([-cut, -cut], np.int64), "end"),
        numpy_helper.from_array(np.array([2, 3], np.int64), "axes"),
    ]
    nodes += [
        helper.make_node("Slice", ["picture", "first", "end", "axes"], ["middle"]),
        helper.make_node("Conv", ["middle", "cubic"], ["smooth"], kernel_shape=[5, 5]),
        helper.make_node("Add", [last, "smooth"], ["parts"]),
        helper.make_node("DepthToSpace", ["parts"], ["larger"], blocksize=2, mode="CRD"),
    ]
    ends = [
        helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "height", "width"]),
        helper.make_tensor_value_info("larger", TensorProto.FLOAT, [1, 3, "larger_height", "larger_width"]),
    ]
    graph = helper.make_graph(nodes, "edge", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(target))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    found = sources(rng)
    log.info("%s pictures, %.0f s", {kind: len(pairs) for kind, pairs in found.items()}, time.process_time())
    write(taught(found, rng), TARGET)


if __name__ == "__main__":
    main()
