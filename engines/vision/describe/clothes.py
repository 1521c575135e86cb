"""The colour of clothes: what covers the trunk, where one colour surely does."""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.describe.colours import Colour, distance, dominant
from engines.vision.describe.fact import Findings, ramp
from engines.vision.describe.head import SKIN_LIKE, Head, Mask, hair_colour
from engines.vision.describe.pose import HIPS, SEEN, SHOULDERS, Pose
from engines.vision.describe.view import lab, shrunk

HAIR_LIKE = 14.0
SIDE = 320
GREY, HUE_APART, LIGHT_APART = 9.0, 25.0, 25.0
LEAST = 200
WAIST = 0.75
"""How far down the trunk it is looked at, from the shoulders to the hips."""


def clothes(rgb: Bytes, head: Head | None, pose: Pose | None) -> Findings:
    """``rgb`` uint8 HxWx3, in which ``pose`` was found. Without a sure pose it is what lies below the chin."""
    found = Findings()
    pixels = _trunk(rgb, pose)
    if pixels is None and head is not None:
        pixels = _below(head)
    if pixels is None:
        return found
    if head is not None:
        pixels = _without(pixels, head)
    if len(pixels) < LEAST:
        return found
    colours = dominant(pixels)
    found.measures["clothes"] = ", ".join(f"{colour.name} {colour.share:.0%}" for colour in colours[:3])
    alike = sum(colour.share for colour in colours if _alike(colour, colours[0]))
    found.measures["clothes alike"] = f"{alike:.0%}"
    found.tell("clothes.colour", ramp(alike, 0.6, 0.85), [colours[0].name])
    return found


def _trunk(rgb: Bytes, pose: Pose | None) -> Floats | None:
    """CIELAB Nx3 between shoulders and hips, None where they aren't surely in the picture."""
    if pose is None or pose.shows(*SHOULDERS) < SEEN or pose.shows(*HIPS) < SEEN:
        return None
    small = shrunk(rgb, SIDE)
    height, width = small.shape[:2]
    corners = pose.points[[*SHOULDERS, *HIPS]] * np.array([width, height], np.float32)
    left, right, left_hip, right_hip = corners
    waist_left, waist_right = left + WAIST * (left_hip - left), right + WAIST * (right_hip - right)
    ring = np.stack([left, right, waist_right, waist_left])
    ring = ring.mean(axis=0) + (ring - ring.mean(axis=0)) * 0.85
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.rint(ring).astype(np.int32)], 1)
    return lab(small)[mask.astype(bool)]


def _below(head: Head) -> Floats | None:
    """CIELAB Nx3 of the body a third of a face and more below the chin; None where it covers little of it."""
    room: Mask = (head.up < -1.0) & (np.abs(head.across) < 1.2)
    shown = head.body & room
    return head.lab[shown] if shown.sum() > 0.4 * room.sum() else None


def _without(pixels: Floats, head: Head) -> Floats:
    """Without what looks like the face's skin or like the hair, which may hang down; nothing where that is nearly all."""
    bare = distance(head.skin, pixels) <= SKIN_LIKE
    hair = hair_colour(head)
    if hair is not None:
        bare |= distance(hair, pixels) <= HAIR_LIKE
    return pixels[~bare] if bare.mean() < 0.6 else pixels[:0]


def _alike(one: Colour, other: Colour) -> bool:
    """Whether two are shades of one colour: of about one hue, or both about grey and no farther apart than light makes them."""
    if min(one.chroma, other.chroma) < GREY:
        return max(one.chroma, other.chroma) < GREY + 4 and abs(one.lab[0] - other.lab[0]) < LIGHT_APART
    return abs((one.hue - other.hue + 180) % 360 - 180) < HUE_APART and abs(one.lab[0] - other.lab[0]) < 2 * LIGHT_APART
