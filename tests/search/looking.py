"""A small encoder, films to index, and a studio to do it with."""

from pathlib import Path

import av
import cv2
import numpy as np

from engines.retrieval.encoder import Description, Question

SIDE = 16


class Grid:
    """Brightness in a grid of 16x16: finds the same picture again, in any size."""

    name, version, rows, dim, side = "fingerprint", "grid", 2, SIDE * SIDE, SIDE

    def describe(self, frames):
        return [Description(np.stack([_grid(frame), _grid(frame[:, ::-1])]), b"seen") for frame in frames]

    def ask(self, picture):
        return Question(_grid(picture)[None])

    def again(self, vectors, details):
        return Question(vectors.reshape(-1, self.dim))

    def verify(self, question, details, alike):
        assert all(detail in (b"seen", b"") for detail in details), "empty for one that was just removed"
        return alike.max(axis=1)

    def sure(self, score):
        return float(np.clip((score - 0.9) / 0.1, 0, 1))


def _grid(frame):
    grey = cv2.resize(
        cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY), (SIDE, SIDE), interpolation=cv2.INTER_AREA
    )
    vector = grey.astype(np.float32).ravel() - grey.mean()
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


def scene(seed: int, height: int = 180, width: int = 320) -> np.ndarray:
    """A picture like no other: soft blobs of colour, uint8 RGB."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 8, 3), np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    fine = np.random.default_rng(seed + 1000).integers(-18, 19, (height // 4, width // 4, 1))
    return np.clip(smooth + cv2.resize(fine.astype(np.float32), (width, height))[..., None], 0, 255).astype(np.uint8)


def film(
    path: Path, seeds: list[int | None], seconds: float = 1.0, rate: int = 12, height: int = 180, width: int = 320
) -> Path:
    """A film of one still scene after the other, None a black one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "23", "g": "48"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for seed in seeds:
            picture = np.zeros((height, width, 3), np.uint8) if seed is None else scene(seed, height, width)
            for _ in range(round(seconds * rate)):
                for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                    out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    return path


def over(studio, job):
    """The job once it has ended, however long a loaded machine takes."""
    for look in studio.watch(job.id, job.owner, timeout=300):
        job = look
        if job.over:
            break
    return job
