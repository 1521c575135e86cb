"""Calling the roll: everybody in a picture or in a video file."""

from collections.abc import Iterator
from pathlib import Path

from engines.arrays import Bytes
from engines.media.decode import Decoder, Trim
from engines.media.frame import Frame
from engines.media.picture import jpeg
from engines.media.pipeline import Watcher
from engines.media.probe import probe
from engines.vision.faces.finder import Finder
from engines.vision.faces.people import STEP_S, Gathering, Person
from engines.vision.faces.sighting import picture_of, portrait, within
from engines.vision.faces.track import LEAST_SIZE

PREVIEW_SIDE = 640


def people_in_picture(rgb: Bytes, finder: Finder) -> list[Person]:
    """Each face of a picture (uint8 HxWx3) as a person, from left to right."""
    faces = sorted((face for face in finder.faces(rgb) if face.size >= LEAST_SIZE), key=lambda face: face.box[0])
    return [
        Person(
            (),
            0.0,
            1,
            0.0,
            within(face, rgb.shape),
            picture_of(portrait(rgb, face)),
            finder.identity(rgb, face),
        )
        for face in faces
    ]


def people_in_video(
    path: Path, finder: Finder, run: Watcher, *, step_s: float = STEP_S, trim: Trim | None = None
) -> list[Person]:
    """The people of a video, in the order of how long they are seen; times count from the start of ``trim``.

    Raises BadInput for a file that can't be decoded, and whatever ``run.step`` raises.
    """
    info = probe(path)
    gathering = Gathering(finder.detector, finder.landmarks, finder.identity, step_s=step_s)
    total = info.frames if trim is None or (trim.start <= 0 and trim.end is None) else None
    for done, frame in enumerate(_frames(path, trim or Trim())):
        gathering.add(frame)
        run.step(done + 1, total, preview=lambda frame=frame: jpeg(frame.rgb, PREVIEW_SIDE))  # type: ignore[misc]
    return gathering.people()


def _frames(path: Path, trim: Trim) -> Iterator[Frame]:
    decoder = Decoder(path, trim)
    try:
        yield from decoder.frames()
    finally:
        decoder.close()
