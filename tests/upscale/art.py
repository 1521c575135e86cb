"""Pictures to learn from and to measure with: drawings without end, drawn at four times their size and averaged down."""

import cv2
import numpy as np

Picture = np.ndarray
OVER = 4
WHITE = (255, 255, 255)
WORDS = ("Atelier", "Ink 27", "quick fox", "Studio", "MANGA!", "x = 3.14", "lorem", "Wing & Co.")


def line_art(seed: int, size: int = 512) -> Picture:
    """Ink on paper, uint8 size x size x 3: strokes that swell, hatching, rings, dots, lettering; now and then white on black."""
    rng = np.random.default_rng(seed)
    sheet = np.full((size * OVER, size * OVER, 3), 255, np.uint8)
    ink = _ink(rng)
    for _ in range(rng.integers(10, 24)):
        _stroke(sheet, rng, ink)
    for _ in range(rng.integers(1, 4)):
        _hatching(sheet, rng, ink)
    for _ in range(rng.integers(2, 6)):
        _rings(sheet, rng, ink)
    for _ in range(rng.integers(1, 4)):
        _lettering(sheet, rng, ink)
    if rng.random() < 0.4:
        _dots(sheet, rng, ink)
    if rng.random() < 0.2:
        sheet = 255 - sheet
    return cv2.resize(sheet, (size, size), interpolation=cv2.INTER_AREA)


def cel_art(seed: int, size: int = 512) -> Picture:
    """Flat colours with outlines, shadows, highlights and soft skies, uint8 size x size x 3."""
    rng = np.random.default_rng(seed)
    side = size * OVER
    sheet = _sky(rng, side)
    outlined = rng.random() < 0.8
    for _ in range(rng.integers(12, 30)):
        shape = _blob(rng, side)
        colour = rng.integers(0, 256, 3)
        cv2.fillPoly(sheet, [shape], colour.tolist(), cv2.LINE_AA)
        if rng.random() < 0.6:
            _shade(sheet, shape, colour, rng)
        if outlined:
            width = int(rng.uniform(0.8, 4) * OVER)
            cv2.polylines(sheet, [shape], True, (colour * rng.uniform(0, 0.3)).tolist(), width, cv2.LINE_AA)
    for _ in range(rng.integers(3, 10)):
        _stroke(sheet, rng, _ink(rng))
    if rng.random() < 0.3:
        _lettering(sheet, rng, _ink(rng))
    return cv2.resize(sheet, (size, size), interpolation=cv2.INTER_AREA)


def _ink(rng: np.random.Generator) -> tuple[int, int, int]:
    """Mostly black, else a dark colour."""
    return (0, 0, 0) if rng.random() < 0.6 else tuple(int(v) for v in rng.integers(0, 120, 3))


def _curve(rng: np.random.Generator, side: int) -> np.ndarray:
    """Points along a cubic Bezier curve, float Nx2."""
    start = rng.uniform(-0.1, 1.1, 2)
    ends = start + np.cumsum(rng.normal(0, rng.uniform(0.05, 0.3), (4, 2)), axis=0)
    t = np.linspace(0, 1, 120)[:, None]
    a, b, c, d = ends
    return side * ((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t * t * (1 - t) * c + t**3 * d)


def _stroke(sheet: Picture, rng: np.random.Generator, ink: tuple[int, int, int]) -> None:
    """A line that swells in the middle and thins out at its ends."""
    points = _curve(rng, sheet.shape[0])
    along = np.gradient(points, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], 1) / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-6)
    widest = rng.choice([0.6, 1.0, 1.5, 2.5, 5.0]) * rng.uniform(0.7, 1.3) * OVER / 2
    taper = np.sin(np.linspace(0.15, np.pi - 0.15, len(points)))[:, None] if rng.random() < 0.7 else 1.0
    outline = np.concatenate([points + normal * widest * taper, (points - normal * widest * taper)[::-1]])
    cv2.fillPoly(sheet, [np.rint(outline * 16).astype(np.int32)], ink, cv2.LINE_AA, 4)


def _hatching(sheet: Picture, rng: np.random.Generator, ink: tuple[int, int, int]) -> None:
    side = sheet.shape[0]
    centre, turn = rng.uniform(0.1, 0.9, 2) * side, rng.uniform(0, np.pi)
    along = np.array([np.cos(turn), np.sin(turn)])
    gap, length, width = (
        rng.uniform(3, 9) * OVER,
        rng.uniform(0.05, 0.18) * side,
        max(1, int(rng.uniform(0.6, 2) * OVER)),
    )
    for row in range(int(rng.integers(8, 24))):
        middle = centre + np.array([-along[1], along[0]]) * row * gap
        ends = [np.rint(middle + along * length * s * rng.uniform(0.85, 1)).astype(int).tolist() for s in (-1, 1)]
        cv2.line(sheet, ends[0], ends[1], ink, width, cv2.LINE_AA)


