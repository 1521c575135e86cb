"""How near everything in a picture is, as a map for ControlNets, by a Depth Anything network (arXiv 2406.09414)."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.diffusion.checkpoint import BUILDING
from engines.diffusion.kit import HOME, source
from studio.errors import BadInput
from studio.run import Run

KIND, MODEL = "depth", "depth_anything"
MEAN, SPREAD = (np.array(row, np.float32) for row in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


def depth_map(run: Run, rgb: Bytes) -> Bytes | None:
    """uint8 HxWx3, white what is nearest, of uint8 HxWx3; None, with a note, where no network for it is installed.

    Raises BadInput for files that are no such network.
    """
    cards = run.cards_of(HOME, KIND)
    if not cards:
        run.note("diffusion.no_depth_seer")
        return None
    place = source(run, cards[0])
    with run.model(f"{place.key}/depth", lambda: _loaded(place.path, run.device)) as net:
        near = _near(net, rgb)
    near -= near.min()
    grey = np.rint(near * (255 / max(float(near.max()), 1e-12))).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _loaded(folder: Path, device: str) -> Any:
    from transformers import DepthAnythingForDepthEstimation

    try:
        if json.loads((folder / "config.json").read_text())["model_type"] != MODEL:
            raise ValueError(folder)
        with BUILDING:
            net = DepthAnythingForDepthEstimation.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError, RuntimeError, KeyError) as problem:
        raise BadInput("diffusion.part_foreign", name=folder.name, part="Depth Anything") from problem
    return net.to(device).eval().requires_grad_(False)


def _near(net: Any, rgb: Bytes) -> Any:
    """float32 HxW of any scale, larger where it is nearer."""
    import torch

    backbone = net.config.backbone_config
    scale = backbone.image_size / min(rgb.shape[:2])
    height, width = (max(round(side * scale / backbone.patch_size), 1) * backbone.patch_size for side in rgb.shape[:2])
    small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    pixels = (small.astype(np.float32) / 255 - MEAN) / SPREAD
    with torch.no_grad():
        told = net(torch.from_numpy(pixels).permute(2, 0, 1)[None].to(net.device, net.dtype)).predicted_depth
    found = told[0].float().cpu().numpy()
    return cv2.resize(found, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_CUBIC)
