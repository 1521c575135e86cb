"""diffusers' pipelines, made from networks that are in memory already, and called."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engines.diffusion.controls import control_arguments
from engines.diffusion.drawing import Drawing
from engines.diffusion.kinds import Family
from engines.diffusion.regional import Shown

WHITE = 255


def make_pipeline(
    family: Family, drawing: Drawing, unet: Any, vae: Any, controls: Sequence[Any], scheduler: Any
) -> Any:
    """The pipeline for what a drawing begins with and keeps to, around these networks and no text encoder."""
    import diffusers

    parts: dict[str, Any] = {"unet": unet, "vae": vae, "scheduler": scheduler, "text_encoder": None, "tokenizer": None}
    if family == Family.SDXL:
        parts |= {"text_encoder_2": None, "tokenizer_2": None}
    else:
        parts |= {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    if controls:
        parts["controlnet"] = list(controls) if len(controls) > 1 else controls[0]
    large = "XL" if family == Family.SDXL else ""
    pipe = getattr(diffusers, f"StableDiffusion{large}{_control_name(controls)}{drawing.mode}Pipeline")(**parts)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def call(
    pipe: Any,
    drawing: Drawing,
    words: dict[str, Any],
    *,
    seeds: Sequence[int],
    steps: int,
    guidance: float,
    stepped: Callable[..., dict[str, Any]],
) -> list[NDArray[np.uint8]]:
    """The pictures, uint8 HxWx3, that a pipeline draws; ``stepped`` is called after each step."""
    import torch

    union = _control_name([getattr(pipe, "controlnet", None)]) == "ControlNetUnion"
    name = "control_image" if drawing.mode else "image"
    size = (drawing.width, drawing.height)
    arguments = control_arguments(drawing.controls, union, name, _control_size(drawing))
    if drawing.mode:
        arguments |= _beginning(drawing, size)
    if drawing.mode != "Img2Img":
        arguments |= {"width": drawing.width, "height": drawing.height}
    out = pipe(
        **words,
        **arguments,
        num_inference_steps=steps,
        guidance_scale=guidance,
        num_images_per_prompt=len(seeds),
        generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds],
        callback_on_step_end=stepped,
        output_type="pil",
    )
    return [np.asarray(picture.convert("RGB")) for picture in out.images]


def regions_in_view(pipe: Any, drawing: Drawing, shown: Sequence[Shown]) -> list[Shown]:
    """The regions as the networks see them: where a mask's surroundings are drawn alone, their part of them."""
    if drawing.mask is None or drawing.padding is None:
        return list(shown)
    left, top, right, bottom = pipe.mask_processor.get_crop_region(
        _mask_picture(drawing), drawing.width, drawing.height, pad=drawing.padding
    )
    size = (drawing.width, drawing.height)
    return [
        item
        if item.share is None
        else replace(item, share=cv2.resize(item.share[top:bottom, left:right], size, interpolation=cv2.INTER_AREA))
        for item in shown
    ]


def without_seams(drawing: Drawing, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Outside the mask the picture that was given, to the bit; without a mask the picture as it is."""
    if drawing.mask is None or drawing.picture is None:
        return picture
    height, width = picture.shape[:2]
    before = _resized(drawing.picture, (width, height))
    share = np.asarray(_mask_picture(drawing).resize((width, height), Image.Resampling.BILINEAR), np.float32) / WHITE
    mixed = before + (picture.astype(np.float32) - before) * share[..., None]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _beginning(drawing: Drawing, size: tuple[int, int]) -> dict[str, Any]:
    """What the drawing begins with, as arguments."""
    assert drawing.picture is not None, "check_drawing has seen to it"
    whole = drawing.mask is None or drawing.padding is None
    picture = Image.fromarray(_resized(drawing.picture, size) if whole else drawing.picture)
    arguments: dict[str, Any] = {"image": picture, "strength": drawing.strength}
    if drawing.mask is not None:
        mask = _mask_picture(drawing)
        arguments["mask_image"] = mask.resize(size, Image.Resampling.BILINEAR) if whole else mask
        if drawing.padding is not None:
            arguments["padding_mask_crop"] = drawing.padding
    return arguments


def _control_size(drawing: Drawing) -> tuple[int, int]:
    """Of the maps: that of the picture where its surroundings of a mask are drawn alone, as they are cut with it."""
    if drawing.mask is not None and drawing.padding is not None and drawing.picture is not None:
        return drawing.picture.shape[1], drawing.picture.shape[0]
    return drawing.width, drawing.height


def _mask_picture(drawing: Drawing) -> Image.Image:
    mask = np.asarray(drawing.mask)
    if mask.dtype != np.uint8:
        mask = np.rint(np.clip(mask, 0, 1) * WHITE).astype(np.uint8)
    return Image.fromarray(mask)


def _resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _control_name(controls: Sequence[Any]) -> str:
    kinds = {type(control).__name__ for control in controls if control is not None}
    if not kinds:
        return ""
    return "ControlNetUnion" if "ControlNetUnionModel" in kinds else "ControlNet"
