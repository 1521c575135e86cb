"""A frame of video on its way through the pipeline: converted only when somebody looks at it."""

from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np

from engines.arrays import Bytes
from engines.media.colour import PICTURE, SRGB_VIDEO, Colour
from engines.media.convert import Converter, from_planes, from_rgb, has_alpha, plane
from engines.media.tonemap import ToneMap
from engines.media.turn import UPRIGHT, Turn

HALVED = ("yuv420p", "yuvj420p", "yuva420p")


@dataclass
class Planes:
    """Luma and chroma in the source's own matrix: ``y`` uint8 HxW; ``u``, ``v`` uint8 HxW or ceil(H/2) x ceil(W/2).

    ``full_range`` says whether luma runs over 0..255 or over 16..235.
    """

    y: Bytes
    u: Bytes
    v: Bytes
    full_range: bool

    @property
    def halved(self) -> bool:
        """Whether chroma has half the size; a picture of one pixel counts as halved."""
        return self.u.shape != self.y.shape or self.y.size == 1


@dataclass(frozen=True)
class Film:
    """What the frames of a video share: the tags of the colours that are shown, how to turn it upright, and how bright film is made plain."""

    colour: Colour = SRGB_VIDEO
    turn: Turn = UPRIGHT
    tone_map: ToneMap | None = None
    convert: Converter = field(default_factory=Converter, compare=False)


class Frame:
    """One picture of a video with its place in time.

    ``pts`` counts ``time_base`` from the start of the output; the picture is written ``times`` times, one ``pts`` later each.
    Pictures are upright:
    ``rgb`` is uint8 HxWx3, ``planes`` 8-bit planes with halved chroma in the film's matrix and range, ``alpha`` uint8 HxW or None.
    A frame that nobody replaced is encoded from what was decoded. Arrays belong to the frame: change copies of them.
    """

    __slots__ = ("_alpha", "_native", "_planes", "_rgb", "film", "index", "pts", "time_base", "times")

    def __init__(
        self,
        index: int,
        pts: int,
        time_base: Fraction,
        film: Film,
        native: av.VideoFrame | None = None,
    ) -> None:
        self.index = index
        self.pts = pts
        self.time_base = time_base
        self.film = film
        self.times = 1
        self._native = native
        self._rgb: Bytes | None = None
        self._planes: Planes | None = None
        self._alpha: Bytes | None = None

    @classmethod
    def still(cls, rgb: Bytes, planes: Planes, alpha: Bytes | None = None) -> "Frame":
        """A single picture: ``planes`` say the same as ``rgb`` in full-range BT.601, with chroma of any size."""
        frame = cls(0, 0, Fraction(1, 25), Film(PICTURE))
        frame._rgb, frame._planes, frame._alpha = rgb, planes, alpha
        return frame

    @property
    def seconds(self) -> float:
        return float(self.pts * self.time_base)

    @property
    def width(self) -> int:
        return self._size()[1]

    @property
    def height(self) -> int:
        return self._size()[0]

    @property
    def has_alpha(self) -> bool:
        return self._alpha is not None or (self._native is not None and has_alpha(self._native.format.name))

    @property
    def rgb(self) -> Bytes:
        if self._rgb is None:
            if self._native is not None and self.film.tone_map is not None:
                self._rgb = self.film.turn.apply(self.film.tone_map(self._native, self.film.convert))
            elif self._native is not None:
                self._rgb = self.film.turn.apply(
                    self.film.convert(self._native, "rgb24", self.film.colour).to_ndarray()
                )
            else:
                self._rgb = self.film.convert(self._yuv(), "rgb24", self.shown).to_ndarray()
        return self._rgb

    @property
    def planes(self) -> Planes:
        if self._planes is None:
            picture = self._native
            if picture is None or self.film.tone_map is not None:
                picture, turn = from_rgb(self.rgb), UPRIGHT
            else:
                turn = self.film.turn
            if picture.format.name not in HALVED:
                picture = self.film.convert(picture, "yuv420p", self.film.colour)
            y, u, v = (turn.apply(plane(picture, number)) for number in range(3))
            self._planes = Planes(y, u, v, self.film.colour.full)
        return self._planes

    @property
    def alpha(self) -> Bytes | None:
        if self._alpha is None and self._native is not None and self.has_alpha:
            if self._native.format.name == "yuva420p":
                alpha = plane(self._native, 3)
            else:
                alpha = self.film.convert(self._native, "rgba", self.film.colour).to_ndarray()[..., 3]
            self._alpha = self.film.turn.apply(alpha)
        return self._alpha

    @property
    def opacity(self) -> Bytes:
        """``alpha``, or 255 everywhere."""
        alpha = self.alpha
        return np.full(self._size(), 255, np.uint8) if alpha is None else alpha

    @property
    def shown(self) -> Colour:
        """The colour that ``planes`` are in."""
        return self.film.colour.with_range(self.planes.full_range)

    def replace(
        self,
        *,
        rgb: Bytes | None = None,
        rgba: Bytes | None = None,
        planes: Planes | None = None,
        alpha: Bytes | None = None,
    ) -> "Frame":
        """The same moment with another picture: exactly one of ``rgb``, ``rgba`` (HxWx4) and ``planes``.

        ``alpha`` (uint8 HxW) makes it transparent. Colours are straight, not multiplied by alpha.
        """
        if sum(picture is not None for picture in (rgb, rgba, planes)) != 1:
            raise ValueError("replace a frame by one of rgb, rgba and planes")
        new = Frame(self.index, self.pts, self.time_base, self.film)
        new.times = self.times
        if rgba is not None:
            rgb, alpha = rgba[..., :3], rgba[..., 3]
        new._rgb, new._planes, new._alpha = rgb, planes, alpha
        return new

    def picture(self, *, alpha: bool) -> tuple[av.VideoFrame, Colour]:
        """A video frame of this picture, upright, with an alpha plane if asked for, and the colour that it's in.

        The decoded picture itself where nobody replaced it, it stands upright and has what is asked.
        """
        if self._native is not None and not self.film.turn and self.film.tone_map is None:
            if not alpha or self.has_alpha:
                return self._native, self.film.colour
            if self._native.format.is_rgb:
                return from_rgb(np.dstack([self.rgb, self.opacity])), SRGB_VIDEO
        if self._rgb is not None and self._planes is None:
            return from_rgb(np.dstack([self._rgb, self.opacity]) if alpha else self._rgb), self.film.colour
        return self._yuv(alpha), self.shown

    def _yuv(self, alpha: bool = False) -> av.VideoFrame:
        planes = self.planes
        parts = [planes.y, planes.u, planes.v, *([self.opacity] if alpha else [])]
        height, width = planes.y.shape
        form = f"yuv{'a' if alpha else ''}{'420' if planes.halved else '444'}p"
        return from_planes(parts, form, width, height)

    def _size(self) -> tuple[int, int]:
        if self._planes is not None:
            return self._planes.y.shape  # type: ignore[return-value]
        if self._rgb is not None:
            return self._rgb.shape[:2]  # type: ignore[return-value]
        assert self._native is not None
        size = self._native.height, self._native.width
        return (size[1], size[0]) if self.film.turn.swaps else size
