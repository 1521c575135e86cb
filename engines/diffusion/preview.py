"""What a drawing looks like while it is being made: the clean picture that a step expects, decoded cheaply."""

from dataclasses import dataclass
from functools import wraps
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.media.picture import jpeg

LARGEST = 512
PATCHES = 12
CELL = 8
RIDGE = 1e-3
FORETELLS = ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DDIMScheduler", "LCMScheduler")
"""Schedulers whose step gives the clean picture that it expects as its second value."""


@dataclass
class Expected:
    """The latents that the last step expects at the end, or None before the first one."""

    latents: Any = None


def watch(scheduler: Any) -> Expected:
    """See what a scheduler's steps expect from now on."""
    expected, step = Expected(), scheduler.step
    foretells = type(scheduler).__name__ in FORETELLS

    @wraps(step)
    def stepped(*values: Any, **more: Any) -> Any:
        out = step(*values, **more)
        kept = getattr(scheduler, "model_outputs", None)
        if foretells and isinstance(out, tuple) and len(out) > 1:
            expected.latents = out[1]
        elif kept and kept[-1] is not None:
            expected.latents = kept[-1]
        else:
            expected.latents = out[0]
        return out

    scheduler.step = stepped
    return expected


@dataclass(frozen=True)
class Colours:
    """Colours from latents by one matrix (5 x 3, the last row is the offset), found for a given autoencoder.

    Idea: keturn, "Decoding latents to RGB without upscaling", discuss.huggingface.co, 2022.
    """

    matrix: NDArray[np.float32]

    def __call__(self, latents: Any) -> NDArray[np.uint8]:
        """uint8 hxwx3, a pixel a latent, from the first of n x 4 x h x w."""
        values = latents[0].float().cpu().numpy().transpose(1, 2, 0)
        rgb = values @ self.matrix[:-1] + self.matrix[-1]
        return np.clip(np.rint(rgb * 255), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Tiny:
    """Colours from latents by a small decoder (taesd)."""

    vae: Any

    def __call__(self, latents: Any) -> NDArray[np.uint8]:
        """uint8 HxWx3 from the first of n x 4 x h x w."""
        import torch

        with torch.no_grad():
            out = self.vae.decode(latents[:1].to(self.vae.device, self.vae.dtype)).sample[0]
        rgb = (out.float().clamp(-1, 1).permute(1, 2, 0).cpu().numpy() + 1) * 127.5
        return np.rint(rgb).astype(np.uint8)


def fit_colours(vae: Any) -> Colours:
    """The matrix that best gives an autoencoder's pictures back, by least squares over a picture of soft patches."""
    import torch

    side = PATCHES * 2 * CELL
    coarse = np.random.default_rng(0).random((PATCHES, PATCHES, 3), np.float32)
    picture = np.clip(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), 0, 1)
    before = vae.dtype
    try:
        _in(vae, torch.float32)
        with torch.no_grad():
            pixels = torch.from_numpy(picture * 2 - 1).permute(2, 0, 1).unsqueeze(0)
            found = vae.encode(pixels.to(vae.device, torch.float32)).latent_dist.mean * vae.config.scaling_factor
    finally:
        _in(vae, before)
    latents = found[0].cpu().numpy().reshape(found.shape[1], -1).T
    known = cv2.resize(picture, (side // CELL, side // CELL), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    inputs = np.hstack([latents, np.ones((len(latents), 1), np.float32)])
    square = inputs.T @ inputs + RIDGE * np.eye(inputs.shape[1])
    return Colours(np.linalg.solve(square, inputs.T @ known).astype(np.float32))


def preview_jpeg(decode: Colours | Tiny, latents: Any) -> bytes:
    """A JPEG of up to 512 pixels a side."""
    rgb = decode(latents)
    height, width = rgb.shape[:2]
    factor = LARGEST / max(height, width)
    if factor > 1:
        size = (round(width * factor), round(height * factor))
        rgb = np.ascontiguousarray(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC))
    return jpeg(rgb, LARGEST)


def _in(vae: Any, dtype: Any) -> None:
    if vae.dtype != dtype:
        vae.to(dtype)
