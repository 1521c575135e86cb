"""What is in front of a face: hair, a hand, a beard or a frame, told by its colour."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.light import Light
from engines.vision.faces.skin import FLOOR

Floats = NDArray[np.float32]

SURE = 0.5
DARK, LIGHT = (0.7, 1.1), (0.5, 0.9)
CHROMA = (0.06, 0.1)
VIVID = (0.09, 0.13)


def in_front(light: Light) -> Floats:
    """1 where something other than skin reaches into the face from its rim, soft; float32 of the light's small view.

    Over eyes, brows and lips, which differ from skin themselves, only colours that no face has tell. What has the colour and the
    brightness of the face, such as a hand in the same light, isn't told.
    """
    stops = np.log(np.maximum(light.values[..., 0], 0) + FLOOR) - np.log(np.maximum(light.around[..., 0], 0) + FLOOR)
    away = np.abs(light.values[..., 1:] - light.around[..., 1:]).max(axis=2)
    other = np.maximum(_rising(-stops, *DARK), np.maximum(_rising(stops, *LIGHT), _rising(away, *CHROMA)))
    inside = light.places[..., 0] >= 0
    other = np.maximum(np.maximum(other, 1 - light.skin) * light.plain, _rising(away, *VIVID) * inside)
    count, labels = cv2.connectedComponents(
        ((other > SURE) | (light.plain <= 0) & _outside(light.plain)).astype(np.uint8)
    )
    if count < 2:
        return np.zeros_like(other)
    reaching = np.zeros(count, bool)
    reaching[np.unique(labels[_outside(light.plain)])] = True
    reaching[0] = False
    held = (reaching[labels] & inside).astype(np.float32) * other
    held = cv2.dilate(held, np.ones((3, 3), np.uint8))
    return cv2.GaussianBlur(held, (0, 0), 1.0)


def _outside(plain: Floats) -> NDArray[np.bool_]:
    """The places around the face: those without skin of it that join the picture's rim."""
    free = (np.pad(plain, 1) <= 0).astype(np.uint8)
    labels = cv2.connectedComponents(free)[1]
    return (labels == labels[0, 0])[1:-1, 1:-1] & (plain <= 0)


def _rising(values: Floats, none: float, full: float) -> Floats:
    return np.clip((values - np.float32(none)) / np.float32(full - none), 0, 1)
