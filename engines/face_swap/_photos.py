"""The photos of a request: each with the one face in it that is meant."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.face_swap._take import Photo
from engines.media.picture import read_picture
from engines.vision.faces.face import Face
from engines.vision.faces.finder import Finder
from engines.vision.faces.identity import Embedding
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest

LEAST = 40
"""Height in pixels from which on a face can be put onto others."""
LARGEST = 2000
MAIN = 1.6
MARGIN = 0.35


def source_photos(request: FaceSwapRequest, run: Run, finder: Finder) -> dict[str, list[Photo]]:
    """The photos of each source by its name; the request's ``source`` has the empty one.

    Raises BadInput that names the photo: no face, too small a face, or several and none of them the main one.
    """
    given = {"": request.source, **request.map}
    return {name: [_photo(run.path(photo), finder) for photo in photos] for name, photos in given.items() if photos}


def references(request: FaceSwapRequest, run: Run, finder: Finder) -> Mapping[str, Sequence[Embedding]]:
    """The embeddings of the request's pictures of who is who; of several faces in one the middle one is meant, since a head
    that is cut out of a crowd brings its neighbours along.
    """
    return {
        name: [finder.identity(*_middle(*_looked(run.path(photo), finder))) for photo in photos]
        for name, photos in request.references.items()
        if photos
    }


def _photo(path: Path, finder: Finder) -> Photo:
    """The photo with its main face."""
    rgb, faces = _looked(path, finder)
    faces.sort(key=lambda face: -face.size)
    if len(faces) > 1 and faces[0].size < MAIN * faces[1].size:
        raise BadInput("face_swap.which_face", name=path.name, count=_alike(faces))
    if faces[0].size < LEAST:
        raise BadInput("face_swap.tiny_face", name=path.name, size=round(faces[0].size), least=LEAST)
    return rgb, faces[0]


def _middle(rgb: Bytes, faces: Sequence[Face]) -> Photo:
    """The picture with the face that is nearest to its middle."""
    height, width = rgb.shape[:2]

    def away(face: Face) -> float:
        left, top, right, bottom = face.box
        return float(np.hypot((left + right - width) / 2, (top + bottom - height) / 2))

    return rgb, min(faces, key=away)


def _looked(path: Path, finder: Finder) -> tuple[Bytes, list[Face]]:
    """A picture and the faces in it, at least one."""
    rgb = _read(path)
    faces = finder.faces(rgb)
    if not faces:
        rgb = _with_margin(rgb)
        faces = finder.faces(rgb)
    if not faces:
        raise BadInput("face_swap.no_face", name=path.name)
    return rgb, faces


def _read(path: Path) -> Bytes:
    """The photo, over grey where it is transparent, at most 2000 pixels long."""
    picture = read_picture(path)
    rgb = np.ascontiguousarray(picture[..., :3])
    if picture.shape[2] > 3:
        alpha = picture[..., 3:].astype(np.float32) / 255
        rgb = np.rint(rgb * alpha + 128 * (1 - alpha)).astype(np.uint8)
    scale = LARGEST / max(rgb.shape[:2])
    return rgb if scale >= 1 else np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _with_margin(rgb: Bytes) -> Bytes:
    """Room around a face that fills its picture: detectors want some."""
    rim = round(MARGIN * max(rgb.shape[:2]))
    return np.asarray(cv2.copyMakeBorder(rgb, rim, rim, rim, rim, cv2.BORDER_REPLICATE))


def _alike(faces: Sequence[Face]) -> int:
    """How many faces are about as large as the largest; they come by size."""
    return sum(face.size * MAIN > faces[0].size for face in faces)
