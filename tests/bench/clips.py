"""Clips to measure with: a folder of footage named by ATELIER_FOOTAGE if there is one, else the studio's sample."""

import os
from pathlib import Path

from studio.paths import ASSETS, ROOT


def clips() -> list[Path]:
    folder = Path(os.environ.get("ATELIER_FOOTAGE", ROOT.parent / "shared" / "footage"))
    found = sorted(folder.glob("*.mp4")) if folder.is_dir() else []
    return found or [ASSETS / "samples" / "portraits.mp4"]


def clip_720p() -> Path:
    """A clip of 1280x720: the footage's if it has one, else the sample."""
    return next((clip for clip in clips() if "1280x720" in clip.name), ASSETS / "samples" / "portraits.mp4")
