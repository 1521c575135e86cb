"""The page: views on one ground line, heights in heads, details with leader lines, faces, colours, a heading."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import skia

from engines.figure.colours import lab, step
from engines.figure.drawing import Rgba
from engines.figure.placing import Placed, Scene
from engines.figure.stance import GROUND, MIDDLE
from engines.media.lettering import Pen
from engines.views._details import Detail
from engines.views._palette import Colour
from engines.views._posed import Seen, bounds, painted, pixels
from studio.texts import text

PAPER, INK, FAINT, RULE = (skia.Color(*c) for c in ((255, 255, 255), (42, 40, 48), (118, 114, 126), (214, 211, 219)))
TINT = skia.Color(244, 242, 239)
LEFT_COLUMN, MARGIN, TITLE_END, VIEWS_END, STRIP, STRIP_END = 0.158, 0.018, 0.068, 0.452, 0.486, 0.652
"""Places on a page of width 1 and height 2/3."""
GAP = 42.0
"""Between two views, in canvas units."""
LEAST_TEXT = 7.0
CROWDED = 0.2
"""Heads below the crown at which a head's number would run into the whole."""


@dataclass(frozen=True, eq=False)
class Shown(Seen):
    """One view, by its name on the page."""

    view: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """All that is on a page."""

    title: str
    subtitle: str
    front: Scene
    views: Sequence[Shown]
    details: Sequence[Detail]
    faces: Sequence[Detail]
    colours: Sequence[Colour]
    language: str


def shown(view: str, shapes: tuple[Placed, ...]) -> Shown:
    return Shown(shapes, bounds(shapes), view)


