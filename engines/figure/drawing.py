"""Draws characters: the picture, the map of regions, the silhouette."""

from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray

from engines.figure.character import Character
from engines.figure.layers import REGIONS
from engines.figure.library import Library, library
from engines.figure.painting import Painter, paint, path_of
from engines.figure.placing import Placed, Scene, scene
from studio.errors import BadInput

WIDTH, HEIGHT = 1000, 1500
LARGEST = 6000
BEHIND = ("background", "ground")
SEEN = 0.85
Rgba = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Drawing:
    """``rgba`` (h, w, 4) uint8, straight alpha; ``labels`` (h, w) uint8: the index in REGIONS of what is seen there."""

    rgba: Rgba
    labels: NDArray[np.uint8]

    def mask(self, region: str) -> NDArray[np.bool_]:
        """(h, w) where the region is seen; the masks of all regions together cover each pixel once."""
        return np.asarray(self.labels == REGIONS.index(region))


def draw(character: Character, height: int = HEIGHT, *, backdrop: bool = True, data: Library | None = None) -> Drawing:
    """The character ``height`` pixels high (2/3 as wide); without ``backdrop`` the ground behind it is transparent."""
    data = data or library()
    placed = scene(character, data)
    return Drawing(picture(placed, data, height, backdrop=backdrop), labels(placed, height))


def picture(placed: Scene, data: Library, height: int, *, backdrop: bool = True) -> Rgba:
    """(height, width, 4) uint8."""
    figure = _figure(placed.shapes, data, height)
    if not backdrop:
        return array_of(figure)
    whole = surface_of(height)
    with whole as canvas:
        Painter(canvas, data.materials).draw(one for one in placed.shapes if one.layer in BEHIND)
        canvas.resetMatrix()
        canvas.drawImage(figure.makeImageSnapshot(), 0, 0)
    return array_of(whole)


def labels(placed: Scene, height: int) -> NDArray[np.uint8]:
    """(height, width) uint8: the index in REGIONS of the topmost shape, the background where there is none."""
    surface = surface_of(height)
    with surface as canvas:
        background = REGIONS.index("background") + 1
        for one in placed.shapes:
            if one.layer in BEHIND or one.alpha < SEEN or one.shape.soft:
                continue
            value = REGIONS.index(one.shape.region) + 1
            brush = paint((value * 10 / 255, 0, 0), smooth=False)
            brush.setStyle(skia.Paint.kStrokeAndFill_Style)
            brush.setStrokeWidth(one.lines)
            canvas.drawPath(path_of(one.xy), brush)
    seen = (array_of(surface)[..., 0].astype(int) + 5) // 10
    return np.asarray(np.where(seen == 0, background, seen) - 1, np.uint8)


def silhouette(placed: Scene, height: int) -> Rgba:
    """The figure as one black shape on transparent ground, (height, width, 4) uint8."""
    surface = surface_of(height)
    with surface as canvas:
        brush = paint((0.08, 0.07, 0.1))
        for one in placed.shapes:
            if one.layer not in BEHIND and not one.shape.soft:
                canvas.drawPath(path_of(one.xy), brush)
    return array_of(surface)


def _figure(shapes: tuple[Placed, ...], data: Library, height: int) -> skia.Surface:
    surface = surface_of(height)
    Painter(surface.getCanvas(), data.materials).draw(one for one in shapes if one.layer not in BEHIND)
    return surface


def surface_of(height: int) -> skia.Surface:
    """An empty canvas ``height`` pixels high that is drawn on in canvas units."""
    if not 16 <= height <= LARGEST:
        raise BadInput("figure.size", height=height, largest=LARGEST)
    surface = skia.Surface(round(height * WIDTH / HEIGHT), height)
    surface.getCanvas().clear(skia.ColorTRANSPARENT)
    surface.getCanvas().scale(height / HEIGHT, height / HEIGHT)
    return surface


def array_of(surface: skia.Surface) -> Rgba:
    """What is drawn on it, uint8 (h, w, 4) in straight alpha."""
    image = surface.makeImageSnapshot()
    return np.asarray(image.toarray(colorType=skia.kRGBA_8888_ColorType))
