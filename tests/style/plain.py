"""The styles without a compiler: every index is checked by NumPy, and nothing may overflow.

Run with NUMBA_DISABLE_JIT=1; writes the planes drawn at each size to the file named by the argument.
"""

import sys
from pathlib import Path

import numpy as np

from engines.vision.calm import Calm
from engines.vision.flow import measure
from engines.vision.look import look
from tests.style.drawn import planes, scene
from tests.style.kit import STYLES, draw

SIZES = ((1, 1), (2, 2), (3, 5), (17, 31))


def drawings() -> dict[str, np.ndarray]:
    """Planes by style, size and plane; and the calm of two pictures after one another, along their motion."""
    made = {}
    for height, width in SIZES:
        source, later = planes(scene(height, width)), planes(scene(height, width, 0.8))
        for style in STYLES:
            drawn = draw(style, source)
            made |= {f"{style} {height}x{width} {name}": getattr(drawn, name) for name in "yuv"}
        calm = Calm(0.7, sharpen=0.5)
        calm((source.y, source.u), None)
        steady = calm((later.y, later.u), measure(look(source), look(later)))
        made |= {f"calm {height}x{width} {name}": plane for name, plane in zip("yu", steady, strict=True)}
    return made


if __name__ == "__main__":
    np.seterr(over="raise", invalid="raise", divide="raise")
    np.savez(Path(sys.argv[1]), **drawings())
