"""Stable Diffusion: each view and face is drawn over the parts, and those after the front view take after it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.diffusion.controls import Control, Map
from engines.diffusion.edges import edge_map
from engines.diffusion.kit import Kit, engine_of, open_kit
from engines.diffusion.mend import drawing_of
from engines.diffusion.painter import Painter
from engines.diffusion.regions import Region
from engines.figure.curves import Points
from engines.figure.drawing import HEIGHT
from engines.figure.placing import Scene
from engines.figure.skeleton import KEY_POINTS, key_points, pose_map
from engines.figure.stance import MIDDLE
from engines.media.picture import over_white
from engines.views._posed import Seen, stage
from engines.views._sheet import Drawn, sheet
from studio.run import Run
from studio.tasks.character import CharacterResult
from studio.tasks.views import ViewsRequest, ViewsResult

ENGINE = engine_of("views", composite=True)
WORDS = {
    "front": "full body, front view",
    "three_quarter": "full body, three-quarter view",
    "side": "full body, from side, profile",
    "back": "full body, from behind",
}
CLOSE, PLAIN = "close-up, face", "simple white background"
ALIKE, POSE, EDGES = 0.7, 0.8, 0.5
"""How much the front view, the pose and the edges of what the parts show count."""
UNSEEN = [KEY_POINTS.index(name) for name in ("nose", "right_eye", "left_eye")]
"""Key points that a back doesn't show."""


def run(request: ViewsRequest, run: Run) -> ViewsResult:
    """A character sheet drawn by a diffusion model. Raises what the embedded engine raises, and BadInput for weights that can't
    be drawn with.
    """

    def redraw(who: CharacterResult, front: Scene, drawn: Drawn, piece: Run) -> Drawn:
        return Over(request, open_kit(piece, request.diffusion.model), who, piece).all(front, drawn)

    return sheet(request, run, redraw)


@dataclass(frozen=True)
class Over:
    """The drawings of one sheet."""

    request: ViewsRequest
    kit: Kit
    who: CharacterResult
    run: Run

    def all(self, front: Scene, drawn: Drawn) -> Drawn:
        """Views and faces; the first view is the picture that the others take after, where an adapter is installed."""
        count, leads = len(drawn.views) + len(drawn.faces), list[Region]()
        poses, views = self._poses(front), []
        for number, view in enumerate(drawn.views):
            controls = self._controls(view, poses.get(view.view))
            made = self._redrawn(view, WORDS[view.view], self.run.piece(number, count), controls, leads)
            views.append(replace(view, redrawn=made))
            if not number:
                leads = self._leads(made)
        faces = [
            replace(
                face, redrawn=self._redrawn(face, CLOSE, self.run.piece(number, count), self._controls(face), leads)
            )
            for number, face in enumerate(drawn.faces, len(views))
        ]
        return Drawn(views, faces)

    def _leads(self, made: Bytes) -> list[Region]:
        if self.kit.models.adapter is None:
            self.run.note("diffusion.no_pictures")
            return []
        return [Region(over_white(made), None, ALIKE, name="front")]

    def _poses(self, front: Scene) -> dict[str, Points]:
        """Key points of the views whose pose is known, in canvas units; none, with a note, where no net takes them."""
        if self.kit.control("pose") is None:
            self.run.note("diffusion.no_pose")
            return {}
        points = key_points(front, stage())
        behind = points * (-1, 1) + (2 * MIDDLE, 0)
        behind[UNSEEN] = np.nan
        return {"front": points, "back": behind}

    def _controls(self, seen: Seen, points: Points | None = None) -> list[Control]:
        """Maps of what the parts show, as large as that; those for which a net is installed."""
        picture = over_white(self._shown(seen))
        maps: dict[Map, tuple[Bytes, float]] = {"canny": (edge_map(picture), EDGES)}
        if points is not None:
            left, top, _, bottom = seen.area
            scale = len(picture) / (bottom - top)
            there = np.array([[1, 0, -left * scale], [0, 1, -top * scale]])
            whole = pose_map(points, round(HEIGHT * scale))
            maps["pose"] = cv2.warpAffine(whole, there, picture.shape[1::-1]), POSE
        nets = {kind: self.kit.control(kind) for kind in maps}
        return [Control(kind, found, net, scale) for kind, (found, scale) in maps.items() if (net := nets[kind])]

    def _redrawn(self, seen: Seen, words: str, run: Run, controls: Sequence[Control], leads: Sequence[Region]) -> Bytes:
        """What a model makes of it, uint8 HxWx4 with the outline of the parts."""
        rgba = self._shown(seen)
        height, width = rgba.shape[:2]
        prompt = f"{words}, {self.who.prompt}, {PLAIN}"
        blank = drawing_of(self.kit, self.request.diffusion, width / height, run.seed, prompt, self.who.negative)
        size = blank.width, blank.height
        drawing = replace(
            blank,
            picture=cv2.resize(over_white(rgba), size, interpolation=cv2.INTER_AREA),
            strength=self.request.strength,
            controls=[replace(one, picture=cv2.resize(one.picture, size)) for one in controls],
            regions=leads,
        )
        made = Painter(run, self.kit.models).draw(drawing).pictures[0]
        return np.dstack([cv2.resize(made, (width, height), interpolation=cv2.INTER_AREA), rgba[..., 3]])

    def _shown(self, seen: Seen) -> Bytes:
        """What the parts show, at least as large as the model draws it."""
        left, top, right, bottom = seen.area
        wide, high = self.kit.size((right - left) / (bottom - top))
        return seen.picture(max(wide / (right - left), high / (bottom - top)))
