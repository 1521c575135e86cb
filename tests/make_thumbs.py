"""Makes the small pictures beside the cartoon presets, and the one on the home screen, from samples, by drawing them.

Run as ``python -m tests.make_thumbs``; those in the repository were made by it.
"""

import cv2
import numpy as np
from PIL import Image

from engines.media.picture import read_picture
from engines.style.drawing import draw_one
from engines.style.photo import shown, still
from engines.style.scene import Hand, Scene
from engines.style.style import Style
from studio.paths import ASSETS
from studio.presets import Preset, presets
from studio.tasks import unflatten
from studio.tasks.cartoon import CartoonRequest

SAMPLE = ASSETS / "samples" / "astronaut.jpg"
WIDTH, HEIGHT = 176, 132
CARD_WIDTH, CARD_HEIGHT = 640, 280
CARD_LOOKS = ("comic", "oil", "manga")


def main() -> None:
    picture = read_picture(SAMPLE)
    side = picture.shape[1]
    crop = picture[int(0.02 * side) : int(0.44 * side), int(0.16 * side) : int(0.72 * side)]
    crop = cv2.resize(crop, (4 * WIDTH, 4 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    for name, preset in presets("cartoon").items():
        small = Image.fromarray(drawn(crop, preset)).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        small.save(ASSETS / "styles" / "cartoon" / f"{name}.webp", quality=72, method=6)
    card = Image.fromarray(np.hstack(strips(crop))).resize((CARD_WIDTH, CARD_HEIGHT), Image.Resampling.LANCZOS)
    card.save(ASSETS / "styles" / "cartoon.webp", quality=78, method=6)


def drawn(picture: np.ndarray, preset: Preset) -> np.ndarray:
    request = CartoonRequest.model_validate({"source": "", **unflatten(CartoonRequest, preset.values)})
    return shown(draw_one(still(picture), Scene(Hand(Style(request.style, getattr(request, request.style))))))


def strips(picture: np.ndarray) -> list[np.ndarray]:
    """The picture as it is and in three looks, a strip of each."""
    looks = [picture, *(drawn(picture, presets("cartoon")[name]) for name in CARD_LOOKS)]
    width = round(picture.shape[0] * CARD_WIDTH / CARD_HEIGHT / len(looks))
    left = (picture.shape[1] - width) // 2
    return [look[:, left : left + width] for look in looks]


if __name__ == "__main__":
    main()
