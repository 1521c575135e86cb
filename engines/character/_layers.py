"""A character for painting programs and for ControlNet: the parts as sheets, the finished picture by region, and its maps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes
from engines.character._drawn import Drawn
from engines.character._masks import colours, painted_map
from engines.figure.cels import Cel, cels, groups
from engines.figure.drawing import BEHIND, picture
from engines.figure.layers import REGIONS
from engines.figure.placing import Placed
from engines.figure.skeleton import key_points, pose_map, told
from engines.media.layered import Folder, Layered, Packed, Sheet, composed, cut, whole
from engines.media.ora import write_ora
from engines.media.pack import write_pack
from engines.media.psd import write_psd
from studio.figures import regions
from studio.texts import text

Flags = NDArray[np.bool_]
MOST_OTHER = 0.25
"""From this share of other pixels on, the finished picture isn't the parts with a touch more, but another one."""
ALIKE = 0.75
"""Levels by which a pixel may differ before the sheet of touches covers it."""
NAMELESS = ("body", "hands")
"""Kinds whose sheets are called by their region: the doll under the clothes."""
FEATURES, DARK = ("eyes", "brows", "mouth", "nose"), 0.4
FARTHEST, NEAREST = 24, 255


def _nothing() -> None: ...


@dataclass(frozen=True, eq=False)
class Layers:
    """``picture``: what came of the drawing, uint8 HxWx3 or HxWx4, brought to its size. ``enlarged``: the same a whole number of times
    larger, where the layers are to be as large; they are then drawn anew at that size, one after the other. ``language`` of the
    sheets' names; ``tick`` is called after each sheet.
    """

    drawn: Drawn
    picture: Bytes
    language: str
    enlarged: Bytes | None = None
    tick: Callable[[], object] = _nothing

    @cached_property
    def sized(self) -> Drawn:
        """The figure as large as the layers."""
        if self.enlarged is None:
            return self.drawn
        times = round(self.enlarged.shape[0] / self.drawn.labels.shape[0])
        return replace(self.drawn, height=self.drawn.height * times)

    @cached_property
    def layered(self) -> Layered:
        """Folders of parts, with what was touched afterwards on top, and the finished picture by region. Only one of the two is
        seen: the parts where the finished picture is made of them.
        """
        height, width = self.sized.labels.shape
        final = _of_size(_with_alpha(self.picture if self.enlarged is None else self.enlarged), height, width)
        parts = [*self._parts(self.sized)]
        other = self._touched(parts)
        as_parts = bool(other.mean() <= MOST_OTHER)
        other = cv2.resize(other.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        touched = np.where(other[..., None], final, 0).astype(np.uint8)
        touches = [cut(self._say("touches"), touched)] if as_parts and other.any() else []
        shown = [replace(folder, visible=as_parts) for folder in parts]
        by_region = Folder(self._say("finished"), Packed(self._regions(final)), not as_parts)
        items: tuple[Folder | Sheet, ...] = (*shown, *touches, by_region)
        seen = composed(items, width, height)
        np.clip(np.add(seen, 0.5, out=seen), 0, 255, out=seen)
        return Layered(width, height, items, seen.astype(np.uint8))

    def _touched(self, parts: Sequence[Folder]) -> Flags:
        """Where the finished picture isn't what the parts are, bool HxW of the drawing's own size."""
        height, width = self.drawn.labels.shape
        final = _of_size(_with_alpha(self.picture), height, width)
        own = parts if self.sized is self.drawn else [*self._parts(self.drawn)]
        under = composed(own, width, height)
        return np.asarray((np.abs(under - final) > ALIKE).any(-1) & (final[..., 3] == 255))

    def _cels(self, drawn: Drawn) -> Iterator[Cel]:
        for cel in cels(drawn.scene, drawn.data, drawn.height, backdrop=drawn.backdrop):
            yield cel
            self.tick()

    def maps(self) -> Mapping[str, Bytes]:
        """The pictures that ControlNet's models take, by name: uint8 HxWx3 or HxW."""
        return {
            "openpose": self.openpose(),
            "regions": painted_map(self.sized.labels),
            "lineart": self.lineart(),
            "depth": self.depth(),
        }

    def openpose(self) -> Bytes:
        """The pose, uint8 HxWx3."""
        return pose_map(key_points(self.sized.scene, self.sized.data), self.sized.height)

    def told(self) -> dict[str, Any]:
        """Everything of the export that isn't a picture."""
        points = key_points(self.sized.scene, self.sized.data)
        shades = ["#" + bytes(colour).hex() for colour in colours()]
        return {
            "width": self.layered.width,
            "height": self.layered.height,
            "openpose": told(points, self.sized.height),
            "regions": {name: {"colour": shades[at], "title": self._titles[name]} for at, name in enumerate(REGIONS)},
        }

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        return {name: title for name, _, title in regions(self.language)}

    def _parts(self, drawn: Drawn) -> Iterator[Folder]:
        for group, found in groupby(self._cels(drawn), key=lambda cel: cel.group):
            sheets = Packed(Sheet(self._title(cel), cel.rgba, cel.left, cel.top) for cel in found)
            yield Folder(groups()[group]["label"][self.language], sheets.renamed(_numbered(sheets.names)))

    def _title(self, cel: Cel) -> str:
        part = self.drawn.data.part(cel.part)
        label = self._titles[cel.region] if part.kind in NAMELESS else part.label[self.language]
        return label[:1].upper() + label[1:]

    def _regions(self, final: Bytes) -> Iterator[Sheet]:
        for name, title in self._titles.items():
            place = self.sized.labels == REGIONS.index(name)
            yield cut(title, np.where(place[..., None], final, 0).astype(np.uint8))
            self.tick()

    def lineart(self) -> Bytes:
        """White lines on black, as the lineart models take them, uint8 HxW."""
        drawn = self.sized
        shapes = tuple(_blank(one) for one in drawn.scene.shapes if one.layer not in BEHIND and not one.shape.soft)
        lines = picture(replace(drawn.scene, shapes=shapes), drawn.data, drawn.height, backdrop=False)
        dark = (255 - lines[..., :3].min(-1).astype(np.float32)) * (lines[..., 3] / 255)
        return np.clip(dark * 255 / max(float(dark.max()), 1.0), 0, 255).astype(np.uint8)

    def depth(self) -> Bytes:
        """The nearer a sheet lies, the lighter: its place in the order of painting. uint8 HxW."""
        order, last = np.zeros(self.sized.labels.shape, np.uint16), 0
        for cel in self._cels(self.sized):
            if cel.layer not in BEHIND:
                last += 1
                rows, columns = cel.rgba.shape[:2]
                order[cel.top : cel.top + rows, cel.left : cel.left + columns][cel.rgba[..., 3] > 127] = last
        shades = [0, *(FARTHEST + round((NEAREST - FARTHEST) * number / last) for number in range(1, last + 1))]
        return np.array(shades, np.uint8)[order]

    def _say(self, key: str) -> str:
        return text(f"layers.{key}", self.language)


def write_layers(file: Path, layers: Layers, figure: Mapping[str, Any]) -> None:
    """In the format that the suffix names: OpenRaster, Photoshop, or the set of pictures."""
    if file.suffix == ".ora":
        write_ora(file, layers.layered)
    elif file.suffix == ".psd":
        write_psd(file, layers.layered)
    else:
        write_pack(file, files_of(layers, figure))


def files_of(layers: Layers, figure: Mapping[str, Any]) -> Iterator[tuple[str, Bytes | dict[str, Any]]]:
    """The set of pictures: each sheet on the whole canvas, the maps, what is seen, and what is told of it all."""
    made = layers.layered
    table = []
    for number, (folder, sheet) in enumerate(made.sheets()):
        name = f"layers/{number:02d}.png"
        seen = sheet.visible and (folder is None or folder.visible)
        table.append({"file": name, "name": sheet.name, "group": folder.name if folder else "", "visible": seen})
        yield name, whole(sheet, made.width, made.height)
    maps = layers.maps()
    for key, drawn in maps.items():
        yield f"maps/{key}.png", drawn
    yield "picture.png", made.merged
    files = {key: f"maps/{key}.png" for key in maps}
    yield (
        "layers.json",
        {**layers.told(), "layers": table, "maps": files, "picture": "picture.png", "figure": dict(figure)},
    )


def _with_alpha(rgb: Bytes) -> Bytes:
    return rgb if rgb.shape[2] == 4 else np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _of_size(rgba: Bytes, height: int, width: int) -> Bytes:
    if rgba.shape[:2] == (height, width):
        return rgba
    return np.asarray(cv2.resize(rgba, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _numbered(names: Sequence[str]) -> list[str]:
    """Names of which no two are equal."""
    told: list[str] = []
    for name in names:
        number = sum(one == name or one.startswith(f"{name} ") for one in told)
        told.append(f"{name} {number + 1}" if name in told else name)
    return told


def _blank(one: Placed) -> Placed:
    """The shape in white, with its line alone; what is dark in a face stays so: there lines are drawn as shapes."""
    shape = replace(one.shape, shade=0.0, cast=0.0, pattern="")
    inside = tuple(_blank(inner) for inner in one.inside if not inner.shape.soft)
    drawn = one.part.partition("/")[0] in FEATURES and max(one.fill) < DARK
    tone = 0.0 if drawn else 1.0
    return replace(one, shape=shape, fill=(tone,) * 3, to=None, marks=(), inside=inside, alpha=1.0)  # type: ignore[arg-type]
