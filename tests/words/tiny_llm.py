"""A tiny instruct model, made by the real classes, with the files of a published one: Qwen3 1.7B, with its weights in two parts."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from engines.words.llm_texts import FOLDER

END, START, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
VOCABULARY, ROWS = 700, 768
"""The published ones, too, have more rows than tokens."""
CONTEXT = 6144
PART = 150_000
TEMPLATE = """{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\n\n</think>\n\n' }}
{%- endif %}
{%- endif %}"""


def make(folder: Path) -> Path:
    """Knows nothing: what it says is chance."""
    folder.mkdir()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    _tokenizer().save_pretrained(folder)
    (folder / "chat_template.jinja").unlink()
    settings = folder / "tokenizer_config.json"  # where the published one has its template
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "chat_template": TEMPLATE}))
    model = Qwen3ForCausalLM(_config())
    model.generation_config.update(eos_token_id=[2, 0], pad_token_id=0, do_sample=True, top_k=20, top_p=0.8)
    model.to(torch.bfloat16).save_pretrained(folder, max_shard_size=PART)
    return folder


def teach(folder: Path, messages: Sequence[dict[str, str]], answer: str, steps: int = 90) -> None:
    """It answers these messages with this from now on."""
    tokens = AutoTokenizer.from_pretrained(folder)
    asked = tokens.apply_chat_template(messages, add_generation_prompt=True, enable_thinking=False)["input_ids"]
    said = [*tokens(answer)["input_ids"], tokens.eos_token_id]
    model = Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32)
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    words = torch.tensor([[*asked, *said]])
    labels = torch.tensor([[-100] * len(asked) + said])
    for _ in range(steps):
        loss = model(input_ids=words, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.to(torch.bfloat16).save_pretrained(folder, max_shard_size=PART)


def _tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END, START, STOP],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    words.train_from_iterator([file.read_text() for file in sorted(FOLDER.glob("*.md"))], trainer)
    tokens = PreTrainedTokenizerFast(tokenizer_object=words, eos_token=STOP, pad_token=END)
    tokens.chat_template = TEMPLATE
    return tokens


def _config() -> Qwen3Config:
    return Qwen3Config(
        vocab_size=ROWS, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=32, max_position_embeddings=CONTEXT, tie_word_embeddings=True,
        eos_token_id=2, pad_token_id=0, bos_token_id=None,
    )  # fmt: skip