class Page:
    """Draws one sheet ``width`` pixels wide and two thirds as high."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        self._sheet = sheet
        self._width = width
        self._surface = skia.Surface(width, round(width * 2 / 3))
        self._canvas = self._surface.getCanvas()
        self._pen = Pen(self._canvas, sheet.language)
        room = 1 - LEFT_COLUMN - MARGIN - 0.022, VIEWS_END - TITLE_END
        wide = sum(one.area[2] - one.area[0] for one in sheet.views) + GAP * (len(sheet.views) - 1)
        self._top = min(one.area[1] for one in sheet.views)
        self.scale = width * min(room[0] / wide, room[1] / (GROUND + 14 - self._top))
        self._spare = width * room[0] - wide * self.scale

    def drawn(self) -> Rgba:
        """uint8 HxWx3."""
        self._canvas.clear(PAPER)
        self._heading()
        self._heights()
        places = self._views()
        self._callouts(places[0])
        self._faces()
        self._swatches()
        return np.asarray(self._surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType))[
            ..., :3
        ].copy()

    def alone(self, one: Shown) -> Rgba:
        """A view by itself, as high as the highest of them, uint8 HxWx4."""
        left, top, right, _ = one.area
        area = (left, self._top, right, GROUND + 14)
        if one.redrawn is None:
            return painted(one.shapes, area, self.scale)
        seen, above = one.picture(self.scale), round((top - self._top) * self.scale)
        width, height = pixels(area, self.scale)
        whole = np.zeros((height, width, 4), np.uint8)
        whole[above : above + len(seen)] = seen[: height - above]
        return whole

    def _px(self, share: float) -> float:
        return share * self._width

    def _ground(self) -> float:
        return self._px(VIEWS_END) - 14 * self.scale

    def _heading(self) -> None:
        x, y = self._px(MARGIN), self._px(0.043)
        end = self._pen.write(self._sheet.title, x, y, self._px(0.026), INK, bold=True, most=self._px(0.5))
        self._pen.write(
            self._sheet.subtitle, x + end + self._px(0.016), y, self._px(0.0125), FAINT, most=self._px(0.42)
        )
        self._rule(x, self._px(0.055), self._px(1 - MARGIN), self._px(0.055), self._px(0.0009))

    def _heights(self) -> None:
        """A line at every head's height from the ground up."""
        front = self._sheet.front
        crown = float(front.at("head", np.array([[MIDDLE, 110.0]]))[0, 1])
        x, right = self._px(LEFT_COLUMN + 0.014), self._px(1 - MARGIN)
        self._rule(x, self._ground(), right, self._ground(), self._px(0.0011), FAINT)
        count = front.stance.body.heads
        head = (GROUND - crown) / count
        for number in range(1, int(count) + 1):
            y = self._ground() - number * head * self.scale
            self._rule(x, y, right, y, self._px(0.0005))
            if number < count - CROWDED:
                self._pen.write(
                    str(number), x - self._px(0.003), y + self._px(0.003), self._small(0.009), FAINT, align=1
                )
        y = self._ground() - (GROUND - crown) * self.scale
        self._rule(x, y, right, y, self._px(0.0008), FAINT)
        self._pen.write(
            f"{count:.1f}", x - self._px(0.003), y + self._px(0.003), self._small(0.0095), INK, bold=True, align=1
        )

    def _views(self) -> list[tuple[float, float]]:
        """Draws them; for each the page's place of the canvas' origin."""
        x = self._px(LEFT_COLUMN + 0.022)
        gap = GAP * self.scale + self._spare / len(self._sheet.views)
        x += self._spare / len(self._sheet.views) / 2
        places = []
        for one in self._sheet.views:
            left, top, right, _ = one.area
            origin = x - left * self.scale, self._ground() - GROUND * self.scale
            self._picture(one.picture(self.scale), x, origin[1] + top * self.scale)
            middle = x + (right - left) * self.scale / 2
            name = text(f"views.{one.view}", self._sheet.language)
            self._pen.write(name, middle, self._px(VIEWS_END + 0.0125), self._small(0.0115), INK, align=0.5)
            places.append(origin)
            x += (right - left) * self.scale + gap
        return places

    def _callouts(self, origin: tuple[float, float]) -> None:
        """Details as circles in the left column, each with a line to its place on the front view."""
        details = self._sheet.details
        if not details:
            return
        step_y = (VIEWS_END + 0.01 - TITLE_END) / len(details)
        radius = min(0.053, step_y * 0.5 - 0.013)
        for number, one in enumerate(details):
            x, y = self._px(MARGIN + 0.053), self._px(TITLE_END + step_y * (number + 0.5) - 0.007)
            r = self._px(radius)
            goal = origin[0] + one.place[0] * self.scale, origin[1] + one.place[1] * self.scale
            away = np.array(goal) - (x, y)
            away /= max(float(np.hypot(*away)), 1e-6)
            self._rule(x + away[0] * r, y + away[1] * r, *goal, self._px(0.0008), INK)
            self._canvas.drawCircle(*goal, self._px(0.0022), skia.Paint(AntiAlias=True, Color=INK))
            disc = skia.Path()
            disc.addCircle(x, y, r)
            self._framed(one, disc, (x - r, y - r), 2 * r)
            self._pen.write(
                one.name,
                self._px(MARGIN),
                y + r + self._px(0.0125),
                self._small(0.0105),
                INK,
                most=self._px(LEFT_COLUMN - MARGIN),
            )

    def _faces(self) -> None:
        side = STRIP_END - STRIP - 0.016
        side = min(side, (0.66 - MARGIN) / len(self._sheet.faces) - 0.008)
        for number, one in enumerate(self._sheet.faces):
            x, y = self._px(MARGIN + number * (side + 0.008)), self._px(STRIP)
            frame = skia.Path()
            size = self._px(side)
            frame.addRoundRect(skia.Rect.MakeXYWH(x, y, size, size), size * 0.07, size * 0.07)
            self._framed(one, frame, (x, y), size)
            place = x + size / 2, y + size + self._px(0.0135)
            self._pen.write(one.name, *place, self._small(0.0115), INK, align=0.5, most=size)

    def _swatches(self) -> None:
        left, columns = 0.69, 2
        rows = -(-len(self._sheet.colours) // columns)
        high = min((STRIP_END - STRIP) / max(rows, 1), 0.05)
        wide = (1 - MARGIN - left) / columns
        for number, one in enumerate(self._sheet.colours):
            x = self._px(left + wide * (number // rows))
            y = self._px(STRIP + high * (number % rows))
            width, height = self._px(0.052), self._px(high * 0.8)
            edge = step(one.rgb, -2) if lab(one.rgb).light > 0.3 else one.rgb
            for start, share, tone in ((0.0, 0.6, 0), (0.6, 0.2, -1), (0.8, 0.2, 1)):
                self._block(
                    x + width * start, y, width * share, height, skia.Color4f(*step(one.rgb, tone), 1).toColor()
                )
            brush = skia.Paint(AntiAlias=True, Color=skia.Color4f(*edge, 1).toColor(), Style=skia.Paint.kStroke_Style)
            brush.setStrokeWidth(self._px(0.0006))
            self._canvas.drawRect(skia.Rect.MakeXYWH(x, y, width, height), brush)
            most = self._px(wide - 0.062)
            self._pen.write(one.hex, x + width * 1.1, y + height * 0.42, self._small(0.0105), INK, bold=True, most=most)
            self._pen.write(one.name, x + width * 1.1, y + height * 0.86, self._small(0.0092), FAINT, most=most)

    def _block(self, x: float, y: float, width: float, height: float, colour: int) -> None:
        self._canvas.drawRect(skia.Rect.MakeXYWH(x, y, width, height), skia.Paint(Color=colour))

    def _framed(self, one: Detail, frame: skia.Path, place: tuple[float, float], size: float) -> None:
        self._canvas.drawPath(frame, skia.Paint(AntiAlias=True, Color=TINT))
        self._canvas.save()
        self._canvas.clipPath(frame, doAntiAlias=True)
        self._picture(one.picture(size / (one.area[2] - one.area[0])), *place)
        self._canvas.restore()
        brush = skia.Paint(AntiAlias=True, Color=INK, Style=skia.Paint.kStroke_Style)
        brush.setStrokeWidth(self._px(0.0009))
        self._canvas.drawPath(frame, brush)

    def _picture(self, rgba: Rgba, x: float, y: float) -> None:
        image = skia.Image.fromarray(np.ascontiguousarray(rgba), colorType=skia.kRGBA_8888_ColorType)
        self._canvas.drawImage(image, round(x), round(y))

    def _rule(self, x: float, y: float, to_x: float, to_y: float, width: float, colour: int = RULE) -> None:
        brush = skia.Paint(AntiAlias=True, Color=colour, StrokeWidth=max(width, 0.75))
        self._canvas.drawLine(x, y, to_x, to_y, brush)

    def _small(self, share: float) -> float:
        return max(self._px(share), LEAST_TEXT)
