"""Makes the small pictures beside the cartoon presets from a sample, by drawing it with each.

Run as ``python -m tests.make_thumbs``; those in the repository were made by it.
"""

import cv2
from PIL import Image

from engines.media.picture import read_picture
from engines.style.drawing import draw_one
from engines.style.photo import shown, still
from engines.style.scene import Hand, Scene
from engines.style.style import Style
from studio.paths import ASSETS
from studio.presets import presets
from studio.tasks import unflatten
from studio.tasks.cartoon import CartoonRequest

SAMPLE = ASSETS / "samples" / "astronaut.jpg"
WIDTH, HEIGHT = 176, 132


def main() -> None:
    picture = read_picture(SAMPLE)
    side = picture.shape[1]
    crop = picture[int(0.02 * side) : int(0.44 * side), int(0.16 * side) : int(0.72 * side)]
    crop = cv2.resize(crop, (4 * WIDTH, 4 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    for name, preset in presets("cartoon").items():
        request = CartoonRequest.model_validate({"source": "", **unflatten(CartoonRequest, preset.values)})
        hand = Hand(Style(request.style, getattr(request, request.style)))
        drawn = shown(draw_one(still(crop), Scene(hand)))
        small = Image.fromarray(drawn).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        small.save(ASSETS / "styles" / "cartoon" / f"{name}.webp", quality=72, method=6)


if __name__ == "__main__":
    main()
