"""The hashes that copies are usually found by, to be measured beside ours: written after their descriptions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import faiss
import numpy as np

from engines.arrays import Bytes, Floats

ORB_COUNT, ORB_NEAR = 128, 64


def phash(frame: Bytes) -> Bytes:
    """8 bytes: the signs of the 8x8 slowest waves of 32x32 pixels against their median."""
    small = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (32, 32), interpolation=cv2.INTER_AREA)
    return _bits(cv2.dct(small.astype(np.float32))[:8, :8])


def pdq(frame: Bytes) -> Bytes:
    """32 bytes, of PDQ's class: 64x64 pixels of a doubly blurred picture, waves 1 to 16 in both directions against their median."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    window = max(grey.shape[1] // 128, 1) * 2 + 1, max(grey.shape[0] // 128, 1) * 2 + 1
    small = cv2.resize(cv2.blur(cv2.blur(grey, window), window), (64, 64), interpolation=cv2.INTER_AREA)
    return _bits(cv2.dct(small)[1:17, 1:17])


def orb(frame: Bytes) -> Bytes:
    """Nx32, the strongest keypoints of the picture at the same size as ours."""
    scale = (64_000 / (frame.shape[0] * frame.shape[1])) ** 0.5
    small = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, forms = cv2.ORB_create(ORB_COUNT, fastThreshold=8).detectAndCompute(small, None)
    return np.zeros((0, 32), np.uint8) if forms is None else forms


@dataclass(frozen=True)
class Hashes:
    """A library of one hash a frame. The nearest to a question or to its mirror image is found."""

    of: Callable[[Bytes], Bytes]
    kept: Bytes

    def scores(self, picture: Bytes) -> Floats:
        near = [self._far(self.of(np.ascontiguousarray(seen))) for seen in (picture, picture[:, ::-1])]
        return -np.minimum(*near).astype(np.float32)

    def _far(self, asked: Bytes) -> Floats:
        index = np.bitwise_xor(self.kept, asked[None])
        return np.unpackbits(index, axis=1).sum(axis=1).astype(np.float32)


class Votes:
    """Each keypoint of a question votes for the frame of the keypoint that is nearest to it, if it is near."""

    def __init__(self, forms: Sequence[Bytes]) -> None:
        self._frames = np.repeat(np.arange(len(forms)), [len(form) for form in forms])
        self._count = len(forms)
        self._index = faiss.IndexBinaryFlat(256)
        self._index.add(np.concatenate(list(forms)))

    def scores(self, picture: Bytes) -> Floats:
        votes = np.zeros(self._count, np.float32)
        for seen in (picture, picture[:, ::-1]):
            forms = orb(np.ascontiguousarray(seen))
            if len(forms):
                far, nearest = self._index.search(forms, 1)
                hit = self._frames[nearest[far[:, 0] <= ORB_NEAR, 0]]
                votes = np.maximum(votes, np.bincount(hit, minlength=self._count))
        return votes


def _bits(waves: Floats) -> Bytes:
    return np.packbits((waves > np.median(waves)).ravel())
