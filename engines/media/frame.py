"""A frame of video on its way through the pipeline: converted only when somebody looks at it."""

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

HD_HEIGHT = 720
ALPHA_FORMATS = (
    "yuva420p",
    "yuva444p",
    "rgba",
    "bgra",
    "argb",
    "abgr",
    "ya8",
    "gbrap",
    "yuva422p",
    "yuva444p10le",
    "yuva444p12le",
)


@dataclass
class Planes:
    """Luma and chroma in the source's own matrix: ``y`` uint8 HxW; ``u``, ``v`` uint8 HxW or ceil(H/2) x ceil(W/2).

    ``full_range`` says whether luma runs over 0..255 or over 16..235.
    """

    y: Bytes
    u: Bytes
    v: Bytes
    full_range: bool


@dataclass(frozen=True)
class Colour:
    """Colour tags as FFmpeg numbers them: matrix (``colorspace``), primaries, transfer, and whether the range is full."""

    matrix: int
    primaries: int
    transfer: int
    full_range: bool

    @property
    def space(self) -> Colorspace:
        known = {
            1: Colorspace.ITU709,
            5: Colorspace.ITU601,
            6: Colorspace.ITU601,
            9: Colorspace.BT2020,
            4: Colorspace.FCC,
            7: Colorspace.SMPTE240M,
        }
        return known.get(self.matrix, Colorspace.ITU601)

    @property
    def range(self) -> ColorRange:
        return ColorRange.JPEG if self.full_range else ColorRange.MPEG


class Frame:
    """One picture of a video with its place in time.

    ``pts`` counts ``time_base`` from the start of the output. ``rgb`` is uint8 HxWx3, ``planes`` 8-bit planes in the source's
    matrix and range, ``alpha`` uint8 HxW or None. A frame that nobody replaced is encoded from what was decoded.
    """

    __slots__ = ("_alpha", "_planes", "_rgb", "colour", "index", "pts", "source", "time_base")

    def __init__(
        self, index: int, pts: int, time_base: Fraction, colour: Colour, source: av.VideoFrame | None = None
    ) -> None:
        self.index = index
        self.pts = pts
        self.time_base = time_base
        self.colour = colour
        self.source = source
        self._rgb: Bytes | None = None
        self._planes: Planes | None = None
        self._alpha: Bytes | None = None

    @property
    def seconds(self) -> float:
        return float(self.pts * self.time_base)

    @property
    def height(self) -> int:
        return self._size()[0]

    @property
    def width(self) -> int:
        return self._size()[1]

    @property
    def rgb(self) -> Bytes:
        if self._rgb is None:
            picture = self.source if self._planes is None else planes_to_video(self._planes)
            assert picture is not None
            self._rgb = video_to_rgb(picture, self.colour)
        return self._rgb

    @property
    def planes(self) -> Planes:
        if self._planes is None:
            if self._rgb is None:
                assert self.source is not None
                self._planes = video_to_planes(self.source, self.colour)
            else:
                self._planes = rgb_to_planes(self._rgb, self.colour)
        return self._planes

    @property
    def alpha(self) -> Bytes | None:
        if self._alpha is None and self.source is not None and self.source.format.name in ALPHA_FORMATS:
            self._alpha = np.ascontiguousarray(self.source.to_ndarray(format="rgba")[..., 3])
        return self._alpha

    @property
    def untouched(self) -> bool:
        """Whether the decoded picture may be encoded as it is."""
        return self.source is not None

    def replace(self, *, rgb: Bytes | None = None, planes: Planes | None = None, alpha: Bytes | None = None) -> "Frame":
        """The same moment with another picture: exactly one of ``rgb`` and ``planes``; ``alpha`` uint8 HxW if it has one."""
        if (rgb is None) == (planes is None):
            raise ValueError("replace a frame by rgb or by planes")
        new = Frame(self.index, self.pts, self.time_base, self.colour)
        new._rgb, new._planes, new._alpha = rgb, planes, alpha
        return new

    def _size(self) -> tuple[int, int]:
        if self._planes is not None:
            return self._planes.y.shape  # type: ignore[return-value]
        if self._rgb is not None:
            return self._rgb.shape[:2]  # type: ignore[return-value]
        assert self.source is not None
        return self.source.height, self.source.width


def video_to_rgb(picture: av.VideoFrame, colour: Colour) -> Bytes:
    """uint8 HxWx3 by the matrix and range that the stream is tagged with."""
    if picture.format.name in ("rgb24", "bgr24", "rgba", "bgra", "argb", "abgr", "gbrp", "pal8"):
        return picture.to_ndarray(format="rgb24")
    return picture.reformat(
        format="rgb24",
        src_colorspace=colour.space,
        dst_colorspace=colour.space,
        src_color_range=colour.range,
        dst_color_range=ColorRange.JPEG,
    ).to_ndarray()


def video_to_planes(picture: av.VideoFrame, colour: Colour) -> Planes:
    """8-bit 4:2:0 planes; a picture that is planar 4:2:0 already is only copied."""
    if picture.format.name not in ("yuv420p", "yuvj420p"):
        rgb = picture.format.is_rgb
        picture = picture.reformat(
            format="yuv420p",
            src_colorspace=None if rgb else colour.space,
            dst_colorspace=colour.space,
            src_color_range=ColorRange.JPEG if rgb else colour.range,
            dst_color_range=colour.range,
        )
    y, u, v = (_plane(plane) for plane in picture.planes[:3])
    return Planes(y, u, v, colour.full_range)


def rgb_to_planes(rgb: Bytes, colour: Colour) -> Planes:
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=colour.space,
        src_color_range=ColorRange.JPEG,
        dst_color_range=colour.range,
    )
    y, u, v = (_plane(plane) for plane in picture.planes[:3])
    return Planes(y, u, v, colour.full_range)


def planes_to_video(planes: Planes, alpha: Bytes | None = None) -> av.VideoFrame:
    """A video frame of these planes: yuv420p or yuv444p, yuva420p or yuva444p with ``alpha``."""
    height, width = planes.y.shape
    full = planes.u.shape == planes.y.shape and (height > 1 or width > 1)
    name = f"yuv{'a' if alpha is not None else ''}{'444' if full else '420'}p"
    picture = av.VideoFrame(width, height, name)
    arrays = [planes.y, planes.u, planes.v, *([alpha] if alpha is not None else [])]
    for plane, array in zip(picture.planes, arrays, strict=True):
        target = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        target[:, : plane.width] = array
    return picture


def _plane(plane: av.video.plane.VideoPlane) -> Bytes:
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height]
    return np.ascontiguousarray(rows[:, : plane.width])
