"""The embedded cartoonist: ink, cel, paint and pencil by classical filters, on any machine."""

import numpy as np
from numpy.typing import NDArray

from engines.media.decode import Decoder, Trim
from engines.media.flow_control import Map
from engines.media.formats import VideoOptions, recipe
from engines.media.frame import Frame
from engines.media.picture import jpeg, read_picture, write_picture
from engines.media.pipeline import transform
from engines.media.probe import probe
from engines.style.drawing import stages
from engines.style.photo import at_height, from_planes, to_planes
from engines.style.style import Style
from studio.engine import Engine
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult

ENGINE = Engine(task="cartoon", name="classical", rank=10)

PREVIEWS = 3
PREVIEW_SIDE = 640


def run(request: CartoonRequest, run: Run) -> CartoonResult:
    """Draw a picture, a video, or three frames of a video."""
    if run.kind(request.source) == "image":
        return _picture(request, run)
    if request.preview:
        return _previews(request, run)
    return _video(request, run)


def _video(request: CartoonRequest, run: Run) -> CartoonResult:
    source = run.path(request.source)
    options = VideoOptions(request.output.format, request.output.quality, request.output.hardware)
    settings = request.model_dump_json(exclude={"source", "seed", "engine", "output", "start", "end"})
    chain = [Map(lambda frame: _sized(frame, request.height)), *stages(_style(request), request.calm, request.hold)]
    with run.output(recipe(options).suffix, name=request.style) as out:
        trim = Trim(request.start, request.end)
        report = transform(source, out.path, chain, run, options=options, trim=trim, key=settings)
    if report.cut_short:
        run.note("media.cut_short")
    return CartoonResult(output=out.id, frames=report.frames)


def _picture(request: CartoonRequest, run: Run) -> CartoonResult:
    original = read_picture(run.path(request.source))
    run.step(0, 1, unit="pictures")
    drawn = _drawn(original, request)
    with run.output(".png", name=request.style) as out:
        write_picture(out.path, drawn)
    run.step(1, 1, preview=lambda: jpeg(drawn[..., :3], PREVIEW_SIDE), unit="pictures")
    return CartoonResult(output=out.id, frames=1)


def _previews(request: CartoonRequest, run: Run) -> CartoonResult:
    source = run.path(request.source)
    end = min(request.end or np.inf, probe(source).seconds)
    span = max(0.0, end - request.start)
    drawn: list[str] = []
    originals: list[str] = []
    for index in range(PREVIEWS):
        run.step(index, PREVIEWS, unit="pictures")
        decoder = Decoder(source, Trim(request.start + span * (index + 0.5) / PREVIEWS))
        try:
            before = next(decoder.frames()).rgb
        finally:
            decoder.close()
        after = _drawn(before, request)
        for kept, picture, name in ((originals, before, "before"), (drawn, after, request.style)):
            with run.output(".png", name=f"{name} {index + 1}") as out:
                write_picture(out.path, picture)
            kept.append(out.id)
        run.step(index + 1, PREVIEWS, preview=lambda after=after: jpeg(after, PREVIEW_SIDE), unit="pictures")  # type: ignore[misc]
    return CartoonResult(output=drawn[0], frames=PREVIEWS, previews=tuple(drawn), originals=tuple(originals))


def _drawn(picture: NDArray[np.uint8], request: CartoonRequest) -> NDArray[np.uint8]:
    """A picture, uint8 HxWx3 or HxWx4, drawn; transparency stays where it was."""
    planes = at_height(to_planes(np.ascontiguousarray(picture[..., :3])), request.height)
    style = _style(request)
    rgb = from_planes(style.render(style.prepare(planes), None))
    if picture.shape[2] == 3 or rgb.shape[:2] != picture.shape[:2]:
        return rgb
    return np.dstack([rgb, picture[..., 3]])


def _sized(frame: Frame, height: int) -> Frame:
    planes = frame.planes
    sized = at_height(planes, height)
    return frame if sized is planes else frame.replace(planes=sized)


def _style(request: CartoonRequest) -> Style:
    return Style(request.style, getattr(request, request.style))
