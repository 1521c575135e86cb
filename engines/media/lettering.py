"""Letters on a page, in a font of the system that has them; English in a font that always is there where none has."""

from functools import cache

import skia
from PIL import ImageFont

BOLD = skia.FontStyle.Bold
NORMAL = skia.FontStyle.Normal
LEAST = 0.8
"""How small letters may become to fit."""


@cache
def _face(language: str, sample: str, bold: bool) -> skia.Typeface | None:
    """A font that has all letters of ``sample``."""
    style = BOLD() if bold else NORMAL()
    letters = sorted({ord(letter) for letter in sample if not letter.isspace()})
    if not letters:
        return None
    face = skia.FontMgr().matchFamilyStyleCharacter("", style, [language], max(letters))
    return face if face and all(face.unicharsToGlyphs(letters)) else None


@cache
def _always() -> skia.Typeface:
    """The font that comes with Pillow: Latin letters only."""
    font = ImageFont.load_default(16)
    return skia.FontMgr().makeFromData(skia.Data(font.font_bytes))  # type: ignore[union-attr]


def writable(text: str, language: str) -> bool:
    """Whether some font has all the letters."""
    return text.isascii() or _face(language, text, False) is not None


class Pen:
    """Writes on a canvas in one language. Sizes are heights of a line in pixels."""

    def __init__(self, canvas: skia.Canvas, language: str) -> None:
        self._canvas = canvas
        self._language = language

    def write(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        colour: int,
        *,
        bold: bool = False,
        align: float = 0.0,
        most: float = 0.0,
    ) -> float:
        """Write with the baseline at ``y``; ``align`` 0 begins at ``x``, 0.5 is centred there, 1 ends there. ``most``: the width that it
        must fit into, made a little smaller if it doesn't, then cut short. Returns its width.
        """
        font = self._font(text, size, bold)
        width = float(font.measureText(text))
        if most and width > most:
            font.setSize(max(size * most / width, size * LEAST))
            while font.measureText(text) > most and len(text) > 2:
                text = text[:-2].rstrip() + "…"
            width = float(font.measureText(text))
        brush = skia.Paint(AntiAlias=True, Color=colour)
        self._canvas.drawString(text, x - width * align, y, font, brush)
        return width

    def _font(self, text: str, size: float, bold: bool) -> skia.Font:
        font = skia.Font(_face(self._language, text, bold) or _always(), size)
        font.setEdging(skia.Font.Edging.kAntiAlias)
        font.setSubpixel(True)
        return font
