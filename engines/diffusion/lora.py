"""LoRAs on networks that stay loaded: added, weighed and taken away, several at once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from engines.diffusion.checkpoint import BUILDING, Checkpoint
from engines.diffusion.kinds import Family, Kind, Role, expect
from studio.errors import BadInput
from studio.machine_memory import is_out_of_memory

MOST_SCALE = 4.0
PREFIXES = {
    "unet": ("lora_unet_", "unet."),
    "text_encoder": ("lora_te_", "lora_te1_", "text_encoder."),
    "text_encoder_2": ("lora_te2_", "text_encoder_2."),
}


@dataclass(frozen=True)
class Lora:
    """A LoRA's .safetensors in kohya's or diffusers' format; ``scale`` -4..4, 0 is as good as none."""

    path: Path
    scale: float = 1.0

    @property
    def key(self) -> str:
        """Another one after each change of the file."""
        state = self.path.stat()
        said = f"{self.path.resolve()} {state.st_size} {state.st_mtime_ns}"
        return f"lora{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def check_loras(loras: Sequence[Lora], checkpoint: Checkpoint) -> list[tuple[Lora, Kind]]:
    """Those that change something, with what they are.

    Raises BadInput for one that is no LoRA, or one for another architecture or a scale out of bounds.
    """
    width = checkpoint.config("unet").get("cross_attention_dim")
    found = []
    for lora in loras:
        if abs(lora.scale) > MOST_SCALE:
            raise BadInput("diffusion.lora_scale", name=lora.path.name, most=MOST_SCALE)
        kind = expect(lora.path, Role.LORA, family=checkpoint.family)
        if kind.context and kind.context != width:
            raise BadInput(
                "diffusion.lora_width", name=lora.path.name, given=kind.context, wanted=width, model=checkpoint.family
            )
        if kind.weights is None or not kind.weights.starts(*(prefix for some in PREFIXES.values() for prefix in some)):
            raise BadInput("diffusion.lora_foreign", name=lora.path.name)
        if lora.scale:
            found.append((lora, kind))
    return found


def wear(module: Any, part: str, loras: Sequence[tuple[Lora, Kind]], checkpoint: Checkpoint) -> None:
    """Have a network wear these LoRAs and no others; with none it is as it was loaded, bit for bit.

    Raises BadInput for one that doesn't fit, which leaves nothing behind.
    """
    wanted = {lora.key: lora for lora, kind in loras if kind.weights and kind.weights.starts(*PREFIXES[part])}
    worn = set(getattr(module, "peft_config", {}))
    if worn and not worn & set(wanted):
        _undress(module)
        worn = set()
    if not wanted:
        return
    from diffusers.utils import delete_adapter_layers, set_weights_and_activate_adapters

    for key in worn - set(wanted):
        delete_adapter_layers(module, key)
        getattr(module, "peft_config", {}).pop(key, None)
    for key in [key for key in wanted if key not in worn]:
        _put_on(module, part, key, wanted[key], checkpoint)
    set_weights_and_activate_adapters(module, list(wanted), [lora.scale for lora in wanted.values()])


def _put_on(module: Any, part: str, key: str, lora: Lora, checkpoint: Checkpoint) -> None:
    try:
        with BUILDING:
            _load(module, part, key, lora.path, checkpoint)
    except Exception as problem:
        _undress(module)
        if is_out_of_memory(problem) or not isinstance(problem, ValueError | RuntimeError | KeyError | AttributeError):
            raise
        raise BadInput("diffusion.lora_foreign", name=lora.path.name) from problem


def _load(module: Any, part: str, key: str, path: Path, checkpoint: Checkpoint) -> None:
    from diffusers.loaders import StableDiffusionLoraLoaderMixin, StableDiffusionXLLoraLoaderMixin

    large = checkpoint.family == Family.SDXL
    mixin = StableDiffusionXLLoraLoaderMixin if large else StableDiffusionLoraLoaderMixin
    settings = {"unet_config": SimpleNamespace(**checkpoint.config("unet"))} if large else {}
    state, alphas, metadata = mixin.lora_state_dict(
        str(path.parent),
        weight_name=path.name,
        local_files_only=True,
        use_safetensors=True,
        return_lora_metadata=True,
        **settings,
    )
    if part == "unet":
        mixin.load_lora_into_unet(state, alphas, module, adapter_name=key, metadata=metadata)
    else:
        mixin.load_lora_into_text_encoder(state, alphas, module, prefix=part, adapter_name=key, metadata=metadata)
    if key not in getattr(module, "peft_config", {}):
        raise ValueError(f"nothing of it fits the {part}")


def _undress(module: Any) -> None:
    from diffusers.utils import recurse_remove_peft_layers

    recurse_remove_peft_layers(module)
    if hasattr(module, "peft_config"):
        del module.peft_config
    module._hf_peft_config_loaded = False
