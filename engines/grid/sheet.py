"""The embedded grid: each picture is made by its own task's best engine and kept, then all are laid on a sheet with their values."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skia
from pydantic import ValidationError

from engines.arrays import Bytes
from engines.media.lettering import Pen
from engines.media.picture import jpeg, read_picture, write_picture
from studio.engine import Engine
from studio.errors import BadInput, Failed
from studio.run import Run
from studio.schema import title_of
from studio.tasks import Result, flatten, tasks
from studio.tasks.grid import SEED, Cell, GridRequest, GridResult
from studio.texts import has_text, text

ENGINE = Engine(task="grid", name="sheet", rank=10, devices=("cuda", "cpu"), composite=True)
MADE = ("output", "refined", "drawing", "preliminary", "masks")
"""Where a task's result has its picture: the furthest one counts."""
SEEDS = 1 << 32
GAP, LINE = 12, 30
INK, SOFT = 0xFF1C1917, 0xFF57534E
SHOWN = 1024
NEW = ".new"


@dataclass(frozen=True)
class Place:
    """A place on the sheet: its column and row, and the values that are set there."""

    column: int
    row: int
    x: str
    y: str
    changed: Mapping[str, Any]


def run(request: GridRequest, run: Run) -> GridResult:
    """Pictures that are made stay in the job's folder: a job that was stopped goes on with the next. Raises BadInput for values that
    don't go together.
    """
    places = [*_places(request, run.seed)]
    pictures: list[Bytes] = []
    for number, place in enumerate(places):
        shown = (lambda: jpeg(_sheet(request, places, pictures)[..., :3], SHOWN)) if pictures else None
        run.step(number, len(places), preview=shown, unit="pictures")
        pictures.append(_picture(request, place, number, len(places), run))
    cells = [_kept(request, place, picture, run) for place, picture in zip(places, pictures, strict=True)]
    run.resolved(request)
    with run.output(".png", name=f"{request.of}-grid") as out:
        write_picture(out.path, _sheet(request, places, pictures))
    return GridResult(output=out.id, cells=tuple(cells))


def _places(request: GridRequest, seed: int) -> Iterator[Place]:
    """Row by row."""
    across = request.across or tuple(str((seed + number) % SEEDS) for number in range(request.count))
    down = request.down or (
        tuple(str((seed + number) % SEEDS) for number in range(request.count)) if request.y else ("",)
    )
    usual = {} if SEED in request.settings else {SEED: seed}
    for row, y in enumerate(down):
        for column, x in enumerate(across):
            yield Place(column, row, x, y, {**usual, request.x: x, **({request.y: y} if request.y else {})})


def _picture(request: GridRequest, place: Place, number: int, of: int, run: Run) -> Bytes:
    """The picture as it was made before, or made now. uint8 HxWx3 or HxWx4."""
    file = run.workdir / f"picture-{number:03d}.png"
    if not file.exists():
        try:
            asked = request.asked(place.changed)
        except ValidationError as error:
            raise BadInput("grid.no_pair", x=place.x, y=place.y) from error
        made = _furthest(run.call(request.of, asked, number=number, of=of, aside=True))
        beside = file.with_suffix(NEW + file.suffix)
        write_picture(beside, read_picture(run.path(made)))
        beside.replace(file)
    return read_picture(file)


def _furthest(result: Result) -> str:
    found = next((str(made) for name in MADE if (made := getattr(result, name, None))), None)
    if found is None or Path(found).suffix in (".ora", ".psd", ".zip"):
        raise Failed("grid.no_picture")
    return found


def _kept(request: GridRequest, place: Place, picture: Bytes, run: Run) -> Cell:
    """The picture as a file of its own, which tells the settings that it was made with."""
    settings = {**request.settings, **place.changed}
    fields = {field.name: field.info.annotation for field in flatten(tasks()[request.of].request)}
    told = {name: _plain(value, fields.get(name)) for name, value in settings.items()}
    own = {"base": json.dumps(told, ensure_ascii=False), "x": SEED, "x_values": "", "y": "", "y_values": "", "count": 1}
    run.resolved(request.model_copy(update=own))
    words = "-".join(filter(None, (place.x, place.y)))
    name = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in words)
    with run.output(".png", name=f"{request.of}-{name[:60]}") as out:
        write_picture(out.path, picture)
    return Cell(x=place.x, y=place.y, seed=int(settings[SEED]), picture=out.id)


def _plain(value: Any, annotation: Any) -> Any:
    """A number where the setting is one, so that a form shows it."""
    if isinstance(value, str) and annotation in (int, int | None):
        return int(value)
    return float(value) if isinstance(value, str) and annotation in (float, float | None) else value


def _sheet(request: GridRequest, places: list[Place], pictures: list[Bytes]) -> Bytes:
    """All pictures that are there with their values above and beside them, uint8 HxWx4."""
    columns, rows = places[-1].column + 1, places[-1].row + 1
    first = pictures[0].shape if pictures else (3, 2)
    factor = request.side / max(first[:2])
    height, width = round(first[0] * factor), round(first[1] * factor)
    left = width // 2 + GAP if request.y else GAP
    top = 3 * LINE
    whole = (left + columns * (width + GAP), top + rows * (height + GAP))
    canvas = np.full((whole[1], whole[0], 4), 250, np.uint8)
    canvas[..., 3] = 255
    for place, picture in zip(places, pictures, strict=False):
        x, y = left + place.column * (width + GAP), top + place.row * (height + GAP)
        canvas[y : y + height, x : x + width] = _fitted(picture, width, height)
    pen = Pen(skia.Canvas(canvas), request.language)
    _letters(pen, request, places, (left, top, width, height), whole[0])
    return canvas


def _letters(pen: Pen, request: GridRequest, places: list[Place], cell: tuple[int, int, int, int], wide: int) -> None:
    left, top, width, height = cell
    pen.write(
        title_of(request.of, request.x, request.language),
        left,
        LINE,
        LINE * 0.7,
        INK,
        bold=True,
        most=wide - left - GAP,
    )
    for place in places:
        if place.row == 0:
            x = left + place.column * (width + GAP) + width / 2
            pen.write(_value(place.x, request.language), x, top - LINE * 0.5, LINE * 0.6, SOFT, align=0.5, most=width)
        if place.column == 0 and request.y:
            y = top + place.row * (height + GAP) + height / 2
            pen.write(_value(place.y, request.language), left - GAP, y, LINE * 0.6, SOFT, align=1, most=left - 2 * GAP)
    if request.y:
        pen.write(
            title_of(request.of, request.y, request.language),
            left - GAP,
            top - LINE * 0.5,
            LINE * 0.7,
            INK,
            bold=True,
            align=1,
            most=left - 2 * GAP,
        )


def _value(value: str, language: str) -> str:
    key = f"choice.{value}"
    return text(key, language) if has_text(key, language) else value.replace("_", " ")


def _fitted(picture: Bytes, width: int, height: int) -> Bytes:
    """The picture within width x height, over the paper."""
    factor = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(round(picture.shape[1] * factor), 1), max(round(picture.shape[0] * factor), 1))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    out = np.full((height, width, 4), 250, np.uint8)
    out[..., 3] = 255
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    place = out[y : y + size[1], x : x + size[0], :3]
    alpha = small[..., 3:] / 255 if small.shape[2] == 4 else 1.0
    place[:] = np.clip(small[..., :3] * alpha + place * (1 - alpha) + 0.5, 0, 255)
    return out
