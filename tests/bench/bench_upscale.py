"""The built-in upscaler beside Lanczos: how near and how fast; and networks in our tiles beside a plain loop over tiles.

Run as ``python -m tests.bench.bench_upscale``. Nothing measured here was learnt from. Photos are pictures and frames in the folder
named by ATELIER_FOOTAGE, where it exists.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image

from engines.media.picture import poster
from engines.vision.enlarge.edge import Edge
from engines.vision.enlarge.network import CONTEXT, ByNetwork, Network, read_weights
from engines.vision.enlarge.tiles import Tiling, enlarged
from studio.paths import ASSETS
from studio.presets import presets
from tests.make_upscaler import drawn
from tests.upscale.art import Picture, cel_art
from tests.upscale.measure import cels, figures, lanczos, lines, painting, psnr, smaller, ssim, still_of
from tests.upscale.tiny import save, srvgg

TILE, NETWORK_TILE = 256, 256
REPEATS = 3
LOOKS = ("comic", "manga", "poster")
PHOTOS = ("man_with_glasses.jpg", "woman_open_mouth.jpg", "woman_suit_1280x720.mp4", "street_540x960.mp4")
ROUNDS = 4


def material() -> Iterator[tuple[str, list[Picture]]]:
    """Kinds of pictures, uint8 HxWx3 with sides that are multiples of four."""
    yield "line art", lines()
    yield "cel", cels()
    yield "character", figures()
    mona = still_of(ASSETS / "samples" / "mona_lisa.jpg", 720)[400:1100]
    yield "cartoonized", [drawn(mona, presets("cartoon")[look].values) for look in LOOKS]
    yield "painting", [painting()]
    folder = Path(os.environ.get("ATELIER_FOOTAGE", "../shared/footage"))
    if photos := [photo(folder / name) for name in PHOTOS if (folder / name).exists()]:
        yield "photo", photos


def photo(file: Path) -> Picture:
    """A picture or frame at 60 % of its size, which takes the traces of its own compression away."""
    picture = Image.fromarray(poster(file))
    size = [int(side * 0.6) // 4 * 4 for side in picture.size]
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def larger(picture: Picture, edge: Edge, passes: int = 1) -> Picture:
    for _ in range(passes):
        picture = enlarged(picture, edge, Tiling(TILE, TILE), lambda done, tile: None)
    return picture


def projected(picture: Picture, times: int = 2) -> Picture:
    """The classical rival: Lanczos, then four rounds of iterative back-projection (Irani, Peleg 1991)."""
    small, large = picture.astype(np.float32), lanczos(picture, times).astype(np.float32)
    for _ in range(ROUNDS):
        missing = small - cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA)
        large = (large + cv2.resize(missing, large.shape[1::-1], interpolation=cv2.INTER_CUBIC)).clip(0, 255)
    return np.rint(large).astype(np.uint8)


def quality(edge: Edge) -> None:
    for kind, pictures in material():
        for times, way in ((2, "area"), (2, "bicubic"), (4, "area")):
            rows = []
            for true in pictures:
                small = smaller(true, way, times)
                found = larger(small, edge, times // 2), lanczos(small, times), projected(small, times)
                rows.append([measure(one, true) for measure in (psnr, ssim) for one in found])
            p, q, r, s, t, u = np.mean(rows, axis=0)
            say(
                f"{kind:12} x{times} {way:8} PSNR {p:.2f} | Lanczos {q:.2f} ({p - q:+.2f} dB) | back-projection {r:.2f}"
            )
            say(f"{'':12}              SSIM {s:.4f} | Lanczos {t:.4f} | back-projection {u:.4f}")


def speed(edge: Edge) -> None:
    picture = cel_art(9400, 768)[:, :512]
    work = {
        "ours, one thread": lambda: larger(picture, edge),
        "Lanczos": lambda: lanczos(picture),
        "back-projection": lambda: projected(picture),
    }
    for name, seconds in best(work).items():
        say(f"512x768 to 1024x1536: {name} {seconds:.3f} s of CPU time")


def networks() -> None:
    """The same SRVGG, as wide as the published ones but with few layers, in our tiles and in the loop that one would write first."""
    torch.set_num_threads(1)
    picture = np.ascontiguousarray(cel_art(9401, 512))
    with tempfile.TemporaryDirectory() as folder:
        path = save(Path(folder) / "net.pth", srvgg(2, shift=(0.1, 0.0, -0.1), features=64))
        ours = ByNetwork(Network(path), "cpu", lambda: None)
        plain = plain_model(path)
        work = {
            "our tiles": lambda: enlarged(picture, ours, Tiling(NETWORK_TILE, 128), lambda done, tile: None),
            "a plain loop": lambda: looped(picture, plain),
        }
        apart = np.abs(work["our tiles"]().astype(int) - work["a plain loop"]()).max()
        seconds = best(work)
    ratio = seconds["our tiles"] / seconds["a plain loop"]
    say(
        f"network, 512x512 by two, tiles of {NETWORK_TILE}: {ratio:.2f} x the CPU time of a plain loop; {apart} levels apart"
    )


def plain_model(path: Path) -> Any:
    from spandrel import ModelLoader, canonicalize_state_dict

    return ModelLoader().load_from_state_dict(canonicalize_state_dict(dict(read_weights(path)))).eval()


def looped(picture: Picture, model: Any) -> Picture:
    """Tiles one after the other, each with its overlap, laid into one large tensor."""
    whole = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
    height, width = picture.shape[:2]
    result = torch.zeros(1, 3, 2 * height, 2 * width)
    for y in range(0, height, NETWORK_TILE):
        for x in range(0, width, NETWORK_TILE):
            top, left = max(y - CONTEXT, 0), max(x - CONTEXT, 0)
            part = model(whole[:, :, top : y + NETWORK_TILE + CONTEXT, left : x + NETWORK_TILE + CONTEXT])
            part = part[:, :, 2 * (y - top) :, 2 * (x - left) :][:, :, : 2 * NETWORK_TILE, : 2 * NETWORK_TILE]
            result[:, :, 2 * y : 2 * y + part.shape[2], 2 * x : 2 * x + part.shape[3]] = part
    return np.asarray((result[0] * 255).round().clamp(0, 255).byte().permute(1, 2, 0))


def best(work: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Least CPU seconds of each, run in turns."""
    seconds = dict.fromkeys(work, float("inf"))
    for _ in range(REPEATS):
        for name, do in work.items():
            began = time.process_time()
            do()
            seconds[name] = min(seconds[name], time.process_time() - began)
    return seconds


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    cv2.setNumThreads(1)
    built_in = Edge(1)
    quality(built_in)
    speed(built_in)
    networks()
