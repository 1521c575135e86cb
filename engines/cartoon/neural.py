"""Published cartoon networks (AnimeGANv2, AnimeGANv3, White-box), and ones that a user brings, from ONNX files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engines.cartoon._film import Hands, cartoon
from engines.media.frame import Frame
from engines.media.probe import probe
from engines.style.hands import hand_for
from engines.style.onnx_style import OnnxStyle, WorkSize
from engines.style.style import SETTLING_LINES, Style
from studio.card import Card
from studio.engine import Engine
from studio.tasks.cartoon import CartoonRequest, CartoonResult

if TYPE_CHECKING:
    from studio.run import Run

KIND = "picture-to-picture"

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
    kind=KIND,
    needs=("onnxruntime",),
    devices=("cuda", "cpu"),
    generative=True,
)


def run(request: CartoonRequest, run: "Run") -> CartoonResult:
    """Draw a picture or video with the network of the card that the request names, else the first that is installed."""
    card = run.card_for(request.model, ENGINE.models, ENGINE.task, KIND, wrong="models.not_a_style")
    video = run.kind(request.source) == "video"
    threads = 1 if video else run.threads
    height, width = drawn_size(request, run)
    with run.model(*loader(card, run, threads)) as style:
        hand = NeuralHand(style, settled(style, run, height, width))
        back = hand_for(Style(request.layers.style, getattr(request, request.layers.style)), run.device)
        return cartoon(request, run, Hands(lambda: hand, lambda: back, card.id))


@dataclass(frozen=True)
class NeuralHand:
    """Draws with a network, at the size that was settled on."""

    style: OnnxStyle
    size: WorkSize
    colours: int = 0
    settling: float = SETTLING_LINES

    def start(self, frame: Frame) -> Frame:
        return frame

    def finish(self, frame: Frame, prepared: Frame, palette: object) -> Frame:
        return frame.replace(rgb=self.style(prepared.rgb, self.size), alpha=frame.alpha)


def drawn_size(request: CartoonRequest, run: "Run") -> tuple[int, int]:
    """Height and width of what the network sees."""
    info = probe(run.path(request.source))
    height = request.height or info.height
    height = min(height, request.work or height)
    if height == info.height:
        return info.height, info.width
    height += height % 2
    return height, max(2, round(info.width * height / info.height / 2) * 2)


def loader(card: Card, run: "Run", threads: int) -> tuple[str, Callable[[], OnnxStyle]]:
    """Key and loader of a card's network for ``run.model``, for calls of ``threads`` threads each.

    Frames of a video run side by side with one thread each: that is faster, and the same on every number of cores.
    """
    path = run.card_file(card.id, card.files[0].name)
    key = card.id if threads == 1 else f"{card.id}/{threads}"
    return key, lambda: OnnxStyle(path, card.capabilities, device=run.device, threads=threads)


def settled(style: OnnxStyle, run: "Run", height: int, width: int) -> WorkSize:
    """The work size for a whole picture or video, with what the user should know about it noted."""
    wanted, size = style.work_size(height, width), style.fitted(height, width)
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
