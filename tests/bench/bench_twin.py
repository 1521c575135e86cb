"""Frames a second of the styles' twins in torch, one at a time and in batches, beside the compiled filters on all cores.

Run as ``python -m tests.bench.bench_twin [device]``; the device is ``cuda`` where there is one. Drawing only, at
1280x720: what a card adds to the whole film is bounded by decoding, flow and encoding, which stay on the CPU.
"""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import torch

from engines.media.decode import Decoder, Trim
from engines.media.frame import Frame
from engines.style.scene import Drawer, Hand
from engines.style.style import Style
from engines.style.torch_hand import TorchHand
from studio.tasks.cartoon import Cel, Ink, Paint, Pencil
from tests.bench.clips import clip_720p
from tests.bench.timing import rate

FRAMES, CALLERS, REPEATS = 48, 16, 2
STYLES = {"ink": Ink(), "cel": Cel(), "paint": Paint(), "pencil": Pencil()}


def drawn(frames: Sequence[Frame], hand: Drawer, threads: int) -> int:
    """Draw every frame; how many."""
    with ThreadPoolExecutor(threads) as pool:
        return len(list(pool.map(lambda frame: hand.finish(frame, hand.start(frame), None), frames)))


def main() -> None:
    device = sys.argv[1] if len(sys.argv) > 1 else "cuda" if torch.cuda.is_available() else "cpu"
    frames = list(islice(Decoder(clip_720p(), Trim()).frames(), FRAMES if device != "cpu" else 4))
    for frame in frames:
        frame.planes  # noqa: B018  decode before the clock runs
    cores = os.cpu_count() or 1
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else f"torch on {cores} CPU cores"
    sys.stdout.write(f"{name}, {frames[0].width}x{frames[0].height}, {len(frames)} frames\n")
    for style, controls in STYLES.items():
        look = Style(style, controls)
        twin = TorchHand(look, device)
        drawn(frames[:2], twin, 1)
        filters = rate(lambda look=look: drawn(frames, Hand(look), cores), REPEATS)  # type: ignore[misc]
        single = rate(lambda twin=twin: drawn(frames, twin, 1), REPEATS)  # type: ignore[misc]
        batched = rate(lambda twin=twin: drawn(frames, twin, CALLERS), REPEATS)  # type: ignore[misc]
        sys.stdout.write(
            f"{style:<7} filters {filters:7.1f}  twin one by one {single:7.1f}  twin in batches {batched:7.1f} frames/s"
            f"  = {batched / filters:.1f} x the filters, {batched / single:.1f} x one by one\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
