"""The encoders by name."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engines.arrays import Bytes
from engines.retrieval.encoder import Encoder
from studio.errors import BadInput
from studio.run import Run

FINGERPRINT, CLIP = "fingerprint", "clip-search"
VERSION = 16
SURE_FACE = 0.75


@contextmanager
def seeing_faces(run: Run) -> Iterator[Callable[[Bytes], bool]]:
    """Tells of a picture, uint8 RGB HxWx3, whether a face is seen in it."""
    if run.memory is None:
        yield face_seer()
        return
    with run.model("search/faces", face_seer) as seer:
        yield seer


def face_seer() -> Callable[[Bytes], bool]:
    """By the detector that comes with the studio."""
    from engines.vision.faces.detect import Detector

    detector = Detector()
    return lambda picture: any(face.score >= SURE_FACE for face in detector(picture))


@contextmanager
def encoder_named(name: str, run: Run) -> Iterator[Encoder]:
    """An encoder, kept in memory while it is used and some time longer: the embedded one, or that of a model card.

    Raises BadInput for one that there isn't, NotFound and Unavailable for a card that isn't there.
    """
    if name == FINGERPRINT and run.memory is None:
        yield fingerprint()
        return
    with run.model(name, fingerprint if name == FINGERPRINT else lambda: _clip(name, run)) as encoder:
        yield encoder


def fingerprint() -> Encoder:
    """The embedded one, without weights."""
    from engines.retrieval.fingerprint import Fingerprint

    return Fingerprint()


def _clip(name: str, run: Run) -> Encoder:
    from engines.retrieval.clip import CONFIG, ClipEncoder

    card = run.card(name)
    if card.capabilities.get("kind") != CLIP:
        raise BadInput("search.no_encoder", name=name)
    folders = {file.name: run.card_file(name, file.name).parent for file in card.files}
    return ClipEncoder(
        folders[CONFIG],
        name=name,
        version=hashlib.sha256(run.card_hash(name).encode()).hexdigest()[:VERSION],
        device=run.device,
    )
