"""Tiny voices in the layouts of the real ones, that hum a tone for each symbol: Piper's own files, and Kokoro's and Matcha's as
sherpa-onnx reads them.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SYMBOLS = '_^$ ;:,.!?—…"()“”abcdefghijklmnopqrstuvwxyzæɐəɚɛɜɪʊʌʃʒθðŋɡɹɾʔˈˌːɔɑɒ'
RATE, HUM = 22050, 1024
LENGTH, FLOAT = TensorProto.INT64, TensorProto.FLOAT


def hums(count: int, size: int = HUM) -> np.ndarray:
    """A tone for each symbol, float32 (count, size)."""
    time = np.arange(size) / RATE
    tones = [np.sin(2 * np.pi * (120 + 7 * number) * time) for number in range(count)]
    return (0.3 * np.hanning(size) * tones).astype(np.float32)


def saved(
    file: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, tuple[int, Sequence[int | str]]],
    outputs: Mapping[str, Sequence[int | str]],
    constants: Mapping[str, np.ndarray],
    facts: Mapping[str, object],
) -> None:
    graph = helper.make_graph(
        list(nodes),
        "voice",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {name: str(value) for name, value in facts.items()})
    onnx.save(model, str(file))


def tokens(folder: Path) -> None:
    lines = [f"{symbol} {number}" for number, symbol in enumerate(SYMBOLS)]
    (folder / "tokens.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def piper(folder: Path, *, rate: int = RATE, symbols: int = len(SYMBOLS)) -> None:
    """``model.onnx`` and ``model.onnx.json`` as Piper's trainer exports them."""
    nodes = [
        helper.make_node("Gather", ["enc_p.emb.weight", "input"], ["hummed"], axis=0),
        helper.make_node("Reshape", ["hummed", "row"], ["tone"]),
        helper.make_node("Slice", ["scales", "one", "two"], ["slow"]),
        helper.make_node("Concat", ["ones", "slow"], ["factors"], axis=0),
        helper.make_node("Resize", ["tone", "", "factors"], ["output"], mode="linear"),
    ]
    inputs = {"input": (LENGTH, [1, "n"]), "input_lengths": (LENGTH, [1]), "scales": (FLOAT, [3])}
    constants = {
        "enc_p.emb.weight": hums(symbols), "row": np.array([1, 1, -1]), "one": np.array([1]), "two": np.array([2]),
        "ones": np.ones(2, np.float32),
    }  # fmt: skip
    saved(folder / "model.onnx", nodes, inputs, {"output": [1, 1, "m"]}, constants, {})
    config = {
        "audio": {"sample_rate": rate, "quality": "tiny"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(SYMBOLS)},
        "num_symbols": symbols,
        "num_speakers": 1,
        "speaker_id_map": {},
        "language": {"code": "en_US", "family": "en", "name_english": "English"},
    }
    (folder / "model.onnx.json").write_text(json.dumps(config), encoding="utf-8")


def kokoro(folder: Path, *, rate: int = 24000, speakers: Sequence[str] = ("af_one", "am_two")) -> None:
    """``model.onnx``, ``voices.bin`` and ``tokens.txt`` as sherpa-onnx exports Kokoro."""
    nodes = [
        helper.make_node("Gather", ["hums", "tokens"], ["hummed"], axis=0),
        helper.make_node("Reshape", ["hummed", "row"], ["tone"]),
        helper.make_node("ReduceMean", ["style"], ["louder"], axes=[0, 1], keepdims=0),
        helper.make_node("Mul", ["tone", "louder"], ["styled"]),
        helper.make_node("Div", ["unit", "speed"], ["slow"]),
        helper.make_node("Concat", ["ones", "slow"], ["factors"], axis=0),
        helper.make_node("Resize", ["styled", "", "factors"], ["slowed"], mode="linear"),
        helper.make_node("Reshape", ["slowed", "flat"], ["audio"]),
    ]
    inputs = {"tokens": (LENGTH, [1, "n"]), "style": (FLOAT, [1, 8]), "speed": (FLOAT, [1])}
    constants = {
        "hums": hums(len(SYMBOLS)), "row": np.array([1, 1, -1]), "flat": np.array([-1]), "unit": np.ones(1, np.float32),
        "ones": np.ones(2, np.float32),
    }  # fmt: skip
    facts = {
        "model_type": "kokoro", "language": "English", "has_espeak": 1, "sample_rate": rate, "version": 1,
        "voice": "en-us", "style_dim": "510,1,8", "n_speakers": len(speakers), "speaker_names": ",".join(speakers),
    }  # fmt: skip
    saved(folder / "model.onnx", nodes, inputs, {"audio": ["m"]}, constants, facts)
    styles = np.stack([np.full((510, 1, 8), 1 - 0.5 * number, np.float32) for number in range(len(speakers))])
    (folder / "voices.bin").write_bytes(styles.tobytes())
    tokens(folder)


