"""How like its source a swapped film looks, and how calm: the embedded engine on every clip with a portrait, with every source.

Run as ``python -m tests.bench.bench_likeness [frames]``. Likeness is read by dlib's embedding, which has no part in the swap:
for each frame the distances of the swapped face to the source's photo and to the same frame's own face. Asked for: nearer to
the source in at least 90 % of frames. Flicker is the flicker index inside the patch, beside that of the same pixels before;
asked for: at most 1.3 times as much.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

from engines.arrays import Bytes
from engines.face_swap._cast import Anyone, Cast
from engines.face_swap._finish import Finish
from engines.face_swap._refill import Refill
from engines.face_swap._take import Take
from engines.face_swap.mesh import MeshSwapper, person_of
from engines.media.decode import Decoder, Trim
from engines.media.flow_control import Fold, Map, through
from engines.media.picture import read_picture
from engines.vision.faces.finder import Finder
from engines.vision.faces.identity import distance
from engines.vision.faces.swap import laid
from studio.paths import ASSETS
from studio.tasks.face_swap import Face
from tests.bench.clips import clips
from tests.bench.metrics import flicker_index, motions

FRAMES = 60
PHOTOS = (".jpg", ".png")
SMALLEST = 60
DETAIL = 0.3
SAME = 0.35
"""Source and target nearer than this are one person: nothing could be told."""


@dataclass(frozen=True)
class Told:
    """Of one film with one source: faces that were read, the share of them nearer to the source, mean distances, flicker's ratio."""

    faces: int
    nearer: float
    to_source: float
    to_target: float
    flicker: float


@cache
def finder() -> Finder:
    return Finder()


def photos() -> list[Path]:
    """The footage's photos and the samples'."""
    folders = {clip.parent for clip in clips()} | {ASSETS / "samples"}
    found = {path.name: path for folder in sorted(folders) for path in folder.iterdir() if path.suffix in PHOTOS}
    return [found[name] for name in sorted(found)]


def swapped(clip: Path, photo: Path, frames: int) -> list[Take]:
    """The takes of a film's beginning, with their patches; empty where there is no large face."""
    rgb = np.ascontiguousarray(read_picture(photo)[..., :3])
    faces = sorted(finder().faces(rgb), key=lambda face: -face.size)
    swapper = MeshSwapper({"": person_of([(rgb, faces[0])])}, 1.0, Face().shape)
    finish = Finish(0.0, 0.0, DETAIL)
    folds = Fold(finder().tracker(known=False)), Fold(Cast(Anyone(), [""])), Fold(Refill())
    takes: list[Take] = through(
        [*folds, *swapper.stages(), Map(finish)], islice(Decoder(clip, Trim()).frames(), frames)
    )
    return [take for take in takes if any(role.patches and role.seen.face.size >= SMALLEST for role in take.roles)]


def told(takes: Sequence[Take], photo: Path) -> Told:
    rgb = np.ascontiguousarray(read_picture(photo)[..., :3])
    face = max(finder().faces(rgb), key=lambda face: face.size)
    wanted = finder().identity(rgb, face)
    read: list[tuple[float, float]] = []
    made: list[Bytes] = []
    for take in takes:
        role = max(take.roles, key=lambda role: role.seen.face.size)
        made.append(laid(take.frame.rgb, role.patches[0]))
        own, now = (finder().identity(picture, role.seen.raw) for picture in (take.frame.rgb, made[-1]))
        if distance(own, wanted) > SAME:
            read.append((distance(now, wanted), distance(now, own)))
    far = np.array(read or [(np.nan, np.nan)])
    return Told(len(read), float((far[:, 0] < far[:, 1]).mean()), *far.mean(axis=0).tolist(), _flicker(takes, made))


def _flicker(takes: Sequence[Take], made: Sequence[Bytes]) -> float:
    """Flicker within the patches' box over all frames, as a multiple of what it was."""
    boxes = [role.seen.face.box for take in takes for role in take.roles]
    left, top = (max(int(min(box[side] for box in boxes)), 0) for side in (0, 1))
    right, bottom = (int(max(box[side] for box in boxes)) for side in (2, 3))
    before = [np.ascontiguousarray(take.frame.rgb[top:bottom, left:right]) for take in takes]
    after = [np.ascontiguousarray(picture[top:bottom, left:right]) for picture in made]
    moves = motions(before)
    return flicker_index(after, moves) / flicker_index(before, moves)


def main() -> None:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES
    every: list[Told] = []
    for clip in clips():
        for photo in photos():
            takes = swapped(clip, photo, frames)
            if not takes:
                continue
            one = told(takes, photo)
            every.append(one)
            sys.stdout.write(
                f"{clip.stem:28} {photo.stem:26} {one.faces:4} faces  nearer {one.nearer:4.0%}  "
                f"to source {one.to_source:.2f}  to target {one.to_target:.2f}  flicker {one.flicker:.2f}x\n"
            )
            sys.stdout.flush()
    faces = sum(one.faces for one in every)
    nearer = sum(one.faces * one.nearer for one in every if one.faces) / max(faces, 1)
    flickers = [one.flicker for one in every if np.isfinite(one.flicker)]
    sys.stdout.write(
        f"all: {faces} faces, nearer to the source {nearer:.1%}; flicker median {np.median(flickers):.2f}x, most {max(flickers):.2f}x\n"
    )


if __name__ == "__main__":
    main()
