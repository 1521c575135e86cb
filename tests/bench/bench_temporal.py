"""How still a drawn film holds: the source, the same film drawn frame by frame (calm 0), and drawn with calm.

Run as ``python -m tests.bench.bench_temporal [ink|cel|paint|pencil] [calm]``. For each clip, one line each for
flicker index, E_warp (Lai 2018, on DIS flow of the source) and gradient energy, as in ``tests.bench.metrics``. Asked
for: flicker at most 1.3 times the source's, E_warp at most 60 % of the frame-by-frame film's at equal sharpness: that
film is blurred by a Gaussian to our film's gradient energy before the two are compared. "Perfect" is the flicker of one
drawing carried along the source's own motion, "held" that of one drawing repeated for every frame: the flow trembles
with the source's noise, and grain shows it. A style with more grain than its source can't come below the smaller of
the two, whatever calms it; where that is above the limit, the report says so.
"""

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.media.decode import Decoder, Trim
from engines.media.flow_control import Fold, Map, through
from engines.media.frame import Frame
from engines.style.drawing import stages
from engines.style.scene import Hand, Scene
from engines.style.style import Style
from studio.tasks.cartoon import Cel, Ink, Paint, Pencil
from tests.bench.clips import clips
from tests.bench.metrics import (
    PairMotion,
    carried_along,
    e_warp,
    flicker_index,
    gradient_energy,
    motions,
    softened,
)

FRAMES = 24
START_S = 0.8
STYLES = {"ink": Ink(), "cel": Cel(), "paint": Paint(), "pencil": Pencil()}
DEFAULT_CALM = 0.7
FLICKER_LIMIT, WARP_LIMIT = 1.3, 0.6


@dataclass(frozen=True)
class Measures:
    flicker: float
    warp: float
    energy: float


def decoded(path: Path) -> list[Frame]:
    return list(islice(Decoder(path, Trim(START_S, None)).frames(), FRAMES))


def drawn(frames: Iterable[Frame], chain: Sequence[Map | Fold]) -> list[Frame]:
    """Frames through all stages, one after the other on this thread."""
    return through(chain, frames)


def measured(pictures: Sequence[NDArray[np.uint8]], moves: Sequence[PairMotion]) -> Measures:
    return Measures(flicker_index(pictures, moves), e_warp(pictures, moves), gradient_energy(pictures))


def report(path: Path, style: str, calm: float) -> tuple[float, ...]:
    """Write one clip's figures; returns flicker over source's; E_warp (at equal sharpness) and gradient energy over
    frame-by-frame's; flicker's lower bound over source's; and what calm costs (ms CPU a frame).
    """
    frames = decoded(path)
    sources = [frame.rgb for frame in frames]
    moves = motions(sources)
    before = measured(sources, moves)
    results, seconds, films = [], [], []
    for strength in (0.0, calm):
        start = time.process_time()
        film = drawn(frames, stages(Scene(Hand(Style(style, STYLES[style]))), strength, 1))
        seconds.append(time.process_time() - start)
        films.append([frame.rgb for frame in film])
        results.append(measured(films[-1], moves))
    plain, still = results
    equal = e_warp(softened(films[0], still.energy), moves)
    perfect = flicker_index(carried_along(films[0][0], moves), moves) / before.flicker
    held = flicker_index([films[0][0]] * len(frames), moves) / before.flicker
    cost = 1000 * (seconds[1] - seconds[0]) / len(frames)
    ratios = still.flicker / before.flicker, still.warp / equal, still.energy / plain.energy, min(perfect, held), cost
    sys.stdout.write(
        f"{path.stem} ({frames[0].width}x{frames[0].height}), {style}, calm {calm:g}\n"
        f"  flicker    source {before.flicker:.5f}  frame by frame {plain.flicker:.5f}  ours {still.flicker:.5f}"
        f"  = {ratios[0]:.2f} x source (frame by frame {plain.flicker / before.flicker:.2f} x, perfect {perfect:.2f} x,"
        f" held {held:.2f} x)\n"
        f"  E_warp     source {before.warp:.6f}  frame by frame {plain.warp:.6f}  ours {still.warp:.6f}"
        f"  = {100 * still.warp / plain.warp:.0f} % of frame by frame, {100 * ratios[1]:.0f} % at equal sharpness\n"
        f"  sharpness  gradient energy ours / frame by frame {ratios[2]:.2f}\n"
        f"  calm costs {cost:.1f} ms CPU a frame\n"
    )
    sys.stdout.flush()
    return ratios


def main() -> None:
    style = sys.argv[1] if len(sys.argv) > 1 else "ink"
    calm = float(sys.argv[2]) if len(sys.argv) > 2 else DEFAULT_CALM
    warm = decoded(clips()[0])[:3]
    drawn(warm, stages(Scene(Hand(Style(style, STYLES[style]))), calm, 1))
    ratios = np.array([report(path, style, calm) for path in clips()])
    flicker, warp, energy, bound, cost = np.nanmean(ratios, axis=0)
    sys.stdout.write(
        f"mean of {len(ratios)} clips, {style}, calm {calm:g}: flicker {flicker:.2f} x source ({_verdict(flicker, FLICKER_LIMIT)}, "
        f"lower bound {bound:.2f}), E_warp {100 * warp:.0f} % ({_verdict(warp, WARP_LIMIT)}), sharpness {energy:.2f}, "
        f"calm costs {cost:.1f} ms\n"
    )
    if bound > FLICKER_LIMIT:
        sys.stdout.write(
            f"{style} has more grain than its source: {FLICKER_LIMIT} is out of reach, ours is {flicker / bound:.2f} x the bound\n"
        )


def _verdict(value: float, limit: float) -> str:
    return f"{'within' if value <= limit else 'over'} {limit:g}"


if __name__ == "__main__":
    main()
