"""Paints placed shapes with skia: cel shadows, materials' lights, coloured lines that are thicker away from the light."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import skia

from engines.figure.colours import Rgb, mix, step
from engines.figure.curves import Points, profile
from engines.figure.placing import Placed

LIGHT = np.array([-0.78, -0.62])
CAST = skia.Color4f(0.22, 0.10, 0.32, 0.30)
WEIGHT = 0.8
FADE = (250.0, 1430.0)


def path_of(xy: Points, *, shut: bool = True) -> skia.Path:
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in xy.tolist()], shut)
    return path


def paint(colour: Rgb, alpha: float = 1.0, *, smooth: bool = True) -> skia.Paint:
    found = skia.Paint(AntiAlias=smooth)
    found.setColor4f(skia.Color4f(*colour, alpha))
    return found


class Painter:
    """Draws on one canvas in canvas units. ``materials``: the table of materials."""

    def __init__(self, canvas: skia.Canvas, materials: Mapping[str, Mapping[str, Any]]) -> None:
        self._canvas = canvas
        self._materials = materials

    def draw(self, shapes: Iterable[Placed]) -> None:
        for one in shapes:
            self._one(one)

    def _one(self, one: Placed) -> None:
        path = path_of(one.xy)
        if one.shape.cast:
            self._cast(path, one.shape.cast)
        if one.lines:
            self._outline(one, path)
        self._fill(one, path)
        material = self._materials[one.shape.material]
        shade = float(material["shade"]) if one.shape.shade is None else one.shape.shade
        if shade or one.inside or one.marks:
            self._canvas.save()
            self._canvas.clipPath(path, doAntiAlias=True)
            self._marks(one)
            if shade:
                self._shadow(one, path, shade, float(material.get("deep", 0)))
                self._joins(one, shade)
                self._lights(one, path, material)
            self.draw(one.inside)
            self._canvas.restore()

    def _joins(self, one: Placed, shade: float) -> None:
        """No shadow where a shape grows out of another: along the stretches where its line is lifted. Its pattern goes on there."""
        lifted = one.shape.curve.lifted
        if not (one.shape.join and lifted.any()):
            return
        brush = self._brush(one)
        brush.setStyle(skia.Paint.kStroke_Style)
        brush.setStrokeCap(skia.Paint.kRound_Cap)
        brush.setStrokeJoin(skia.Paint.kRound_Join)
        brush.setStrokeWidth(2.6 * shade)
        brush.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, shade * 0.45))
        if one.marks:
            self._canvas.saveLayer()
        for run in _runs(one.xy, ~lifted):
            self._canvas.drawPath(path_of(run, shut=False), brush)
        if one.marks:
            self._marks(one, skia.BlendMode.kSrcATop)
            self._canvas.restore()

    def _fill(self, one: Placed, path: skia.Path) -> None:
        brush = self._brush(one)
        if one.shape.soft:
            brush.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, one.shape.soft))
        self._canvas.drawPath(path, brush)

    def _brush(self, one: Placed) -> skia.Paint:
        """The fill's colour, or its gradient from above to below."""
        brush = paint(one.fill, one.alpha)
        material = self._materials[one.shape.material]
        fade = float(material.get("fade", 0))
        upper, lower = one.fill, one.to
        top, bottom = float(one.xy[:, 1].min()), float(one.xy[:, 1].max())
        if lower is None and fade:
            upper, lower = mix(one.fill, step(one.fill, 1), fade * 0.5), mix(one.fill, step(one.fill, -1), fade)
            top, bottom = FADE
        if lower is not None:
            colours = [_packed(upper, one.alpha), _packed(mix(upper, lower, 0.5), one.alpha), _packed(lower, one.alpha)]
            brush.setShader(skia.GradientShader.MakeLinear([skia.Point(500, top), skia.Point(500, bottom)], colours))
        return brush

    def _shadow(self, one: Placed, path: skia.Path, shade: float, deep: float) -> None:
        """The shape minus itself shifted towards the light, and where the material is ``deep`` a second, narrower time."""
        for depth, steps, alpha in ((1.0, -1, 1.0), (deep, -2, 0.6))[: 2 if deep else 1]:
            lit = _moved(path, LIGHT * shade * depth)
            lit.setFillType(skia.PathFillType.kInverseWinding)
            self._canvas.drawPath(lit, paint(step(one.fill, steps), alpha * one.alpha))

    def _lights(self, one: Placed, path: skia.Path, material: Mapping[str, Any]) -> None:
        """Bands of light within the lit edge, as the material has them: near and far distance from the edge, step, opacity."""
        for near, far, steps, alpha in material.get("bands", ()):
            self._canvas.save()
            self._canvas.clipPath(_moved(path, -LIGHT * near), doAntiAlias=True)
            rest = _moved(path, -LIGHT * far)
            rest.setFillType(skia.PathFillType.kInverseWinding)
            self._canvas.drawPath(rest, paint(step(one.fill, int(steps)), float(alpha)))
            self._canvas.restore()
        if "bounce" in material:
            width, steps, alpha = material["bounce"]
            lit = _moved(path, LIGHT * width)
            lit.setFillType(skia.PathFillType.kInverseWinding)
            self._canvas.drawPath(lit, paint(step(one.fill, int(steps)), float(alpha)))

    def _marks(self, one: Placed, blend: skia.BlendMode = skia.BlendMode.kSrcOver) -> None:
        if not one.marks:
            return
        pattern = skia.Path()
        for mark in one.marks:
            pattern.addPoly([skia.Point(x, y) for x, y in mark.tolist()], True)
        brush = paint(one.ink)
        brush.setBlendMode(blend)
        self._canvas.drawPath(pattern, brush)

    def _outline(self, one: Placed, path: skia.Path) -> None:
        """Under the fill, so that its outer half is seen, and once more moved from the light: lines are thicker there."""
        brush = paint(step(one.fill, int(self._materials[one.shape.material].get("line_step", -4))), one.alpha)
        if one.shape.curve.lifted.any():
            for run in _runs(one.xy, one.shape.curve.lifted):
                self._canvas.drawPath(path_of(_tapered(run, one.lines * 2 + WEIGHT)), brush)
            return
        brush.setStyle(skia.Paint.kStroke_Style)
        brush.setStrokeJoin(skia.Paint.kRound_Join)
        brush.setStrokeWidth(one.lines * 2)
        self._canvas.drawPath(path, brush)
        self._canvas.drawPath(_moved(path, -LIGHT * WEIGHT), brush)

    def cast_only(self, shapes: Iterable[Placed]) -> None:
        """Only the shadows that the shapes cast, wherever they fall."""
        for one in shapes:
            if one.shape.cast:
                self._cast(path_of(one.xy), one.shape.cast, skia.BlendMode.kSrcOver)

    def _cast(self, path: skia.Path, far: float, blend: skia.BlendMode = skia.BlendMode.kSrcATop) -> None:
        """The shadow that the shape casts on what is already drawn, and only there."""
        brush = skia.Paint(AntiAlias=True, BlendMode=blend)
        brush.setColor4f(CAST)
        self._canvas.drawPath(_moved(path, np.array([0.35, 1.0]) * far), brush)


