"""Strokes: grain drawn out along a field of directions."""

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from engines.arrays import Floats
from engines.kernel import kernel
from engines.style.tensor import flow
from engines.vision.drift import Drift

TILE, MARGIN = 512, 4


def grain(shape: tuple[int, int], seed: int, softness: float, drift: Drift | None = None) -> Floats:
    """Noise float32 HxW of mean 0 and deviation 1, smoothed by a Gaussian of ``softness`` pixels (0: none).

    A tile of 512 pixels, repeated. Moved along a drift: where both ways have come from nearly the same place, what they
    bring is nearly the same, and is added as such.
    """
    noise = tile(seed, softness)
    height, width = shape
    if drift is None:
        return np.ascontiguousarray(np.tile(noise, (-(-height // TILE), -(-width // TILE)))[:height, :width])
    one, two = drift.places(shape)
    apart = ((one - two) ** 2).sum(2)
    a, b = (np.float32(share) for share in drift.shares)
    strength = np.sqrt(a * a + b * b + 2 * a * b * np.exp(-apart / np.float32((1 + 2 * softness) ** 2)))
    return (a * _moved(noise, one) + b * _moved(noise, two)) / strength


def _moved(noise: Floats, places: Floats) -> Floats:
    around = np.pad(noise, MARGIN, mode="wrap")
    return np.asarray(cv2.remap(around, places % TILE + MARGIN, None, cv2.INTER_LANCZOS4), np.float32)


@lru_cache(maxsize=16)
def tile(seed: int, softness: float) -> Floats:
    """The noise that is repeated, float32 512x512; not to be written to."""
    noise = np.random.default_rng(seed).standard_normal((TILE, TILE), np.float32)
    if softness > 0:
        reach = int(np.ceil(3 * softness))
        noise = cv2.GaussianBlur(np.pad(noise, reach, mode="wrap"), (0, 0), softness)[reach:-reach, reach:-reach]
    return (noise - noise.mean()) / noise.std()


def directions(tensor: Floats, sigma: float, slant: float, reach: float) -> Floats:
    """Unit directions float32 hxwx2 for strokes: along the picture's forms, or along ``slant`` (radians).

    The tensor hxwx3 is smoothed by ``sigma`` pixels more; its tangent, turned to the slant's side, is mixed with the
    slant by clip(3 A - 0.6) clip(reach sqrt(E + F) - 0.5): where nothing is drawn, noise must not stir the strokes from
    frame to frame.
    """
    wide = cv2.GaussianBlur(tensor, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    tangent, anisotropy = flow(wide)
    aside = np.array([np.cos(slant), np.sin(slant)], np.float32)
    side = np.where((tangent @ aside)[..., None] < 0, np.float32(-1), np.float32(1))
    strength = np.clip(np.float32(reach) * np.sqrt(np.maximum(wide[..., 0] + wide[..., 1], 0)) - np.float32(0.5), 0, 1)
    follow = (np.clip(3 * anisotropy - np.float32(0.6), 0, 1) * strength)[..., None]
    mixed = follow * tangent * side + (1 - follow) * aside
    return mixed / np.maximum(np.linalg.norm(mixed, axis=2, keepdims=True), np.float32(1e-3))


def bristles(seed: int, softness: float, tangent: Floats, length: float, drift: Drift | None = None) -> Floats:
    """Grain, moved along ``drift``, drawn out along ``tangent`` (float32 hxwx2), ``length`` pixels to each side.

    float32 hxw, mean 0, deviation about 1.
    """
    reach = int(np.ceil(length)) + 1
    field = cv2.copyMakeBorder(np.ascontiguousarray(tangent), reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    noise = grain((tangent.shape[0], tangent.shape[1]), seed, softness, drift)
    noise = cv2.copyMakeBorder(noise, reach, reach, reach, reach, cv2.BORDER_REFLECT)
    drawn = draw_out(noise, field, length, keep="deviation")
    return np.ascontiguousarray(drawn[reach:-reach, reach:-reach])


def draw_out(field: Floats, tangent: Floats, length: float, *, keep: Literal["mean", "deviation"]) -> Floats:
    """Mean of ``field`` (float32 HxW) along the streamline through each pixel, ``length`` pixels to each side.

    Line integral convolution (Cabral & Leedom 1993) in steps of about one pixel, nearest pixel. ``tangent`` float32
    hxwx2 at half size, or at the size of the field. ``keep`` the field's mean (a plain average), or white noise's
    deviation (the average times the square root of the number of samples).
    """
    steps = max(round(length), 1)
    stride = np.float32(length / steps)
    shift = 0 if tangent.shape[:2] == field.shape else 1
    samples = 2 * steps + 1
    norm = np.float32(1 / (samples if keep == "mean" else np.sqrt(samples)))
    out = np.empty_like(field)
    _draw_out(field, np.ascontiguousarray(tangent), shift, steps, stride, norm, out)
    return out


@kernel
def _draw_out(field, tangent, shift, steps, stride, norm, out):  # type: ignore[no-untyped-def]
    height, width = field.shape
    last_y, last_x = np.float32(height - 1), np.float32(width - 1)
    half, zero, one = np.float32(0.5), np.float32(0), np.float32(1)
    for i in range(height):
        for j in range(width):
            total = field[i, j]
            ax, ay = np.float32(j) + half, np.float32(i) + half
            bx, by = ax, ay
            adx, ady = tangent[i >> shift, j >> shift, 0], tangent[i >> shift, j >> shift, 1]
            bdx, bdy = -adx, -ady
            for _ in range(steps):
                ax = min(max(ax + stride * adx, zero), last_x)
                ay = min(max(ay + stride * ady, zero), last_y)
                bx = min(max(bx + stride * bdx, zero), last_x)
                by = min(max(by + stride * bdy, zero), last_y)
                ac, ar, bc, br = int(ax), int(ay), int(bx), int(by)
                total += field[ar, ac] + field[br, bc]
                tx, ty = tangent[ar >> shift, ac >> shift, 0], tangent[ar >> shift, ac >> shift, 1]
                turn = one if tx * adx + ty * ady >= zero else -one
                adx, ady = turn * tx, turn * ty
                tx, ty = tangent[br >> shift, bc >> shift, 0], tangent[br >> shift, bc >> shift, 1]
                turn = one if tx * bdx + ty * bdy >= zero else -one
                bdx, bdy = turn * tx, turn * ty
            out[i, j] = total * norm
