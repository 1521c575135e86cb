"""Finds by meaning: frames and sentences in one space, by an open_clip network, from files on disk alone (CLIP: Radford et al. 2021)."""

import json
import tomllib
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from engines.arrays import Bytes, Floats
from engines.retrieval.encoder import Description, Question
from studio.errors import Unavailable
from studio.paths import ASSETS

CONFIG = "open_clip_config.json"
TOKENS = ("tokenizer.json", "tokenizer_config.json")
BATCH = 32
WORDS, PICTURE = "words", "picture"
MARGIN = 0.02
LIKE, STEEP = 0.85, 30.0
"""Reasoned, not measured: frames of one scene are more alike than 0.85 in published networks, and words that fit are nearer than neutral
ones by some hundredths, which the network's own scale multiplies."""
DOUBT = 1e-6
LESS = 0.5
GONE = np.ones(1, np.float32).tobytes()
"""For a frame that was just removed: nothing is nearer to it than neutral words."""


class ClipEncoder:
    """Two rows a frame: the two squares, or halves, at the ends of its longer side, so that nothing is cut off."""

    rows = 2

    def __init__(self, folder: Path, *, name: str, version: str, device: str = "cpu") -> None:
        """``folder`` as open_clip publishes a model; ``version`` tells its weights from others. Half precision on a GPU.
        Raises Unavailable where it isn't such a folder, or where it would need other files.
        """
        import open_clip
        from safetensors import SafetensorError

        try:
            words = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["model_cfg"]["text_cfg"]
            own_words = any((folder / file).is_file() for file in TOKENS)
            if "hf_model_name" in words or ("hf_tokenizer_name" in words and not own_words):
                raise ValueError("its words are in files of another model")
            self._half = device != "cpu"
            precision = "fp16" if self._half else "fp32"
            model = open_clip.create_model(f"local-dir:{folder}", device=device, precision=precision)
            self._tokens: Any = open_clip.get_tokenizer(f"local-dir:{folder}")
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise Unavailable("search.foreign", name=name, reason=str(error).splitlines()[0][:200]) from error
        self.name, self.version = name, version
        self._device = device
        self._model: Any = model.eval()
        side = model.visual.image_size
        self.side = side[0] if isinstance(side, tuple | list) else int(side)
        self._mean, self._spread = model.visual.image_mean, model.visual.image_std
        self._scale = float(model.logit_scale.detach().exp())
        self.resident_bytes = sum(part.numel() * part.element_size() for part in model.parameters())
        self._neutral = self._said(templates()["neutral"])
        self.dim = len(self._neutral)

    def describe(self, frames: Sequence[Bytes]) -> list[Description]:
        """The same frame gives the same numbers but for the last bits, whatever is beside it."""
        vectors = self._seen(frames)
        nearness = (vectors @ self._neutral).max(axis=1).astype(np.float32)
        return [Description(rows, near.tobytes()) for rows, near in zip(vectors, nearness, strict=True)]

    def ask(self, picture: Bytes) -> Question:
        return Question(self._seen([picture])[0], PICTURE)

    def ask_words(self, words: str) -> Question:
        more, less = parted(words)
        meant = self._meant(", ".join(more)) if more else self._neutral
        for part in less:
            meant = meant - _unit(self._meant(part) - self._neutral) * np.float32(LESS)
        return Question(_unit(meant)[None], WORDS)

    def ask_both(self, picture: Bytes, words: str) -> Question:
        """Words move the picture by how they differ from neutral ones, as pictures and words lie apart."""
        moved = self._seen([picture])[0].copy()
        for texts, sign in zip(parted(words), (1, -1), strict=True):
            for text in texts:
                moved += np.float32(sign) * _unit(self._meant(text) - self._neutral)
        return Question(np.stack([_unit(row) for row in moved]), PICTURE)

    def again(self, vectors: Floats, details: Sequence[bytes]) -> Question:
        return Question(vectors.reshape(-1, self.dim), PICTURE)

    def verify(self, question: Question, details: Sequence[bytes], alike: Floats) -> Floats:
        """0..1. Words have to be nearer to a frame than neutral ones; a picture has to be near."""
        scores = alike.max(axis=1)
        if question.detail == PICTURE:
            return _chance((scores - np.float32(LIKE)) * np.float32(STEEP))
        neutral = np.array([np.frombuffer(detail or GONE, np.float32)[0] for detail in details], np.float32)
        return _chance((scores - neutral - np.float32(MARGIN)) * np.float32(self._scale))

    def sure(self, score: float) -> float:
        return float(min(max(score, 0.0), 1.0))

    def _seen(self, frames: Sequence[Bytes]) -> Floats:
        """float32 Nx2xD."""
        import torch

        out = []
        with torch.inference_mode():
            for first in range(0, len(frames), BATCH):
                alike = groupby(frames[first : first + BATCH], key=np.shape)
                views = torch.cat([self._views(np.stack(list(same))) for _, same in alike])
                out.append(self._model.encode_image(views, normalize=True).float().cpu().numpy())
        return np.asarray(np.concatenate(out).reshape(len(frames), 2, -1), np.float32)

    def _views(self, frames: Bytes) -> Any:
        """2Nx3xSxS, both ends of each frame, of frames uint8 NxHxWx3 of one size: made on the network's device, all at once."""
        import torch

        pixels = torch.from_numpy(frames).to(self._device).permute(0, 3, 1, 2).float() / 255
        height, width = frames.shape[1:3]
        side = max(min(height, width), (max(height, width) + 1) // 2)
        ends = (pixels[..., :side, :side], pixels[..., -side:, -side:])
        views = torch.stack([self._squares(end) for end in ends], dim=1).flatten(0, 1)
        mean, spread = (torch.tensor(part, device=self._device)[:, None, None] for part in (self._mean, self._spread))
        views = (views - mean) / spread
        return views.half() if self._half else views

    def _squares(self, parts: Any) -> Any:
        """Nx3xSxS with each part in the middle, on its mean colour."""
        import torch

        height, width = parts.shape[-2:]
        scale = self.side / max(height, width)
        size = max(round(height * scale), 1), max(round(width * scale), 1)
        small = torch.nn.functional.interpolate(parts, size, mode="bicubic", antialias=True).clamp(0, 1)
        squares = parts.mean(dim=(2, 3), keepdim=True).expand(-1, 3, self.side, self.side).clone()
        top, left = (self.side - size[0]) // 2, (self.side - size[1]) // 2
        squares[..., top : top + size[0], left : left + size[1]] = small
        return squares

    def _meant(self, text: str) -> Floats:
        """float32 D: words in Latin letters in several phrases, as the templates are English; others as they are."""
        return self._said([phrase.format(text) for phrase in (templates()["phrases"] if text.isascii() else ["{}"])])

    def _said(self, phrases: Sequence[str]) -> Floats:
        """float32 D of length 1: the middle of the phrases."""
        import torch

        with torch.inference_mode():
            tokens = self._tokens(list(phrases)).to(self._device)
            return _unit(self._model.encode_text(tokens, normalize=True).float().mean(dim=0).cpu().numpy())


def parted(words: str) -> tuple[list[str], list[str]]:
    """What should be shown and what shouldn't, of "at night, -person": parts between commas, those without after a minus."""
    parts = [part.strip() for part in words.split(",") if part.strip(" -−")]
    less = [part.lstrip("-− ") for part in parts if part[0] in "-−"]
    return [part for part in parts if part[0] not in "-−"], less


@cache
def templates() -> dict[str, list[str]]:
    """``phrases`` with a place for words, and ``neutral`` ones that say nothing."""
    return tomllib.loads((ASSETS / "retrieval" / "phrases.toml").read_text(encoding="utf-8"))


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), DOUBT), np.float32)


def _chance(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -60, 60))), np.float32)
