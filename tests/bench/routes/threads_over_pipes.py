"""Raw frames through ffmpeg's pipes, eight threads, everything read of every face of every frame: the way facefusion 3.8 goes.

Written from a description of it. Left out: its second decoding of the film in search of indecent pictures, and the restarts of
its reader that come with frames that cost little.
"""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.media.probe import probe
from engines.vision.faces.align import Doubles, template
from tests.bench.routes.films import ENCODER, rate_of
from tests.bench.routes.readings import Face, Nets, back, blob

THREADS, ENCODER_THREADS = 8, 16
QUIET = ("ffmpeg", "-hide_banner", "-loglevel", "error", "-y")
DARK = 30
MEAN, SPREAD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
FIVE_OF_68 = ((36, 42), (42, 48), (30, 31), (48, 49), (54, 55))


class Reader:
    """Frames of one ffmpeg by their numbers, for threads that take turns; one that came too early waits in a store."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        self._size = height, width, 3
        self._lock, self._store, self._next = threading.Lock(), dict[int, Bytes](), 0
        command = [*QUIET, "-i", str(path), "-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)

    def frame(self, number: int) -> Bytes:
        assert self._process.stdout is not None
        with self._lock:
            while number not in self._store:
                data = self._process.stdout.read(int(np.prod(self._size)))
                self._store[self._next] = np.frombuffer(data, np.uint8).reshape(self._size)
                self._next += 1
            return self._store.pop(number)

    def close(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.wait()


class Swap:
    """One frame's work. ``known`` are the faces of frames that were read before, by their checksums."""

    def __init__(self, nets: Nets, source: Floats) -> None:
        self._nets, self._source, self._turn = nets, source, threading.Semaphore(1)
        self._known: dict[int, list[Face]] = {}

    def __call__(self, bgr: Bytes) -> Bytes:
        key = crc32(bgr)
        faces = self._known.get(key)
        if faces is None:
            faces = self._known[key] = self._analysed(bgr)
        for face in faces:
            bgr = self._drawn(bgr, face)
        return bgr

    def _analysed(self, bgr: Bytes) -> list[Face]:
        with self._turn:
            faces = self._nets.faces(bgr, (640,))
        for face in faces:
            unit, _ = cv2.estimateAffinePartial2D(face.five, template("ffhq_512", 1).astype(np.float32))
            guess = cv2.transform(face.five[None], unit).astype(np.float32)
            face.more["68 of 5"] = cv2.transform(self._nets.run("fan_68_5", guess)[0], cv2.invertAffineTransform(unit))
            points, score = self._points(bgr, face.box)
            face.more |= {"68": points, "5 of 68": [points[first:last].mean(0) for first, last in FIVE_OF_68]}
            face.more |= {"score": score, "embedding": self._embedding(bgr, face.five)}
            crop, _ = warped(bgr, face.five, "arcface_112", 224)
            colours = (crop[:, :, ::-1].astype(np.float32) / 255 - MEAN) / SPREAD
            face.more["looks"] = self._nets.run("fairface", np.ascontiguousarray(colours.transpose(2, 0, 1))[None])
        return faces

    def _points(self, bgr: Bytes, box: Floats) -> tuple[Doubles, float]:
        """2dfan4's 68 landmarks, and how sure it is of them."""
        scale = 195 / max(float((box[2:] - box[:2]).max()), 1.0)
        shift = (256 - (box[2:] + box[:2]) * scale) / 2
        forth = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
        crop = cv2.warpAffine(bgr, forth, (256, 256), flags=cv2.INTER_AREA)
        light = cv2.cvtColor(crop, cv2.COLOR_BGR2Lab)
        if light[..., 0].mean() < DARK:
            light[..., 0] = cv2.createCLAHE(clipLimit=2).apply(light[..., 0])
            crop = cv2.cvtColor(light, cv2.COLOR_Lab2BGR)
        tensor = np.ascontiguousarray(crop.transpose(2, 0, 1).astype(np.float32) / 255)[None]
        points, maps = self._nets.run("2dfan4", tensor)
        return back(points[0, :, :2] / 64 * 256, forth), float(maps.max(axis=(2, 3)).mean())

    def _embedding(self, bgr: Bytes, five: Floats) -> Floats:
        crop, _ = warped(bgr, five, "arcface_112", 112)
        return np.asarray(self._nets.run("w600k_r50", blob(crop, 127.5, 127.5))[0][0], np.float32)

    def _drawn(self, bgr: Bytes, face: Face) -> Bytes:
        crop, forth = warped(bgr, face.five, "arcface_128", 128)
        mask = np.minimum.reduce([box_mask(128)]).clip(0, 1)
        drawn = self._nets.run("inswapper_128", blob(crop, 0.0, 255.0), self._nets.latent(self._source))[0][0]
        picture = (drawn.transpose(1, 2, 0).clip(0, 1) * 255)[:, :, ::-1].astype(np.uint8)
        return pasted(bgr, picture, mask, forth)


