"""Patches in a frame's own planes: exact where they cover, untouched where they don't."""

import numpy as np
import pytest

from engines.face_swap._lay import lay
from engines.face_swap._take import Role, Take
from engines.media.colour import BT709, SMPTE170M, Colour
from engines.media.convert import Converter, from_rgb, plane
from engines.vision.faces.swap import Patch
from tests.face_swap.takes import frame, seen

RED = (200, 60, 40)


def patch(left: int, top: int, height: int = 21, width: int = 33, alpha: float = 1.0) -> Patch:
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = RED
    return Patch(left, top, rgb, np.full((height, width), alpha, np.float32))


def laid(*patches: Patch, **size: int):
    before = frame(**size)
    return before, lay(Take(before, False, [Role(seen(1, 10), "", list(patches))]))


def test_a_frame_without_patches_is_the_one_that_came():
    before = frame()
    assert lay(Take(before, False, [])) is before
    assert lay(Take(before, False, [Role(seen(1, 10), "")])) is before


@pytest.mark.parametrize(("left", "top"), [(0, 0), (7, 5), (8, 5), (7, 6), (126, 68), (127, 69)])
@pytest.mark.parametrize("size", [{}, {"height": 91, "width": 161}])
def test_samples_that_no_patch_covers_are_untouched(left, top, size):
    before, after = laid(patch(left, top), **size)
    old, new = before.planes, after.planes
    where = np.zeros(old.y.shape, bool)
    where[top : top + 21, left : left + 33] = True
    assert (new.y[~where] == old.y[~where]).all() and (new.y[where] != old.y[where]).any()
    touched = np.zeros(old.u.shape, bool)
    touched[top // 2 : (top + 20) // 2 + 1, left // 2 : (left + 32) // 2 + 1] = True
    for fresh, stale in ((new.u, old.u), (new.v, old.v)):
        assert (fresh[~touched] == stale[~touched]).all()
        inner = slice(top // 2 + 1, (top + 20) // 2), slice(left // 2 + 1, (left + 32) // 2)
        assert np.ptp(fresh[inner]) == 0 and fresh[inner][0, 0] != 128


def test_an_alpha_of_nothing_changes_nothing():
    before, after = laid(patch(10, 10, alpha=0.0))
    for name in ("y", "u", "v"):
        assert (getattr(after.planes, name) == getattr(before.planes, name)).all()


def test_half_an_alpha_is_half_the_way():
    before, half = laid(patch(10, 10, alpha=0.5))
    _, whole = laid(patch(10, 10))
    for name in ("y", "u", "v"):
        old, mid, new = (getattr(one.planes, name).astype(float) for one in (before, half, whole))
        assert np.abs(mid - (old + new) / 2).max() <= 1


@pytest.mark.parametrize("matrix", [BT709, SMPTE170M])
@pytest.mark.parametrize("codes", [0, 2])
def test_colours_are_those_that_swscale_makes(matrix, codes):
    colour = Colour(matrix=matrix, range=codes)
    picture = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    ours = np.hstack([picture.reshape(-1, 3), np.ones((1024, 1))]) @ colour.from_rgb(32).T
    theirs = Converter()(from_rgb(picture), "yuv444p", colour)
    for channel in range(3):
        assert np.abs(ours[:, channel].reshape(32, 32) - plane(theirs, channel)).max() <= 1.5
