"""Outlines by Segment Anything networks of the transformers library, from files on disk alone (SAM: Kirillov et al. 2023; SAM 2: Ravi
et al. 2024).
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.memo import Memo
from engines.vision.pick.hints import Hints
from studio.errors import Unavailable

KINDS = {"sam": "SamModel", "sam2": "Sam2Model", "sam2_video": "Sam2Model"}
"""Kinds of networks by the name that their config gives, and the classes that read them."""
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SPREAD = np.array([0.229, 0.224, 0.225], np.float32)
REMEMBERED = 4
"""Pictures whose features are kept: up to 16 MB each."""
SURE = 8.0
"""The logit that a mask given to the network says it with."""
PROMPT_SIDE = 4
"""Pixels of a given mask in one of the features' places, along a side."""


class Sam:
    """Where something is in a picture. What the network sees of a picture is worked out once for all hints to it."""

    def __init__(self, folder: Path, *, name: str, device: str = "cpu") -> None:
        """``folder`` as the transformers library saves a model. Raises Unavailable where it isn't such a network, or only a part."""
        import torch
        import transformers
        from safetensors import SafetensorError

        transformers.utils.logging.disable_progress_bar()
        try:
            kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
            model, report = getattr(transformers, KINDS[kind]).from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
            )
            if report["missing_keys"] or report["mismatched_keys"]:
                raise ValueError(f"{len(report['missing_keys']) + len(report['mismatched_keys'])} parts are missing")
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            reason = (str(error).splitlines() or [""])[0][:200]
            raise Unavailable("cutout.foreign", name=name, reason=reason) from error
        self._model: Any = model.to(device).eval()
        self._device, self._padded = device, kind == "sam"
        self._side = int(model.config.prompt_encoder_config.image_size)
        self._places = self._side // int(model.config.prompt_encoder_config.patch_size)
        self._seen = Memo(REMEMBERED)
        self.resident_bytes = sum(part.numel() * part.element_size() for part in self._model.parameters())

    def __call__(self, rgb: Bytes, hints: Hints) -> Floats:
        """float32 HxW 0..1: how likely each pixel is of the thing. ``rgb`` uint8 HxWx3."""
        import torch

        said = hints.with_points()
        with torch.inference_mode():
            features = self._seen.get(self._key(rgb), lambda: self._features(rgb))
            asked = self._asked(said)
            several = not (hints.box or hints.on is not None) and len(said.inside) + len(said.outside) == 1
            answer = self._model(image_embeddings=features, multimask_output=several, **asked)
            best = int(answer.iou_scores[0, 0].argmax())
            logits = answer.pred_masks[0, 0, best].float().cpu().numpy()
        return hints.obeyed(self._at_size(logits, rgb.shape[0], rgb.shape[1]))

    def knows(self, rgb: Bytes) -> bool:
        """Whether what is seen in this picture is still remembered."""
        return self._key(rgb) in self._seen

    def _key(self, rgb: Bytes) -> tuple[tuple[int, ...], str]:
        return rgb.shape, hashlib.blake2b(np.ascontiguousarray(rgb).data, digest_size=16).hexdigest()

    def _features(self, rgb: Bytes) -> Any:
        import torch

        height, width = self._inner(*rgb.shape[:2])
        shrinks = height < rgb.shape[0]
        small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        pixels = np.zeros((self._side, self._side, 3), np.float32)
        pixels[:height, :width] = (small.astype(np.float32) / 255 - MEAN) / SPREAD
        batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].to(self._device)
        return self._model.get_image_embeddings(batch)

    def _inner(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of a picture in what the network looks at: SAM keeps its shape, SAM 2 fills the square."""
        if not self._padded:
            return self._side, self._side
        factor = self._side / max(height, width)
        return max(round(height * factor), 1), max(round(width * factor), 1)

    def _asked(self, hints: Hints) -> dict[str, Any]:
        """The hints as the network takes them. Where points alone are known, no box is given."""
        import torch

        high, wide = self._inner(hints.height, hints.width)
        scale = np.array([wide / hints.width, high / hints.height], np.float32)
        asked: dict[str, Any] = {}
        points = [*hints.inside, *hints.outside]
        if points:
            places = (np.array(points, np.float32) + 0.5) * scale
            labels = [1] * len(hints.inside) + [0] * len(hints.outside)
            asked["input_points"] = torch.from_numpy(places)[None, None].to(self._device)
            asked["input_labels"] = torch.tensor(labels, device=self._device)[None, None]
        if hints.box or hints.rough is not None or not hints.inside:
            corners = np.array(hints.framed, np.float32).reshape(2, 2) * scale
            asked["input_boxes"] = torch.from_numpy(corners.reshape(1, 1, 4)).to(self._device)
        if hints.rough is not None:
            asked["input_masks"] = self._rough(hints.rough)
        return asked

    def _rough(self, rough: Floats) -> Any:
        import torch

        side = self._places * PROMPT_SIDE
        high, wide = self._inner(*rough.shape)
        small = np.zeros((side, side), np.float32)
        high, wide = max(round(high * side / self._side), 1), max(round(wide * side / self._side), 1)
        small[:high, :wide] = cv2.resize(rough, (wide, high), interpolation=cv2.INTER_AREA)
        return torch.from_numpy((2 * small - 1) * SURE)[None, None].to(self._device)

    def _at_size(self, logits: Floats, height: int, width: int) -> Floats:
        high, wide = self._inner(height, width)
        whole = cv2.resize(logits, (self._side, self._side), interpolation=cv2.INTER_LINEAR)[:high, :wide]
        large = cv2.resize(whole, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(1 / (1 + np.exp(-np.clip(large, -30, 30))), np.float32)
