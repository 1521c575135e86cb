"""Tiny networks in the files and under the names of published ones: Real-ESRGAN's RRDB and SRVGG."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import torch
from safetensors.torch import save_file

Weights = dict[str, torch.Tensor]
FEATURES, GROWTH = 16, 32


def rrdb(scale: int = 4, *, seed: int = 0, strength: float = 0.4, features: int = FEATURES, blocks: int = 1) -> Weights:
    """One block under Real-ESRGAN's names; a network for x2 takes its picture folded, as the published one does."""
    torch.manual_seed(seed)
    weights: Weights = {}
    _conv(weights, "conv_first", 3 if scale == 4 else 12, features)
    for block, part, layer in product(range(blocks), (1, 2, 3), range(1, 6)):
        into = features + (layer - 1) * GROWTH
        _conv(weights, f"body.{block}.rdb{part}.conv{layer}", into, GROWTH if layer < 5 else features)
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        _conv(weights, name, features, features)
    _conv(weights, "conv_last", features, 3)
    weights["conv_last.weight"] *= strength
    weights["conv_last.bias"] += 0.5
    return weights


def srvgg(scale: int = 4, *, shift: tuple[float, float, float] = (0.0, 0.0, 0.0), features: int = FEATURES) -> Weights:
    """Repeats pixels and adds ``shift`` to red, green and blue: its last layer gives nothing else to the repeated picture."""
    torch.manual_seed(0)
    weights: Weights = {}
    _conv(weights, "body.0", 3, features)
    weights["body.1.weight"] = torch.full((features,), 0.2)
    _conv(weights, "body.2", features, features)
    weights["body.3.weight"] = torch.full((features,), 0.2)
    weights["body.4.weight"] = torch.zeros(3 * scale * scale, features, 3, 3)
    weights["body.4.bias"] = torch.tensor(shift).repeat_interleave(scale * scale)
    return weights


def save(path: Path, weights: Mapping[str, torch.Tensor]) -> Path:
    """As ``.safetensors``, else as the published ``.pth`` files: a torch archive with the weights under ``params_ema``."""
    if path.suffix == ".safetensors":
        save_file({name: value.contiguous() for name, value in weights.items()}, path)
    else:
        torch.save({"params_ema": dict(weights)}, path)
    return path


def _conv(weights: Weights, name: str, into: int, out: int) -> None:
    layer = torch.nn.Conv2d(into, out, 3)
    weights[f"{name}.weight"], weights[f"{name}.bias"] = layer.weight.detach(), layer.bias.detach()
