"""Encoding: frames into closed segments, each a file of its own that can be joined to the others without encoding anew."""

import os
from contextlib import suppress
from pathlib import Path

import av

from engines.media.convert import Converter, from_planes
from engines.media.formats import ENCODER_THREADS, Recipe
from engines.media.frame import Frame
from engines.media.segments import Shape, sync

os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder writes its banner to the terminal otherwise


def encoded_size(width: int, height: int, recipe: Recipe) -> tuple[int, int]:
    """The size in the file: within the format's longest side, and even where chroma is halved (one more row or column)."""
    scale = min(1.0, recipe.longest / max(width, height)) if recipe.longest else 1.0
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    return (width + width % 2, height + height % 2) if recipe.even else (width, height)


def to_video(frame: Frame, recipe: Recipe, shape: Shape, convert: Converter) -> av.VideoFrame:
    """A frame as the encoder takes it, with its time; one that is already so is passed on as it is."""
    alpha = recipe.pixels == recipe.alpha_pixels
    size = shape.width, shape.height
    if recipe.even and size != (frame.width, frame.height) and size == encoded_size(frame.width, frame.height, recipe):
        picture, colour = _padded(frame, size, alpha), frame.shown
    else:
        picture, colour = frame.picture(alpha=alpha)
    if (
        picture.format.name != recipe.pixels
        or (picture.width, picture.height) != size
        or colour.full != shape.colour.full
    ):
        fits = (picture.width, picture.height) == size
        picture = convert(picture, recipe.pixels, colour, shape.colour, None if fits else size)
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
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, recipe.pixels
        context = stream.codec_context
        context.time_base = stream.time_base = shape.time_base
        context.sample_aspect_ratio = shape.sar
        context.thread_count = ENCODER_THREADS
        if not recipe.pixels.startswith("rgb"):
            context.colorspace = shape.colour.matrix
            context.color_primaries = shape.colour.primaries
            context.color_trc = shape.colour.trc
            context.color_range = shape.colour.range
        if recipe.tag:
            context.codec_tag = recipe.tag
        self._stream = stream

    def write(self, picture: av.VideoFrame, times: int = 1) -> None:
        """Write a picture, ``times`` times."""
        first = picture.pts - self._base
        for again in range(times):
            picture.pts = first + again
            self._out.mux(self._stream.encode(picture))

    def close(self) -> int:
        """Flush and close; the file is whole and safe on the disk afterwards. Its size in bytes."""
        self._out.mux(self._stream.encode(None))
        self._out.close()
        return sync(self._path)

    def abandon(self) -> None:
        """Close and remove what there is; that it can't be finished (on a full disk) doesn't matter."""
        with suppress(av.FFmpegError, OSError):
            self._out.close()
        self._path.unlink(missing_ok=True)


def _padded(frame: Frame, size: tuple[int, int], alpha: bool) -> av.VideoFrame:
    """The frame with its last row and column repeated."""
    planes = frame.planes
    parts = [planes.y, planes.u, planes.v, *([frame.opacity] if alpha else [])]
    form = f"yuv{'a' if alpha else ''}{'420' if planes.halved else '444'}p"
    return from_planes(parts, form, *size)
