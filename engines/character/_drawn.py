"""The parts of a figure in their places: flat, as the map of regions, and drawn whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.character._masks import Labels, painted_over, read_map
from engines.character._own import OUTLINED, laid, outlined, over
from engines.figure.character import Character
from engines.figure.drawing import BEHIND, labels, picture
from engines.figure.layers import REGIONS
from engines.figure.library import Library, library
from engines.figure.placing import Placed, Scene, scene

FLAT_LINE = 0.8
HANDS = REGIONS.index("hands")
LEAST_HAND = 12
HALF = 127


@dataclass(frozen=True)
class Drawn:
    """A figure ``height`` pixels high, with pictures (uint8, cut out) of the user's own for some regions and a painted map, if any."""

    figure: Character
    height: int
    backdrop: bool = True
    own: Mapping[str, Bytes] = field(default_factory=dict)
    painted: Bytes | None = None

    @cached_property
    def scene(self) -> Scene:
        return scene(self.figure, self.data)

    @cached_property
    def data(self) -> Library:
        return library()

    @cached_property
    def natural(self) -> Labels:
        """The regions as the parts, and own pictures with an outline of their own, cover them."""
        found = labels(self.scene, self.height).copy()
        for region, layer in self._outlined.items():
            found[layer[..., 3] > HALF] = REGIONS.index(region)
        return found

    @cached_property
    def _outlined(self) -> dict[str, Bytes]:
        """Own pictures that keep their outline, in their places: those behind the figure first."""
        covered = labels(self.scene, self.height)
        return {
            region: outlined(_clear(self.own[region]), covered, region, self.figure.held)
            for region in sorted(OUTLINED & self.own.keys())
        }

    @cached_property
    def labels(self) -> Labels:
        """The regions as they are to be: painted, or natural."""
        if self.painted is None:
            return self.natural
        height, width = self.natural.shape
        return read_map(self.painted, height, width)

    def whole(self) -> Bytes:
        """The drawing with all its lines and shadows, uint8 HxWx4."""
        return self._finished(self.scene)

    def flat(self) -> Bytes:
        """The parts in their places in flat colours: what is drawn upon. uint8 HxWx4."""
        shapes = tuple(_flattened(one) for one in self.scene.shapes)
        return self._finished(replace(self.scene, shapes=shapes))

    def ground(self) -> Bytes:
        """What is behind the figure alone, uint8 HxWx4."""
        return self._ground(self.scene)

    def spots(self) -> Iterator[tuple[Literal["face", "hand"], tuple[int, int, int, int]]]:
        """Kind and box (left, top, width, height) of the face and of each hand that is seen."""
        rows, columns = np.nonzero(self.labels == REGIONS.index("face"))
        if rows.size:
            yield "face", _box(rows, columns)
        hands = (self.labels == HANDS).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(hands)
        least = LEAST_HAND * self.height / 1500
        for left, top, width, height, _ in sorted(stats[1:count].tolist()):
            if min(width, height) >= least:
                yield "hand", (left, top, width, height)

    def _finished(self, placed: Scene) -> Bytes:
        """Painted shapes with own pictures, and with the regions where they are to be."""
        made = np.asarray(picture(placed, self.data, self.height, backdrop=self.backdrop))
        for layer in self._outlined.values():
            made = over(made, layer)
        if self.painted is not None:
            made = painted_over(made, self._ground(placed), self.natural, self.labels)
        for region, own in self.own.items():
            if region not in OUTLINED:
                made = laid(made, _clear(own), self.labels == REGIONS.index(region))
        return made

    def _ground(self, placed: Scene) -> Bytes:
        behind = tuple(one for one in placed.shapes if one.layer in BEHIND)
        return np.asarray(picture(replace(placed, shapes=behind), self.data, self.height, backdrop=self.backdrop))


def _clear(picture: Bytes) -> Bytes:
    """With alpha."""
    return picture if picture.shape[2] == 4 else np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def _flattened(one: Placed) -> Placed:
    shape = replace(one.shape, shade=0.0, cast=0.0, pattern="")
    inside = tuple(_flattened(inner) for inner in one.inside)
    return replace(one, shape=shape, lines=min(one.lines, FLAT_LINE), marks=(), inside=inside)


def _box(rows: np.ndarray, columns: np.ndarray) -> tuple[int, int, int, int]:  # type: ignore[type-arg]
    left, top = int(columns.min()), int(rows.min())
    return left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top
