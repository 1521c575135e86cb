"""From a drawing's description to its pictures, with the networks that it needs in memory and no others."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.diffusion.adapter import Adapter, Seen, matching, see, see_nothing
from engines.diffusion.calls import call, make_pipeline, regions_in_view, without_seams
from engines.diffusion.drawing import Drawing, Drawn, Models, check_drawing
from engines.diffusion.kinds import Family, Kind, Role
from engines.diffusion.ladder import climb
from engines.diffusion.lora import Lora, check_loras, wear
from engines.diffusion.preview import preview_jpeg, watch
from engines.diffusion.prompt import Words, encode, paired
from engines.diffusion.regional import Clock, Shown, led
from engines.diffusion.regions import Region, picture_key, shares
from engines.diffusion.residents import Memo, Residents
from engines.diffusion.scene import Scene, make_room, rungs
from engines.diffusion.speeds import scheduler, speed
from studio.run import Run


class Painter:
    """Draws with one set of models; ``run`` leases them, reports, previews and cancels."""

    def __init__(self, run: Run, models: Models) -> None:
        self._run = run
        self._models = models
        self._checkpoint = models.checkpoint()
        self._residents = Residents(run, models, self._checkpoint)

    def draw(self, drawing: Drawing) -> Drawn:
        """The pictures of a drawing. The same drawing gives the same pictures.

        Raises BadInput for what doesn't fit together, Cancelled within one step, OutOfMemory when nothing more could be
        given up.
        """
        control_role = check_drawing(drawing, self._models, self._checkpoint)
        loras = check_loras(drawing.loras, self._checkpoint)
        noise = self._checkpoint.noise()
        chosen = speed(drawing.speed, noise)
        saved: list[str] = []
        with ExitStack() as stack:
            memo = stack.enter_context(self._residents.memo())
            words = self._words(drawing, loras, memo)
            seen = self._seen(drawing.regions, memo)
            unet = stack.enter_context(self._residents.part("unet"))
            vae = stack.enter_context(self._residents.part("vae"))
            nets = [stack.enter_context(self._residents.control(item.net)) for item in drawing.controls]
            controls = nets[:1] if control_role == Role.CONTROLNET_UNION else nets
            shown = self._shown(drawing, seen, stack)
            wear(unet, "unet", loras, self._checkpoint)
            colours = stack.enter_context(self._residents.colours(vae))
            decode: Callable[[Any], bytes] = lambda latents: preview_jpeg(colours, latents)  # noqa: E731
            scene = Scene(unet, vae, controls, shown, words, chosen, noise, decode, at_once=len(drawing.seeds))
            make_room(scene, self._run.device, drawing.width * drawing.height)
            try:
                pictures = climb(
                    lambda: self._paint(drawing, scene),
                    rungs(scene, self._run),
                    lambda name: self._tell(saved, name),
                    knob=f"{drawing.width}×{drawing.height}",
                )
            finally:
                vae.disable_tiling()
                if scene.hooked:
                    self._forget(drawing)
        return Drawn(tuple(pictures), tuple(saved))

    def _paint(self, drawing: Drawing, scene: Scene) -> list[NDArray[np.uint8]]:
        """All pictures, as many at once as the scene says."""
        pictures: list[NDArray[np.uint8]] = []
        seeds = list(drawing.seeds)
        for start in range(0, len(seeds), scene.at_once):
            some = seeds[start : start + scene.at_once]
            pictures += self._batch(drawing, scene, some, start / len(seeds), len(some) / len(seeds))
        return pictures

    def _batch(
        self, drawing: Drawing, scene: Scene, seeds: Sequence[int], begun: float, part: float
    ) -> list[NDArray[np.uint8]]:
        steps = scheduler(scene.speed, scene.noise)
        pipe = make_pipeline(self._checkpoint.family, drawing, scene.unet, scene.vae, scene.controls, steps)
        if scene.offload:
            pipe.enable_model_cpu_offload(device=self._run.device)
        guidance = scene.speed.guidance if drawing.guidance is None else drawing.guidance
        guided = guidance > 1 and scene.unet.config.time_cond_proj_dim is None
        expected, clock = watch(steps), Clock()

        def stepped(pipe: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
            total = pipe.num_timesteps
            clock.done = (step + 1) / total
            whole = round(total / part)
            done = min(whole, round(whole * begun) + step + 1)
            self._run.step(done, whole, preview=lambda: scene.decode(expected.latents), unit="steps")
            return {}

        shown = regions_in_view(pipe, drawing, scene.shown)
        size = (drawing.height, drawing.width)
        words = scene.words.arguments(self._run.device, scene.unet.dtype, guided=guided)
        with self._led(scene, shown, size, guided=guided, clock=clock):
            made = call(
                pipe,
                drawing,
                words,
                seeds=seeds,
                steps=drawing.enough_steps(scene.speed.steps),
                guidance=guidance,
                stepped=stepped,
            )
        return [without_seams(drawing, picture) for picture in made]

    def _led(
        self, scene: Scene, shown: Sequence[Shown], size: tuple[int, int], *, guided: bool, clock: Clock
    ) -> AbstractContextManager[None]:
        if not shown:
            return nullcontext()
        return led(scene.unet, self._checkpoint.family, shown, size, guided=guided, clock=clock)

    def _words(self, drawing: Drawing, loras: Sequence[tuple[Lora, Kind]], memo: Memo) -> Words:
        key = (
            "words",
            drawing.prompt,
            drawing.negative,
            drawing.clip_skip,
            *((lora.key, lora.scale) for lora, _ in loras),
        )
        return memo.get(key, lambda: self._encoded(drawing, loras))

    def _encoded(self, drawing: Drawing, loras: Sequence[tuple[Lora, Kind]]) -> Words:
        """Both prompts through each text encoder, one encoder in memory at a time where room is short."""
        import torch

        bare = self._checkpoint.family == Family.SDXL
        sides: tuple[list[Any], list[Any]] = ([], [])
        pooled: list[Any] = [None, None]
        with self._residents.tokenizers() as tokenizers:
            named = list(zip(self._checkpoint.parts[2:], tokenizers, strict=True))
        for part, tokenizer in named:
            both = paired(tokenizer, drawing.prompt, drawing.negative)
            with self._residents.part(part) as encoder:
                wear(encoder, part, loras, self._checkpoint)
                for place, chunks in enumerate(both):
                    states, sums = encode(encoder, tokenizer, chunks, skip=drawing.clip_skip, bare=bare)
                    sides[place].append(states)
                    pooled[place] = sums
        left, right = (torch.cat(side, -1) for side in sides)
        return Words(left, right, *pooled)

    def _seen(self, regions: Sequence[Region], memo: Memo) -> list[Seen]:
        """What the picture encoder makes of each picture; it is only loaded for one that it hasn't seen."""
        found = []
        vision = self._models.vision
        with ExitStack() as stack:
            encoder: list[Any] = []

            def look(region: Region, adapter: Adapter) -> Seen:
                if not encoder:
                    encoder.append(stack.enter_context(self._residents.vision()))
                matching(adapter, encoder[0])
                bare = ("nothing", vision and vision.key, adapter.detailed)
                nothing = memo.get(bare, lambda: see_nothing(encoder[0], detailed=adapter.detailed))
                return see(encoder[0], region.picture, nothing, detailed=adapter.detailed)

            for region in regions:
                with self._adapter(region) as adapter:
                    key = ("seen", vision and vision.key, adapter.detailed, picture_key(region.picture))
                    found.append(memo.get(key, lambda: look(region, adapter)))  # noqa: B023
        return found

    def _shown(self, drawing: Drawing, seen: Sequence[Seen], stack: ExitStack) -> list[Shown]:
        height, width = drawing.height, drawing.width
        if drawing.mask is not None and drawing.padding is not None and drawing.picture is not None:
            height, width = drawing.picture.shape[:2]
        parts = shares(drawing.regions, height, width)
        return [
            Shown(region, what, stack.enter_context(self._adapter(region)), part)
            for region, what, part in zip(drawing.regions, seen, parts, strict=True)
        ]

    def _adapter(self, region: Region) -> AbstractContextManager[Adapter]:
        style = self._models.style_adapter
        source = style if region.mask is None and style else self._models.adapter
        assert source is not None, "check_drawing has seen to it"
        return self._residents.adapter(source)

    def _tell(self, saved: list[str], name: str) -> None:
        saved.append(name)
        self._run.note(f"diffusion.memory_{name}")

    def _forget(self, drawing: Drawing) -> None:
        """Networks with hooks on them leave after this drawing, and are loaded anew for the next."""
        if self._run.memory is not None:
            nets = [self._residents.control_key(control.net) for control in drawing.controls]
            for key in (self._residents.part_key("unet"), self._residents.part_key("vae"), *nets):
                self._run.memory.unload(key)
