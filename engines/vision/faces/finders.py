"""The finders that a run may use: buffalo_l's networks where they are installed, else those that come with the studio."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from engines.vision.faces.finder import FINDER, Finder
from engines.vision.faces.insight.arcface import ArcFace
from engines.vision.faces.insight.scrfd import Scrfd
from studio.errors import Unavailable
from studio.run import Run

ANALYSER = "buffalo-l"
DETECTOR, RECOGNISER = "det_10g.onnx", "w600k_r50.onnx"


@contextmanager
def best_finder(run: Run) -> Iterator[Finder]:
    """The one of ``insight_finder`` where its files are installed, else the studio's own."""
    with insight_finder(run) if has_insight(run) else run.model(FINDER, Finder) as finder:
        yield finder


@contextmanager
def insight_finder(run: Run) -> Iterator[Finder]:
    """Faces by SCRFD and identities by ArcFace; landmarks are the studio's own.

    One thread a call: the result is the same on every number of cores. Raises Unavailable where a file is missing.
    """
    detector, recogniser = (run.card_file(ANALYSER, name) for name in (DETECTOR, RECOGNISER))
    with (
        run.model(FINDER, Finder) as own,
        run.model(f"{ANALYSER}/scrfd", lambda: Scrfd(detector, device=run.device)) as scrfd,
        run.model(f"{ANALYSER}/arcface", lambda: ArcFace(recogniser, device=run.device)) as arcface,
    ):
        yield replace(own, detector=scrfd, identity=arcface, name=ANALYSER)


def has_insight(run: Run) -> bool:
    """Whether both files of ``insight_finder`` are installed."""
    try:
        return all(run.card_file(ANALYSER, name) for name in (DETECTOR, RECOGNISER))
    except Unavailable:
        return False
