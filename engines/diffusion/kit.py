"""What is installed to draw with: a model, and of the adapters, nets and LoRAs those that are made for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from engines.diffusion.checkpoint import Checkpoint
from engines.diffusion.controls import Map, Source
from engines.diffusion.drawing import GRID, LEAST_SIDE, Models
from engines.diffusion.kinds import Family
from engines.diffusion.lora import Lora
from studio.card import Card
from studio.engine import Engine
from studio.run import Run

HOME = "character"
"""The task whose models all of these are."""
KIND = "diffusion"
FULL = "full"
CARDS = ("animagine-xl-4", "sdxl-base", "sd15", "own-diffusion")
NEEDS = ("torch", "diffusers", "transformers", "accelerate", "peft")
FAMILIES: Mapping[Family, str] = MappingProxyType({Family.SD15: "sd15", Family.SDXL: "sdxl"})
LATENT, USUAL = 8, 64
CELLS = 16
"""The longer a model's own side, the coarser the grid of sizes that it is asked for: it was trained so."""
Part = Literal["ip-adapter", "clip-vision", "controlnet", "lora", "tiny-vae"]


def source(run: Run, card: Card) -> Source:
    """Where a card's weights are: its one file, or the folder with all of them. Raises Unavailable where one is missing."""
    paths = [run.card_file(card.id, file.name) for file in card.files]
    if len(paths) == 1:
        return Source(card.id, paths[0])
    return Source(card.id, paths[0].parents[card.files[0].name.count("/")])


@dataclass(frozen=True)
class Kit:
    """``base`` is the model's card. Its parts are looked for when they are asked for."""

    run: Run
    base: Card

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """Raises BadInput where the card's files are no model that can be drawn with."""
        return Models(self.base_source).checkpoint()

    @cached_property
    def base_source(self) -> Source:
        return source(self.run, self.base)

    @cached_property
    def models(self) -> Models:
        """The model, with an adapter and its picture encoder, and with what decodes previews, where they are installed."""
        adapter, vision = self._adapter()
        tiny = next(iter(self._fitting("tiny-vae")), None)
        return Models(
            self.base_source, adapter=adapter, vision=vision, tiny_vae=None if tiny is None else source(self.run, tiny)
        )

    def control(self, kind: Map) -> Source | None:
        """A net for maps of this kind: a Union before single ones, as the two can't be mixed."""
        nets = [card for card in self._fitting("controlnet") if kind in card.capabilities.get("maps", ())]
        best = max(nets, key=lambda card: len(card.capabilities["maps"]), default=None)
        return None if best is None else source(self.run, best)

    def loras(self, wanted: Mapping[str, float], speed: str) -> list[Lora]:
        """Those that are wanted (card's id -> scale), and one that makes the speed possible; a note where there is none."""
        worn = dict(wanted)
        if speed not in (FULL, self.base.capabilities.get("speed")):
            made = [card.id for card in self._fitting("lora") if card.capabilities.get("speed") == speed]
            if made and not worn.keys() & set(made):
                worn[made[0]] = 1.0
            elif not made and not worn:
                self.run.note("diffusion.speed_alone")
        return [Lora(source(self.run, self.run.card(name)).path, scale) for name, scale in worn.items()]

    def size(self, aspect: float) -> tuple[int, int]:
        """Width and height of about as many pixels as the model was trained with, which its card may state as ``side``.

        ``aspect`` is width by height.
        """
        own = self.base.capabilities.get("side")
        side = own or int(self.checkpoint.config("unet").get("sample_size") or USUAL) * LATENT
        grid = max(side // CELLS // GRID * GRID, GRID)
        width = max(side * aspect**0.5, LEAST_SIDE, LEAST_SIDE * aspect)
        return round(width / grid) * grid, round(width / aspect / grid) * grid

    def _adapter(self) -> tuple[Source | None, Source | None]:
        encoders = {card.id: card for card in self.run.cards_of(HOME, "clip-vision")}
        for card in self._fitting("ip-adapter"):
            if (encoder := encoders.get(card.capabilities.get("vision", ""))) is not None:
                return source(self.run, card), source(self.run, encoder)
        return None, None

    def _fitting(self, part: Part) -> list[Card]:
        """Installed cards of a part for this model's architecture."""
        family = FAMILIES[self.checkpoint.family]
        return [card for card in self.run.cards_of(HOME, part) if card.capabilities.get("family") == family]


def engine_of(task: str, *, composite: bool = False) -> Engine:
    """What the diffusion engine of a task says of itself."""
    return Engine(
        task=task,
        name="diffusion",
        rank=20,
        models=CARDS,
        any_model=True,
        kind=KIND,
        needs=NEEDS,
        devices=("cuda", "cpu"),
        generative=True,
        composite=composite,
    )


def open_kit(run: Run, model: str | None) -> Kit:
    """The kit of a model by its card's id, else of the first that is installed.

    Raises Unavailable where none is, BadInput for a card of something else.
    """
    return Kit(run, run.card_for(model, CARDS, HOME, KIND, wrong="diffusion.not_a_model"))
