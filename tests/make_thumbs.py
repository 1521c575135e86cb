"""Makes the small pictures beside the cartoon presets, and those on the home screen, from samples, by the studio's own engines.

Run as ``python -m tests.make_thumbs``; those in the repository were made by it.
"""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.figure.character import chance
from engines.figure.drawing import draw as draw_figure
from engines.figure.library import library as figures
from engines.media.picture import read_picture
from engines.speech.espeak import Espeak
from engines.speech.front import Front, Reading
from engines.speech.narrate import narrate
from engines.style.drawing import draw_one
from engines.style.photo import shown, still
from engines.style.scene import Hand, Scene
from engines.style.style import Style
from engines.vision.faces.face import Face
from engines.vision.faces.finder import Finder
from engines.vision.faces.source import source_of
from engines.vision.faces.swap import laid, swap
from engines.words.draw import Wish, draw
from engines.words.tags import library
from studio.paths import ASSETS
from studio.presets import Preset, presets
from studio.tasks import unflatten
from studio.tasks.cartoon import CartoonRequest

SAMPLE = ASSETS / "samples" / "astronaut.jpg"
WIDTH, HEIGHT = 176, 132
CARD_WIDTH, CARD_HEIGHT = 640, 280
CARD_LOOKS = ("comic", "oil", "manga")
PAINTINGS = ("mona_lisa.jpg", "girl_with_a_pearl_earring.jpg")
FIGURES = (11, 8, 39, 38, 25)
SAID = "Good morning. 早上好。 Доброе утро."
AROUND = 2.1
"""Height of a picture around a face, in heights of the face."""


def main() -> None:
    picture = read_picture(SAMPLE)
    side = picture.shape[1]
    crop = picture[int(0.02 * side) : int(0.44 * side), int(0.16 * side) : int(0.72 * side)]
    crop = cv2.resize(crop, (4 * WIDTH, 4 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    for name, preset in presets("cartoon").items():
        small = Image.fromarray(drawn(crop, preset)).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        small.save(ASSETS / "styles" / "cartoon" / f"{name}.webp", quality=72, method=6)
    save_card("cartoon", strips(crop))
    save_card("face_swap", swapped(picture))
    save_card("prompt", [scattered()])
    save_card("character", [figure(number) for number in FIGURES])
    save_card("speak", [heard()])


def save_card(task: str, parts: list[np.ndarray]) -> None:
    """The picture of a task on the home screen: parts beside each other."""
    card = Image.fromarray(np.hstack(parts)).resize((CARD_WIDTH, CARD_HEIGHT), Image.Resampling.LANCZOS)
    card.save(ASSETS / "styles" / f"{task}.webp", quality=78, method=6)


def scattered() -> np.ndarray:
    """Tags of a draw, scattered around the middle: the nearer, the larger."""
    own = library()
    tags = [
        tag.english for some in draw(own, Wish(own.styles["storybook-watercolour"].place, 0.6), 12, 3) for tag in some
    ]
    rng = np.random.default_rng(5)
    size = 2 * CARD_WIDTH, 2 * CARD_HEIGHT
    card = Image.new("RGB", size, "#12332f")
    pen = ImageDraw.Draw(card)
    taken: list[tuple[float, float, float, float]] = []
    for number, words in enumerate(dict.fromkeys(tag for tag in tags if len(tag) < 26)):
        far = min(0.08 * number, 1.3)
        font = ImageFont.load_default(round(46 - 20 * far))
        for _ in range(400):
            x, y = rng.normal(0, 0.16 + 0.22 * far, 2) * size + np.array(size) / 2
            left, top, right, bottom = pen.textbbox((x, y), words, font, anchor="mm")
            box = left - 22, top - 14, right + 22, bottom + 14
            inside = box[0] > 8 and box[1] > 8 and box[2] < size[0] - 8 and box[3] < size[1] - 8
            if inside and all(box[0] > b[2] or box[2] < b[0] or box[1] > b[3] or box[3] < b[1] for b in taken):
                taken.append(box)
                shade = tuple(
                    int(a + (b - a) * far / 1.3) for a, b in zip((240, 200, 120), (70, 130, 122), strict=True)
                )
                pen.rounded_rectangle(box, 22, fill=shade)
                pen.text((x, y), words, "#12221f", font, anchor="mm")
                break
    return np.asarray(card)


def figure(seed: int) -> np.ndarray:
    """A character by chance from head to hip, a fifth of the card wide at twice the size."""
    width, height = round(2 * CARD_WIDTH / len(FIGURES)), 2 * CARD_HEIGHT
    whole = draw_figure(chance(figures(), seed), round(2.4 * height)).rgba[..., :3]
    left, top = (whole.shape[1] - width) // 2, round(0.02 * whole.shape[0])
    return np.ascontiguousarray(whole[top : top + height, left : left + width])


def drawn(picture: np.ndarray, preset: Preset) -> np.ndarray:
    request = CartoonRequest.model_validate({"source": "", **unflatten(CartoonRequest, preset.values)})
    return shown(draw_one(still(picture), Scene(Hand(Style(request.style, getattr(request, request.style))))))


def heard() -> np.ndarray:
    """What a sentence in three languages looks like: its spectrum over time, up to 8 kHz."""
    speaker = Espeak()
    sound = np.concatenate(
        [part.samples for part in narrate(Front(SAID, Reading(voice="clara")).segments(), speaker.speak)]
    )
    speaker.close()
    step = len(sound) // (2 * CARD_WIDTH)
    window = np.hanning(1024)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, 512), 1024)[::step][: 2 * CARD_WIDTH] * window
    level = 20 * np.log10(np.abs(np.fft.rfft(frames, axis=1))[:, :372].T[::-1] + 1e-3)
    share = np.clip((level - level.max() + 66) / 66, 0, 1)[..., None] ** 1.4
    picture = (1 - share) * np.array((18, 51, 47)) + share * np.array((240, 244, 190))
    return cv2.resize(picture.astype(np.uint8), (2 * CARD_WIDTH, 2 * CARD_HEIGHT), interpolation=cv2.INTER_CUBIC)


def strips(picture: np.ndarray) -> list[np.ndarray]:
    """The picture as it is and in three looks, a strip of each."""
    looks = [picture, *(drawn(picture, presets("cartoon")[name]) for name in CARD_LOOKS)]
    width = round(picture.shape[0] * CARD_WIDTH / CARD_HEIGHT / len(looks))
    left = (picture.shape[1] - width) // 2
    return [look[:, left : left + width] for look in looks]


def swapped(picture: np.ndarray) -> list[np.ndarray]:
    """The face of a picture as it is, and on two paintings."""
    finder = Finder()
    face = finder.faces(picture)[0]
    source, parts = source_of([(picture, face)]), [portrait(picture, face)]
    for name in PAINTINGS:
        painting = np.ascontiguousarray(read_picture(ASSETS / "samples" / name)[..., :3])
        old = finder.faces(painting)[0]
        parts.append(portrait(laid(painting, swap(painting, old, source)), old))
    return parts


def portrait(picture: np.ndarray, face: Face) -> np.ndarray:
    """A third of the card around a face, at twice the size."""
    left, top, right, bottom = face.box
    width, height = round(2 * CARD_WIDTH / 3), 2 * CARD_HEIGHT
    scale = height / ((bottom - top) * AROUND)
    shift = width / 2 - scale * (left + right) / 2, height / 2 - scale * (top + bottom) / 2
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


if __name__ == "__main__":
    main()
