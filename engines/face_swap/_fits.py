"""Choosing faces by how they look: apparent gender and age, as buffalo_l's network guesses them."""

from collections.abc import Iterator
from contextlib import contextmanager

from engines.face_swap._cast import Fits
from engines.face_swap._extras import resident, threads_of
from engines.vision.faces.finders import ANALYSER
from engines.vision.faces.insight.genderage import GenderAge, Looks
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest, Only

FILE = "genderage.onnx"


@contextmanager
def fitting(request: FaceSwapRequest, run: Run) -> Iterator[Fits | None]:
    """Which faces are meant, while the model that tells is in use; None where the request takes everyone.

    Raises Unavailable where buffalo_l isn't installed.
    """
    if not request.only.asked:
        yield None
        return
    path, threads = run.card_file(ANALYSER, FILE), threads_of(request, run)
    key = resident(f"{ANALYSER}/genderage", threads)
    with run.model(key, lambda: GenderAge(path, device=run.device, threads=threads)) as guess:
        yield lambda rgb, face: meant(guess(rgb, face.box), request.only)


def meant(looks: Looks, only: Only) -> bool:
    """Whether somebody who looks so is among those that are to be swapped."""
    gender = only.gender == "any" or looks.male == (only.gender == "male")
    return gender and only.youngest <= looks.age <= only.oldest
