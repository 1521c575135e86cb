"""A film as a folder of PNG files, frame after frame, every network on every face: the way roop goes, on a CPU.

Written from a description of it. Its look at the whole film for indecent pictures beforehand is left out.
"""

import subprocess
from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import Doubles
from tests.bench.routes.films import ENCODER, rate_of
from tests.bench.routes.readings import Face, Nets, back, blob, fitted, squared, without_weights

SIDES = (128, 640)
POINTS_3D = 68
WHITE, LEAST_DIFFERENCE = 20, 10


def swapped(target: Path, made: Path, nets: Nets, latent: Floats, folder: Path) -> int:
    """``made`` gets ``target``'s film with another face on everyone, and its sound. The number of frames."""
    ffmpeg("-i", target, "-pix_fmt", "rgb24", folder / "%04d.png")
    pictures = sorted(folder.glob("*.png"))
    for picture in pictures:
        bgr = cv2.imread(str(picture))
        for face in analysed(nets, bgr):
            bgr = _drawn(nets, bgr, face, latent)
        cv2.imwrite(str(picture), bgr)
    silent = folder / "silent.mp4"
    ffmpeg("-r", rate_of(target), "-i", folder / "%04d.png", *ENCODER, silent)
    ffmpeg("-i", silent, "-i", target, "-c", "copy", "-map", "0:v:0", "-map", "1:a:0", made)
    return len(pictures)


def ffmpeg(*given: str | Path) -> None:
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *map(str, given)], check=True)


def analysed(nets: Nets, bgr: Bytes) -> list[Face]:
    """All faces, and of each what the five networks of buffalo_l say."""
    faces = nets.faces(bgr, SIDES)
    for face in faces:
        crop, forth = squared(bgr, face.box, 192)
        points = nets.run("1k3d68", without_weights(crop))[0].reshape(-1, 3)[-POINTS_3D:]
        flat = np.hstack([points[:, :2], np.ones((POINTS_3D, 1), np.float32)])
        face.more["pose"] = np.linalg.lstsq(flat, points, rcond=None)[0]
        face.more["68"] = back((points[:, :2] + 1) * 96, forth)
        crop, forth = squared(bgr, face.box, 192)
        face.more["106"] = back((nets.run("2d106det", without_weights(crop))[0].reshape(-1, 2) + 1) * 96, forth)
        crop, _ = squared(bgr, face.box, 96)
        face.more["looks"] = nets.run("genderage", without_weights(crop))[0]
        face.more["embedding"] = nets.embedding(bgr, face.five)
    return faces


def _drawn(nets: Nets, bgr: Bytes, face: Face, latent: Floats) -> Bytes:
    crop, forth = fitted(bgr, face.five, "arcface_128", 128)
    drawn = nets.run("inswapper_128", blob(crop, 0.0, 255.0), latent)[0][0].transpose(1, 2, 0)
    return _pasted(bgr, crop, np.clip(255 * drawn, 0, 255).astype(np.uint8)[:, :, ::-1], forth)


def _pasted(bgr: Bytes, crop: Bytes, drawn: Bytes, forth: Doubles) -> Bytes:
    """Warps of the whole frame, a mask from an eroded white square, and a blend of the whole frame, as insightface does."""
    size, inverse = (bgr.shape[1], bgr.shape[0]), cv2.invertAffineTransform(forth)
    difference = np.abs(drawn.astype(np.float32) - crop.astype(np.float32)).mean(axis=2)
    difference[:2], difference[-2:], difference[:, :2], difference[:, -2:] = 0, 0, 0, 0
    face = cv2.warpAffine(drawn, inverse, size, borderValue=0.0)
    mask = cv2.warpAffine(np.full(crop.shape[:2], 255, np.float32), inverse, size, borderValue=0.0)
    difference = cv2.warpAffine(difference, inverse, size, borderValue=0.0)
    mask[mask > WHITE] = 255
    difference = np.where(difference < LEAST_DIFFERENCE, np.float32(0), np.float32(255))
    rows, columns = np.where(mask == 255)
    reach = int(np.sqrt((rows.max() - rows.min()) * (columns.max() - columns.min())))
    edge, soft = max(reach // 10, 10), max(reach // 20, 5)
    mask = cv2.erode(mask, np.ones((edge, edge), np.uint8))
    difference = cv2.dilate(difference, np.ones((2, 2), np.uint8))
    mask = cv2.GaussianBlur(mask, (2 * soft + 1, 2 * soft + 1), 0) / 255
    cv2.GaussianBlur(difference, (11, 11), 0)  # blurred, and used no more
    part = mask[..., None]
    return (part * face + (1 - part) * bgr.astype(np.float32)).astype(np.uint8)
