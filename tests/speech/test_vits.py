"""A trained voice in a process of its own, on a tiny network of the real class in the real layout."""

import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from engines.speak.trained import run as speak
from engines.speech.narrate import narrate
from engines.speech.segment import Segment
from engines.speech.vits import Vits, checked
from studio.errors import BadInput
from studio.run import Run
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.speak import SpeakRequest

LETTERS = " abcdefghijklmnopqrstuvwxyz'"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import VitsConfig, VitsModel, VitsTokenizer

    made = tmp_path_factory.mktemp("voice") / "tiny"
    made.mkdir()
    symbols = {"<pad>": 0, **{letter: number for number, letter in enumerate(LETTERS, 1)}, "<unk>": len(LETTERS) + 1}
    vocabulary = made / "symbols.json"
    vocabulary.write_text(json.dumps(symbols))
    tokenizer = VitsTokenizer(str(vocabulary), language="eng", is_uroman=False, phonemize=False)
    torch.manual_seed(0)
    network = VitsModel(
        VitsConfig(
            vocab_size=len(symbols), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=32, flow_size=16,
            spectrogram_bins=33, upsample_initial_channel=32, upsample_rates=[8, 8], upsample_kernel_sizes=[16, 16],
            resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1]], prior_encoder_num_flows=1, posterior_encoder_num_wavenet_layers=1,
            prior_encoder_num_wavenet_layers=1, duration_predictor_num_flows=1, depth_separable_num_layers=1,
            sampling_rate=16000,
        )
    )  # fmt: skip
    network.save_pretrained(made)
    tokenizer.save_pretrained(made)
    return made


def test_it_speaks_the_same_each_time_and_gives_its_memory_back(folder: Path) -> None:
    voice = Vits(folder, "tiny")
    segments = [Segment("hello there", "en", pause_ms=100), Segment("and good night", "en")]
    whole, again = (np.concatenate([part.samples for part in narrate(segments, voice.speak)]) for _ in range(2))
    np.testing.assert_array_equal(whole, again)
    parts = [voice.speak(segment) for segment in segments]
    assert all(part.rate == 16000 and len(part.samples) > 0 and np.abs(part.samples).max() <= 1 for part in parts)
    assert len(whole) == sum(len(part.samples) for part in parts) + 1600
    assert len(voice.speak(Segment("\u4f60", "zh")).samples) >= 0
    pid = voice.pid
    assert pid is not None
    assert voice.resident_bytes > 1000
    del voice
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"config.json": None}, "no_file"),
        ({"vocab.json": None}, "no_file"),
        ({"model.safetensors": None}, "no_file"),
        ({"config.json": {"sampling_rate": 3}}, "bad_rate"),
        ({"config.json": {"sampling_rate": "fast"}}, "bad_rate"),
        ({"config.json": {"vocab_size": 5}}, "symbols"),
        ({"config.json": {"model_type": "bert"}}, "other_model"),
        ({"config.json": "{"}, "no_file"),
    ],
)
def test_what_does_not_belong_together_is_told(
    folder: Path, tmp_path: Path, change: dict[str, object], key: str
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    for name, new in change.items():
        file = broken / name
        if new is None:
            file.unlink()
        elif isinstance(new, dict):
            file.write_text(json.dumps({**json.loads(file.read_text()), **new}))
        else:
            file.write_text(str(new))
    with pytest.raises(BadInput) as told:
        checked(broken)
    assert told.value.key == f"speech.{key}"
    assert "{" not in str(told.value)


def test_a_card_speaks_in_place_of_the_voice(folder: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", device="cpu")
    with closing(Studio(settings)) as studio:
        for name in ("config.json", "vocab.json", "tokenizer_config.json", "model.safetensors"):
            studio.cards.import_file("own-voice", folder / name)
        run = Run.local(tmp_path / "work", tmp_path / "out", memory=studio.memory, cards=studio.cards, seed=1)
        result = speak(SpeakRequest(text="Hello there. It is 5 o'clock.", model="own-voice"), run)
        assert result.sentences == 2
        assert result.length > 0.2
        assert "own-voice" in [item.key for item in studio.memory.resident()]
        assert next(item for item in studio.memory.resident() if item.key == "own-voice").bytes > 1000
        assert studio.memory.unload("own-voice")