def _packed(colour: Rgb, alpha: float) -> int:
    return int(skia.Color4f(*colour, alpha).toColor())


def _moved(path: skia.Path, shift: Points) -> skia.Path:
    moved = skia.Path(path)
    moved.offset(float(shift[0]), float(shift[1]))
    return moved


def _runs(xy: Points, lifted: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Points]:
    """The stretches of a closed outline between its lifts."""
    if lifted.all():
        return []
    start = int(np.flatnonzero(lifted & ~np.roll(lifted, -1))[0]) + 1
    xy, lifted = np.roll(xy, -start, axis=0), np.roll(lifted, -start)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], lifted, [True]]).astype(int)))
    pairs = edges.reshape(-1, 2)
    return [np.concatenate([xy[a:b], xy[b % len(xy)][None]]) for a, b in pairs if b - a > 1]


def _tapered(run: Points, width: float) -> Points:
    """A line of one width that thins only near its two ends."""
    steps = np.hypot(*np.diff(run, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    length = max(float(along[-1]), 1e-6)
    near_end = np.minimum(along, length - along) / min(24.0, length / 2)
    half = profile(np.minimum(near_end, 1.0), [0.0, width]) / 2
    tangent = np.gradient(run, axis=0)
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    return np.concatenate([run + normal * half[:, None], (run - normal * half[:, None])[::-1]])