def swapped(target: Path, made: Path, nets: Nets, source: Floats, folder: Path) -> int:
    """``made`` gets ``target``'s film with another face on everyone, and its sound. The number of frames."""
    info = probe(target)
    assert info.frames is not None
    silent = folder / "silent.mp4"
    raw = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{info.width}x{info.height}", "-r", rate_of(target)]
    command = [*QUIET, *raw, "-i", "pipe:0", *ENCODER, "-threads", str(ENCODER_THREADS), str(silent)]
    writer: Any = subprocess.Popen(command, stdin=subprocess.PIPE)
    reader, swap = Reader(target, info.width, info.height), Swap(nets, source)
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(lambda number: swap(reader.frame(number)), number) for number in range(info.frames)]
        for number, future in enumerate(futures):
            writer.stdin.write(future.result().tobytes())
            futures[number] = None  # type: ignore[call-overload]
    reader.close()
    writer.stdin.close()
    writer.wait()
    sound = ["-i", str(silent), "-i", str(target), "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", "-c:a", "aac"]
    subprocess.run([*QUIET, *sound, str(made)], check=True)
    return info.frames


def warped(bgr: Bytes, five: Floats, name: str, side: int) -> tuple[Bytes, Doubles]:
    """A crop by RANSAC, repeated at its border."""
    forth, _ = cv2.estimateAffinePartial2D(
        five, template(name, side).astype(np.float32), method=cv2.RANSAC, ransacReprojThreshold=100
    )
    return cv2.warpAffine(bgr, forth, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE), forth


@cache
def box_mask(side: int) -> Floats:
    blur = int(side * 0.5 * 0.3)
    edge = max(blur // 2, 1)
    mask = np.ones((side, side), np.float32)
    mask[:edge], mask[-edge:], mask[:, :edge], mask[:, -edge:] = 0, 0, 0, 0
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), blur * 0.25), np.float32)


def pasted(bgr: Bytes, drawn: Bytes, mask: Floats, forth: Doubles) -> Bytes:
    """A copy of the frame, blended within the box around the crop's corners."""
    side, inverse = drawn.shape[0], cv2.invertAffineTransform(forth)
    corners = cv2.transform(np.array([[(0, 0), (side, 0), (side, side), (0, side)]], np.float64), inverse)[0]
    limit = np.array([bgr.shape[1], bgr.shape[0]])
    left, top = np.clip(np.floor(corners.min(0)), 0, limit).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(0)), 0, limit).astype(int)
    inverse[:, 2] -= left, top
    size = (int(right - left), int(bottom - top))
    part = cv2.warpAffine(mask, inverse, size).clip(0, 1)[..., None]
    face = cv2.warpAffine(drawn, inverse, size, borderMode=cv2.BORDER_REPLICATE)
    made = bgr.copy()
    place = made[top:bottom, left:right]
    made[top:bottom, left:right] = (place * (1 - part) + face * part).astype(bgr.dtype)
    return made
