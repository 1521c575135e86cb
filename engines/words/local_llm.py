"""A language model on this machine, through the transformers library, from files on disk alone.

It speaks as a server does (``Client.chat``). Where a schema is asked for, only tokens are chosen with which the answer can still
become JSON of that schema, and what can't be otherwise isn't asked of the model at all.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engines.arrays import Floats
from engines.words.llm_client import Message, Tick
from engines.words.llm_sample import Guide, pick
from engines.words.llm_stream import Answer
from studio.errors import LimitReached, Unavailable
from studio.machine_memory import total_bytes

MOST_TOKENS = 4096
"""Of one answer."""
LEAST_TOKENS = 256
AT_ONCE = {"cpu": 32, "cuda": 1024}
"""Tokens of a question that are read between two looks at the caller's tick."""
SHARE = 0.4
"""Of the machine's memory may be the weights in full precision; else they stay in half of it."""
NO_THOUGHTS = {"enable_thinking": False}


class LocalModel:
    """Answers messages. The same messages, seed and settings give the same answer on the same machine."""

    url = ""
    held = True

    def __init__(self, folder: Path, *, name: str, device: str = "cpu") -> None:
        """``folder`` as the transformers library saves a model and its tokenizer. Raises Unavailable where it isn't one."""
        import llguidance.hf
        from safetensors import SafetensorError
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            if not self._tokenizer.chat_template:
                raise ValueError("no chat template")
            model: Any = AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=_precision(folder, device)
            )
            self._tokens: Any = llguidance.hf.from_tokenizer(self._tokenizer, n_vocab=int(model.config.vocab_size))
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise Unavailable("instruct.foreign", name=name, reason=str(error).splitlines()[0][:200]) from error
        self._model = model.to(device).eval()
        self._name, self._device = name, device
        self._context = int(getattr(model.config, "max_position_embeddings", 0) or MOST_TOKENS)
        settings = model.generation_config
        self._most, self._mass = int(settings.top_k or 0), float(settings.top_p or 1.0)
        self._ends = _ends(settings.eos_token_id, self._tokenizer.eos_token_id)
        self.resident_bytes = sum(part.numel() * part.element_size() for part in model.parameters())

    def chat(self, messages: Sequence[Message], tick: Tick, **more: Any) -> Answer:
        """One answer; ``more`` are ``seed``, ``temperature`` and ``response_format`` as servers take them, whatever else there is
        is left out. ``tick`` is called at least with every token.

        Raises Unavailable for pictures, LimitReached for what is too long, and whatever ``tick`` raises.
        """
        import torch

        asked = self._asked(messages)
        room = min(MOST_TOKENS, self._context - len(asked))
        if room < LEAST_TOKENS:
            raise LimitReached("llm.context", model=self._name)
        schema = (more.get("response_format") or {}).get("json_schema", {}).get("schema")
        talk = _Talk(self, asked, room, Guide(self._tokens, schema) if schema else None)
        chance = np.random.Generator(np.random.Philox(int(more.get("seed", 0))))
        with torch.inference_mode():
            text = talk.text(chance, float(more.get("temperature", 1.0)), tick)
        return Answer(text, self._name, len(asked), talk.said)

    def read(self, tokens: Sequence[int], past: Any, tick: Tick, said: str = "") -> tuple[Floats, Any]:
        """How likely each token comes after these (float32 V), and what is known from now on."""
        import torch

        step = AT_ONCE[self._device.split(":")[0]]
        for start in range(0, len(tokens), step):
            tick(len(said), said)
            part = torch.tensor([tokens[start : start + step]], device=self._device)
            found = self._model(input_ids=part, past_key_values=past, use_cache=True, logits_to_keep=1)
            past = found.past_key_values
        return found.logits[0, -1].float().cpu().numpy(), past

    def choose(self, scores: Floats, chance: np.random.Generator, temperature: float) -> int:
        return pick(scores, chance, temperature, self._most, self._mass)

    def ends(self, token: int) -> bool:
        return token in self._ends

    def stream(self) -> "_Text":
        return _Text(self._tokenizer.backend_tokenizer)

    def _asked(self, messages: Sequence[Message]) -> list[int]:
        from jinja2 import TemplateError

        if any(not isinstance(message["content"], str) for message in messages):
            raise Unavailable("instruct.blind", name=self._name)
        try:
            found = self._tokenizer.apply_chat_template(
                [dict(message) for message in messages], add_generation_prompt=True, return_dict=True, **NO_THOUGHTS
            )
        except TemplateError as error:
            raise Unavailable("instruct.foreign", name=self._name, reason=str(error)[:200]) from error
        return list(found["input_ids"])


class _Talk:
    """One answer as it grows; ``said`` counts its tokens."""

    def __init__(self, model: LocalModel, asked: Sequence[int], room: int, guide: Guide | None) -> None:
        self._model, self._asked, self._room, self._guide = model, asked, room, guide
        self.said = 0

    def text(self, chance: np.random.Generator, temperature: float, tick: Tick) -> str:
        text = self._model.stream()
        new = self._guide.begin() if self._guide else []
        scores, past = self._model.read([*self._asked, *new], None, tick)
        self._grow(text, new)
        while self.said < self._room:
            tick(len(text.said), text.said)
            if self._guide:
                scores = np.where(self._guide.allowed(), scores, -np.inf)
            token = self._model.choose(scores, chance, temperature)
            if self._model.ends(token):
                return text.said
            new = [token, *(self._guide.take(token) if self._guide else ())]
            self._grow(text, new)
            if self._guide and self._guide.over:
                return text.said
            scores, past = self._model.read(new, past, tick, text.said)
        raise LimitReached("llm.length")

    def _grow(self, text: "_Text", tokens: Sequence[int]) -> None:
        self.said += len(tokens)
        for token in tokens:
            text.add(token)


class _Text:
    """Tokens as text; a letter of which a part is there yet waits for its rest."""

    def __init__(self, tokenizer: Any) -> None:
        from tokenizers.decoders import DecodeStream

        self._tokenizer, self._stream = tokenizer, DecodeStream(skip_special_tokens=True)
        self.said = ""

    def add(self, token: int) -> None:
        self.said += self._stream.step(self._tokenizer, token) or ""


def _precision(folder: Path, device: str) -> Any:
    """What the weights are computed in: half precision on a graphics card, and where full precision takes too much memory."""
    import torch

    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    halves = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return torch.float32 if 2 * halves <= SHARE * total_bytes("cpu") else torch.bfloat16


def _ends(*known: int | Sequence[int] | None) -> frozenset[int]:
    """The tokens that end an answer, from settings that name one, several or none."""
    found: set[int] = set()
    for tokens in known:
        found |= {tokens} if isinstance(tokens, int) else set(tokens or ())
    return frozenset(found)
