"""Between planes and RGB by swscale, with the right matrix and range both ways."""

import threading

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from engines.arrays import Bytes
from engines.media.colour import FULL, LIMITED, Colour

# Full chroma resolution and accurate rounding: a picture that goes to RGB and back keeps 75 dB, swscale's default 48.
EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT
SCALED = Interpolation.LANCZOS | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT
KEPT = 8


class Converter:
    """swscale contexts, one set a thread, kept because building one costs more than using it."""

    def __init__(self) -> None:
        self._local = threading.local()

    def __call__(
        self,
        picture: av.VideoFrame,
        form: str,
        colour: Colour,
        into: Colour | None = None,
        size: tuple[int, int] | None = None,
    ) -> av.VideoFrame:
        """``picture``, whose YUV (if it is) has ``colour``'s matrix and range, in the pixel format ``form``.

        YUV that comes out has the matrix and range of ``into``, by default ``colour``. ``size`` is (width, height).
        """
        into = into or colour
        width, height = size or (picture.width, picture.height)
        cache: dict[tuple[str, int, int, str], VideoReformatter] = self._local.__dict__.setdefault("cache", {})
        key = (picture.format.name, picture.width, picture.height, f"{form} {width}x{height}")
        if key not in cache and len(cache) >= KEPT:
            cache.clear()
        scaler = cache.setdefault(key, VideoReformatter())
        from_rgb, to_rgb = picture.format.is_rgb or picture.format.has_palette, is_rgb(form)
        return scaler.reformat(
            picture,
            width,
            height,
            form,
            src_colorspace=None if from_rgb else colour.sws_matrix(picture.height),
            dst_colorspace=None if to_rgb else into.sws_matrix(height),
            src_color_range=FULL if from_rgb or colour.full else LIMITED,
            dst_color_range=FULL if to_rgb or into.full else LIMITED,
            interpolation=EXACT if size is None else SCALED,
            threads=1,
        )


def is_rgb(form: str) -> bool:
    return av.VideoFormat(form).is_rgb


def has_alpha(form: str) -> bool:
    return any(part.is_alpha for part in av.VideoFormat(form).components)


def plane(picture: av.VideoFrame, number: int) -> Bytes:
    """A copy of one plane of an 8-bit planar picture, uint8 HxW."""
    part = picture.planes[number]
    rows = np.frombuffer(part, np.uint8).reshape(-1, part.line_size)[: part.height]
    return rows[:, : part.width].copy()


def from_planes(parts: list[Bytes], form: str, width: int, height: int) -> av.VideoFrame:
    """A picture of 8-bit planes; planes smaller than the picture are continued by their last row and column."""
    picture = av.VideoFrame(width, height, form)
    for part, array in zip(picture.planes, parts, strict=True):
        rows = np.frombuffer(part, np.uint8).reshape(-1, part.line_size)[: part.height]
        used_rows, used = min(array.shape[0], part.height), min(array.shape[1], part.width)
        rows[:used_rows, :used] = array[:used_rows, :used]
        rows[:used_rows, used : part.width] = rows[:used_rows, used - 1 : used]
        rows[used_rows:, : part.width] = rows[used_rows - 1, : part.width]
    return picture


def from_rgb(array: Bytes) -> av.VideoFrame:
    """A picture of uint8 HxWx3 or HxWx4."""
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(array), format="rgba" if array.shape[2] == 4 else "rgb24")
