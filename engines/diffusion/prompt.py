"""Prompts of any length, with weights, as what the networks of SD 1.5 and SDXL read.

A prompt is encoded in chunks of 75 tokens, each between a start and an end of its own, as in AUTOMATIC1111's web
interface; a chunk rather ends at a comma than within a phrase. A token's weight moves its encoding away from that of the
empty prompt at the same place (ComfyUI's way, which keeps the scale of what isn't weighted).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from engines.diffusion.configs import MOST_TOKENS
from engines.words.emphasis import sections

ROOM = MOST_TOKENS - 2
BACKTRACK = 20
"""So many tokens at most are moved to the next chunk in order to end one at a comma."""


@dataclass(frozen=True)
class Chunk:
    """Up to 75 token ids and the weight of each."""

    ids: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class Words:
    """Encoded prompts as torch tensors on the CPU: ``embeds`` and ``negative`` 1 x 77 n x width; SDXL has pooled ones too,
    1 x width, None otherwise.
    """

    embeds: Any
    negative: Any
    pooled: Any = None
    negative_pooled: Any = None

    def arguments(self, device: str, dtype: Any, *, guided: bool) -> dict[str, Any]:
        """Named as the pipelines want them; without the negative ones where nothing guides by them."""
        wanted = {"prompt_embeds": self.embeds}
        if self.pooled is not None:
            wanted["pooled_prompt_embeds"] = self.pooled
        if guided:
            wanted["negative_prompt_embeds"] = self.negative
            if self.negative_pooled is not None:
                wanted["negative_pooled_prompt_embeds"] = self.negative_pooled
        return {name: value.to(device, dtype) for name, value in wanted.items()}


def chunks(tokenizer: Any, prompt: str) -> list[Chunk]:
    """A prompt's chunks; at least one, which may be empty."""
    comma = tokenizer.convert_tokens_to_ids(",</w>")
    found: list[Chunk] = []
    for section in sections(prompt):
        tokens = [
            (int(number), weight)
            for text, weight in section
            for number in tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids
        ]
        found += _cut(tokens, comma)
    return found or [Chunk()]


def token_count(tokenizer: Any, prompt: str) -> int:
    """Tokens of a prompt, without starts and ends."""
    return sum(len(chunk.ids) for chunk in chunks(tokenizer, prompt))


def paired(tokenizer: Any, prompt: str, negative: str) -> tuple[list[Chunk], list[Chunk]]:
    """Chunks of both prompts, the shorter one filled up with empty ones."""
    both = zip_longest(chunks(tokenizer, prompt), chunks(tokenizer, negative), fillvalue=Chunk())
    left, right = zip(*both, strict=True)
    return list(left), list(right)


def encode(
    encoder: Any, tokenizer: Any, parts: Sequence[Chunk], *, skip: int = 0, bare: bool = False
) -> tuple[Any, Any]:
    """What one text encoder makes of the chunks: 1 x 77 n x width, and its pooled output of the first, 1 x width or None.

    ``skip`` is the number of last layers left out. ``bare`` is SDXL's way: one layer less, and no norm behind it.
    """
    import torch

    weighted = any(weight != 1 for part in parts for weight in part.weights)
    rows = [_row(tokenizer, part) for part in ([*parts, Chunk()] if weighted else parts)]
    ids = torch.tensor(rows, device=encoder.device)
    with torch.no_grad():
        out = encoder(ids, output_hidden_states=True)
        states = _layer(encoder, out, skip, bare)
        if weighted:
            states = _weigh(states[:-1], states[-1:], parts)
    pooled = getattr(out, "text_embeds", None)
    return states.reshape(1, -1, states.shape[-1]).cpu(), None if pooled is None else pooled[:1].cpu()


def _layer(encoder: Any, out: Any, skip: int, bare: bool) -> Any:
    if bare:
        return out.hidden_states[-2 - skip]
    if not skip:
        return out.last_hidden_state
    return getattr(encoder, "text_model", encoder).final_layer_norm(out.hidden_states[-1 - skip])


def _weigh(states: Any, empty: Any, parts: Sequence[Chunk]) -> Any:
    """Moved from the empty prompt's states by each token's weight; a weight of 1 changes no bit."""
    import torch

    rows = [[1.0, *part.weights, *[1.0] * (MOST_TOKENS - 1 - len(part.weights))] for part in parts]
    weights = torch.tensor(rows, device=states.device, dtype=states.dtype).unsqueeze(-1)
    return torch.where(weights == 1, states, empty + (states - empty) * weights)


def _row(tokenizer: Any, part: Chunk) -> list[int]:
    row = [tokenizer.bos_token_id, *part.ids, tokenizer.eos_token_id]
    return row + [tokenizer.pad_token_id] * (MOST_TOKENS - len(row))


def _cut(tokens: list[tuple[int, float]], comma: int) -> list[Chunk]:
    found, at = [], 0
    while at < len(tokens):
        end = min(at + ROOM, len(tokens))
        if end < len(tokens) and tokens[end][0] != comma:
            commas = [place for place in range(max(at, end - BACKTRACK), end) if tokens[place][0] == comma]
            end = commas[-1] + 1 if commas else end
        found.append(Chunk(*map(tuple, zip(*tokens[at:end], strict=True))))
        at = end
    return found
