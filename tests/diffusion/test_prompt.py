"""Our encoder says what the pipelines' own says, and more."""

from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

from engines.diffusion.configs import tokenizer
from engines.diffusion.prompt import Chunk, chunks, encode, paired, token_count
from tests.diffusion.conftest import Zoo

SHORT = "1girl, silver hair, (looking at viewer"
LONG = ", ".join(f"detail number {number} of the armour" for number in range(22))


@pytest.fixture(scope="module")
def sd15(zoo: Zoo) -> Any:
    return StableDiffusionPipeline.from_pretrained(zoo.sd15, local_files_only=True)


@pytest.fixture(scope="module")
def sdxl(zoo: Zoo) -> Any:
    return StableDiffusionXLPipeline.from_pretrained(zoo.sdxl, local_files_only=True)


def ours(pipe: Any, prompt: str, **more: Any) -> Any:
    return encode(pipe.text_encoder, pipe.tokenizer, chunks(pipe.tokenizer, prompt), **more)[0]


def test_a_short_prompt_is_encoded_as_the_pipeline_does_it(sd15: Any) -> None:
    theirs, negative = sd15.encode_prompt(SHORT, "cpu", 1, True, negative_prompt="bad hands")
    assert torch.allclose(ours(sd15, SHORT), theirs, atol=1e-6)
    assert torch.allclose(ours(sd15, "bad hands"), negative, atol=1e-6)
    assert torch.allclose(ours(sd15, ""), sd15.encode_prompt("", "cpu", 1, False)[0], atol=1e-6)


def test_both_encoders_of_sdxl_and_the_pooled_output(sdxl: Any) -> None:
    for skip in (0, 1):
        theirs, _, pooled, _ = sdxl.encode_prompt(SHORT, None, "cpu", 1, False, clip_skip=skip)
        found = []
        for encoder, words in ((sdxl.text_encoder, sdxl.tokenizer), (sdxl.text_encoder_2, sdxl.tokenizer_2)):
            found.append(encode(encoder, words, chunks(words, SHORT), skip=skip, bare=True))
        assert torch.allclose(torch.cat([found[0][0], found[1][0]], -1), theirs, atol=1e-6)
        assert torch.allclose(found[1][1], pooled, atol=1e-6)


def test_layers_are_skipped_in_sd15(sd15: Any) -> None:
    ids = torch.tensor([sd15.tokenizer(SHORT, padding="max_length", max_length=77).input_ids])
    with torch.no_grad():
        states = sd15.text_encoder(ids, output_hidden_states=True).hidden_states
        for skip in (1, 2):
            theirs = sd15.text_encoder.final_layer_norm(states[-1 - skip])
            assert torch.allclose(ours(sd15, SHORT, skip=skip), theirs, atol=1e-6)
    assert not torch.allclose(ours(sd15, SHORT, skip=1), ours(sd15, SHORT), atol=0.1)


def test_weights_move_their_words_most(sd15: Any) -> None:
    plain, heavy = ours(sd15, "a red hat"), ours(sd15, "a (red:1.5) hat")
    assert torch.equal(plain[:, [0, 1, 3, 4]], heavy[:, [0, 1, 3, 4]])
    assert (plain[:, 2] - heavy[:, 2]).abs().mean() > 0.1
    empty = ours(sd15, "")
    assert torch.allclose(ours(sd15, "a (red:0) hat")[:, 2], empty[:, 2], atol=1e-6)


def test_words_behind_the_77th_token_count(sd15: Any) -> None:
    assert token_count(sd15.tokenizer, LONG) > 2 * 75
    one, other = ours(sd15, LONG), ours(sd15, LONG + ", blue cape")
    assert one.shape == other.shape == (1, 77 * 3, 32)
    assert torch.equal(one[:, :154], other[:, :154])
    assert (one[:, 154:] - other[:, 154:]).abs().mean() > 0.01


def test_chunks_end_at_commas_and_breaks() -> None:
    words = tokenizer()
    found = chunks(words, LONG)
    comma = words.convert_tokens_to_ids(",</w>")
    assert all(chunk.ids[-1] == comma for chunk in found[:-1])
    assert all(len(chunk.ids) <= 75 for chunk in found)
    together = [number for chunk in found for number in chunk.ids]
    assert together == words(LONG, add_special_tokens=False).input_ids
    assert [len(chunk.ids) for chunk in chunks(words, "a cat BREAK a dog")] == [2, 2]
    assert chunks(words, "") == [Chunk()]
    endless = chunks(words, "cat " * 100)
    assert [len(chunk.ids) for chunk in endless] == [75, 25]


def test_both_prompts_get_as_many_chunks() -> None:
    left, right = paired(tokenizer(), LONG, "bad")
    assert len(left) == len(right) == 3
    assert right[1:] == [Chunk(), Chunk()]
