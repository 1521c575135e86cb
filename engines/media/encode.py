"""Encoding: frames into closed segments, each a file of its own that can be joined to the others without encoding anew."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engines.media.formats import ENCODER_THREADS, Recipe
from engines.media.frame import Colour, Frame, planes_to_video


@dataclass(frozen=True)
class Shape:
    """What every segment of a video shares: picture size (as encoded), time base, rate, sample aspect ratio and colour."""

    width: int
    height: int
    time_base: Fraction
    fps: Fraction
    sar: Fraction
    colour: Colour


def encoded_size(width: int, height: int, recipe: Recipe) -> tuple[int, int]:
    """Codecs with halved chroma need even sizes: an odd picture gets one more row or column, a copy of its last."""
    return (width + width % 2, height + height % 2) if recipe.even else (width, height)


def to_video(frame: Frame, recipe: Recipe, shape: Shape) -> av.VideoFrame:
    """A frame in the encoder's pixel format, with its time; an untouched one of that format is passed on as it is."""
    if (
        frame.untouched
        and frame.source is not None
        and (frame.source.width, frame.source.height) == (shape.width, shape.height)
    ):
        picture = frame.source
    elif recipe.pixel_format in ("rgb24", "rgba"):
        picture = _rgb_video(frame, shape)
    else:
        planes, alpha = frame.planes, frame.alpha if "yuva" in recipe.pixel_format else None
        planes.y = _pad(planes.y, shape.height, shape.width)
        alpha = None if alpha is None else _pad(alpha, shape.height, shape.width)
        picture = planes_to_video(planes, alpha)
    if picture.format.name != recipe.pixel_format:
        colour = frame.colour
        to_rgb = recipe.pixel_format in ("rgb24", "rgba")
        picture = picture.reformat(
            format=recipe.pixel_format,
            src_colorspace=colour.space,
            dst_colorspace=colour.space,
            src_color_range=colour.range if not picture.format.is_rgb else None,
            dst_color_range=None if to_rgb else colour.range,
        )
    picture.pts = frame.pts
    picture.time_base = frame.time_base
    picture.pict_type = av.video.frame.PictureType.NONE
    return picture


class SegmentWriter:
    """Writes one segment. Times are counted from the segment's first frame."""

    def __init__(self, path: Path, recipe: Recipe, shape: Shape, base: int) -> None:
        self._path = path
        self._base = base
        self._out = av.open(str(path), "w", format=recipe.segment)
        stream = self._out.add_stream(recipe.codec, rate=shape.fps, options=dict(recipe.options))
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, recipe.pixel_format
        context = stream.codec_context
        context.time_base = stream.time_base = shape.time_base
        context.sample_aspect_ratio = shape.sar
        context.thread_count = ENCODER_THREADS
        if recipe.pixel_format not in ("rgb24", "rgba"):
            context.colorspace = shape.colour.matrix
            context.color_primaries = shape.colour.primaries
            context.color_trc = shape.colour.transfer
            context.color_range = 2 if shape.colour.full_range else 1
        if recipe.tag:
            context.codec_tag = recipe.tag
        self._stream = stream
        self._frames = 0

    def write(self, picture: av.VideoFrame) -> None:
        picture.pts -= self._base
        self._frames += 1
        self._out.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Flush and close; the file is whole afterwards."""
        self._out.mux(self._stream.encode(None))
        self._out.close()

    def abandon(self) -> None:
        self._out.close()
        self._path.unlink(missing_ok=True)


def _rgb_video(frame: Frame, shape: Shape) -> av.VideoFrame:
    alpha = frame.alpha
    rgb = frame.rgb
    if alpha is None:
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    return av.VideoFrame.from_ndarray(np.dstack([rgb, alpha]), format="rgba")


def _pad(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    rows, columns = height - plane.shape[0], width - plane.shape[1]
    return np.pad(plane, ((0, rows), (0, columns)), mode="edge") if rows or columns else plane
