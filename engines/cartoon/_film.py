"""What every cartoonist does around its drawing: pictures, previews and videos, whole or cut into layers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engines.cartoon._layers import scene_for, without_alpha
from engines.media.decode import Trim, frame_at
from engines.media.edit import compared
from engines.media.flow_control import Fold, Map
from engines.media.formats import VideoOptions, recipe
from engines.media.frame import Frame
from engines.media.label import labelled
from engines.media.pace import exact_rate
from engines.media.picture import jpeg, read_picture, write_picture
from engines.media.pipeline import transform
from engines.media.probe import probe
from engines.style.backdrop import Moving
from engines.style.drawing import draw_one, stages
from engines.style.photo import shown, sized, still
from engines.style.scene import Drawer, Scene
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult

PREVIEWS = 3
PREVIEW_SIDE = 640
LOOKS = (0.0, 0.5, 0.25, 0.75)


@dataclass(frozen=True)
class Hands:
    """The drawers of a request: of people or of all, and of the background. ``name`` is for the file and the checkpoint."""

    front: Callable[[], Drawer]
    back: Callable[[], Drawer]
    name: str


def cartoon(request: CartoonRequest, run: Run, hands: Hands) -> CartoonResult:
    """Draw a picture, a video, or three frames of a video."""
    source = run.path(request.source)
    if run.kind(request.source) == "image":
        return _picture(request, run, hands, source)
    without_alpha(request)
    if request.preview:
        return _previews(request, run, hands, source)
    return _video(request, run, hands, source)


def _video(request: CartoonRequest, run: Run, hands: Hands, source: Path) -> CartoonResult:
    options = VideoOptions(request.output.format, request.output.quality, request.output.hardware)
    settings = request.model_dump_json(exclude={"source", "seed", "engine", "start", "end", "preview"})
    with scene_for(request, run, hands.front, hands.back, _looks(source, request)) as scene:
        matte = scene.cut_out.name if scene.cut_out else ""
        chain: list[Map | Fold] = [Map(lambda frame: sized(frame, request.height))]
        chain += [*stages(scene, request.calm, request.hold), *([Map(labelled)] if request.output.label else [])]
        with run.output(recipe(options).suffix, name=hands.name) as out:
            trim, rate = Trim(request.begin, request.end), exact_rate(request.fps)
            kind = run.device.partition(":")[0]
            key = f"{hands.name} {kind} {matte} {settings}"
            report = transform(source, out.path, chain, run, options=options, trim=trim, fps=rate, key=key)
    if report.cut_short:
        run.note("media.cut_short")
    beside = None
    if request.output.comparable:
        beside = compared(source, out.id, run, name=request.style, start=request.begin)
    return CartoonResult(output=out.id, frames=report.frames, comparison=beside)


def _picture(request: CartoonRequest, run: Run, hands: Hands, source: Path) -> CartoonResult:
    frame = sized(still(read_picture(source)), request.height)
    run.step(0, 1, unit="pictures")
    with scene_for(request, run, hands.front, hands.back, [frame]) as scene:
        made = draw_one(frame, scene)
    drawn = shown(labelled(made) if request.output.label else made)
    run.step(1, 1, preview=lambda: jpeg(drawn[..., :3], PREVIEW_SIDE), unit="pictures")
    with run.output(".png", name=hands.name) as out:
        write_picture(out.path, drawn)
    beside = None
    if request.output.compare:
        with run.output(".png", name=f"{hands.name} compared") as pair:
            write_picture(pair.path, np.hstack([frame.rgb, drawn[..., :3]]))
        beside = pair.id
    return CartoonResult(output=out.id, frames=1, comparison=beside)


def _previews(request: CartoonRequest, run: Run, hands: Hands, source: Path) -> CartoonResult:
    drawn: list[str] = []
    originals: list[str] = []
    with scene_for(request, run, hands.front, hands.back, _looks(source, request)) as scene:
        for index in range(PREVIEWS):
            run.step(index, PREVIEWS, unit="pictures")
            before = frame_at(source, _moment(source, request, (index + 0.5) / PREVIEWS)).rgb
            made = _one_more(sized(still(before), request.height), scene)
            after = shown(labelled(made) if request.output.label else made)
            for kept, picture, name in ((originals, before, "before"), (drawn, after, hands.name)):
                with run.output(".png", name=f"{name} {index + 1}") as out:
                    write_picture(out.path, picture)
                kept.append(out.id)
            look = after[..., :3]
            run.step(index + 1, PREVIEWS, preview=lambda look=look: jpeg(look, PREVIEW_SIDE), unit="pictures")  # type: ignore[misc]
    return CartoonResult(output=drawn[0], frames=PREVIEWS, previews=tuple(drawn), originals=tuple(originals))


def _one_more(frame: Frame, scene: Scene) -> Frame:
    """A frame of a video drawn by itself; a moving backdrop shows its first picture."""
    if not isinstance(scene.backdrop, Moving):
        return draw_one(frame, scene)
    return draw_one(frame, replace(scene, backdrop=scene.backdrop.anew()))


def _looks(source: Path, request: CartoonRequest) -> Iterator[Frame]:
    """A few frames of the part that is drawn: its first one may be black."""
    for part in LOOKS:
        yield frame_at(source, _moment(source, request, part))


def _moment(source: Path, request: CartoonRequest, part: float) -> float:
    """Seconds into the video, ``part`` (0..1) of the way through what is drawn."""
    end = min(request.end or np.inf, probe(source).seconds)
    return request.begin + max(0.0, end - request.begin) * part