def _rings(sheet: Picture, rng: np.random.Generator, ink: tuple[int, int, int]) -> None:
    side = sheet.shape[0]
    centre = (rng.uniform(0, 1, 2) * side).astype(int).tolist()
    axes = (rng.uniform(0.01, 0.15, 2) * side).astype(int).tolist()
    filled = rng.random() < 0.3
    width = -1 if filled else max(1, int(rng.uniform(0.6, 4) * OVER))
    cv2.ellipse(sheet, centre, axes, float(rng.uniform(0, 180)), 0, 360, ink, width, cv2.LINE_AA)


def _lettering(sheet: Picture, rng: np.random.Generator, ink: tuple[int, int, int]) -> None:
    side = sheet.shape[0]
    place = (rng.uniform(0.02, 0.7, 2) * side + [0, 0.2 * side]).astype(int).tolist()
    font = int(rng.choice([cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX]))
    scale = rng.uniform(0.4, 2.2) * OVER
    cv2.putText(
        sheet, str(rng.choice(WORDS)), place, font, scale, ink, max(1, int(scale * rng.uniform(1, 3))), cv2.LINE_AA
    )


def _dots(sheet: Picture, rng: np.random.Generator, ink: tuple[int, int, int]) -> None:
    """A patch of screen tone at 45 degrees."""
    side = sheet.shape[0]
    x, y = (rng.uniform(0, 0.7, 2) * side).astype(int)
    wide, pitch = int(0.25 * side), rng.uniform(5, 12) * OVER
    rows, columns = np.mgrid[y : y + wide, x : x + wide]
    u, v = (rows + columns) * np.pi / pitch, (rows - columns) * np.pi / pitch
    tone = np.cos(u) * np.cos(v) > np.linspace(0.9, -0.2, columns.shape[1])
    patch = sheet[y : y + wide, x : x + wide]
    patch[tone[: patch.shape[0], : patch.shape[1]]] = ink


def _blob(rng: np.random.Generator, side: int) -> np.ndarray:
    """A closed smooth or cornered outline, int32 Nx2."""
    centre, radius = rng.uniform(0, 1, 2) * side, rng.uniform(0.03, 0.3) * side
    if rng.random() < 0.35:
        count = int(rng.integers(3, 7))
        turn = np.sort(rng.uniform(0, 2 * np.pi, count))
        reach: np.ndarray | float = radius * rng.uniform(0.5, 1, count)
    else:
        turn = np.linspace(0, 2 * np.pi, 160, endpoint=False)
        waves = sum(rng.normal(0, 0.25 / k) * np.cos(k * turn + rng.uniform(0, 6.3)) for k in range(1, 6))
        reach = radius * (1 + np.clip(waves, -0.8, 0.8))
    return np.rint(centre + np.stack([np.cos(turn), np.sin(turn)], 1) * np.asarray(reach)[:, None]).astype(np.int32)


def _shade(sheet: Picture, shape: np.ndarray, colour: np.ndarray, rng: np.random.Generator) -> None:
    """A hard shadow or highlight: the part of a shape that its own shifted copy doesn't cover, or does."""
    mask, moved = (np.zeros(sheet.shape[:2], np.uint8) for _ in range(2))
    shift = np.rint(rng.normal(0, 0.03, 2) * sheet.shape[0]).astype(np.int32)
    cv2.fillPoly(mask, [shape], 1)
    cv2.fillPoly(moved, [shape + shift], 1)
    sheet[(mask == 1) & (moved == 0)] = np.clip(colour * rng.uniform(0.5, 1.4), 0, 255)


def _sky(rng: np.random.Generator, side: int) -> Picture:
    """A plain ground or a soft one, uint8 side x side x 3."""
    top, bottom = rng.integers(0, 256, (2, 3))
    if rng.random() < 0.5:
        bottom = top
    ramp = np.linspace(0, 1, side)[:, None, None]
    sheet = np.broadcast_to(top * (1 - ramp) + bottom * ramp, (side, side, 3))
    return np.ascontiguousarray(
        np.rint(sheet).astype(np.uint8).transpose(1, 0, 2) if rng.random() < 0.5 else np.rint(sheet).astype(np.uint8)
    )
