"""ControlNets: pictures of poses, edges, lines or depths that a drawing keeps to (arXiv 2302.05543), and one net for all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engines.diffusion.checkpoint import BUILDING
from engines.diffusion.configs import CONFIGS, config_folder
from engines.diffusion.files import Weights
from engines.diffusion.kinds import Family, Role, expect
from studio.errors import BadInput
from studio.machine_memory import is_out_of_memory

Map = Literal["pose", "depth", "softedge", "canny", "lineart", "normal", "segments", "tile"]
MODES: dict[Map, int] = {
    "pose": 0,
    "depth": 1,
    "softedge": 2,
    "canny": 3,
    "lineart": 3,
    "normal": 4,
    "segments": 5,
    "tile": 6,
}
"""Places of the kinds of map in a ControlNet Union for SDXL (xinsir's controlnet-union-sdxl-1.0; the last in its promax)."""
MOST_SCALE = 2.0


@dataclass(frozen=True)
class Source:
    """A file or folder of weights, and the key under which what is loaded from it stays in memory: a model card's id."""

    key: str
    path: Path


@dataclass(frozen=True)
class Control:
    """``picture`` is the map itself, uint8 HxWx3, of the drawing's aspect.

    ``scale`` 0..2 is how much it counts, from the part ``start`` of the steps to ``end``. Several may name the same net if
    it is a Union; that one keeps to the earliest start and the latest end.
    """

    kind: Map
    picture: NDArray[np.uint8]
    net: Source
    scale: float = 1.0
    start: float = 0.0
    end: float = 1.0


def check_controls(controls: Sequence[Control], family: Family) -> Role | None:
    """Whether the nets are plain ones or one Union; None without controls.

    Raises BadInput for a file that is no ControlNet or one for another architecture, for settings out of bounds, and for
    a Union beside another net.
    """
    for control in controls:
        fine = 0 <= control.scale <= MOST_SCALE and 0 <= control.start < control.end <= 1
        if not fine or control.picture.ndim != 3 or control.picture.shape[2] != 3:
            raise BadInput("diffusion.control_settings", kind=control.kind, most=MOST_SCALE)
    roles = [
        expect(weights_file(control.net.path), Role.CONTROLNET, Role.CONTROLNET_UNION, family=family).role
        for control in controls
    ]
    if Role.CONTROLNET_UNION in roles and len({control.net.path for control in controls}) > 1:
        raise BadInput("diffusion.control_mixed")
    return roles[0] if roles else None


def load_control(path: Path, family: Family, device: str, dtype: Any, configs: Path = CONFIGS) -> Any:
    """A ControlNet from its folder or its .safetensors. Raises BadInput where it isn't one for this architecture."""
    import diffusers

    kind = expect(weights_file(path), Role.CONTROLNET, Role.CONTROLNET_UNION, family=family)
    union = kind.role == Role.CONTROLNET_UNION
    network = diffusers.ControlNetUnionModel if union else diffusers.ControlNetModel
    try:
        with BUILDING:
            if path.is_dir():
                model = network.from_pretrained(path, local_files_only=True, use_safetensors=True, torch_dtype=dtype)
            else:
                name = "controlnet_union" if union else "controlnet"
                model = _from_file(network, kind.weights, config_folder(family, configs) / name, dtype)
    except (ValueError, RuntimeError, KeyError, OSError) as problem:
        if is_out_of_memory(problem):
            raise
        raise BadInput("diffusion.part_foreign", name=path.name, part="ControlNet") from problem
    return model.to(device).eval().requires_grad_(False)


def weights_file(path: Path) -> Path:
    """The file with the weights in a folder as diffusers writes it, or the file itself."""
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.fp16.safetensors")) or sorted(path.glob("*.safetensors"))
    if not files:
        raise BadInput("diffusion.part_missing", name=path.name, part="ControlNet")
    return files[0]


def control_arguments(controls: Sequence[Control], union: bool, name: str, size: tuple[int, int]) -> dict[str, Any]:
    """What a pipeline is called with; ``name`` is what it calls the maps, ``size`` width and height."""
    if not controls:
        return {}
    maps = [Image.fromarray(control.picture).resize(size, Image.Resampling.BICUBIC) for control in controls]
    scales = [float(control.scale) for control in controls]
    starts, ends = [control.start for control in controls], [control.end for control in controls]
    if union:
        return {
            "control_image": maps,
            "control_mode": [MODES[control.kind] for control in controls],
            "controlnet_conditioning_scale": scales,
            "control_guidance_start": min(starts),
            "control_guidance_end": max(ends),
        }
    several = len(controls) > 1
    return {
        name: maps if several else maps[0],
        "controlnet_conditioning_scale": scales if several else scales[0],
        "control_guidance_start": starts if several else starts[0],
        "control_guidance_end": ends if several else ends[0],
    }


def _from_file(network: Any, weights: Weights | None, config: Path, dtype: Any) -> Any:
    if weights is None or weights.starts("control_model.", "input_hint_block."):
        return network.from_single_file(
            {} if weights is None else weights.load(), config=str(config), local_files_only=True, torch_dtype=dtype
        )
    from accelerate import init_empty_weights

    shapes = {key: tensor.shape for key, tensor in weights.tensors.items()}
    own = json.loads((config / "config.json").read_text())
    layers = ("conv_in", *(f"blocks.{place}" for place in (1, 3, 5)))
    own["conditioning_embedding_out_channels"] = [
        shapes[f"controlnet_cond_embedding.{layer}.weight"][0] for layer in layers
    ]
    if "task_embedding" in shapes:
        own["num_control_type"] = shapes["task_embedding"][0]
    with init_empty_weights(include_buffers=False):
        model = network.from_config(own)
    model.load_state_dict(weights.load(), strict=True, assign=True)
    return model.to(dtype)
