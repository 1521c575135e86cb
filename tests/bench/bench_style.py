"""CPU time a frame of each style at 1280x720, beside OpenCV's own: ``python -m tests.bench.bench_style``.

Pictures are frames of the clips in the folder named by ATELIER_FOOTAGE where it exists, and of the shipped sample.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engines.style import cel, ink, paint, pencil
from engines.style.palette import Palette
from studio.paths import ASSETS
from tests.style.drawn import planes
from tests.style.kit import DEFAULTS

WIDTH, HEIGHT = 1280, 720
REPEATS = 5
CLIPS = ("woman_suit_1280x720.mp4", "street_540x960.mp4", "portrait_man_480.mp4")


def pictures() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """(name, RGB 1280x720) of a middle frame of each clip, cut to the shape."""
    folder = Path(os.environ.get("ATELIER_FOOTAGE", "../shared/footage"))
    for path in [ASSETS / "samples" / "portraits.mp4", *(folder / name for name in CLIPS)]:
        if path.exists():
            with av.open(path) as clip:
                stream = clip.streams.video[0]
                frames = [frame for _, frame in zip(range(40), clip.decode(stream), strict=False)]
            yield path.name, _filled(frames[-1].to_ndarray(format="rgb24"))


def _filled(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = max(WIDTH / rgb.shape[1], HEIGHT / rgb.shape[0])
    large = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    top, left = (large.shape[0] - HEIGHT) // 2, (large.shape[1] - WIDTH) // 2
    return np.ascontiguousarray(large[top : top + HEIGHT, left : left + WIDTH])


def cpu_ms(work: Callable[[], Any]) -> float:
    """Least CPU milliseconds of several runs, after one to warm up."""
    work()
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best * 1e3


def styles(rgb: NDArray[np.uint8]) -> Iterator[tuple[str, float, float]]:
    """(style, ms of prepare, ms of render) with the defaults; the palette's update counts as preparing."""
    source = planes(rgb)
    for name, module in (("ink", ink), ("cel", cel), ("paint", paint), ("pencil", pencil)):
        controls: Any = SimpleNamespace(**DEFAULTS[name])
        prepared = module.prepare(source)
        before = cpu_ms(lambda module=module: module.prepare(source))
        if name == "cel":
            palette = Palette(controls.colours)
            palette.fit([prepared])
            before += cpu_ms(lambda palette=palette, prepared=prepared: palette.update(prepared, 0.0))
            after = cpu_ms(lambda c=controls, p=prepared, palette=palette: cel.render(p, c, palette))
        else:
            after = cpu_ms(lambda module=module, c=controls, p=prepared: module.render(p, c))
        yield name, before, after


def main() -> None:
    for name, rgb in pictures():
        reference = cpu_ms(lambda rgb=rgb: cv2.stylization(rgb))
        pencils = cpu_ms(lambda rgb=rgb: cv2.pencilSketch(rgb))
        sys.stdout.write(f"{name}: cv2.stylization {reference:.0f} ms, cv2.pencilSketch {pencils:.0f} ms\n")
        for style, before, after in styles(rgb):
            total = before + after
            ratio = reference / total
            sys.stdout.write(
                f"  {style:7} {before:6.1f} + {after:6.1f} = {total:6.1f} ms   {ratio:5.1f} x stylization\n"
            )


if __name__ == "__main__":
    main()
