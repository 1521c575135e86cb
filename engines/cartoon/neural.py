"""Published cartoon networks (AnimeGANv2, AnimeGANv3, White-box), and ones that a user brings, from ONNX files."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from engines.media.decode import Trim
from engines.media.flow_control import Map
from engines.media.formats import VideoOptions, recipe
from engines.media.frame import Frame
from engines.media.picture import jpeg, read_picture, write_picture
from engines.media.pipeline import transform
from engines.media.probe import probe
from engines.style.onnx_style import OnnxStyle, WorkSize
from studio.card import Card
from studio.engine import Engine
from studio.errors import BadInput, StudioError, Unavailable
from studio.tasks.cartoon import CartoonRequest, CartoonResult

if TYPE_CHECKING:
    from studio.run import Run

KIND = "picture-to-picture"
PREVIEW_SIDE = 640
COLOURS = 3

ENGINE = Engine(
    task="cartoon",
    name="neural",
    rank=1,
    models=(
        "animeganv3-hayao",
        "animeganv3-shinkai",
        "animeganv2-hayao",
        "animeganv2-shinkai",
        "animeganv2-paprika",
        "white-box",
        "own-style",
    ),
    any_model=True,
    needs=("onnxruntime",),
    devices=("cuda", "cpu"),
    generative=True,
)


def run(request: CartoonRequest, run: "Run") -> CartoonResult:
    """Draw a picture or video with the network of the card that the request names, else the first that is installed."""
    card = chosen(request, run)
    video = run.kind(request.source) == "video"
    threads = 1 if video else run.threads
    with run.model(*loader(card, run, threads)) as style:
        if video:
            return _video(request, run, style, card)
        return _picture(request, run, style)


def chosen(request: CartoonRequest, run: "Run") -> Card:
    """The card to draw with; BadInput for one that doesn't draw, Unavailable when none is installed."""
    if request.model:
        card = run.card(request.model)
        if card.capabilities.get("kind") != KIND:
            raise BadInput("models.not_a_style", name=card.title.en)
        return card
    problem: StudioError = Unavailable("engine.none", task=ENGINE.task)
    for card_id in ENGINE.models:
        card = run.card(card_id)
        try:
            run.card_file(card_id, card.files[0].name)
        except Unavailable as reason:
            problem = reason
        else:
            return card
    raise problem


def loader(card: Card, run: "Run", threads: int) -> tuple[str, Callable[[], OnnxStyle]]:
    """Key and loader of a card's network for ``run.model``, for calls of ``threads`` threads each.

    Frames of a video run side by side with one thread each: that is faster, and the same on every number of cores.
    """
    path = run.card_file(card.id, card.files[0].name)
    key = card.id if threads == 1 else f"{card.id}/{threads}"
    return key, lambda: OnnxStyle(path, card.capabilities, device=run.device, threads=threads)


def painter(style: OnnxStyle, size: WorkSize) -> Callable[[Frame], Frame]:
    """The stage that draws a frame; an alpha channel stays."""

    def paint(frame: Frame) -> Frame:
        return frame.replace(rgb=style(frame.rgb, size), alpha=frame.alpha)

    return paint


def settled(style: OnnxStyle, run: "Run", height: int, width: int, limit: int) -> WorkSize:
    """The work size for a whole picture or video, with what the user should know about it noted."""
    wanted, size = style.work_size(height, width, limit), style.fitted(height, width, limit)
    if run.device.startswith("cuda") and not style.on_gpu:
        run.note("neural.no_gpu")
    if (size.height, size.width) != (wanted.height, wanted.width):
        run.note(
            "neural.smaller",
            width=size.width,
            height=size.height,
            wanted_width=wanted.width,
            wanted_height=wanted.height,
        )
    elif (size.height, size.width) != (height, width):
        run.note("neural.work_size", width=size.width, height=size.height)
    return size


def _picture(request: CartoonRequest, run: "Run", style: OnnxStyle) -> CartoonResult:
    picture = read_picture(run.path(request.source))
    rgb = np.ascontiguousarray(picture[..., :COLOURS])
    run.step(0, 1)
    drawn = style(rgb, settled(style, run, rgb.shape[0], rgb.shape[1], request.height))
    run.step(1, 1, preview=lambda: jpeg(drawn, PREVIEW_SIDE))
    if picture.shape[2] > COLOURS:
        drawn = np.dstack([drawn, picture[..., COLOURS]])
    with run.output(".png") as output:
        write_picture(output.path, drawn)
    return CartoonResult(output=output.id, frames=1)


def _video(request: CartoonRequest, run: "Run", style: OnnxStyle, card: Card) -> CartoonResult:
    source = run.path(request.source)
    info = probe(source)
    size = settled(style, run, info.height, info.width, request.height)
    wish = request.output
    options = VideoOptions(format=wish.format, quality=wish.quality, hardware=wish.hardware)
    key = f"neural {card.id} {size}"
    with run.output(recipe(options).suffix) as output:
        trim = Trim(request.start, request.end)
        report = transform(source, output.path, [Map(painter(style, size))], run, options=options, trim=trim, key=key)
    return CartoonResult(output=output.id, frames=report.frames)
