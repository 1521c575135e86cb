"""IP-Adapters: pictures as further words that cross-attention reads (arXiv 2308.06721)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.diffusion.checkpoint import BUILDING
from engines.diffusion.kinds import Family, Kind, Role, expect
from studio.errors import BadInput

FACE_ID = ("perceiver_resampler.", "0.weight")
WHITE = 255


@dataclass(frozen=True)
class Seen:
    """What the picture encoder makes of a picture, and of none, on the CPU: 1 x width, or 1 x tokens x width."""

    picture: Any
    nothing: Any


class Adapter:
    """The part of an adapter that turns pictures into keys and values for each layer of cross-attention.

    ``detailed`` says that it wants all tokens of the picture encoder, not their sum.
    """

    def __init__(self, projection: Any, keys: Any, values: Any, name: str) -> None:
        self.projection = projection
        self.keys = keys
        self.values = values
        self.name = name

    @property
    def detailed(self) -> bool:
        from diffusers.models.embeddings import ImageProjection

        return not isinstance(self.projection, ImageProjection)

    def tokens(self, seen: Seen, *, guided: bool) -> Any:
        """Words of a picture: 2 x tokens x width with those of no picture first, or 1 x tokens x width."""
        import torch

        weight = self.keys[0].weight
        rows = [seen.nothing, seen.picture] if guided else [seen.picture]
        with torch.no_grad():
            found = self.projection(torch.cat(rows).to(weight.device, weight.dtype))
        return found.reshape(len(rows), -1, found.shape[-1])


def load_adapter(path: Path, family: Family, device: str, dtype: Any) -> Adapter:
    """An adapter from its .safetensors. Raises BadInput for another kind of file or architecture, and for FaceID."""
    import torch
    from diffusers.loaders.unet import UNet2DConditionLoadersMixin

    kind = expect(path, Role.IP_ADAPTER, family=family)
    state = _split(kind)
    if any(key.startswith(FACE_ID) for key in state["image_proj"]):
        raise BadInput("diffusion.adapter_face_id", name=path.name)
    places = sorted(int(key.split(".")[0]) for key in state["ip_adapter"] if key.endswith("to_k_ip.weight"))
    try:
        with BUILDING:
            projection = UNet2DConditionLoadersMixin()._convert_ip_adapter_image_proj_to_diffusers(
                state["image_proj"], low_cpu_mem_usage=False
            )
        layers = [
            torch.nn.ModuleList(_linear(state["ip_adapter"][f"{place}.{part}.weight"]) for place in places)
            for part in ("to_k_ip", "to_v_ip")
        ]
    except (KeyError, ValueError, RuntimeError) as problem:
        raise BadInput("diffusion.part_foreign", name=path.name, part="IP-Adapter") from problem
    heads, keys, values = (module.to(device, dtype).eval().requires_grad_(False) for module in (projection, *layers))
    return Adapter(heads, keys, values, path.name)


def load_vision(folder: Path, device: str, dtype: Any) -> Any:
    """A CLIP picture encoder from its folder. Raises BadInput where there is none."""
    from transformers import CLIPVisionModelWithProjection

    files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else [folder]
    if not files:
        raise BadInput("diffusion.part_missing", name=folder.name, part="image_encoder")
    expect(files[0], Role.CLIP_VISION)
    with BUILDING:
        model = CLIPVisionModelWithProjection.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=dtype
        )
    return model.to(device).eval().requires_grad_(False)


def see_nothing(encoder: Any, *, detailed: bool) -> Any:
    """What an encoder makes of no picture: the same beside every picture."""
    import torch

    side = encoder.config.image_size
    with torch.no_grad():
        pixels = torch.zeros(1, 3, side, side, device=encoder.device, dtype=encoder.dtype)
        if detailed:
            return encoder(pixels, output_hidden_states=True).hidden_states[-2].cpu()
    return torch.zeros(1, encoder.config.projection_dim, dtype=encoder.dtype)


def see(encoder: Any, picture: NDArray[np.uint8], nothing: Any, *, detailed: bool) -> Seen:
    """What an encoder makes of uint8 HxWx3 or HxWx4, seen whole: it is brought to a square by a border, not by a cut.

    ``nothing`` is what it makes of no picture.
    """
    import torch
    from transformers import CLIPImageProcessor

    side = encoder.config.image_size
    prepare = CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    pixels = prepare(squared(picture), return_tensors="pt").pixel_values.to(encoder.device, encoder.dtype)
    with torch.no_grad():
        if detailed:
            return Seen(encoder(pixels, output_hidden_states=True).hidden_states[-2].cpu(), nothing)
        return Seen(encoder(pixels).image_embeds.cpu(), nothing)


def matching(adapter: Adapter, encoder: Any) -> None:
    """Raises BadInput when an adapter was trained with another picture encoder."""
    config = encoder.config
    given = config.hidden_size if adapter.detailed else config.projection_dim
    weights = adapter.projection.state_dict()
    wanted = weights["proj_in.weight" if "proj_in.weight" in weights else _first(weights)].shape[-1]
    if wanted != given:
        raise BadInput("diffusion.adapter_vision", name=adapter.name, wanted=wanted, given=given)


def squared(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 HxWx3 or HxWx4 as a square of RGB: over white, with white at its shorter sides."""
    rgb = picture[..., :3]
    if picture.shape[2] == 4:
        alpha = picture[..., 3:].astype(np.float32) / 255
        rgb = (rgb * alpha + WHITE * (1 - alpha)).round().astype(np.uint8)
    height, width = rgb.shape[:2]
    side = max(height, width)
    square = np.full((side, side, 3), WHITE, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = rgb
    return square


def _split(kind: Kind) -> dict[str, dict[str, Any]]:
    state: dict[str, dict[str, Any]] = {"image_proj": {}, "ip_adapter": {}}
    for key, value in (kind.weights.load() if kind.weights else {}).items():
        half, rest = key.split(".", 1)
        state.setdefault(half, {})[rest] = value
    return state


def _linear(weight: Any) -> Any:
    import torch

    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
    layer.weight = torch.nn.Parameter(weight, requires_grad=False)
    return layer


def _first(names: Sequence[str] | Any) -> str:
    return next(name for name in names if name.endswith("weight"))
