"""Finds this very shot again, edited, without trained networks: keypoints summed into one vector, and compared one by one in the best candidates."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.retrieval.aggregate import load_codebook, mirrored
from engines.retrieval.encoder import Description, Question
from engines.retrieval.geometry import agreement
from engines.retrieval.keypoints import Keypoints, keypoints
from engines.retrieval.window import pictured, without_bars
from studio.paths import ASSETS

DATA = ASSETS / "retrieval" / "fingerprint.npz"
KEPT, ASKED = 224, 256
FAR, NEAR, PATIENCE = 200, 48, 12
ENOUGH = 1.9
"""Less than one in a hundred questions about what isn't there find as much evidence: see decision 0031 and tests/bench/bench_fingerprint.py."""
WEIGHT, SLOPE = 0.02, 2.5
GRAIN = 250.0
"""Places are kept in steps of a 250th of the longer side."""
SCALE_GRAIN = 800.0
SHORT_GRAIN = 127.0


@dataclass(frozen=True)
class View:
    """A way to see a question: its keypoints with forms of length 1."""

    places: Floats
    scales: Floats
    short: Floats


@dataclass(frozen=True)
class Asked:
    """The views of a question, and how many candidates are looked at if none is a copy."""

    views: Sequence[View]
    most: int


class Fingerprint:
    """The encoder for copies. It knows nothing of meaning: another take of the same scene isn't found."""

    name = "fingerprint"
    version = "1"
    rows = 1
    side = 240

    def __init__(self) -> None:
        self._codebook = load_codebook(DATA)
        self.dim = self._codebook.centres.size

    def describe(self, frames: Sequence[Bytes]) -> list[Description]:
        return [self._described(frame) for frame in frames]

    def ask(self, picture: Bytes) -> Question:
        """Two rows for each view, the whole and its coarser half alone, which is what a crop shares with its frame."""
        views = []
        for part in _parts(picture):
            points = keypoints(part, ASKED, even=True)
            views += [self._view(points), self._view(_turned(points))]
        rows = []
        for view in views:
            rows.append(self._codebook.sum(view.short))
            rows.append(self._codebook.sum(view.short[len(view.short) // 2 :]))
        return Question(np.stack(rows), Asked(views, FAR))

    def again(self, vectors: Floats, details: Sequence[bytes]) -> Question:
        """Not mirrored: what is kept of a keypoint can't be turned over. Nor as far: copies of what isn't edited are among the first."""
        return Question(vectors.reshape(-1, self.dim), Asked([_unpacked(detail) for detail in details], NEAR))

    def verify(self, question: Question, details: Sequence[bytes], alike: Floats) -> Floats:
        """0..1, mostly by how many keypoints agree on one movement. Looks at the most alike first, each in the view in which it is most alike;
        no further when copies were found and then nothing for long.
        """
        asked: Asked = question.detail
        refined = alike.max(axis=1) * np.float32(WEIGHT)
        seen_as = alike.argmax(axis=1) * len(asked.views) // alike.shape[1]
        found, since = False, 0
        for index in np.argsort(-refined, kind="stable")[: asked.most]:
            evidence = _evidence(asked.views[seen_as[index]], _unpacked(details[index]))
            refined[index] += (1 - WEIGHT) * evidence / (evidence + ENOUGH)
            since = 0 if evidence > ENOUGH else since + 1
            found |= evidence > ENOUGH
            if found and since >= PATIENCE:
                break
        return refined

    def sure(self, score: float) -> float:
        """Half where evidence is just enough."""
        evidence = ENOUGH * max(score, 1e-6) / max(1 - score, 1e-6)
        return float(evidence**SLOPE / (evidence**SLOPE + ENOUGH**SLOPE))

    def _described(self, frame: Bytes) -> Description:
        points = keypoints(_trimmed(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)), KEPT)
        view = self._view(points)
        return Description(self._codebook.sum(view.short)[None], _packed(view))

    def _view(self, points: Keypoints) -> View:
        return View(points.places, points.scales, self._codebook.short(points.forms))


def _parts(picture: Bytes) -> list[Bytes]:
    """Luma of what may be meant: the picture without bars, and the one that is shown on it, if it is a screenshot."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    whole = _trimmed(grey)
    box = pictured(picture)
    if box is None:
        return [whole]
    top, bottom, left, right = box
    shown = _trimmed(grey[top:bottom, left:right])
    return [shown] if shown.shape == whole.shape else [shown, whole]


def _trimmed(grey: Bytes) -> Bytes:
    top, bottom, left, right = without_bars(grey)
    return grey[top:bottom, left:right]


def _turned(points: Keypoints) -> Keypoints:
    return Keypoints(points.places * np.array([-1, 1], np.float32), points.scales, mirrored(points.forms))


def _packed(view: View) -> bytes:
    """Rows of 3 + 32 bytes: x, y, scale, and the form."""
    places = np.rint(view.places * GRAIN + 127.5).clip(0, 255).astype(np.uint8)
    scales = np.rint(view.scales * SCALE_GRAIN).clip(1, 255).astype(np.uint8)
    short = np.rint(view.short * SHORT_GRAIN).astype(np.int8).view(np.uint8)
    return np.concatenate([places, scales[:, None], short], axis=1).tobytes()


def _unpacked(detail: bytes) -> View:
    rows = np.frombuffer(detail, np.uint8).reshape(-1, 35)
    places = (rows[:, :2].astype(np.float32) - np.float32(127.5)) / np.float32(GRAIN)
    short = np.ascontiguousarray(rows[:, 3:]).view(np.int8).astype(np.float32) / np.float32(SHORT_GRAIN)
    return View(places, rows[:, 2].astype(np.float32) / np.float32(SCALE_GRAIN), short)


def _evidence(asked: View, kept: View) -> float:
    """How alike the agreeing keypoints are in all, times the share of those that could agree."""
    if not len(asked.short) or not len(kept.short):
        return 0.0
    pairs, alike, met = agreement(asked.places, asked.scales, asked.short, kept.places, kept.scales, kept.short)
    return float(alike * pairs / max(met, 1.0))
