"""The networks of a drawing as residents of their own: shared by all drawings, each with its bytes, each free to leave."""

from contextlib import AbstractContextManager
from typing import Any

from engines.diffusion.adapter import Adapter, load_adapter, load_vision
from engines.diffusion.checkpoint import Checkpoint
from engines.diffusion.controls import Source, load_control, weights_file
from engines.diffusion.drawing import Models
from engines.diffusion.preview import Colours, Tiny, fit_colours
from engines.memo import Memo
from studio.errors import BadInput
from studio.run import Run


class Residents:
    """Leases of networks: each method gives a context in which one stays."""

    def __init__(self, run: Run, models: Models, checkpoint: Checkpoint) -> None:
        self._run = run
        self._models = models
        self._checkpoint = checkpoint

    @property
    def dtype(self) -> Any:
        """Half precision on a graphics card, single on the processor."""
        import torch

        return torch.float32 if self._run.device == "cpu" else torch.float16

    def part_key(self, part: str) -> str:
        """Under which a network of the model stays in memory: a VAE of one's own isn't the model's."""
        source = self._models.vae if part == "vae" and self._models.vae else self._models.base
        return f"{source.key}/{part}"

    def part(self, part: str) -> AbstractContextManager[Any]:
        """A network of the model."""
        return self._run.model(
            self.part_key(part),
            lambda: self._checkpoint.load(part, self._run.device, self.dtype),
            expect=self._checkpoint.bytes_of(part),
        )

    def tokenizers(self) -> AbstractContextManager[tuple[Any, ...]]:
        """One for each text encoder."""
        return self._run.model(f"{self._models.base.key}/tokenizers", self._checkpoint.tokenizers)

    def memo(self) -> AbstractContextManager[Memo]:
        """What is known of the model's prompts and pictures."""
        return self._run.model(f"{self._models.base.key}/memo", Memo)

    def adapter(self, source: Source) -> AbstractContextManager[Adapter]:
        family, device = self._checkpoint.family, self._run.device
        return self._run.model(
            f"{source.key}/{family.name}",
            lambda: load_adapter(source.path, family, device, self.dtype),
            expect=_size(source),
        )

    def vision(self) -> AbstractContextManager[Any]:
        """The picture encoder."""
        source = self._models.vision
        if source is None:
            raise BadInput("diffusion.no_adapter")
        return self._run.model(
            f"{source.key}/vision", lambda: load_vision(source.path, self._run.device, self.dtype), expect=_size(source)
        )

    def control_key(self, source: Source) -> str:
        return f"{source.key}/control"

    def control(self, source: Source) -> AbstractContextManager[Any]:
        family, device, configs = self._checkpoint.family, self._run.device, self._models.configs
        return self._run.model(
            self.control_key(source),
            lambda: load_control(source.path, family, device, self.dtype, configs),
            expect=_size(source),
        )

    def colours(self, vae: Any) -> AbstractContextManager[Colours | Tiny]:
        """What previews are decoded with: the small decoder where there is one, else a matrix found for the VAE."""
        source = self._models.tiny_vae
        if source is not None:
            return self._run.model(f"{source.key}/tiny", lambda: Tiny(self._tiny(source)))
        return self._run.model(f"{self.part_key('vae')} colours", lambda: fit_colours(vae))

    def _tiny(self, source: Source) -> Any:
        from diffusers import AutoencoderTiny

        model = AutoencoderTiny.from_pretrained(
            source.path, local_files_only=True, use_safetensors=True, torch_dtype=self.dtype
        )
        return model.to(self._run.device).eval()


def _size(source: Source) -> int:
    return weights_file(source.path).stat().st_size
