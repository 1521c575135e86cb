"""Colours in Oklab (Ottosson 2020) and the ramps from one base colour: shadows turn towards violet, lights towards yellow."""

import math
from dataclasses import dataclass
from functools import cache

from studio.errors import BadInput

Rgb = tuple[float, float, float]
VIOLET, YELLOW = math.radians(300), math.radians(95)
WARM = math.radians(50)
STEPS = {-4: 0.42, -3: 0.53, -2: 0.68, -1: 0.84}
MOST = {-4: 0.085, -3: 0.115, -2: 0.14, -1: 0.17}


@dataclass(frozen=True)
class Lab:
    """Lightness 0..1, and the two colour axes (about -0.4..0.4)."""

    light: float
    a: float
    b: float

    def far(self, other: "Lab") -> float:
        """How different two colours look: 0 (the same) .. about 1; lightness counts double, as outlines are read by it."""
        return math.sqrt(2 * (self.light - other.light) ** 2 + (self.a - other.a) ** 2 + (self.b - other.b) ** 2)


def rgb(code: str, key: str, file: str) -> Rgb:
    """``"#c84a3b"`` -> 0..1 each; ``BadInput`` (figure.bad_colour) where it is none."""
    try:
        value = int(code.removeprefix("#"), 16)
    except (ValueError, AttributeError) as error:
        raise BadInput("figure.bad_colour", file=file, what=key, value=str(code)) from error
    if not code.startswith("#") or len(code) != 7:
        raise BadInput("figure.bad_colour", file=file, what=key, value=code)
    return (value >> 16) / 255, (value >> 8 & 255) / 255, (value & 255) / 255


@cache
def lab(colour: Rgb) -> Lab:
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return Lab(
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def back(colour: Lab) -> Rgb:
    """sRGB 0..1, clipped to what a screen shows."""
    long = (colour.light + 0.3963377774 * colour.a + 0.2158037573 * colour.b) ** 3
    middle = (colour.light - 0.1055613458 * colour.a - 0.0638541728 * colour.b) ** 3
    short = (colour.light - 0.0894841775 * colour.a - 1.2914855480 * colour.b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    clipped = (min(max(c, 0.0), 1.0) for c in linear)
    r, g, b = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in clipped)
    return r, g, b


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """``first`` where ``share`` is 0, ``second`` where it is 1; between them evenly to the eye."""
    one, two = lab(first), lab(second)
    return back(
        Lab(
            one.light + (two.light - one.light) * share,
            one.a + (two.a - one.a) * share,
            one.b + (two.b - one.b) * share,
        )
    )


@cache
def step(base: Rgb, steps: int) -> Rgb:
    """The base colour's ramp: -1, -2 shadows, -3 fine lines, -4 outlines; +1, +2, +3 lights."""
    if not steps:
        return base
    colour = lab(base)
    chroma, hue = math.hypot(colour.a, colour.b), math.atan2(colour.b, colour.a)
    if steps < 0:
        light = max(min(colour.light * STEPS[max(steps, -4)], colour.light + 0.055 * steps), 0.10 - 0.01 * steps)
        warmth = max(0.0, math.cos(hue - WARM)) * min(1.0, chroma / 0.03) * max(0.0, 1 - chroma / 0.12)
        chroma = min(chroma * (1 + 0.18 * -steps) + (0.006 + 0.022 * warmth) * -steps, MOST[max(steps, -4)])
        hue = _turn(hue, VIOLET, 0.10 * -steps) if chroma > 0.02 else VIOLET
    else:
        light = colour.light + (1 - colour.light) * min(0.30 * steps, 0.9)
        chroma = chroma * (1 - 0.12 * steps)
        hue = _turn(hue, YELLOW, 0.06 * steps)
    return back(Lab(light, chroma * math.cos(hue), chroma * math.sin(hue)))


def _turn(hue: float, target: float, most: float) -> float:
    apart = math.remainder(target - hue, 2 * math.pi)
    return hue + math.copysign(min(abs(apart), most), apart)
