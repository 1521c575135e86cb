"""A Stable Diffusion model on disk, as a folder or as one file, whose networks are loaded one by one and offline."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engines.diffusion.configs import CONFIGS, config_folder, tokenizer
from engines.diffusion.files import Weights, open_weights
from engines.diffusion.kinds import DRAWN, LDM_UNET, LDM_VAE, Family, Role, expect
from studio.errors import BadInput
from studio.machine_memory import is_out_of_memory

V_PREDICTION = "v_prediction"
BUILDING = threading.Lock()
"""Held while a network is made: meanwhile accelerate replaces methods of torch for the whole process."""
TEXT_1 = ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer.")
TEXT_2 = "conditioner.embedders.1.model."
PREFIXES: dict[str, tuple[str, ...]] = {
    "unet": (LDM_UNET,),
    "vae": (LDM_VAE,),
    "text_encoder": TEXT_1,
    "text_encoder_2": (TEXT_2,),
}
UNUSED = ("position_ids", "logit_scale")


@dataclass(frozen=True)
class Checkpoint:
    """``prediction`` is ``epsilon`` or ``v_prediction``; ``zero_snr`` says that the last step is pure noise.

    ``single`` is the header of a single file, None for a folder. ``vae_file`` is used in place of the model's own.
    """

    path: Path
    family: Family
    prediction: str = "epsilon"
    zero_snr: bool = False
    configs: Path = CONFIGS
    single: Weights | None = field(default=None, repr=False)
    vae_file: Path | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The networks that it has."""
        texts = ("text_encoder", "text_encoder_2") if self.family == Family.SDXL else ("text_encoder",)
        return ("unet", "vae", *texts)

    def bytes_of(self, part: str) -> int:
        """What a network takes on disk."""
        if part == "vae" and self.vae_file:
            return self.vae_file.stat().st_size
        if self.single:
            return self.single.bytes_of(*PREFIXES[part])
        return sum(file.stat().st_size for file in _files(self.path / part))

    def load(self, part: str, device: str, dtype: Any) -> Any:
        """A network on a device, ready to run.

        Raises BadInput where the weights aren't those of the architecture.
        """
        with BUILDING:
            model = self._guarded(part, lambda: self._load(part, dtype))
        return model.to(device).eval().requires_grad_(False)

    def tokenizers(self) -> tuple[Any, ...]:
        """One for each text encoder."""
        folder = None if self.single else self.path
        first = tokenizer(folder and folder / "tokenizer")
        return (first, tokenizer(folder and folder / "tokenizer_2", pad="!")) if len(self.parts) == 4 else (first,)

    def config(self, part: str) -> dict[str, Any]:
        """A network's configuration."""
        folder = config_folder(self.family, self.configs) if self.single else self.path
        return dict(json.loads((folder / part / "config.json").read_text()))

    def noise(self) -> dict[str, Any]:
        """The configuration of its own scheduler, with what the weights themselves say of it."""
        folder = config_folder(self.family, self.configs) if self.single else self.path
        config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
        config["prediction_type"] = self.prediction
        if self.zero_snr:
            config |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
        return config

    def _load(self, part: str, dtype: Any) -> Any:
        if part == "vae" and self.vae_file:
            return self._vae_from(open_weights(self.vae_file), dtype)
        if self.single:
            return self._from_single(self.single, part, dtype)
        variant = _variant(self.path / part)
        dtype_name = "dtype" if part.startswith("text") else "torch_dtype"
        return _class(part).from_pretrained(
            self.path,
            subfolder=part,
            local_files_only=True,
            use_safetensors=True,
            variant=variant,
            **{dtype_name: dtype},
        )

    def _from_single(self, single: Weights, part: str, dtype: Any) -> Any:
        if part == "vae":
            return self._vae_from(single, dtype)
        if part == "unet":
            state = single.load(lambda key: key.startswith(LDM_UNET))
            inputs = single.tensors[f"{LDM_UNET}input_blocks.0.0.weight"].shape[1]
            return self._single_model(part, state, dtype, in_channels=inputs)
        return _text_encoder(part, single, config_folder(self.family, self.configs) / part, dtype)

    def _vae_from(self, weights: Weights, dtype: Any) -> Any:
        inner = weights.starts(LDM_VAE)
        state = weights.load(lambda key: not inner or key.startswith(LDM_VAE))
        return self._single_model("vae", state, dtype)

    def _single_model(self, part: str, state: dict[str, Any], dtype: Any, **settings: Any) -> Any:
        config = str(config_folder(self.family, self.configs))
        return _class(part).from_single_file(
            state, config=config, subfolder=part, local_files_only=True, torch_dtype=dtype, **settings
        )

    def _guarded(self, part: str, load: Callable[[], Any]) -> Any:
        try:
            return load()
        except (ValueError, RuntimeError, KeyError, OSError) as problem:
            if is_out_of_memory(problem):
                raise
            raise BadInput("diffusion.part_foreign", name=self.path.name, part=part) from problem


