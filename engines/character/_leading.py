"""What leads a diffusion model through a figure: a picture for each region, a style, and maps of pose, lines and depth."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.character._drawn import Drawn
from engines.character._layers import Layers
from engines.diffusion.controls import Control, Map
from engines.diffusion.edges import edge_map
from engines.diffusion.kit import Kit
from engines.diffusion.regions import Region
from engines.figure.layers import REGIONS
from engines.media.picture import over_white
from studio.tasks._diffusion import LedDiffusion

SOFT = 1 / 150
"""How soft the masks' edges are, as a share of the drawing's height."""
LEAST = 1 / 4000
"""A region that covers less of the drawing than this is left to the others."""
WHITE = 255


@dataclass(frozen=True)
class Leading:
    """One figure, drawn ``whole`` (uint8 HxWx4), for a model's ``kit``."""

    drawn: Drawn
    whole: Bytes
    settings: LedDiffusion
    kit: Kit

    def regions(self, style: Bytes | None, width: int, height: int) -> list[Region]:
        """A region with its own picture for each that is seen, masks ``width`` x ``height``; none, with a note, where no adapter is installed."""
        settings = self.settings
        scales = {name: settings.followed.get(name, settings.follow) for name in REGIONS}
        wanted = any(scales.values()) or (style is not None and settings.style > 0)
        if wanted and self.kit.models.adapter is None:
            self.kit.run.note("diffusion.no_regions")
            return []
        found = [region for region in self._own_regions(scales, width, height) if region.scale > 0]
        if style is not None and settings.style > 0:
            found.append(Region(style, None, settings.style, reach="style", name="style"))
        return found

    def controls(self) -> list[Control]:
        """Maps of the figure for the nets that are installed; a note for each that is wanted and isn't."""
        settings = self.settings
        wanted: dict[Map, float] = {
            "pose": settings.pose,
            "lineart": settings.lines,
            "canny": settings.edges,
            "depth": settings.depth,
        }
        found = []
        for kind, scale in wanted.items():
            if not scale:
                continue
            if (net := self.kit.control(kind)) is None:
                self.kit.run.note(f"diffusion.no_{kind}")
            else:
                found.append(Control(kind, self._map(kind), net, scale))
        return found

    def _own_regions(self, scales: dict[str, float], width: int, height: int) -> Iterator[Region]:
        labels = self.drawn.labels
        for number, name in enumerate(REGIONS):
            place = labels == number
            picture = self._picture(name, place)
            if picture is None or place.mean() < LEAST:
                continue
            mask = cv2.resize(place.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
            soft = cv2.GaussianBlur(mask, (0, 0), max(height * SOFT, 0.5))
            yield Region(picture, np.asarray(soft, np.float32), scales[name], name=name)

    def _picture(self, name: str, place: np.ndarray) -> Bytes | None:  # type: ignore[type-arg]
        """The user's own picture, or the figure's own part cut out; None for a background that there isn't."""
        if name in self.drawn.own:
            return self.drawn.own[name]
        if name == "background":
            return over_white(self.drawn.ground()) if self.drawn.backdrop else None
        rows, columns = np.nonzero(place)
        if not rows.size:
            return None
        box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        return np.dstack([self.whole[box][..., :3], place[box].astype(np.uint8) * WHITE])

    def _map(self, kind: Map) -> Bytes:
        layers = Layers(self.drawn, self.whole, "en")
        ways = {
            "pose": layers.openpose,
            "lineart": layers.lineart,
            "depth": layers.depth,
            "canny": lambda: edge_map(over_white(self.whole)),
        }
        found = ways[kind]()
        return found if found.ndim == 3 else np.repeat(found[..., None], 3, axis=2)
