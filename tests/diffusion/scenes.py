"""A painter at work on tiny models, with everything that a run needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engines.diffusion.controls import Source
from engines.diffusion.drawing import Drawing, Drawn, Models
from engines.diffusion.painter import Painter
from studio.host import Folder
from studio.memory import Residency
from studio.run import Run
from tests.diffusion.conftest import Zoo

SIDE = 64
PLENTY = 1 << 34


class Watched(Folder):
    """A folder that keeps what was reported, and stops when it is told."""

    def __init__(self, outdir: Path) -> None:
        super().__init__(outdir)
        self.steps: list[tuple[int, int | None]] = []
        self.previews: list[bytes] = []
        self.stop_after: int | None = None

    def report(self, done: int, total: int | None, unit: str, preview: Callable[[], bytes] | None) -> None:
        self.steps.append((done, total))
        if preview is not None:
            self.previews.append(preview())

    def cancelled(self) -> bool:
        return self.stop_after is not None and len(self.steps) >= self.stop_after


@dataclass
class Studio:
    """A run and its memory."""

    home: Path
    memory: Residency = field(default_factory=lambda: Residency(lambda device: PLENTY))

    def __post_init__(self) -> None:
        self.host = Watched(self.home / "out")
        self.run = Run("test", self.host, self.home / "work", seed=1, memory=self.memory)

    def draw(self, models: Models, **wishes: Any) -> Drawn:
        settings = {"prompt": "a knight, silver hair", "width": SIDE, "height": SIDE, "steps": 2} | wishes
        return Painter(self.run, models).draw(Drawing(**settings))

    def picture(self, models: Models, **wishes: Any) -> np.ndarray:
        return self.draw(models, **wishes).pictures[0]

    def resident(self) -> set[str]:
        return {item.key for item in self.memory.resident()}


def sd15(zoo: Zoo, **more: Any) -> Models:
    return Models(
        Source("sd15", zoo.sd15), adapter=Source("ip", zoo.adapter), vision=Source("clip", zoo.vision), **more
    )


def sdxl(zoo: Zoo, **more: Any) -> Models:
    return Models(
        Source("sdxl", zoo.sdxl), adapter=Source("ipx", zoo.adapter_sdxl), vision=Source("clip", zoo.vision), **more
    )


def picture(seed: int, height: int = 96, width: int = 96) -> np.ndarray:
    """Soft coloured patches, uint8 RGB."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def half(left: bool, side: int = SIDE) -> np.ndarray:
    """A mask of one half, uint8."""
    mask = np.zeros((side, side), np.uint8)
    mask[:, : side // 2] = 255
    return mask if left else 255 - mask


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(np.float32) - other.astype(np.float32)).mean())