def open_checkpoint(path: Path, *, vae: Path | None = None, configs: Path = CONFIGS) -> Checkpoint:
    """A model from a folder in diffusers' layout or a single .safetensors.

    Nothing is loaded yet; each file's header is read. Raises BadInput for what is no model of SD 1.5 or SDXL, isn't
    whole, or is a pickle.
    """
    found = _from_folder(path, configs) if path.is_dir() else _from_file(path, configs)
    if found.family not in DRAWN:
        raise BadInput("diffusion.family_unknown", name=path.name, family=found.family)
    if vae is not None:
        expect(vae, Role.VAE)
        found = replace(found, vae_file=vae)
    return found


def _from_file(path: Path, configs: Path) -> Checkpoint:
    kind = expect(path, Role.CHECKPOINT)
    single = kind.weights
    if single is None or kind.family not in DRAWN:
        raise BadInput("diffusion.family_unknown", name=path.name, family=kind.family)
    zero = "ztsnr" in single.tensors
    prediction = V_PREDICTION if "v_pred" in single.tensors else "epsilon"
    found = Checkpoint(path, kind.family, prediction, zero, configs, single)
    for part in found.parts:
        if not single.starts(*PREFIXES[part]):
            raise BadInput("diffusion.part_missing", name=path.name, part=part)
    return found


def _from_folder(path: Path, configs: Path) -> Checkpoint:
    try:
        unet = json.loads((path / "unet" / "config.json").read_text())
        scheduler = json.loads((path / "scheduler" / "scheduler_config.json").read_text())
    except (OSError, ValueError) as error:
        raise BadInput("diffusion.not_a_folder", name=path.name) from error
    family = _family_of(unet)
    prediction = scheduler.get("prediction_type", "epsilon")
    found = Checkpoint(path, family, prediction, bool(scheduler.get("rescale_betas_zero_snr")), configs)
    for part in found.parts:
        files = _files(path / part)
        if not files:
            pickled = any((path / part).glob("*.bin"))
            key = "diffusion.pickle" if pickled else "diffusion.part_missing"
            raise BadInput(key, name=path.name, part=part)
        for file in files:
            open_weights(file)
    return found


def _family_of(unet: dict[str, Any]) -> Family:
    if unet.get("addition_embed_type") == "text_time":
        return Family.REFINER if unet.get("cross_attention_dim") == 1280 else Family.SDXL
    return Family.SD2 if unet.get("cross_attention_dim") == 1024 else Family.SD15


def _files(folder: Path) -> list[Path]:
    """The safetensors of one variant: those in half precision, where a folder has both."""
    halves = sorted(folder.glob("*.fp16*.safetensors"))
    return halves or sorted(folder.glob("*.safetensors"))


def _variant(folder: Path) -> str | None:
    return "fp16" if any(".fp16" in file.name for file in _files(folder)) else None


def _class(part: str) -> Any:
    import diffusers
    import transformers

    return {
        "unet": diffusers.UNet2DConditionModel,
        "vae": diffusers.AutoencoderKL,
        "text_encoder": transformers.CLIPTextModel,
        "text_encoder_2": transformers.CLIPTextModelWithProjection,
    }[part]


def _text_encoder(part: str, single: Weights, config: Path, dtype: Any) -> Any:
    """A text encoder from a single file: the first has transformers' own names, the second those of open_clip."""
    from accelerate import init_empty_weights
    from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint

    kind = _class(part)
    with init_empty_weights(include_buffers=False):
        model = kind(kind.config_class.from_pretrained(config, local_files_only=True))
    state = single.load(lambda key: key.startswith(PREFIXES[part]) and not key.endswith(UNUSED))
    if part == "text_encoder_2":
        state = convert_open_clip_checkpoint(model, state, prefix=TEXT_2)
    else:
        prefix = next(prefix for prefix in TEXT_1 if single.starts(prefix))
        state = {key.removeprefix(prefix): value for key, value in state.items()}
    if not hasattr(model, "text_model"):
        state = {key.removeprefix("text_model."): value for key, value in state.items()}
    model.load_state_dict(state, strict=True, assign=True)
    return model.to(dtype)