def matcha(folder: Path, *, rate: int = RATE) -> None:
    """``model.onnx``, ``vocoder.onnx`` and ``tokens.txt`` as sherpa-onnx reads Matcha with a HiFi-GAN."""
    bands = 80
    nodes = [
        helper.make_node("Gather", ["enc_p.emb.weight", "x"], ["found"], axis=0),
        helper.make_node("Transpose", ["found"], ["mel_short"], perm=[0, 2, 1]),
        helper.make_node("Concat", ["ones", "length_scale"], ["factors"], axis=0),
        helper.make_node("Resize", ["mel_short", "", "factors"], ["mel"], mode="linear"),
    ]
    inputs = {
        "x": (LENGTH, [1, "n"]), "x_length": (LENGTH, [1]), "noise_scale": (FLOAT, [1]), "length_scale": (FLOAT, [1])
    }  # fmt: skip
    facts = {
        "model_type": "matcha-tts", "language": "English", "voice": "en-us", "has_espeak": 1, "jieba": 0, "n_speakers": 1,
        "sample_rate": rate, "version": 1, "pad_id": 0, "use_icefall": 0, "use_eos_bos": 1, "num_ode_steps": 3,
    }  # fmt: skip
    constants = {"enc_p.emb.weight": np.eye(len(SYMBOLS), bands, dtype=np.float32), "ones": np.ones(2, np.float32)}
    saved(folder / "model.onnx", nodes, inputs, {"mel": [1, bands, "m"]}, constants, facts)
    nodes = [
        helper.make_node("Transpose", ["mel"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["frames", "hums"], ["hummed"]),
        helper.make_node("Reshape", ["hummed", "row"], ["audio"]),
    ]
    constants = {"hums": hums(bands), "row": np.array([1, -1])}
    saved(
        folder / "vocoder.onnx",
        nodes,
        {"mel": (FLOAT, [1, bands, "m"])},
        {"audio": [1, "k"]},
        constants,
        {"model_type": "hifigan"},
    )
    tokens(folder)


BANDS, HOP, WINDOW = 100, 256, 1024
CHINESE = {"你": "n0 i3", "好": "h0 ao3", "你好": "n0 i2 h0 ao3"}


def zipvoice(folder: Path, *, rate: int = 24_000, vocoder_rate: int = 24_000, vocoder: str = "vocos") -> None:
    """The files of ZipVoice as sherpa-onnx gives them out: each symbol is a band of noise, and every frame besides has what the recording
    has on average.
    """
    symbols = [*SYMBOLS, *sorted({symbol for symbols in CHINESE.values() for symbol in symbols.split()})]
    _zipvoice_encoder(folder, len(symbols))
    _zipvoice_decoder(folder, rate)
    _vocos(folder, vocoder_rate, vocoder)
    lines = [f"{symbol}\t{number}" for number, symbol in enumerate(symbols)]
    (folder / "tokens.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lines = [f"{word} {said}" for word, said in CHINESE.items()]
    (folder / "lexicon.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _zipvoice_encoder(folder: Path, symbols: int) -> None:
    """Text spread over as many frames as the recording's own words take."""
    nodes = [
        helper.make_node("Concat", ["prompt_tokens", "tokens"], ["all"], axis=1),
        helper.make_node("Gather", ["bands", "all"], ["found"], axis=0),
        helper.make_node("Transpose", ["found"], ["short"], perm=[0, 2, 1]),
        helper.make_node("Size", ["prompt_tokens"], ["known_count"]),
        helper.make_node("Size", ["tokens"], ["new_count"]),
        helper.make_node("Cast", ["known_count"], ["known"], to=FLOAT),
        helper.make_node("Cast", ["new_count"], ["new"], to=FLOAT),
        helper.make_node("Cast", ["prompt_features_len"], ["frames"], to=FLOAT),
        helper.make_node("Div", ["frames", "known"], ["each"]),
        helper.make_node("Mul", ["each", "new"], ["usual"]),
        helper.make_node("Div", ["usual", "speed"], ["spoken"]),
        helper.make_node("Ceil", ["spoken"], ["whole"]),
        helper.make_node("Add", ["frames", "whole"], ["length"]),
        helper.make_node("Cast", ["length"], ["size"], to=LENGTH),
        helper.make_node("Concat", ["one_and_bands", "size"], ["shape"], axis=0),
        helper.make_node("Resize", ["short", "", "", "shape"], ["wide"], mode="nearest"),
        helper.make_node("Transpose", ["wide"], ["text_condition"], perm=[0, 2, 1]),
    ]
    inputs = {
        "tokens": (LENGTH, [1, "n"]), "prompt_tokens": (LENGTH, [1, "m"]), "prompt_features_len": (LENGTH, [1]),
        "speed": (FLOAT, [1]),
    }  # fmt: skip
    constants = {"bands": np.eye(symbols, BANDS, dtype=np.float32), "one_and_bands": np.array([1, BANDS])}
    facts = {"use_espeak": 1, "use_pinyin": 1}
    saved(folder / "encoder.int8.onnx", nodes, inputs, {"text_condition": [1, "t", BANDS]}, constants, facts)


def _zipvoice_decoder(folder: Path, rate: int) -> None:
    """A flow straight to its goal: whatever noise it begins with is gone at the end."""
    nodes = [
        helper.make_node("ReduceMean", ["speech_condition"], ["timbre"], axes=[1], keepdims=1),
        helper.make_node("Add", ["text_condition", "timbre"], ["goal"]),
        helper.make_node("Sub", ["goal", "x"], ["way"]),
        helper.make_node("Sub", ["one", "t"], ["left"]),
        helper.make_node("Mul", ["guidance_scale", "nothing"], ["unguided"]),
        helper.make_node("Add", ["left", "unguided"], ["time"]),
        helper.make_node("Div", ["way", "time"], ["v"]),
    ]
    inputs: dict[str, tuple[int, Sequence[int | str]]] = {
        "t": (FLOAT, [1]), "x": (FLOAT, [1, "n", BANDS]), "text_condition": (FLOAT, [1, "n", BANDS]),
        "speech_condition": (FLOAT, [1, "n", BANDS]), "guidance_scale": (FLOAT, [1]),
    }  # fmt: skip
    facts = {
        "version": 1, "feat_dim": BANDS, "sample_rate": rate, "n_fft": WINDOW, "hop_length": HOP, "window_length": WINDOW,
        "num_mels": BANDS,
    }  # fmt: skip
    constants = {"one": np.ones(1, np.float32), "nothing": np.zeros(1, np.float32)}
    saved(folder / "decoder.int8.onnx", nodes, inputs, {"v": [1, "n", BANDS]}, constants, facts)


def _vocos(folder: Path, rate: int, kind: str) -> None:
    """Magnitudes and phases of frames from logarithms of bands."""
    bins = WINDOW // 2 + 1
    spread = np.zeros((bins, BANDS), np.float32)
    spread[np.arange(bins), np.arange(bins) * BANDS // bins] = 1
    nodes = [
        helper.make_node("MatMul", ["spread", "mels"], ["logs"]),
        helper.make_node("Exp", ["logs"], ["loud"]),
        helper.make_node("Mul", ["loud", "quiet"], ["mag"]),
        helper.make_node("Mul", ["mag", "nothing"], ["y"]),
        helper.make_node("Exp", ["y"], ["x"]),
    ]
    facts = {
        "model_type": kind, "sample_rate": rate, "n_fft": WINDOW, "hop_length": HOP, "win_length": WINDOW, "center": 1,
        "normalized": 0, "window_type": "hann", "pad_mode": "reflect",
    }  # fmt: skip
    constants = {"spread": spread, "nothing": np.zeros(1, np.float32), "quiet": np.full(1, 0.1, np.float32)}
    shape: Sequence[int | str] = [1, bins, "n"]
    outputs = {"mag": shape, "x": shape, "y": shape}
    saved(folder / "vocos_24khz.onnx", nodes, {"mels": (FLOAT, [1, BANDS, "n"])}, outputs, constants, facts)
