"""Pictures and words in one space, by an open_clip network, from files on disk alone (CLIP: Radford et al. 2021)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engines.arrays import Bytes, Floats
from studio.errors import Unavailable

CONFIG = "open_clip_config.json"


class Clip:
    """The nearer a picture and a phrase are, the better the phrase says what the picture shows. ``scale`` is what the network
    multiplies their nearness by (-1..1) before it compares phrases by softmax.
    """

    def __init__(self, folder: Path, *, name: str, device: str = "cpu") -> None:
        """``folder`` as open_clip publishes a model. Raises Unavailable where it isn't one, or where it would need other files."""
        import open_clip
        from safetensors import SafetensorError

        try:
            words = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["model_cfg"]["text_cfg"]
            if "hf_tokenizer_name" in words or "hf_model_name" in words:
                raise ValueError("its words are in files of another model")
            model, prepare = open_clip.create_model_from_pretrained(f"local-dir:{folder}", device=device)
            self._tokens: Any = open_clip.get_tokenizer(f"local-dir:{folder}")
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise Unavailable("ranker.foreign", name=name, reason=str(error).splitlines()[0][:200]) from error
        self._model: Any = model.eval()
        self._prepare: Any = prepare
        self._device = device
        self.scale = float(model.logit_scale.detach().exp())
        self.resident_bytes = sum(part.numel() * part.element_size() for part in model.parameters())

    def picture(self, rgb: Bytes) -> Floats:
        """float32 D of length 1, from uint8 HxWx3. Nothing is cut off: the picture is laid on a square of its mean colour."""
        import torch

        with torch.inference_mode():
            pixels = self._prepare(Image.fromarray(squared(rgb)))[None].to(self._device)
            return np.asarray(self._model.encode_image(pixels, normalize=True)[0].float().cpu().numpy())

    def phrases(self, phrases: Sequence[str]) -> Floats:
        """float32 NxD of length 1; a phrase beyond the network's length is cut."""
        import torch

        with torch.inference_mode():
            tokens = self._tokens(list(phrases)).to(self._device)
            return np.asarray(self._meant(tokens).float().cpu().numpy())

    def _meant(self, tokens: Any) -> Any:
        """What ``encode_text`` gives, without the places behind the last word of all: each place sees only those before it, so that
        they change nothing, and they are four of five.
        """
        import open_clip
        import torch

        model = self._model
        usual = isinstance(model, open_clip.CLIP) and isinstance(model.text_projection, torch.nn.Parameter)
        if not usual or model.text_pool_type != "argmax" or model.attn_mask is None:
            return model.encode_text(tokens, normalize=True)
        ends = tokens.argmax(dim=1)
        size = int(ends.max()) + 1
        places = model.token_embedding(tokens[:, :size]) + model.positional_embedding[:size]
        seen = model.ln_final(model.transformer(places, attn_mask=model.attn_mask[:size, :size]))
        last = seen[torch.arange(len(ends), device=ends.device), ends]
        return torch.nn.functional.normalize(last @ model.text_projection, dim=-1)


def squared(rgb: Bytes) -> Bytes:
    """uint8 SxSx3 with the picture in the middle."""
    height, width = rgb.shape[:2]
    side = max(height, width)
    if height == width:
        return rgb
    square = np.empty((side, side, 3), np.uint8)
    square[:] = rgb.reshape(-1, 3).mean(axis=0).round().astype(np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = rgb
    return square
