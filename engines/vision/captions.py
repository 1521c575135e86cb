"""Captions by a picture-to-text network of the transformers library, from files on disk alone."""

from pathlib import Path
from typing import Any

import numpy as np

from engines.arrays import Bytes
from studio.errors import Unavailable

BEAMS = 3
WORDS = 60
NOT_TWICE = 3
"""No run of so many words comes twice in a caption."""


class Captioner:
    """Words for a picture. The same picture gives the same words: beams, no chance (BLIP: Li et al. 2022; Florence-2: Xiao et al.
    2023).
    """

    def __init__(self, folder: Path, *, device: str = "cpu", words: int = WORDS, ask: str = "") -> None:
        """``folder`` as the transformers library saves a model and its processor; ``ask`` is how the network is asked, for one
        that does several things. Raises Unavailable where it isn't such a network.
        """
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModelForImageTextToText, AutoProcessor
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            self._processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True)
            model: Any = AutoModelForImageTextToText.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise Unavailable("describe.foreign", name=folder.name, reason=str(error).splitlines()[0][:200]) from error
        self._model = model.to(device).eval()
        self._device, self._words, self._asked = device, words, {"text": ask} if ask else {}
        self.resident_bytes = sum(part.numel() * part.element_size() for part in self._model.parameters())

    def __call__(self, rgb: Bytes) -> str:
        """``rgb`` uint8 HxWx3. The network's own words, unchanged."""
        import torch

        with torch.inference_mode():
            inputs = self._processor(
                images=np.array(rgb), **self._asked, return_tensors="pt", input_data_format="channels_last"
            ).to(self._device)
            words = self._model.generate(
                **inputs, max_new_tokens=self._words, num_beams=BEAMS, do_sample=False, no_repeat_ngram_size=NOT_TWICE
            )
        return str(self._processor.batch_decode(words, skip_special_tokens=True)[0]).strip()
