"""The palette: dominant colours, whether they are warm or cold, grey, or one hue alone."""

import numpy as np

from engines.arrays import Floats
from engines.vision.describe.colours import Colour, dominant
from engines.vision.describe.fact import Findings, ramp
from engines.vision.describe.view import View

NAMED, LEAST_SHARE = 4, 0.06
ACCENT_SHARE, ACCENT_CHROMA = 0.03, 26.0
"""What is more colourful than the rest is seen sooner."""
MEASURED = 6
ALONE = 0.96
GREY_CHROMA = 2.0
TONED_CHROMA = 5.0
WARM, COLD = (-35.0, 100.0), (170.0, 300.0)
ONE_HUE_DEG = 14.0


def palette(view: View) -> Findings:
    """Colours by name and share, and what they are like together."""
    found = Findings()
    pixels = view.lab[view.shown]
    colours = dominant(pixels)
    if not colours:
        return found
    named = [colour for colour in colours if colour.share >= _least(colour)][:NAMED]
    found.measures["palette"] = ", ".join(f"{colour.name} {colour.share:.0%}" for colour in colours[:MEASURED])
    chroma = np.hypot(pixels[:, 1], pixels[:, 2])
    high = float(np.quantile(chroma, 0.99))
    if high < GREY_CHROMA:
        if colours[0].share > ALONE:
            found.tell("palette.one", 1.0, _names(named))
        found.tell("palette.grey", ramp(high, GREY_CHROMA, 0.8) * (colours[0].share <= ALONE))
        return found
    found.tell("palette.one" if colours[0].share > ALONE else "palette.colours", 1.0, _names(named))
    found.measures["chroma"] = f"mean {chroma.mean():.0f}, highest {high:.0f}"
    _together(found, pixels, chroma)
    return found


def _least(colour: Colour) -> float:
    return ACCENT_SHARE if colour.chroma >= ACCENT_CHROMA else LEAST_SHARE


def _names(colours: list[Colour]) -> list[str]:
    return [colour.name for colour in colours]


def _together(found: Findings, pixels: Floats, chroma: Floats) -> None:
    """Warm, cold, one hue, muted or vivid, each only where nearly all colour says so."""
    hue = np.degrees(np.arctan2(pixels[:, 2], pixels[:, 1]))
    weight = chroma / max(float(chroma.sum()), 1e-6)
    turned = hue % 360
    warm = float(weight[(hue > WARM[0]) & (hue < WARM[1])].sum())
    cold = float(weight[(turned > COLD[0]) & (turned < COLD[1])].sum())
    mean = float(chroma.mean())
    found.measures["warm"], found.measures["cold"] = f"{warm:.2f}", f"{cold:.2f}"
    if _toned(pixels, hue, chroma):
        found.tell("palette.sepia" if 40 < _mean_hue(hue, weight) < 95 else "palette.monochrome")
        return
    coloured = ramp(mean, 5, 14)
    found.tell("palette.warm", ramp(warm, 0.75, 0.95) * coloured)
    found.tell("palette.cold", ramp(cold, 0.75, 0.95) * coloured)
    found.tell("palette.muted", ramp(float(np.quantile(chroma, 0.95)), 28, 16))
    found.tell("palette.vivid", ramp(mean, 35, 50))


def _toned(pixels: Floats, hue: Floats, chroma: Floats) -> bool:
    """Whether one hue runs through all the tones, as in a toned photo: pixels with any colour differ in lightness, not in hue."""
    coloured = chroma > TONED_CHROMA
    if coloured.mean() < 0.5 or float(np.ptp(np.quantile(pixels[coloured, 0], [0.05, 0.95]))) < 30:
        return False
    middle = _mean_hue(hue[coloured], np.full(int(coloured.sum()), 1.0))
    away = np.abs((hue[coloured] - middle + 180) % 360 - 180)
    return float(np.quantile(away, 0.98)) < ONE_HUE_DEG


def _mean_hue(hue: Floats, weight: Floats) -> float:
    angle = np.radians(hue)
    return float(np.degrees(np.arctan2((np.sin(angle) * weight).sum(), (np.cos(angle) * weight).sum())) % 360)
